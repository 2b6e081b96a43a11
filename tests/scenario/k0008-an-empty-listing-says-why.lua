-- SPDX-License-Identifier: Apache-2.0
local n = broker { roles = "namesrv" }
for _, case in ipairs {
	{ "no broker is registered", "cluster" },
	{ "knows no topic", "topic", "list" },
	{ "knows a group", "group", "list" },
} do
	local words = table.remove(case, 1)
	case[#case + 1] = "-n"
	case[#case + 1] = n.namesrv
	local r = skua(table.unpack(case))
	expect(r.status == 0 and r.out == "" and r.err:find(words), r.err)
	-- Programs see that there is nothing.
	case[#case + 1] = "--json"
	r = skua(table.unpack(case))
	expect(r.status == 0 and r.out == "" and r.err == "", r.err)
end
local r = skua("plugin", "list", "--path", n.folder)
expect(r.status == 0 and r.err:find("no plug-in in " .. n.folder, 1, true), r.err)
r = skua("plugin", "list")
expect(r.status == 0 and r.out:find("commitlog") and r.err == "", r.err)
