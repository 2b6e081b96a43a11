-- SPDX-License-Identifier: Apache-2.0
-- A message whose sync fails is not acknowledged, and no consumer gets it: a
-- power cut might take it back.
local b = broker { store = "fault", flushDiskType = "SYNC_FLUSH",
    ["plugin.store-fault.sync"] = "6+0:EIO" }
local c = client(b)
c:topic("T")
local sent, refused = {}
for i = 0, 19 do
	local id, why = c:try_send { topic = "T", body = "" .. i }

	if not id then refused = why break end
	sent[#sent + 1] = "" .. i
end
expect(refused, "no sync failed")
local got = c:receive { topic = "T", count = #sent + 1, timeout_ms = 1500,
    hold_ms = 200 }
table.sort(sent)
expect(bodies(got) == table.concat(sent, ","), "got " .. bodies(got) ..
    ", but only " .. table.concat(sent, ",") .. " are safe")
