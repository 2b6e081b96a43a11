-- SPDX-License-Identifier: Apache-2.0
-- A route redirects, copies, rejects, drops and marks; what it gets wrong is
-- refused, and answers tell of the message that was sent.
local c = client(broker { modules = "route-test" })
for _, topic in ipairs { "RedirectMe", "Anywhere", "TooFar", "Nowhere", "CopyMe",
    "Copied", "CopyMuch", "RejectMe", "DropMe", "MarkMe", "Strange" } do
	c:topic(topic)
end
c:topic("Redirected", 4)
c:send { topic = "RedirectMe", body = "r" }
expect(bodies(c:receive { topic = "Redirected" }) == "r")
c:send { topic = "Anywhere", body = "a" }
expect(bodies(c:receive { topic = "Redirected" }) == "a")

-- The answer is of the original: the second of its queue, not the copy's.
c:send { topic = "Copied", body = "before" }
local id, queue, offset = c:send { topic = "CopyMe", body = "c" }
expect(queue == 0 and offset == 0, tostring(offset))
id, queue, offset = c:send { topic = "CopyMe", body = "d" }
expect(offset == 1, tostring(offset))
expect(bodies(c:receive { topic = "Copied", count = 3 }) == "before,c,d")
expect(bodies(c:receive { topic = "CopyMe", count = 2 }) == "c,d")
id, queue, offset = c:send { topic = "CopyMuch", body = "x" }
expect(#c:receive { topic = "CopyMuch", count = 17 } == 17)

local function refused(topic, words)
	local ok, why = c:try_send { topic = topic, body = "x" }
	expect(not ok and why:find(words, 1, true), why)
end
refused("RejectMe", "not on my watch")
refused("Strange", "the route test has the verdict 7")
refused("TooFar", "chose queue 40 of topic Redirected, which has 4")
refused("Nowhere", "chose topic NoSuchTopic, which does not exist")

-- What clients take for granted is there, and leads nowhere.
id, queue, offset = c:send { topic = "DropMe", body = "x" }
expect(id and queue == 0 and offset == -1, tostring(offset))
expect(#c:receive { topic = "DropMe", timeout_ms = 200 } == 0)
c:send { topic = "MarkMe", body = "m" }
expect(c:receive { topic = "MarkMe" }[1].mark == "yes")
