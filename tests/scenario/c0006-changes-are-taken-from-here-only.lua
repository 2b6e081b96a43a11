-- SPDX-License-Identifier: Apache-2.0
-- hook-guard: what changes topics, groups, settings or files is taken from this
-- machine and adminFrom alone; messages and reading are free; registration has a
-- list of its own.
local function refused(c, code, fields, body, setting)
	local ok, why = c:ask(code, fields or {}, body or "")
	expect(not ok and why:find("16", 1, true) and
	    why:find("the setting " .. (setting or "adminFrom"), 1, true),
	    code .. ": " .. tostring(why))
end
-- As from elsewhere: this machine is left out.
local b = broker { adminFromLoopback = "false", registerFrom = "0.0.0.0/0",
    autoCreateTopicEnable = "true" }
local c = client(b)
local topic = { topic = "Made", defaultTopic = "TBW102", readQueueNums = 1,
    writeQueueNums = 1, perm = 6, topicFilterType = "SINGLE_TAG",
    topicSysFlag = 0, order = "false" }
refused(c, 17, topic)
refused(c, 18, {}, '{"topicConfigList":[]}')
refused(c, 200, {}, '{"groupName":"g"}')
refused(c, 207, { groupName = "g" })
refused(c, 215, { topic = "T" })
refused(c, 222, { topic = "T", group = "g", timestamp = 0, isForce = "true" })
refused(c, 225, {}, '{"groupConfigList":[]}')
refused(c, 329)
-- No field makes another request of it.
refused(c, 25, { b = "T", topic = "T", consumerGroup = "g", a = "p" },
    "logLevel=debug")
local _, queue = c:send { topic = "T", body = "sent" }
local got = c:ask(11, { consumerGroup = "g", topic = "T", queueId = queue,
    queueOffset = 0, maxMsgNums = 32, sysFlag = 4, commitOffset = 0,
    suspendTimeoutMillis = 0, subVersion = 0, subscription = "*",
    expressionType = "TAG" }, "")
expect(got and got:find("sent", 1, true))
expect(c:ask(26, {}, ""))
expect(c:ask(202, { topic = "T" }, ""))
-- What nobody answers is not supported, as before.
local ok, why = c:ask(9999, {}, "")
expect(not ok and why:find("not supported"), why)
expect(b:said():find("hook%-guard: request 17"))

-- The nameserver's port likewise.
local n = client(b)
n.broker = { address = b.namesrv }
refused(n, 100, { namespace = "n", key = "k", value = "v" })
refused(n, 216, { topic = "T" })
refused(n, 318, {}, "serverWorkerThreads=8")
refused(n, 327, { brokerName = "b" })
expect(n:ask(206, {}, ""))

-- Networks that have it; a change takes effect at once.
b = broker { adminFromLoopback = "false", adminFrom = "10.0.0.0/8, 127.0.0.1" }
c = client(b)
c:topic("T")
ok, why = c:ask(25, {}, "adminFrom=10.0.0.0/33")
expect(not ok and why:find('adminFrom = "10.0.0.0/33"', 1, true), why)
assert(c:ask(25, {}, "adminFrom=10.0.0.0/8"))
refused(c, 17, topic)

-- A service's code that does not say what it does may change anything.
c = client(broker { modules = "service-test", adminFromLoopback = "false" })
expect(c:ask(9901, {}, ""))
refused(c, 9905)

-- By default this machine may do all.
c = client(broker())
c:topic("T")

-- A broker that is not in registerFrom stays out.
local ns = broker { roles = "namesrv", adminFromLoopback = "false",
    registerFrom = "10.0.0.0/8" }
n = client(ns)
n.broker = { address = ns.namesrv }
refused(n, 103, { brokerName = "x" }, "", "registerFrom")
refused(n, 104, { brokerName = "x" }, "", "registerFrom")

local started, words = try_broker { adminFrom = "localhost" }
expect(not started and words:find('adminFrom = "localhost"', 1, true), words)
