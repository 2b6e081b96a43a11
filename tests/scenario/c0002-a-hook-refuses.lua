-- SPDX-License-Identifier: Apache-2.0
-- A hook refuses what is about one topic, whatever the field is called, and
-- whatever else the request has.
local c = client(broker { modules = "hook-test" })
c:topic("T")
c:send { topic = "T", body = "x" }
local ok, why = pcall(c.topic, c, "Forbidden")
expect(not ok and why:find("Forbidden is out of bounds"), why)
local function send(more)
	local fields = { a = "p", b = "T", c = "TBW102", d = 4, e = 0, f = 0,
	    g = 0, h = 0, i = "", j = 0 }
	for k, v in pairs(more) do fields[k] = v end
	return c:ask(310, fields, "x")
end
expect(send {})
expect(send { topic = "Forbidden" }, "no handler reads that field")
ok, why = send { b = "Forbidden", topic = "T" }
expect(not ok and why:find("Forbidden is out of bounds"), why)
