-- SPDX-License-Identifier: Apache-2.0
-- The sender is another process: a receive blocks this one.
local b = broker {}
local c = client(b)
c:topic("T")
local sender = native.spawn(folder .. "/sender.log", "sh", "-c",
    "sleep 1; " .. os.getenv("builddir") .. "/skua send -n " ..
    b.namesrv .. " -t T x")
local begun = now()
local got = c:receive { topic = "T", hold_ms = 15000, timeout_ms = 100 }
native.kill(sender, 0)
expect(#got == 1, "nothing came")
expect(now() - begun < 4000, "it took " .. now() - begun .. " ms")
