-- SPDX-License-Identifier: Apache-2.0
local b = broker { maxHashSlotNum = 16, maxIndexNum = 64 }
local c = client(b)
c:topic("T")
for i = 1, 40 do c:send { topic = "T", keys = "key" .. i, body = "" .. i } end
expect(b:stop() == 0)

local function query(key)
	return c:ask(12, { topic = "T", key = key, maxNum = 8, beginTimestamp = 0,
	    endTimestamp = 1 << 60 })
end
local function all_found(why)
	c = client(b)
	local till = now() + 10000
	for i = 1, 40 do
		while not query("key" .. i) do
			expect(now() < till, why .. ": key" .. i .. " is not found")
			sleep(10)
		end
	end
end
local function flip(at)
	local list = io.popen("ls '" .. b.folder .. "/store/index'")
	local path = b.folder .. "/store/index/" .. list:read("l")
	list:close()
	local f = expect(io.open(path, "r+b"))
	f:seek("set", at)
	local byte = f:read(1):byte()
	f:seek("set", at)
	f:write(string.char(byte ~ 16))
	f:close()
end

-- While the files are checked, queries wait.
expect(b:start())
c = client(b)
expect(query("key1") and query("key40"), "what the files say is not found at once")
expect(b:stop() == 0)

-- A slot, a hash, a position and a chain of an entry, the count.
for _, at in ipairs { 40 + 7, 40 + 64 + 20 * 3 + 1, 40 + 64 + 20 * 5 + 10,
    40 + 64 + 20 * 7 + 19, 39 } do
	flip(at)
	expect(b:start())
	all_found("flipped at " .. at)
	expect(b:said():find("is dropped and will be built anew", 1, true))
	expect(b:stop() == 0)
end

-- The newest file is dropped after a kill; of the message at the border, the
-- first key is in the file before.
expect(b:start())
all_found("before the kill")
b:kill()
expect(b:start())
all_found("after the kill")
expect(b:said():find("is dropped and will be built anew", 1, true))
