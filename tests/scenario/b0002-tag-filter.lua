-- SPDX-License-Identifier: Apache-2.0
local c = client(broker {})
c:topic("T")
for _, tag in ipairs { "A", "B", "C", "A" } do
	c:send { topic = "T", tag = tag, body = tag }
end
expect(bodies(c:receive { topic = "T", group = "ac", filter = "A || C",
    count = 3 }) == "A,A,C")
expect(bodies(c:receive { topic = "T", group = "all", count = 4 }) == "A,A,B,C")
