-- SPDX-License-Identifier: Apache-2.0
local n = broker { roles = "namesrv" }
local a = broker { roles = "broker", namesrvAddr = n.namesrv, brokerName = "a" }
local c = broker { roles = "broker", namesrvAddr = n.namesrv, brokerName = "c" }
local function get(...)
	local values = {}
	for _, s in ipairs(rows(n:skua("config", "get", "fileReservedTime", "-o",
	    "tsv", ...))) do values[s.broker] = s.value end
	return values
end
local till = now() + 10000
while select(2, n:skua("cluster"):gsub("\n", "")) < 3 and now() < till do
	sleep(20)
end
expect(get().a == "72" and get().c == "72")
n:skua("config", "set", "-b", "c", "fileReservedTime=48")
expect(get().a == "72" and get().c == "48")
n:skua("config", "set", "fileReservedTime=24", "deleteWhen=05")
expect(get().a == "24" and get().c == "24" and get("-b", a.address).c == nil)

local status, why = n:skua_fails("config", "set", "fileReservedTme=1")
expect(status == 3 and why:find('did you mean "fileReservedTime"'), why)
status, why = n:skua_fails("config", "set", "fileReservedTime=soon")
expect(status == 1 and why:find("fileReservedTime"), why)
expect(get().a == "24")
status, why = n:skua_fails("config", "get", "-b", "d", "fileReservedTime")
expect(status == 3 and why:find('no broker "d"'), why)
expect(#rows(n:skua("config", "list", "-b", "a", "-o", "tsv")) > 100)

local brokers = rows(n:skua("cluster", "-o", "tsv"))
expect(#brokers == 2 and brokers[1].broker == "a" and brokers[1].state == "ok")
expect(n:skua("cluster", "--stats", "-o", "tsv"):find("\tcommitLogMaxOffset\t"))
