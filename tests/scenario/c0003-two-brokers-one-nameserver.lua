-- SPDX-License-Identifier: Apache-2.0
local n = broker { roles = "namesrv" }
local a = broker { roles = "broker", namesrvAddr = n.namesrv, brokerName = "a" }
local b = broker { roles = "broker", namesrvAddr = n.namesrv, brokerName = "b" }
expect(not n.address and not a.namesrv)
a.namesrv, b.namesrv = n.namesrv, n.namesrv
client(a):topic("T")
client(b):topic("T")
sleep(500)
local c = client(a)
for i = 1, 10 do c:send { topic = "T", body = "m" .. i } end
expect(#c:receive { topic = "T", count = 10 } == 10)
local body = c:ask(105, { topic = "T" }) or native.ask(c.handle, nil, 105,
    { topic = "T" })
expect(body and body:find('"a"') and body:find('"b"'), body)
