-- SPDX-License-Identifier: Apache-2.0
-- So many topics that one registration has several parts, and that a change is
-- a line of a journal.
local N = 4000
local function many(i) return ("many-%04d-"):format(i) .. ("x"):rep(110) end
local b = broker {}
expect(b:stop() == 0)
local store = b.folder .. "/store/"
local f = io.open(store .. "config/topics.json", "w")
f:write('{"dataVersion":{"counter":1,"timestamp":1},"topicConfigTable":{')
for i = 1, N do
	f:write(i > 1 and "," or "", ('"%s":{"order":false,"perm":6,"topicName":'
	    .. '"%s","readQueueNums":1,"writeQueueNums":1,"topicSysFlag":0,'
	    .. '"topicFilterType":"SINGLE_TAG","attributes":{}}'):format(many(i),
	    many(i)))
end
f:write("}}")
f:close()
os.remove(store .. "config/topics.json.bak")
local function route(topic)
	return skua("topic", "route", "-n", b.namesrv, "-t", topic).status == 0
end
local function journal()
	local f = io.open(store .. "skua/topics.journal", "rb")
	local text = f and f:read("a")
	if f then f:close() end
	return text
end

expect(b:start())
expect(route(many(1)) and route(many(N // 2)) and route(many(N)))
local c = client(b)
for i = 1, 4 do c:topic("new" .. i) end
c:send { topic = "new1", body = "1" }
for i = 1, 4 do expect(route("new" .. i), "new" .. i) end
local lines = journal()
expect(select(2, lines:gsub("\n", "")) == 4 and lines:find('"crc32":"'), lines)
expect(#lines < 4000)

-- What was answered is there after a kill, and in topics.json after a stop.
b:kill()
expect(b:start())
for i = 1, 4 do expect(route("new" .. i), "new" .. i) end
c = client(b)
expect(bodies(c:receive { topic = "new1" }) == "1")
c:topic("new5")
c:topic("new6")
b:kill()

-- A damaged line is named, and takes nothing else along.
lines = journal()
local at = expect(lines:find("readQueueNums", 1, true))
f = io.open(store .. "skua/topics.journal", "wb")
f:write(lines:sub(1, at - 1), "R", lines:sub(at + 1))
f:close()
expect(b:start())
expect(b:said():find("topics.journal: 1 damaged lines", 1, true), b:said())
expect(not route("new5") and route("new6") and route("new1"))
expect(b:stop() == 0)
expect(not journal())
f = io.open(store .. "config/topics.json")
expect(f:read("a"):find('"new6"', 1, true))
f:close()
