-- SPDX-License-Identifier: Apache-2.0
local b = broker {}
b:skua("topic", "create", "orders")
b:skua("group", "create", "billing")
local function says(sentence, status, ...)
	local s, why = b:skua_fails(...)
	expect(s == status and why:find(sentence, 1, true),
	    sentence .. ": " .. s .. ": " .. why)
end
says('did you mean "topic list"?', 2, "topik", "list")
says('did you mean "topic list"?', 2, "topic", "lits")
says('did you mean "group lag"?', 2, "group", "lagg")
says("did you mean --long?", 2, "topic", "list", "--lng")
says("topic list: unknown option -x", 2, "topic", "list", "-x")
says("-t TOPIC is needed", 2, "topic", "stats")
says("--topic needs a value: TOPIC", 2, "send", "x", "--topic")
says("--all takes no value", 2, "topic", "list", "--all=yes")
says('unexpected argument "y"', 2, "topic", "stats", "orders", "y")
says("expected one of table|tsv|json; did you mean json?", 2, "topic", "list",
    "-o", "jsn")
says("--json or --output tsv, not both", 2, "topic", "list", "--json", "-o",
    "tsv")
says("--read 99999999: expected", 2, "topic", "create", "x", "-r", "99999999")
says('"two" is no whole number', 2, "topic", "create", "x", "-r", "two")
says("expected first, last, now", 2, "group", "reset", "billing", "-t",
    "orders", "--to", "yesterday")
says("expected NAME=VALUE", 2, "config", "set", "x")
says("expected NAME=VALUE", 2, "send", "-t", "orders", "-p", "x", "y")

says('no topic "order"; did you mean "orders"?', 3, "topic", "route", "order")
says('no topic "order"; did you mean "orders"?', 3, "topic", "delete", "order")
says('no topic "order"; did you mean "orders"?', 3, "receive", "-t", "order",
    "-g", "g")
says('no group "bilingg"; did you mean "billing"?', 3, "group", "lag", "bilingg")
says('no group "bilingg"; did you mean "billing"?', 3, "group", "show",
    "bilingg")
says('no selector-hsh.so', 3, "send", "-t", "orders", "-s", "hsh", "x")
local r = skua("plugin", "info", "filter-tagg")
expect(r.status == 3 and r.err:find('did you mean "filter-tag"?', 1, true), r.err)
r = skua("topic", "list", "-n", "127.0.0.1:1")
expect(r.status == 4 and r.err:find("answers at 127.0.0.1:1", 1, true), r.err)
r = skua("send", "-t", "T", "x", "-n", "127.0.0.1:1;127.0.0.1:2")
expect(r.status == 4 and r.err:find("at 127.0.0.1:1 or 127.0.0.1:2:", 1, true),
    r.err)
expect(skua("topic").status == 2 and skua("topic", "--help").status == 0)
expect(skua("help", "topic", "create").out:find("--attributes", 1, true))

-- Whatever lists does so for machines, too; top is a screen.
local commands = 0
for name in skua("help").out:match("Commands:\n(.-)\n\n"):gmatch("  (%l+ ?%l*)[^\n]*") do
	local words = {}
	for word in name:gmatch("%l+") do words[#words + 1] = word end
	local help = skua("help", table.unpack(words)).out
	expect(help:find("--json", 1, true) and (name:find("^top") or
	    help:find("--output table|tsv|json", 1, true)), name .. ": " .. help)
	commands = commands + 1
end
expect(commands > 30)
r = skua("plugin", "info", "store-commitlog", "-o", "tsv")
expect(rows(r.out)[1].type == "int" and rows(r.out)[1].unit == "bytes", r.out)
