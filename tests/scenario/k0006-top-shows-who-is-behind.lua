-- SPDX-License-Identifier: Apache-2.0
local b = broker { ["plugin.filter-lua.luaFromClients"] = "picky" }
b:skua("topic", "create", "T", "-r", "1", "-w", "1")
for i = 1, 40 do b:skua("send", "-t", "T", "-k", "k" .. i, "m" .. i) end
b:skua("receive", "-t", "T", "-g", "slow", "-c", "10")
b:skua("receive", "-t", "T", "-g", "picky", "--type", "LUA", "--filter",
    "msg.keys == 'k7' or msg.keys == 'k8'", "-c", "2", "-w", "5")

-- For people, without a terminal: once, without colours.
local text = b:skua("top", "-i", "0.1")
expect(text:find("\nGROUP ") and text:find("\nslow +0 +0.0 +30 +stands\n"), text)
expect(text:find("\nFILTER ") and text:find("\npicky@T "), text)
expect(text:find("\nTOPIC ") and not text:find("\027"), text)

-- For machines: an object a look.
local json = b:skua("top", "--json", "-c", "2", "-i", "0.1")
expect(select(2, json:gsub("\n", "")) == 2)
expect(json:find('"group":"slow","members":0,"outRate":0.0,"lag":30', 1, true),
    json)
local judged, passed = json:match(
    '"filter":"picky@T","broker":"[^"]*","judged":(%d+),"passed":(%d+),')
expect(tonumber(judged) >= 8 and tonumber(passed) >= 2 and
    tonumber(passed) < tonumber(judged), json)

expect(b:skua_fails("top", "-i", "soon") == 2)
