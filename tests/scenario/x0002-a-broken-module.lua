-- SPDX-License-Identifier: Apache-2.0
local b, words, status = try_broker { modules = "hook-evil-load" }
expect(not b and status == 1, "it started")
expect(words:find("hook-evil-load", 1, true) and
    words:find("the moon is full", 1, true), words)
b, words = try_broker { modules = "hook-evil-major" }
expect(not b and words:find("ABI 2.0", 1, true), words)
