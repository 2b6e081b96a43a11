-- SPDX-License-Identifier: Apache-2.0
local first, second = broker { roles = "namesrv" }, broker { roles = "namesrv" }
local b = broker { roles = "broker", namesrvAddr = first.namesrv,
    brokerName = "b" }
b.namesrv = first.namesrv
client(b):topic("T")
local one = client(first)
local other = client(second)
local function route(c) return select(2, pcall(c.ask, c, 105, { topic = "T" })) end
local function perm(c) return (route(c) or ""):match('"perm":(%d+)') end
local function becomes(c, wanted)
	local till = now() + 10000
	while perm(c) ~= wanted and now() < till do sleep(5) end
	expect(perm(c) == wanted, perm(c))
end
becomes(one, "6")
expect(perm(other) == nil)

-- A nameserver more: the one that stays never loses the broker.
first:skua("config", "set", "-b", "b", "namesrvAddr=" .. first.namesrv .. ";" ..
    second.namesrv)
expect(perm(one) == "6")
becomes(other, "6")
expect(perm(one) == "6")

-- Nonsense changes nothing, and is refused as it is at the start.
for _, wrong in ipairs { "nonsense", "a:0", "a:65536", "a b:1", first.namesrv ..
    ";http://x:1", "-x:1" } do
	local _, why = first:skua_fails("config", "set", "-b", "b",
	    "namesrvAddr=" .. wrong)
	expect(why:find("HOST:PORT, several"), why)
	expect(perm(one) == "6" and perm(other) == "6")
end
local ok, said = try_broker { namesrvAddr = "nonsense" }
expect(not ok and said:find("HOST:PORT, several"), said)

-- Draining a broker: its routes can be read only, at once.
first:skua("config", "set", "-b", "b", "brokerPermission=4")
expect(perm(one) == "4" and perm(other) == "4")
first:skua("config", "set", "-b", "b", "brokerPermission=6")
expect(perm(one) == "6" and perm(other) == "6")

-- As it is at the start.
local c = broker { roles = "broker", namesrvAddr = second.namesrv,
    brokerName = "c", brokerPermission = 4 }
c.namesrv = second.namesrv
client(c):topic("C")
local body = other:ask(105, { topic = "C" })
expect(body:find('"perm":4'), body)
-- What is kept is the topic's own.
expect(c:skua("topic", "show", "C", "--json"):find("6"))

-- Any number of them, whoever answers.
local list = {}
for port = 1, 20 do list[port] = "127.0.0.1:" .. port end
list[#list + 1] = second.namesrv
broker { roles = "broker", namesrvAddr = table.concat(list, ";"),
    brokerName = "d" }
local till = now() + 10000
while not other:ask(106, {}):find('"d"') and now() < till do sleep(20) end
expect(other:ask(106, {}):find('"d"'))
