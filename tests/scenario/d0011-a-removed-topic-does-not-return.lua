-- SPDX-License-Identifier: Apache-2.0
-- A topic is removed and made again: whatever reads the log anew afterwards finds
-- what was sent to the present one, at its offsets, and nothing else.
local b = broker { flushDiskType = "SYNC_FLUSH" }
local c = client(b)
local store = b.folder .. "/store/"
local groups = 0

local function all(topic)
	groups = groups + 1
	return bodies(c:receive { topic = topic, group = "g" .. groups, count = 9,
	    timeout_ms = 300 })
end
local function by_key(topic, key)
	return c:ask(12, { topic = topic, key = key, maxNum = 8,
	    beginTimestamp = 0, endTimestamp = 9007199254740991 }) or ""
end
local function fill(topic, life)
	c:topic(topic)
	for i = 0, 4 do
		c:send { topic = topic, keys = life, body = life .. i }
	end
end
local function again(change)
	b:kill()
	if change then change() end
	expect(b:start(), b:said())
	c = client(b)
	expect(all("T") == "new0,new1,new2,new3,new4", all("T"))
	expect(not b:skua("topic", "list"):find("U", 1, true), "U is back")
	local got = by_key("T", "old")
	expect(not got:find("old", 1, true), "found by its key")
end

fill("other", "old")
fill("T", "old")
fill("U", "old")
expect(c:ask(215, { topic = "T" }))
expect(c:ask(215, { topic = "U" }))
fill("T", "new")

again()
-- With a checkpoint that says that the queues are on disk.
expect(b:stop() == 0 and b:start())
again()
again()
-- Both are derived from the log.
again(function()
	os.execute("rm -r '" .. store .. "consumequeue' '" .. store .. "index'")
end)
again(function() os.remove(store .. "checkpoint") end)
-- As Apache RocketMQ leaves it: three times, and no position.
expect(b:stop() == 0 and b:start())
again(function()
	local f = io.open(store .. "checkpoint", "r+b")
	f:write(string.pack(">i8i8i8", 1, 1, 1))
	f:close()
end)
-- Another one, of which the log has more.
c:topic("V")
c:send { topic = "V", body = "old" }
expect(c:ask(215, { topic = "V" }))
c:topic("V")
c:send { topic = "V", body = "made" }
again(function() os.execute("rm -r '" .. store .. "consumequeue'") end)
expect(all("V") == "made", all("V"))
-- As it was left by a release, or a broker, that tells of no removal.
b:kill()
os.execute("rm -r '" .. store .. "consumequeue' '" .. store ..
    "skua/lives.journal'")
expect(b:start(), b:said())
c = client(b)
expect(all("T") == "new0,new1,new2,new3,new4", all("T"))
expect(b:stop() == 0)
os.execute("rm -r '" .. store .. "consumequeue'")
local r = skua("store", "repair", store)
expect(r.status == 0 or r.status == 1, r.err)
r = skua("store", "check", store)
expect(r.status == 0, r.out .. r.err)
expect(b:start())
c = client(b)
expect(all("T") == "new0,new1,new2,new3,new4", all("T"))
