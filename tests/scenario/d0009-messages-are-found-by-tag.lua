-- SPDX-License-Identifier: Apache-2.0
-- As RocketMQ 5.4.0 has it: indexType T asks for a tag, others for a key.
local c = client(broker {})
c:topic("T")
c:topic("U")
for i = 1, 3 do c:send { topic = "T", tag = "red", keys = "red", body = "t" .. i } end
c:send { topic = "T", tag = "blue", body = "b" }
c:send { topic = "U", tag = "red", body = "u" }

local function query(topic, key, kind)
	return c:ask(12, { topic = topic, key = key, maxNum = 32,
	    beginTimestamp = 0, endTimestamp = 1 << 60, indexType = kind })
end
local till = now() + 10000
while not query("U", "red", "T") do
	expect(now() < till, "not found")
	sleep(10)
end
local function count(answer, body) return select(2, (answer or ""):gsub(body, "")) end
expect(count(query("T", "red", "T"), "t%d") == 3)
expect(count(query("T", "blue", "T"), "red") == 0 and query("T", "blue", "T"))
expect(not query("T", "blue") and not query("T", "none", "T"))
expect(count(query("T", "red", "K"), "t%d") == 3)
