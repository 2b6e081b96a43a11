-- SPDX-License-Identifier: Apache-2.0
-- What every flush policy must do; run it against another one with
-- SKUA_CONFORM_FLUSH=NAME, its module on SKUA_PLUGIN_PATH.
local function sends(c, from, to)
	for i = from, to do c:send { topic = "T", body = "" .. i } end
end

local function all_there(b, count, group)
	local got = client(b):receive { topic = "T", group = group, count = count }
	-- One that was refused, or never answered, may be there as well.
	expect(#got >= count, group .. ": " .. #got .. " of " .. count)
end

local function conforms(name)
	-- Answers leave, and what was answered is there after any end.
	local b = broker { flush = name }
	local c = client(b)
	c:topic("T")
	sends(c, 1, 50)
	expect(b:stop() == 0)
	expect(b:start())
	all_there(b, 50, "stopped")
	sends(client(b), 51, 60)
	b:kill()
	expect(b:start())
	all_there(b, 60, "killed")
	expect(b:stop() == 0)

	-- After a sync has failed nothing is answered any more, for ever; what
	-- was answered before is there.
	b = broker { flush = name, store = "fault",
	    ["plugin.store-fault.sync"] = "3+0" }
	c = client(b)
	c:topic("T")
	local answered, till = 0, now() + 10000
	while c:try_send { topic = "T", body = "x" } do
		answered = answered + 1
		expect(now() < till, name .. " goes on after a failed sync")
	end
	for _ = 1, 3 do
		local ok, why = c:try_send { topic = "T", body = "y" }
		expect(not ok and why:find("14", 1, true), tostring(why))
	end
	expect(c:ask(28, {}):find('"storeTrouble"', 1, true),
	    "brokerStatus does not tell")
	expect(b:said():find("fsync failed", 1, true))
	b:kill()
	for i, word in ipairs(b.args) do
		if word:find("^plugin.store%-fault.sync=") then
			b.args[i] = "plugin.store-fault.sync="
		end
	end
	expect(b:start())
	if answered > 0 then all_there(b, answered, "failed") end
	expect(b:stop() == 0)
end

for name in (os.getenv("SKUA_CONFORM_FLUSH") or "async sync"):gmatch("%S+") do
	conforms(name)
end
