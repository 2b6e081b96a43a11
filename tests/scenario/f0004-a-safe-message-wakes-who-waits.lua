-- SPDX-License-Identifier: Apache-2.0
-- A pull that is parked when messages come gets them as soon as they are safe.
-- The sender is another process: a receive blocks this one.
local b = broker { flushDiskType = "SYNC_FLUSH" }
local c = client(b)
c:topic("T")
local skua = os.getenv("builddir") .. "/skua send -n " .. b.namesrv .. " -t T "
local sender = native.spawn(folder .. "/sender.log", "sh", "-c",
    "sleep 1; " .. skua .. "1; " .. skua .. "2; " .. skua .. "3")
local begun = now()
local got = c:receive { topic = "T", hold_ms = 15000, count = 3,
    timeout_ms = 5000 }
native.kill(sender, 0)
expect(bodies(got) == "1,2,3", "got " .. bodies(got))
expect(now() - begun < 5000, "it took " .. now() - begun .. " ms")
