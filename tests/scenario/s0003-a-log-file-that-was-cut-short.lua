-- SPDX-License-Identifier: Apache-2.0
local b = broker { mappedFileSizeCommitLog = 4096, mappedFileSizeConsumeQueue = 6000 }
local c = client(b)
c:topic("T", 1)
for i = 1, 30 do c:send { topic = "T", body = i .. "." .. ("x"):rep(900) } end
expect(b:stop() == 0)
local store = b.folder .. "/store"
local function log(n) return string.format("%s/commitlog/%020d", store, n * 4096) end
local function size(path)
	local f = expect(io.open(path, "rb"), path .. " is gone")
	local n = f:seek("end")
	f:close()
	return n
end
local function cut(path, n)
	local f = io.open(path, "rb")
	local bytes = f:read(n) or ""
	f:close()
	f = io.open(path, "wb")
	f:write(bytes)
	f:close()
end
-- Of three in the second file the second one's end; of the fourth file all.
cut(log(1), 2000)
cut(log(3), 0)
local r = skua("store", "check", store)
expect(r.status == 1 and r.out:find("00004096: has 2000 bytes where its neighbours have 4096")
    and r.out:find("12288: has 0 bytes"), r.out .. r.err)

-- Without being asked to, repair leaves the log alone.
r = skua("store", "repair", store)
expect(r.status == 1 and size(log(1)) == 2000 and size(log(3)) == 0, r.out .. r.err)
r = skua("store", "repair", store, "--extend", "--dry-run")
expect(r.status == 1 and r.out:find("would extend 2 log files") and size(log(1)) == 2000,
    r.out .. r.err)

-- What is left is delivered, in order; what is not is named.
local function numbers(group)
	local seen = {}
	for _, m in ipairs(c:receive { topic = "T", group = group, count = 25 }) do
		seen[#seen + 1] = m.body:match("^%d+")
	end
	return table.concat(seen, ",")
end
local left = "1,2,3,4,7,8,9,13"
expect(b:start())
c = client(b)
expect(b:said():find("damage in [^\n]*4096: it ends at 2000"), b:said())
local got = numbers("one")
expect(got:sub(1, #left) == left and got:sub(-2) == "30", got)
expect(size(log(1)) == 4096 and size(log(3)) == 4096)
local _, _, offset = c:send { topic = "T", body = "31" }
expect(offset == 30, "the queue went on at " .. offset)
expect(b:stop() == 0)

-- An end that is gone is named, too.
local f = io.open(log(10), "wb") -- as it is made ahead
f:write(("\0"):rep(4096))
f:close()
cut(log(9), 3000)
expect(b:start())
expect(b:said():find("the log was on disk up to position 40%d+, and ends at 39%d+ now"),
    b:said())
expect(b:stop() == 0)

-- The last file is not told from a wrong setting by the broker alone.
os.remove(log(10))
cut(log(9), 1500)
expect(not b:start())
expect(b:said():find('"skua store repair --extend" gives it its size back', 1, true),
    b:said())
r = skua("store", "repair", store, "--extend")
expect(r.out:find("extended 1 log file\n") and size(log(9)) == 4096, r.out .. r.err)
expect(b:start())
expect(b:said():find("orderly stop, log 0 to 379", 1, true), b:said())

-- After a kill, and without a checkpoint to go by, a hole is no torn end.
expect(b:kill() ~= 0)
cut(log(2), 1200)
f = io.open(store .. "/checkpoint", "wb")
f:write("short")
f:close()
r = skua("store", "repair", store, "--extend")
expect(r.out:find("extended 1 log file\n") and r.out:find("replaced the checkpoint"),
    r.out .. r.err)
expect(b:start())
c = client(b)
got = numbers("two")
expect(got:find("^1,2,3,4,7,13,14,"), got)
