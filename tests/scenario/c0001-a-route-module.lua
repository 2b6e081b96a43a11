-- SPDX-License-Identifier: Apache-2.0
local c = client(broker { modules = "route-test" })
for _, topic in ipairs { "RedirectMe", "Redirected", "CopyMe", "Copied",
    "RejectMe", "DropMe", "MarkMe" } do c:topic(topic) end
c:send { topic = "RedirectMe", body = "r" }
expect(bodies(c:receive { topic = "Redirected" }) == "r")
c:send { topic = "CopyMe", body = "c" }
expect(bodies(c:receive { topic = "Copied" }) == "c")
expect(bodies(c:receive { topic = "CopyMe" }) == "c")
local id, why = c:try_send { topic = "RejectMe", body = "x" }
expect(not id and why:find("not on my watch"), why)
c:send { topic = "DropMe", body = "x" }
expect(#c:receive { topic = "DropMe", timeout_ms = 200 } == 0)
c:send { topic = "MarkMe", body = "m" }
expect(c:receive { topic = "MarkMe" }[1].mark == "yes")
