-- SPDX-License-Identifier: Apache-2.0
-- A key is indexed once for a message, however often it names it, and a query
-- answers so many messages as were asked for, whatever else has the same hash.
local b = broker {}
local c = client(b)
local function find(topic, key, max)
	return c:ask(12, { topic = topic, key = key, maxNum = max or 32,
	    beginTimestamp = 0, endTimestamp = 9007199254740991 }) or ""
end
local function await(topic, key, text)
	local till = now() + 10000
	while not find(topic, key):find(text, 1, true) do
		expect(now() < till, key .. " is not found")
		sleep(20)
	end
end
local function count(text, what)
	local _, n = text:gsub(what, "")
	return n
end

-- Java's hashes of "one#Aa" and "one#BB" are the same; and so are those of keys
-- in two topics.
c:topic("one")
c:topic("onf")
c:send { topic = "one", keys = "Aa", body = "first" }
c:send { topic = "one", keys = "BB", body = "second" }
await("one", "BB", "second")
expect(find("one", "Aa", 1):find("first", 1, true), "hidden by another key")
expect(not find("one", "Aa", 9):find("second", 1, true))

-- The same key twice in one message is one message.
c:send { topic = "one", keys = "k k", body = "twice" }
c:send { topic = "one", keys = "k", body = "again" }
await("one", "k", "again")
local got = find("one", "k", 2)
expect(count(got, "twice") == 1 and count(got, "again") == 1, got)

-- Keys that are very many are some dozens.
for i = 1, 20 do
	c:send { topic = "onf", keys = ("same "):rep(5000), body = "bomb" .. i }
end
local many = {}
for i = 1, 2000 do many[i] = "m" .. i end
c:send { topic = "onf", keys = table.concat(many, " "), body = "many" }
c:send { topic = "onf", keys = "last", body = "end" }
await("onf", "last", "end")
expect(count(find("onf", "same", 64), "bomb") == 20)
expect(find("onf", "m1"):find("many", 1, true))
expect(find("onf", "m2000") == "", "all of them are indexed")
expect(b:stop() == 0)

-- What does not look like an index file is not touched.
local function put(name)
	local f = io.open(b.folder .. "/store/index/" .. name, "w")
	f:write("mine")
	f:close()
end
put("notes.txt")
put("2026")
expect(b:start())
for _, name in ipairs { "notes.txt", "2026" } do
	local f = expect(io.open(b.folder .. "/store/index/" .. name), name)
	f:close()
end
expect(b:said():find("notes.txt is not an index file", 1, true), b:said())
local index = 0
for line in b:said():gmatch("[^\n]+") do
	index = index + (line:find("is dropped", 1, true) and 1 or 0)
end
expect(index == 0, b:said())
