-- SPDX-License-Identifier: Apache-2.0
local b = broker {}
b:skua("topic", "create", "T", "-r", "2", "-w", "2")
local sent = rows(b:skua("send", "-t", "T", "--tag", "new", "--keys", "4711 x",
    "-p", "n=1", "-o", "tsv", "--", "-first\tone"))[1]
b:skua("send", "-t", "T", "--keys", "4712", "\xff\xfe")

-- The index of keys follows the log; this is the last message.
local till = now() + 10000
while not pcall(b.skua, b, "message", "key", "-t", "T", "4712") do
	expect(now() < till, "not found")
	sleep(10)
end

-- By id, either one.
local function check(text)
	local m = rows(text)
	expect(#m == 1 and m[1].body == "-first\\tone" and m[1].msgId == sent.msgId
	    and m[1].properties:find("n=1") and m[1].properties:find("TAGS=new"),
	    text)
end
check(b:skua("message", "id", sent.offsetMsgId, "-o", "tsv"))
check(b:skua("message", "id", sent.msgId, "-t", "T", "-o", "tsv"))
expect(b:skua("message", "id", sent.offsetMsgId):find("\nbody +%-first\\tone\n"))
local status, why = b:skua_fails("message", "id", sent.msgId)
expect(status == 3 and why:find("%-t TOPIC"), why)

check(b:skua("message", "key", "-t", "T", "4711", "-o", "tsv"))
expect(b:skua_fails("message", "key", "-t", "T", "4710") == 3)
local other = rows(b:skua("message", "key", "-t", "T", "4712", "-o", "tsv"))
expect(other[1].bodyBase64 == "//4=" , other[1].bodyBase64)
expect(b:skua("message", "key", "-t", "T", "4712", "--json"):find(
    '"bodyBase64":"//4="'))

check(b:skua("message", "offset", "-t", "T", "-q", sent.queueId,
    sent.queueOffset, "-o", "tsv"))
expect(b:skua_fails("message", "offset", "-t", "T", "-q", "9", "0") == 3)
expect(b:skua_fails("message", "offset", "-t", "T", "-q", "1", "77") == 3)

expect(#rows(b:skua("message", "time", "-t", "T", "--from", "1m", "-o",
    "tsv")) == 2)
expect(#rows(b:skua("message", "time", "-t", "T", "--count", "1", "-o",
    "tsv")) == 1)
expect(b:skua_fails("message", "time", "-t", "T", "--to", "1d") == 3)

-- A selector out of a plug-in: one key, one queue.
local queue
for i = 1, 6 do
	local m = rows(b:skua("send", "-t", "T", "-s", "hash", "-k", "same", "-o",
	    "tsv", "" .. i))[1]
	expect(queue == nil or queue == m.queueId)
	queue = m.queueId
end
