-- SPDX-License-Identifier: Apache-2.0
-- A setting that names a provider which no plug-in has is refused, at the start
-- and when it is changed.
for _, key in ipairs { "store", "index", "flush", "replication",
    "queueSelector" } do
	local started, words, status = try_broker { [key] = "nonsense" }
	expect(not started and status == 1, key)
	expect(words:find(key .. ' = "nonsense": no plug-in provides the', 1, true)
	    and words:find("there is: ", 1, true), words)
end
local c = client(broker())
local ok, why = c:ask(25, {}, "queueSelector=nonsense")
expect(not ok and why:find("there is: ", 1, true), why)
assert(c:ask(25, {}, "queueSelector=hash"))
