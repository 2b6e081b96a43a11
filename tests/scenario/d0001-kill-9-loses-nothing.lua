-- SPDX-License-Identifier: Apache-2.0
local b = broker {}
local c = client(b)
c:topic("T", 2)
for i = 100, 299 do c:send { topic = "T", body = "" .. i } end
b:kill()
expect(b:start())
c = client(b)
local got = c:receive { topic = "T", count = 200, timeout_ms = 10000 }
expect(#got == 200, #got .. " came back")
c:send { topic = "T", body = "after" }
expect(bodies(c:receive { topic = "T" }) == "after")
