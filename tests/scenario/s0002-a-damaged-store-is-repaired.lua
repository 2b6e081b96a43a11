-- SPDX-License-Identifier: Apache-2.0
local b = broker {}
local c = client(b)
c:topic("T", 1)
for i = 1, 5 do c:send { topic = "T", body = "" .. i, tag = "A", keys = "k" .. i } end
local store = b.folder .. "/store"
local r = skua("store", "repair", store)
expect(r.status == 2 and r.err:find("a broker has"), r.out .. r.err)
expect(b:stop() == 0)
r = skua("store", "repair", store)
expect(r.status == 0 and r.out:find("nothing to repair"), r.out .. r.err)

local unit = store .. "/consumequeue/T/0/00000000000000000000"
local function damage()
	local f = io.open(unit, "r+b")
	f:seek("set", 20 + 7) -- the position in the second unit
	f:write("\255")
	f:close()
end
damage()
r = skua("store", "repair", store, "--dry-run")
expect(r.status == 0 and r.out:find("would rebuild 1 consume queue"), r.out .. r.err)
expect(skua("store", "check", store).status == 1)
r = skua("store", "repair", store, "--json")
expect(r.status == 0 and r.out:find('"queues":1') and r.out:find('"units":5') and
    r.out:find('"checksKept":0'), r.out .. r.err)
r = skua("store", "check", store)
expect(r.status == 0 and r.out:find("clean\n$"), r.out .. r.err)

-- What stays is said, and the queue's unit with it.
local log = store .. "/commitlog/00000000000000000000"
local f = io.open(log, "r+b")
f:seek("set", 88) -- the first body
f:write("X")
f:close()
damage()
r = skua("store", "repair", store)
expect(r.status == 1 and r.out:find("rebuilt 1 consume queue: 5 units") and
    r.out:find("commitlog: the damage stays"), r.out .. r.err)
expect(skua("store", "repair", store, "--delay-levels", "1x").status == 2)
expect(skua("store", "repair", store .. "/none").status == 2)

expect(b:start())
c = client(b)
expect(bodies(c:receive { topic = "T", group = "all", count = 4 }) == "2,3,4,5")
