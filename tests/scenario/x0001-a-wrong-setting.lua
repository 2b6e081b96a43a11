-- SPDX-License-Identifier: Apache-2.0
local b, words, status = try_broker { file = "brokerName=b\nlisenPort=1\n" }
expect(not b and status == 1, "it started")
expect(words:find("broker0.conf:2:", 1, true), words)
expect(words:find('did you mean "listenPort"', 1, true), words)
b, words = try_broker { file = "\n\nbrokerId=x\n" }
expect(not b)
expect(words:find("broker1.conf:3: brokerId", 1, true), words)
