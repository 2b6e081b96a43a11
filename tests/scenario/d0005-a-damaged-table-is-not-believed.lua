-- SPDX-License-Identifier: Apache-2.0
local function path(b, name) return b.folder .. "/store/config/" .. name end
local function read(name)
	local f = expect(io.open(name, "rb"), name .. " is not there")
	local text = f:read("a")
	f:close()
	return text
end
local function flip(name, what)
	local text = read(name)
	local at = expect(text:find(what, 1, true), what .. " is not in " .. name)
	local f = io.open(name, "wb")
	f:write(text:sub(1, at - 1), string.char(text:byte(at) ~ 1), text:sub(at + 1))
	f:close()
end

local b = broker {}
local c = client(b)
c:topic("T")
for i = 1, 3 do c:send { topic = "T", body = "" .. i } end
expect(#c:receive { topic = "T", count = 3 } == 3)
expect(b:stop() == 0)
expect(b:start())
c = client(b)
c:send { topic = "T", body = "4" }
expect(#c:receive { topic = "T" } == 1)
expect(b:stop() == 0)

-- One that still is JSON: only its checksum tells.
flip(path(b, "topics.json"), "readQueueNums\":1,")
flip(path(b, "consumerOffset.json"), "offsetTable")
expect(b:start(), "it did not start with the backup")
expect(b:said():find("topics.json.bak", 1, true))
c = client(b)
expect(#c:receive { topic = "T", group = "other", count = 4 } == 4)
expect(b:stop() == 0)

-- Both: refused, with the names.
flip(path(b, "consumerOffset.json"), "offsetTable")
flip(path(b, "consumerOffset.json.bak"), "offsetTable")
local ok, words = b:start()
expect(not ok and words:find("consumerOffset.json.bak", 1, true), words)
os.remove(path(b, "consumerOffset.json"))
os.remove(path(b, "consumerOffset.json.bak"))

-- Neither is there: the messages tell of their topic.
os.remove(path(b, "topics.json"))
os.remove(path(b, "topics.json.bak"))
expect(b:start())
c = client(b)
expect(#c:receive { topic = "T", group = "again", count = 4 } == 4)
