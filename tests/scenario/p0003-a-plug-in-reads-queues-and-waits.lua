-- SPDX-License-Identifier: Apache-2.0
-- A plug-in reads a queue, with a subscription's filter and without copying, on a
-- loop and on a thread, and waits for a message on several queues.
local function scene(settings)
	settings.modules = "service-queue"
	local b = broker(settings)
	return b, client(b)
end
local b, c = scene { ioThreads = 1 }
c:topic("T")
c:topic("Wide", 4)
local function fails(words, code, fields)
	local ok, why = c:ask(code, fields, "")
	expect(not ok and why:find(words, 1, true), why)
end

expect(c:ask(9931, { topic = "T" }, "") == "7 0 0-0:")
fails("no such topic", 9931, { topic = "None" })
fails("no such topic", 9931, { topic = "T", queue = 1 })
fails("not a read", 9931, { topic = "T", offset = -1 })
for i = 0, 9 do
	c:send { topic = "T", body = "b" .. i, tag = i % 2 == 0 and "even" or "odd" }
end
expect(c:ask(9931, { topic = "T" }, "") ==
    "0 10 0-10: b0 b1 b2 b3 b4 b5 b6 b7 b8 b9")
expect(c:ask(9931, { topic = "T", offset = 3, count = 2 }, "") ==
    "0 5 0-10: b3 b4")
expect(c:ask(9931, { topic = "T", tag = "odd" }, "") ==
    "0 10 0-10: b1 b3 b5 b7 b9")
expect(c:ask(9931, { topic = "T", tag = "none" }, "") == "1 10 0-10:")
expect(c:ask(9931, { topic = "T", offset = 10 }, "") == "5 10 0-10:")
expect(c:ask(9931, { topic = "T", offset = 12 }, "") == "4 10 0-10:")
expect(c:ask(9935, { topic = "T", offset = 8 }, "") == "0 10 0-10: b8 b9")
fails("network loop", 9935, { topic = "T", tag = "odd" })

-- As the store has them: records, back to back.
local raw = c:ask(9932, { topic = "T", tag = "odd", offset = 6 }, "")
local sizes = 0
for _ = 1, 2 do sizes = sizes + string.unpack(">i4", raw, sizes + 1) end
expect(sizes == #raw and raw:find("b7", 1, true) and raw:find("b9", 1, true) and
    not raw:find("b8", 1, true))

-- By time.
expect(c:ask(9934, { topic = "T", ms = 0 }, "") == "0-10 0 0")
expect(c:ask(9934, { topic = "T", ms = 9000000000000 }, "") == "0-10 10 9")

-- Waiting: there is something; nothing comes; something comes.
fails("not ready yet", 9933, { topic = "T", offset = 5 })
fails("invalid argument", 9933, { topic = "T", offset = 10, ms = -1 })
expect(c:ask(9933, { topic = "T", offset = 10, ms = 100 }, "") == "over")
local function sender(b, topic, queue)
	local skua = os.getenv("builddir") .. "/skua send -n " .. b.namesrv
	return native.spawn(folder .. "/sender.log", "sh", "-c", "sleep 0.3; " ..
	    skua .. " -t " .. topic .. " later")
end
local pid = sender(b, "Wide")
expect(c:ask(9933, { topic = "Wide", ms = 10000 }, "") == "message")
native.kill(pid, 0)

-- With sync flush it is told when the message is safe, and finds it.
b, c = scene { flushDiskType = "SYNC_FLUSH", ioThreads = 2 }
c:topic("T")
pid = sender(b, "T")
expect(c:ask(9933, { topic = "T", ms = 10000 }, "") == "message")
expect(c:ask(9931, { topic = "T" }, "") == "0 1 0-1: later")
native.kill(pid, 0)

-- One whose topic goes is told.
pid = native.spawn(folder .. "/delete.log", "sh", "-c", "sleep 0.3; exec " ..
    os.getenv("builddir") .. "/skua topic delete -n " .. b.namesrv .. " T")
expect(c:ask(9933, { topic = "T", offset = 1, ms = 10000 }, "") == "message")
native.kill(pid, 0)
