-- SPDX-License-Identifier: Apache-2.0
local c = client(broker { modules = "hook-test" })
c:topic("T")
c:send { topic = "T", body = "x" }
local ok, why = pcall(c.topic, c, "Forbidden")
expect(not ok and why:find("Forbidden is out of bounds"), why)
