-- SPDX-License-Identifier: Apache-2.0
local b = broker {}
local c = client(b)
c:topic("T", 4)
for i = 1, 9 do c:send { topic = "T", body = "m" .. i, keys = "k" .. i } end
local got = c:receive { topic = "T", count = 9 }
expect(bodies(got) == "m1,m2,m3,m4,m5,m6,m7,m8,m9", bodies(got))
expect(got[1].KEYS:find("^k%d$"))
expect(#c:receive { topic = "T", timeout_ms = 100 } == 0, "received twice")
