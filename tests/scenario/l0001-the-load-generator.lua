-- SPDX-License-Identifier: Apache-2.0
local b = broker { ["plugin.filter-lua.luaFromClients"] = "skua-bench" }
local function bench(mode, ...)
	return skua("bench", mode, "-n", b.namesrv, ...)
end
local function number(text, key) return tonumber(text:match('"' .. key .. '":([%d.e+-]+)')) end

local r = bench("ready")
expect(r.status == 0 and r.out:find("^ready after"), r.out .. r.err)
r = bench("produce", "-t", "T", "-m", "500", "-w", "100", "-c", "2", "-i", "8",
    "-s", "10-300", "--json", "-p", "" .. b.pid)
expect(r.status == 0 and number(r.out, "messages") == 500, r.out .. r.err)
expect(number(r.out, "rate") > 0 and number(r.out, "p99_us") > 0 and
    number(r.out, "server_anonymous_kib") > 0, r.out)
-- All of them are there, and no more.
r = bench("consume", "-t", "T", "--json")
expect(r.status == 0 and number(r.out, "messages") == 600, r.out .. r.err)

-- A share of the messages passes a filter, whatever kind it is of.
for _, kind in ipairs { "tag", "lua" } do
	r = bench("both", "-t", "F" .. kind, "-m", "1000", "--filter", kind,
	    "--match", "30", "--keys", "--json")
	expect(r.status == 0, r.out .. r.err)
	expect(number(r.out:match('"consume":(%b{})'), "messages") == 300, r.out)
end

-- A row for each side.
r = bench("both", "-t", "V", "-m", "100", "-o", "tsv", "-p", "" .. b.pid)
local sides = rows(r.out)
expect(#sides == 2 and sides[1].side == "produce" and sides[2].side == "consume" and
    sides[2].messages == "100" and tonumber(sides[2].p99_us) > 0 and
    tonumber(sides[1].server_anonymous_kib) > 0, r.out .. r.err)

-- Consumers that wait: the broker knows them, and has their pulls parked.
r = bench("idle", "-c", "50", "--seconds", "0.5", "-o", "tsv", "-p", "" .. b.pid)
local idle = rows(r.out)[1]
expect(r.status == 0 and idle.connections == "50" and idle.pull_rate == "0" and
    tonumber(idle.idle_kib) > 0 and tonumber(idle.known_s) > 0, r.out .. r.err)
r = bench("idle", "-c", "0")
expect(r.status == 2 and r.err:find("expected 1 to"), r.err)
r = bench("ready", "-o", "tsv")
expect(r.status == 0 and tonumber(rows(r.out)[1].ready_ms) > 0, r.out)

local svg = b.folder .. "/plot.svg"
r = bench("latency", "-t", "L", "-m", "200", "-r", "2000", "--svg", svg)
expect(r.status == 0 and r.out:find("arrival"), r.out .. r.err)
local text = io.open(svg):read("a")
expect(text:find("^<svg") and text:find("</svg>\n$") and
    select(2, text:gsub("<polyline", "")) == 4, text)

-- A batch is one request; messages are what counts.
r = bench("produce", "-t", "B", "-m", "160", "-b", "16", "--topics", "3",
    "--queues", "2", "--json")
expect(r.status == 0 and number(r.out, "messages") == 160, r.out .. r.err)
r = bench("consume", "-t", "B", "--topics", "3", "--queues", "2", "--json")
expect(r.status == 0 and number(r.out, "messages") == 160, r.out .. r.err)

-- What was measured until it is interrupted is shown.
local pid, out = native.spawn(folder .. "/bench", os.getenv("builddir") ..
    "/skua", "bench", "produce", "-n", b.namesrv, "-t", "I", "--rate", "500",
    "--seconds", "600", "--json")
local till = now() + 20000
while b:skua("topic", "list"):find("\nI\n") == nil or
    b:skua("topic", "stats", "I", "--json"):find('"messages":[1-9]') == nil do
	expect(now() < till, "nothing was sent")
end
expect(native.kill(pid, 2) == 0)
local line = native.line(out, 5)
expect(line and number(line, "messages") > 0, line)

-- Mistakes.
r = bench("produce", "--size", "1k")
expect(r.status == 2 and r.err:find('"1k" is not a number'), r.err)
r = bench("both", "--filter", "lue")
expect(r.status == 2 and r.err:find("did you mean lua"), r.err)
r = bench("produce", "--connections", "0")
expect(r.status == 2 and r.err:find("expected 1 to"), r.err)
r = skua("bench", "produce", "-n", "127.0.0.1:1")
expect(r.status == 4 and r.err:find("no nameserver answers"), r.err)
