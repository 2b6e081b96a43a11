-- SPDX-License-Identifier: Apache-2.0
local b = broker {}
local c = client(b)
c:topic("T", 2)
for i = 1, 5 do c:send { topic = "T", body = "" .. i, tag = "A", keys = "k" .. i } end
local store = b.folder .. "/store"
expect(skua("store", "check", store).out:find("note lock"), "it is open")
expect(b:stop() == 0)

local r = skua("store", "check", store)
expect(r.status == 0 and r.out:find("5 records") and r.out:find("5 units") and
    r.out:find("15 entries") and r.out:find("checks +5 records") and
    r.out:find("clean\n$"), r.out .. r.err)
r = skua("store", "check", store, "--commitlog", store .. "/none:" .. store .. "/commitlog")
expect(r.status == 2 and r.err:find("/none"), r.out .. r.err)
r = skua("store", "check", store, "--commitlog", store .. "/commitlog")
expect(r.status == 0 and r.out:find("5 records"), r.out .. r.err)
r = skua("store", "dump", store, "--bodies", "--json", "--count", "3")
expect(r.status == 0 and select(2, r.out:gsub("\n", "")) == 3, r.out)
expect(r.out:find('"body":"1"') and r.out:find('"KEYS":"k1"'), r.out)
r = rows(skua("store", "dump", store, "--bodies", "-o", "tsv").out)
expect(#r == 5 and r[2].body == "2" and r[2].topic == "T" and
    r[2].properties:find("KEYS=k2", 1, true) and tonumber(r[2].pos) > 0)
expect(rows(skua("store", "dump", store, "-o", "tsv").out)[5].body == "")
r = skua("store", "dump", store, "--topic", "nothing")
expect(r.status == 0 and r.out == "")

local log = store .. "/commitlog/00000000000000000000"
local f = io.open(log, "r+b")
-- A property is under no CRC of RocketMQ's.
local tag = f:read(400):find("TAGS\1A", 1, true) + 4
f:seek("set", tag)
f:write("C")
f:close()
r = skua("store", "check", store, "--json")
expect(r.status == 1 and r.out:find('"kind":"record-check"', 1, true), r.out .. r.err)
f = io.open(log, "r+b")
f:seek("set", tag)
f:write("A")
f:close()
f = io.open(log, "r+b")
f:seek("set", 88) -- the first body
f:write("X")
f:close()
r = skua("store", "check", store, "--json")
expect(r.status == 1 and r.out:find('"kind":"record"') and
    r.out:find('"pos":0,') and r.out:find('"result":"damaged"') and
    r.out:find('"records":4,'), r.out)
r = skua("store", "check", store, "-o", "tsv")
local found
for _, one in ipairs(rows(r.out)) do
	if one.kind == "record" then found = one end
end
expect(r.status == 1 and found.severity == "damage" and found.pos == "0" and
    not r.out:find(": damaged\n$"), r.out)
r = skua("store", "dump", store)
expect(r.status == 1 and r.err:find("CRC") and
    select(2, r.out:gsub("\n", "")) == 4, r.out .. r.err)

expect(skua("store", "check", store .. "/none").status == 2)
expect(skua("store", "check").status == 2)
