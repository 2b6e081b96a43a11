-- SPDX-License-Identifier: Apache-2.0
local b = broker { brokerName = "alone" }
expect(b:skua("topic", "create", "T", "-r", "3", "-w", "2", "-a",
    "+queue.selector=hash") == "created T on alone (" .. b.address .. ")\n")
expect(b:skua("topic", "list") == "T\n")
expect(b:skua("topic", "list", "--all"):find("\nalone\n"))

local t = rows(b:skua("topic", "show", "-t", "T", "-o", "tsv"))
expect(#t == 1 and t[1].broker == "alone" and t[1].readQueues == "3" and
    t[1].writeQueues == "2" and t[1].perm == "6" and
    t[1].attributes == "queue.selector=hash")

-- What is not told stays.
b:skua("topic", "change", "T", "--perm", "4", "-a", "-queue.selector")
t = rows(b:skua("topic", "show", "T", "-o", "tsv"))
expect(t[1].readQueues == "3" and t[1].perm == "4" and t[1].attributes == "")
expect(select(2, b:skua_fails("topic", "create", "T")):find("already"))
b:skua("topic", "change", "T", "--perm", "6")

for i = 1, 4 do b:skua("send", "-t", "T", "--keys", "k" .. i, "m" .. i) end
local sum, last = 0, 0
for _, q in ipairs(rows(b:skua("topic", "stats", "T", "-o", "tsv"))) do
	sum = sum + q.messages
	if q.lastTimestamp ~= "" then last = math.max(last, tonumber(q.lastTimestamp)) end
end
expect(sum == 4 and last > 1.6e12)
local r = b:skua("topic", "route", "T", "--json")
expect(r == '{"broker":"alone","id":0,"address":"' .. b.address ..
    '","readQueues":3,"writeQueues":2}\n', r)
t = rows(b:skua("topic", "list", "--long", "-o", "tsv"))
expect(#t == 1 and t[1].topic == "T" and t[1].messages == "4" and
    t[1].queues == "3")

expect(b:skua("topic", "delete", "T"):find("^deleted T"))
expect(b:skua("topic", "list") == "")
expect(b:skua_fails("topic", "stats", "T") == 3)
