-- SPDX-License-Identifier: Apache-2.0
local script = write("f.lua", "msg.tags == 'A'")
local b = broker { ["plugin.filter-lua.bind"] = "g@T=" .. script }
local c = client(b)
c:topic("T")
c:send { topic = "T", tag = "A", body = "1" }
c:send { topic = "T", tag = "B", body = "2" }
expect(bodies(c:receive { topic = "T", count = 1 }) == "1")
write("f.lua", "msg.tags == 'B' -- changed")
sleep(2500)
c:send { topic = "T", tag = "A", body = "3" }
c:send { topic = "T", tag = "B", body = "4" }
expect(bodies(c:receive { topic = "T", count = 1 }) == "4")
