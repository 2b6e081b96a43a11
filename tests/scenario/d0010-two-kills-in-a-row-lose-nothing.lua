-- SPDX-License-Identifier: Apache-2.0
-- The checkpoint says that the queues are on disk up to the log's end.  The next
-- start cannot confirm that, reads from further back, and is killed before the
-- queues are on disk again.  queues.json would tell; it is a hint, written before
-- the last of them.
local b = broker {}
local c = client(b)
c:topic("T")
-- So much is synced within the first second.
for i = 100, 119 do
	c:send { topic = "T", body = i .. (" "):rep(4000) }
end
-- The first second ends with one; its slots are told in skua/files.h.
local function written_pos()
	local f = io.open(b.folder .. "/store/checkpoint", "rb")
	local bytes, newest, pos = f and f:read("a") or "", 0, 0

	if f then f:close() end
	for at = 513, #bytes - 39, 512 do
		local _, _, number, written = string.unpack(">I4I4I8I8", bytes, at)

		if number > newest then newest, pos = number, written end
	end
	return pos
end
local till = now() + 10000
while written_pos() == 0 do
	expect(now() < till, "no checkpoint")
	native.sleep(20)
end
b:kill()
expect(b:start())
client(b):send { topic = "T", body = "120" }
b:kill()
os.remove(b.folder .. "/store/skua/queues.json")
os.remove(b.folder .. "/store/skua/queues.json.bak")
expect(b:start())
local got = client(b):receive { topic = "T", count = 21, timeout_ms = 5000 }
expect(#got == 21, #got .. " came back")
