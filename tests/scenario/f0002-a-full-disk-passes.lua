-- SPDX-License-Identifier: Apache-2.0
-- The client tries again by itself, so that a send may take several cues.
local b = broker { store = "fault",
    ["plugin.store-fault.append"] = "4+20:ENOSPC" }
local c = client(b)
c:topic("T")
local sent, refused, till = {}, 0, now() + 20000
while #sent < 8 do
	local body = "" .. #sent
	local id, why, offset = c:try_send { topic = "T", body = body }

	if id then
		expect(offset == #sent, body .. " is at offset " .. offset)
		sent[#sent + 1] = body
	else
		expect(#sent == 3 and why:find("14", 1, true), why)
		expect(c:ask(28, {}):find("storeTrouble", 1, true))
		refused = refused + 1
	end
	expect(now() < till, "it does not go on")
end
expect(refused > 1)
expect(not c:ask(28, {}):find("storeTrouble", 1, true), "it still complains")
local said = b:said()
expect(select(2, said:gsub("takes no message: no space left", "")) == 1, said)
expect(said:find("accepting messages again", 1, true), said)
expect(bodies(c:receive { topic = "T", count = 8 }) == table.concat(sent, ","))
