-- SPDX-License-Identifier: Apache-2.0
-- A plug-in calls a client and gets its answer, or is told that none comes; it
-- knows a group's producers, and hears of connections that end.
local b = broker { modules = "service-call" }
local c = client(b)
c:topic("T")
expect(c:ask(9941, {}, "") == "1 this client is no member of the group")
expect(c:ask(9941, { ask = 40, ms = 50 }, "") == "timed out")
local ok, why = c:ask(9941, { ms = 0 }, "")
expect(not ok and why:find("invalid argument", 1, true), why)
expect(c:ask(9944, {}, "") == "closed")

-- Heartbeats say who produces.
expect(c:ask(9943, { group = "pg" }, "") == "0 0")
expect(c:ask(34, {}, '{"clientID":"me","consumerDataSet":[],' ..
    '"producerDataSet":[{"groupName":"pg"}]}'))
expect(c:ask(9943, { group = "pg" }, "") == "1 1")
expect(client(b):ask(9943, { group = "pg" }, "") == "1 0")

local function eventually(words)
	local till = now() + 5000
	while not b:said():find(words, 1, true) do
		expect(now() < till, b:said())
		sleep(10)
	end
end
-- The client goes before it has answered.
expect(c:ask(9942, {}, "") == "success")
c:ask(9945, {}, "")
eventually("the call ended: closed")
eventually("is gone")
expect(client(b):ask(9943, { group = "pg" }, "") == "0 0")

-- The broker stops before it has answered.
expect(client(b):ask(9942, {}, "") == "success")
expect(b:stop() == 0)
local _, ends = b:said():gsub("the call ended", "")
expect(ends == 2, b:said())
