-- SPDX-License-Identifier: Apache-2.0
-- A plug-in reads topics, groups and offsets, makes topics and groups, owns a
-- system topic, and keeps a state across restarts.
local b = broker { modules = "service-tables", brokerName = "one",
    maxAutoCreatedGroups = 12 }
local c = client(b)
c:topic("T", 4)
local function fails(words, code, fields)
	local ok, why = c:ask(code, fields, "")
	expect(not ok and why:find(words, 1, true), why)
end

expect(c:ask(9921, { topic = "T" }, "") == "4 4 6 user -")
fails("not found", 9921, { topic = "None" })

-- It is made once, and stays as it is; nameservers know it when it is told.
expect(c:ask(9922, { topic = "Made", queues = 2 }, "") == "made")
expect(native.ask(c.handle, nil, 105, { topic = "Made" }))
expect(c:ask(9922, { topic = "Made", queues = 8 }, "") == "made")
expect(c:ask(9921, { topic = "Made" }, "") == "2 2 6 user -")
fails("invalid argument", 9922, { topic = "Made", queues = 0 })
fails("invalid argument", 9922, { topic = "a b", queues = 1 })
c:send { topic = "Made", body = "m" }

-- Topics and groups of its own.
expect(c:ask(9921, { topic = "OWN_one" }, "") == "3 3 6 system -")
expect(c:ask(9921, { topic = "OWN_HIDDEN" }, "") == "3 3 6 system -")
fails("not found", 9921, { topic = "OWN_LATER" })
expect(c:ask(9922, { topic = "OWN_LATER", queues = 5 }, "") == "made")
expect(c:ask(9921, { topic = "OWN_LATER" }, "") == "5 5 6 system -")
c:send { topic = "OWN_one", body = "sent" }
local ok, why = c:try_send { topic = "OWN_HIDDEN", body = "sent" }
expect(not ok and why:find("forbidden", 1, true), why)
expect(c:ask(9923, { group = "OWN_GROUP" }, "") == "1 16 on")

fails("not found", 9923, { group = "g" })
expect(c:ask(9924, { group = "g" }, "") == "made")
expect(c:ask(9923, { group = "g" }, "") == "1 16 on")
local full
for i = 1, 12 do
	ok, full = c:ask(9924, { group = "more" .. i }, "")
	if not ok then break end
end
expect(not ok and full:find("a limit is exceeded", 1, true), full)

-- Offsets, also of queues far apart.
expect(c:ask(9925, { group = "g", topic = "T", queue = 0, offset = 7 }, "") ==
    "g/T/0=7 ")
expect(c:ask(9925, { group = "g", topic = "T", queue = 40, offset = 9 }, "") ==
    "g/T/0=7 g/T/40=9 ")
fails("invalid argument", 9925, { group = "g", topic = "T", queue = -1 })
fails("invalid argument", 9925, { group = "g", topic = "T", offset = -1 })

-- Any thread counts them.
local topics, groups = c:ask(9927, {}, ""):match("(%d+) (%d+)")
expect(tonumber(topics) > 10 and tonumber(groups) == 12, topics .. groups)

expect(c:ask(9926, {}, ""):find("^1 .*/skua/plugins/service%-tables$"))
expect(b:stop() == 0)
local kept = io.open(b.folder .. "/store/config/testState.json"):read("a")
expect(kept:find('"asked":1', 1, true) and kept:find('"crc32"', 1, true), kept)
b:start()
c = client(b)
expect(c:ask(9926, {}, ""):find("^2 "))
expect(c:ask(9921, { topic = "Made" }, "") == "2 2 6 user -")
expect(c:ask(9925, { group = "g", topic = "T", queue = 1, offset = 1 }, "") ==
    "g/T/0=7 g/T/1=1 g/T/40=9 ")

-- A damaged state is not believed.
expect(b:stop() == 0)
for _, name in ipairs { "testState.json", "testState.json.bak" } do
	local f = io.open(b.folder .. "/store/config/" .. name, "w")
	f:write((kept:gsub('"asked":1', '"asked":5')))
	f:close()
end
local started, words = b:start()
expect(not started and words:find("testState.json", 1, true), words)
