-- SPDX-License-Identifier: Apache-2.0
-- A plug-in stores messages: from a handler, from a thread, several at once, with
-- and without routes, and is told what a producer would be answered.
local b = broker { modules = "service-put,route-test" }
local c = client(b)
for _, topic in ipairs { "T", "Series", "RedirectMe", "RejectMe", "DropMe" } do
	c:topic(topic)
end
c:topic("Redirected", 4)
local function put(topic, fields, body)
	fields = fields or {}
	fields.topic = topic
	return expect(c:ask(9911, fields, body or "p"))
end

expect(put("T") == "0 0/0")
expect(put("T", { count = 3 }, "q") == "0 0/1 0/2 0/3")
expect(put("T", { queue = -1 }, "r") == "0 0/4")
expect(bodies(c:receive { topic = "T", count = 5 }) == "p,q,q,q,r")

-- What a producer would be told.
expect(put("Nowhere") == "17 the topic does not exist")
expect(put("T", { queue = 1 }) == "29 the topic has no such queue")
expect(put("T", {}, ("x"):rep(4194305)):find("^13 the message is illegal"))
expect(c:ask(9914, { topic = "T" }, "x") == "refused")

-- Routes see it, or not.
expect(put("RedirectMe") == "0 0/0")
expect(bodies(c:receive { topic = "Redirected" }) == "p")
expect(put("RedirectMe", { routes = "none" }) == "0 0/0")
expect(put("RedirectMe", { routes = "after" }) == "0 0/1")
expect(#c:receive { topic = "RedirectMe", count = 2 } == 2)
expect(put("RejectMe") == "16 not on my watch")
expect(put("RejectMe", { routes = "none" }) == "0 0/0")
expect(put("DropMe", { count = 2 }) == "0 0/-1 0/-1")

-- A thread's come in the order of its calls.
expect(c:ask(9912, { topic = "Series", count = 20000 }, "") ==
    "20000 taken, 20000 stored, 20000 in order")

-- It answers a send in the broker's place.
local id, queue, offset = c:send { topic = "T", body = "sent", keys = "k" }
expect(queue == 0 and offset == 5 and #id >= 32, id)
local got = c:receive { topic = "T", count = 1, group = "g2" }
local ok, why = c:try_send { topic = "RejectMe", body = "x" }
expect(not ok and why:find("not on my watch", 1, true), why)

-- Busy beyond a number of bytes, and then no longer.
c = client(broker { modules = "service-put", ioThreads = 1,
    maxPluginPutBytes = 1048576 })
c:topic("T")
for _ = 1, 2 do
	local body = expect(c:ask(9913, { topic = "T" }, ("x"):rep(100000)))
	expect(body:find("^10 taken, 10 stored"), body)
end
ok, why = c:ask(9913, { topic = "T" }, ("x"):rep(1048576))
expect(not ok and why:find("a limit is exceeded", 1, true), why)

-- With sync flush it is told when the messages are safe; and that they are not.
b = broker { modules = "service-put", store = "fault",
    flushDiskType = "SYNC_FLUSH", ["plugin.store-fault.sync"] = "6+0:EIO" }
c = client(b)
c:topic("T")
local stored, last = 0
repeat
	last = expect(c:ask(9911, { topic = "T" }, "p"))
	stored = stored + (last:find("^0 ") and 1 or 0)
until not last:find("^0 ")
expect(last:find("^14"), last)
expect(#c:receive { topic = "T", count = stored + 1, timeout_ms = 500 } == stored)

-- When the broker stops in the middle, each put is told of.
b = broker { modules = "service-put", ["plugin.service-put.forever"] = "TBW102",
    flushDiskType = "SYNC_FLUSH" }
c = client(b)
expect(#c:receive { topic = "TBW102" } > 0)
expect(b:stop() == 0)
local taken, told = b:said():match("(%d+) taken, (%d+) told, some stored")
expect(taken and taken == told, b:said())
