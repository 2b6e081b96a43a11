-- SPDX-License-Identifier: Apache-2.0
-- More topics than a look has the time for: the busiest are looked at each time,
-- the others in turn.
local N = 3000
local b = broker {}
expect(b:stop() == 0)
local f = io.open(b.folder .. "/store/config/topics.json", "w")
f:write('{"dataVersion":{"counter":1,"timestamp":1},"topicConfigTable":{')
for i = 1, N do
	local name = ("many-%04d"):format(i)
	f:write(i > 1 and "," or "", ('"%s":{"order":false,"perm":6,"topicName":'
	    .. '"%s","readQueueNums":4,"writeQueueNums":4,"topicSysFlag":0,'
	    .. '"topicFilterType":"SINGLE_TAG","attributes":{}}'):format(name, name))
end
f:write("}}")
f:close()
os.remove(b.folder .. "/store/config/topics.json.bak")
expect(b:start())

b:skua("topic", "create", "busy")
local pid = native.spawn(folder .. "/bench", os.getenv("builddir") .. "/skua",
    "bench", "produce", "-n", b.namesrv, "-t", "busy", "--rate", "500",
    "--seconds", "120")
local till = now() + 20000
while tonumber(rows(b:skua("topic", "list", "-l", "-o", "tsv"))[1].messages) == 0 do
	expect(now() < till, "nothing was sent")
end

local text = b:skua("top", "--json", "-c", "5", "-i", "0.1")
native.kill(pid, 15)
local looks, unseen, messages = 0, N + 1, 0
for line in text:gmatch("[^\n]+") do
	local left = tonumber(line:match('"unseenTopics":(%d+)'))
	local rate, now_there = line:match(
	    '"topic":"busy","inRate":([%d.e+-]+),"messages":(%d+)')
	local _, seen = line:gsub('"topic":', "")
	expect(seen + left == N + 1 and left <= unseen, line)
	expect(tonumber(rate) > 0 and tonumber(now_there) > messages, line)
	looks, unseen, messages = looks + 1, left, tonumber(now_there)
end
expect(looks == 5 and unseen < N, text)
text = b:skua("top", "--once", "-i", "0.1")
expect(text:find("\n%d+ of " .. N + 1 .. " topics and groups were not") or
    not text:find("were not"), text)
