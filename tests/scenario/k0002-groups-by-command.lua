-- SPDX-License-Identifier: Apache-2.0
local b = broker {}
b:skua("topic", "create", "T", "-r", "1", "-w", "1")
for i = 1, 5 do b:skua("send", "-t", "T", "m" .. i) end
expect(b:skua("group", "list") == "")

-- A group is there once it has consumed.
expect(select(2, b:skua("receive", "-t", "T", "-g", "G", "-c", "3"):gsub("\n",
    "")) == 3)
b:skua("group", "create", "H", "--max-tries", "3", "--broadcast", "no")
expect(b:skua("group", "list"):find("H\n"))
local h = rows(b:skua("group", "show", "H", "-o", "tsv"))
expect(h[1].maxTries == "3" and h[1].broadcast == "false" and
    h[1].consume == "true")
b:skua("group", "change", "H", "--consume", "no")
h = rows(b:skua("group", "show", "H", "-o", "tsv"))
expect(h[1].maxTries == "3" and h[1].consume == "false")
expect(select(2, b:skua_fails("group", "create", "H")):find("already"))

local function lag()
	local q = rows(b:skua("group", "lag", "G", "-o", "tsv"))
	expect(#q == 1 and q[1].topic == "T" and q[1].brokerOffset == "5")
	return q[1].lag
end
expect(lag() == "2")
expect(b:skua("group", "lag", "G"):find("\nlag 2, "))
local set = rows(b:skua("group", "reset", "G", "-t", "T", "--to", "first", "-o",
    "tsv"))
expect(#set == 1 and set[1].offset == "0")
expect(lag() == "5")
b:skua("group", "reset", "G", "-t", "T", "--to", "last")
expect(lag() == "0")

expect(b:skua_fails("group", "members", "G") == 3)
expect(b:skua("group", "delete", "H"):find("^deleted H"))
expect(not b:skua("group", "list"):find("H"))
