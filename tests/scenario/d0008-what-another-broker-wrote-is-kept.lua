-- SPDX-License-Identifier: Apache-2.0
-- Skua loses power; RocketMQ opens the folder, writes another record where one
-- was lost, and is killed; Skua opens it again.
local b = broker {}
expect(b:stop() == 0 and b:start()) -- a checkpoint is there
local c = client(b)
c:topic("T")
for i = 1, 3 do c:send { topic = "T", tag = "mine", body = "" .. i } end
local store = b.folder .. "/store/"
-- Their checksums, of 16 bytes each, have reached their file.
local till = now() + 10000
repeat
	expect(now() < till, "no checksums")
	sleep(10)
	local f = io.open(store .. "skua/checks/00000000000000000000", "rb")
	local text = f and f:read("a") or ""
	if f then f:close() end
until #text >= 48 and text:sub(33, 48):find("[^\0]")
b:kill()

local function patch(name, at, bytes)
	local f = expect(io.open(store .. name, "r+b"), name)
	f:seek("set", at)
	f:write(bytes)
	f:close()
end
local log = store .. "commitlog/00000000000000000000"
local f = io.open(log, "rb")
local text = f:read(4096)
f:close()
local at
for i = 1, 3 do at = expect(text:find("TAGS\1mine", (at or 0) + 1, true)) end
patch("commitlog/00000000000000000000", at - 1, "TAGS\1his!")
-- The first 24 bytes of the checkpoint are RocketMQ's three times.
patch("checkpoint", 0, string.pack(">i8i8i8", 1, 1, 1))

expect(b:start())
c = client(b)
expect(bodies(c:receive { topic = "T", count = 3 }) == "1,2,3")
expect(bodies(c:receive { topic = "T", group = "h", filter = "his!" }) == "3")
c:send { topic = "T", body = "4" }
expect(bodies(c:receive { topic = "T", group = "x", count = 4 }) == "1,2,3,4")
expect(not b:said():find("damage", 1, true), b:said())
