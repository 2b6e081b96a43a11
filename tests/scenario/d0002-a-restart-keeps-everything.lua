-- SPDX-License-Identifier: Apache-2.0
local b = broker {}
local c = client(b)
c:topic("T")
for i = 1, 5 do c:send { topic = "T", body = "" .. i } end
expect(#c:receive { topic = "T", count = 5 } == 5)
c:send { topic = "T", body = "6" }
expect(b:stop() == 0, "it did not stop cleanly")
expect(b:start())
c = client(b)
expect(bodies(c:receive { topic = "T" }) == "6", "the offset is gone")
expect(#c:receive { topic = "T", group = "new", count = 6 } == 6)
