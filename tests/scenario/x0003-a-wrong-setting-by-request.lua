-- SPDX-License-Identifier: Apache-2.0
-- What the next start would refuse is refused when it is set, and then nothing
-- is changed; what is not live waits for that start.
local b = broker { file = "brokerName=a\n" }
local function fails(want, ...)
	local status, why = b:skua_fails("config", "set", ...)
	expect(status == 1 and why:find(want, 1, true), why)
end
local function get(key)
	return rows(b:skua("config", "get", key, "-o", "tsv"))[1].value
end
fails("expected", "fileReservedTime=24", "logLevel=zz")
expect(get("fileReservedTime") == "72")
fails("an IP address", "brokerIP1=no.such.host")
fails("letters", "brokerClusterName=../../x")
fails("expected 1 to 3600000 ms", "syncFlushTimeout=-9223372036854775808")
fails("at most", "regionId=" .. ("a"):rep(1000))
b:skua("config", "set", "brokerClusterName=other", "fileReservedTime=24")
expect(get("brokerClusterName") == "other" and get("fileReservedTime") == "24")
expect(b:skua("cluster"):find("DefaultCluster"))
b:stop()
b:start()
expect(b:skua("cluster"):find("other"), b:skua("cluster"))
