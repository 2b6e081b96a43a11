-- SPDX-License-Identifier: Apache-2.0
local c = client(broker { autoCreateTopicEnable = "false" })
local id, why = c:try_send { topic = "Nowhere", body = "x" }
expect(not id, "it was stored")
local ok, words = c:ask(10, { producerGroup = "p", topic = "Nowhere",
    defaultTopic = "TBW102", defaultTopicQueueNums = 4, queueId = 0,
    sysFlag = 0, bornTimestamp = 1, flag = 0, properties = "" }, "x")
expect(not ok and words:find("17"), words or "it was stored")
