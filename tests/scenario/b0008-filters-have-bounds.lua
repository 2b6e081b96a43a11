-- SPDX-License-Identifier: Apache-2.0
-- What a filter may cost: its expression's length, who may send a script, the
-- time of one pull, and the memory of all that are kept.
local b = broker { maxFilterBytesInAll = 1048576, ioThreads = 1,
    ["plugin.filter-lua.luaFromClients"] = "slow,many" }
local c = client(b)
c:topic("T")
for i = 1, 200 do c:send { topic = "T", body = "" .. i, tag = "A" } end

local function pull(m)
	return c:ask(11, { consumerGroup = m.group, topic = "T", queueId = 0,
	    queueOffset = m.from or 0, maxMsgNums = m.max or 32, sysFlag = 4,
	    commitOffset = 0, suspendTimeoutMillis = 0, subVersion = 0,
	    subscription = m.filter, expressionType = m.type or "TAG" }, "")
end
local ok, why = pull { group = "g", filter = ("x"):rep(65537) }
expect(not ok and why:find("more than 65536", 1, true), why)
ok, why = pull { group = "g", filter = "true", type = "LUA" }
expect(not ok and why:find("luaFromClients", 1, true), why)

-- Each message takes most of a millisecond, and none is wanted: a pull stops
-- after its 10 ms and says where to go on.
ok, why = pull { group = "slow", type = "LUA", max = 2147483647, filter =
    "return function() for i = 1, 90000 do end return false end" }
expect(not ok and why:find("20", 1, true), why)
expect(#c:receive { topic = "T", group = "slow", type = "LUA", timeout_ms = 3000,
    count = 1, filter = "return function(m) for i = 1, 50000 do end " ..
    "return m.body == '200' end" } == 1, "it does not get through")

-- Two hundred filters of 60 KB each: the oldest go, and are made again.
local function memory()
	local n = 0
	for line in io.lines("/proc/" .. b.pid .. "/smaps_rollup") do
		n = n + (tonumber(line:match("^Anonymous:%s+(%d+) kB")) or 0)
	end
	return n
end
local function many(n)
	for i = 1, n do
		assert(pull { group = "many", filter = "A || " .. i ..
		    ("|| x"):rep(15000) })
		assert(pull { group = "many", type = "LUA", filter =
		    "msg.tags == 'A' or " .. i })
	end
end
-- A sanitizer keeps what was freed, and is slow.
local sanitized = os.getenv("SKUA_SANITIZED") == "yes"
many(20)
local before = memory()
many(sanitized and 20 or 200)
expect(sanitized or memory() - before < 8192, memory() - before .. " KiB more")
