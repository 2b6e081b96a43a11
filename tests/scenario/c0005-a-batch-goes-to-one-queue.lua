-- SPDX-License-Identifier: Apache-2.0
-- A selector picks one queue for all messages of a batch, and the answer names
-- the queue where they are.
local c = client(broker())
assert(c:ask(17, { topic = "T", defaultTopic = "TBW102", readQueueNums = 4,
    writeQueueNums = 4, perm = 6, topicFilterType = "SINGLE_TAG",
    topicSysFlag = 0, order = "false",
    attributes = "+queue.selector=round-robin" }, ""))
local function item(body)
	local rest = string.pack(">i4i4i4", 0, 0, 0) ..
	    string.pack(">s4", body) .. string.pack(">s2", "")
	return string.pack(">i4", #rest + 4) .. rest
end
local body = ""
for i = 1, 8 do body = body .. item("m" .. i) end
for batch = 1, 4 do
	assert(c:ask(320, { a = "p", b = "T", c = "TBW102", d = 4, e = -1, f = 0,
	    g = 0, h = 0, i = "", j = 0, k = "false", m = "true" }, body))
end
local got = c:receive { topic = "T", count = 32 }
expect(#got == 32, #got)
local queue_of, per_queue = {}, {}
for _, m in ipairs(got) do
	per_queue[m.queue] = (per_queue[m.queue] or 0) + 1
end
for queue, n in pairs(per_queue) do
	expect(n % 8 == 0, ("queue %s has %d"):format(queue, n))
end
