-- SPDX-License-Identifier: Apache-2.0
local b = broker { store = "memory" }
local c = client(b)
c:topic("T")
c:send { topic = "T", body = "x" }
expect(bodies(c:receive { topic = "T" }) == "x")
expect(not io.open(b.folder .. "/store/commitlog"), "there is a commit log")
