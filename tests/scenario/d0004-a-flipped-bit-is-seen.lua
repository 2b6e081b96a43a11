-- SPDX-License-Identifier: Apache-2.0
-- A bit of a property, of a body, and of each field of a queue's units.
local function file(b, name)
	local path = b.folder .. "/store/" .. name
	local f = expect(io.open(path, "rb"), name .. " is not there")
	local bytes = f:read("a")
	f:close()
	return path, bytes
end
local function flip(b, name, at)
	local path, bytes = file(b, name)
	local f = io.open(path, "r+b")
	f:seek("set", at)
	f:write(string.char(bytes:byte(at + 1) ~ 4))
	f:close()
end

local b = broker { mappedFileSizeCommitLog = 65536 }
local c = client(b)
c:topic("T")
for i = 1, 9 do
	c:send { topic = "T", tag = i % 2 == 0 and "even" or "odd",
	    keys = "key" .. i, body = "body" .. i }
end
expect(b:stop() == 0)
local log, queue = "commitlog/00000000000000000000", "consumequeue/T/0/00000000000000000000"
local _, bytes = file(b, log)
flip(b, log, bytes:find("key2", 1, true))     -- the second: a property
flip(b, log, bytes:find("body4", 1, true))    -- the fourth: a body
flip(b, queue, 20 * 4 + 7)                    -- the fifth: its position
flip(b, queue, 20 * 5 + 11)                   -- the sixth: its size
flip(b, queue, 20 * 6 + 19)                   -- the seventh: its tags code
flip(b, queue, 20 * 8 + 2)                    -- the last: where the queue ends

expect(b:start())
c = client(b)
expect(bodies(c:receive { topic = "T", group = "all", count = 7 }) ==
    "body1,body3,body5,body6,body7,body8,body9")
expect(bodies(c:receive { topic = "T", group = "odd", filter = "odd", count = 5 }) ==
    "body1,body3,body5,body7,body9")
local said = b:said()
expect(said:find("corrupt message at position %d+, topic T"), "the damage is not named")
expect(said:find("queue T/0: corrupt index entry at offset 4"))
-- The queue goes on where it ended.
local _, _, offset = c:send { topic = "T", body = "body10" }
expect(offset == 9, "the queue went on at " .. offset)
