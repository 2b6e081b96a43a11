-- SPDX-License-Identifier: Apache-2.0
-- A topic, or a group with its offsets, is removed; the broker is killed as soon
-- as it has answered.  Offsets of the earlier topic would skip messages of the
-- next one.
local b = broker {}
local c

local function offset(group)
	return c:ask(14, { topic = "T", consumerGroup = group, queueId = 0,
	    setZeroIfNotFound = "false" })
end
local function commit(group)
	c:receive { topic = "T", group = group, count = 3, timeout_ms = 2000 }
	expect(c:ask(15, { topic = "T", consumerGroup = group, queueId = 0,
	    commitOffset = 3 }))
	expect(offset(group))
end
local function begin()
	c = client(b)
	c:topic("T")
	for i = 0, 2 do c:send { topic = "T", body = "old" .. i } end
	commit("one")
	commit("two")
	-- An orderly stop has the offsets in their file.
	expect(b:stop() == 0 and b:start())
	c = client(b)
	expect(offset("one") and offset("two"))
end

begin()
expect(c:ask(215, { topic = "T" }))
b:kill()
expect(b:start())
c = client(b)
c:topic("T")
expect(not offset("one") and not offset("two"), "offsets are back")
for i = 0, 3 do c:send { topic = "T", body = "new" .. i } end
expect(bodies(c:receive { topic = "T", group = "one", count = 4 }) ==
    "new0,new1,new2,new3")

begin()
expect(c:ask(207, { groupName = "one", cleanOffset = "true" }))
b:kill()
expect(b:start())
c = client(b)
expect(not offset("one"), "offsets of a removed group are back")
expect(offset("two"))
