-- SPDX-License-Identifier: Apache-2.0
local c = client(broker { ["plugin.filter-lua.luaFromClients"] = "*" })
c:topic("T")
for i = 1, 6 do c:send { topic = "T", body = "" .. i, props = { n = i } } end
expect(bodies(c:receive { topic = "T", type = "LUA", count = 3,
    filter = "num(msg.props.n) > 3" }) == "4,5,6")
-- A script that fails delivers.
expect(#c:receive { topic = "T", group = "bad", type = "LUA", count = 6,
    filter = "msg.none" } == 6)
