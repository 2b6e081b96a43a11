-- SPDX-License-Identifier: Apache-2.0
-- A service answers at once and later, with any number of fields; one that does
-- not answer, fails to start or takes another's code harms nobody else.
local b = broker { modules = "service-test" }
local c = client(b)
for _, code in ipairs { 9901, 9902 } do
	expect(c:ask(code, {}, ""))
end
local ok, why = c:ask(9903, {}, "")
expect(not ok and why:find("service-test has not answered", 1, true), why)
expect(c:ask(9904, {}, ""))
expect(c:ask(9901, {}, ""))
expect(b:said():find("a second answer to one request of code 9904", 1, true))

local function fails(settings, ...)
	settings.modules = "service-test"
	local started, words, status = try_broker(settings)
	expect(not started and status == 1, "it started")
	for _, one in ipairs { ... } do
		expect(words:find(one, 1, true), words)
	end
end
fails({ ["plugin.service-test.mode"] = "silent" },
    "service service-test: input/output error")
fails({ ["plugin.service-test.mode"] = "steal" },
    "the request code 310 (SEND_MESSAGE_V2) is answered by the broker already")
fails({ ["plugin.service-test.mode"] = "log", roles = "namesrv" },
    "no log to follow")

c = client(broker { modules = "service-test",
    ["plugin.service-test.mode"] = "replace" })
ok, why = c:ask(28, {}, "")
expect(not ok and why:find("in place of another"), why)

-- Any number of services.
local many = {}
for i = 1, 20 do many[i] = "service-test@" .. i end
c = client(broker { modules = "service-test",
    plugins = "*," .. table.concat(many, ",") })
expect(c:ask(9901, {}, ""))
