-- SPDX-License-Identifier: Apache-2.0
-- Names that no broker could have made, in tables that came from somewhere else,
-- become neither a topic nor a group, and are named.
local b = broker { roles = "namesrv,broker" }
expect(b:stop() == 0)
local function rewrite(name, what, with)
	local path = b.folder .. "/store/config/" .. name
	local f = expect(io.open(path, "rb"))
	local text = f:read("a")
	f:close()
	os.remove(path .. ".bak")
	-- Without its seal it is another broker's.
	text = text:gsub(',"crc32":"%x+"', "")
	local at = expect(text:find(what, 1, true), what)
	f = io.open(path, "wb")
	f:write(text:sub(1, at + #what - 1) .. with .. text:sub(at + #what))
	f:close()
end
rewrite("topics.json", '"topicConfigTable":{',
    '"../../x":{"topicName":"../../x","readQueueNums":1,"writeQueueNums":1,"perm":6},')
rewrite("subscriptionGroup.json", '"subscriptionGroupTable":{',
    '"a\\u001bb/..":{"groupName":"x","consumeEnable":true},')
expect(b:start())
expect(b:said():find("topics.json: a topic is left out", 1, true), b:said())
expect(b:said():find("subscriptionGroup.json: a group is left out", 1, true))
expect(not b:said():find("\27", 1, true), "a control character is in the log")
expect(not b:skua("topic", "list", "-o", "tsv"):find("..", 1, true))
