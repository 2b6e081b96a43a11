-- SPDX-License-Identifier: Apache-2.0
-- The lock file of a running broker is removed: no other starts on its folder, and
-- it stops writing to what may be somebody else's by now.
local b = broker {}
local c = client(b)
c:topic("T")
c:send { topic = "T", body = "1" }
os.remove(b.folder .. "/store/lock")
local other, words = try_broker { storePathRootDir = b.folder .. "/store" }
expect(not other and words:find("another broker uses this folder", 1, true),
    words)
local till, refused = now() + 10000
repeat
	refused = not c:try_send { topic = "T", body = "2" }
	sleep(100)
until refused or now() > till
expect(refused, "it still writes")
expect(b:said():find("was removed or replaced", 1, true))
