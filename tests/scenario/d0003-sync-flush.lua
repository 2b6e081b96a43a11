-- SPDX-License-Identifier: Apache-2.0
local b = broker { flushDiskType = "SYNC_FLUSH" }
local c = client(b)
c:topic("T")
for i = 1, 20 do c:send { topic = "T", body = "" .. i } end
b:kill()
expect(b:start())
expect(#client(b):receive { topic = "T", count = 20 } == 20)
