-- SPDX-License-Identifier: Apache-2.0
-- What scenarios call.
local brokers, clients = {}, {}

function expect(cond, message)
	if not cond then error(message or "not as expected", 2) end
	return cond
end

local function read(path)
	local f = io.open(path)
	local text = f and f:read("a") or ""
	if f then f:close() end
	return text
end

function write(name, text)
	local f = assert(io.open(folder .. "/" .. name, "w"))
	f:write(text)
	f:close()
	return folder .. "/" .. name
end

local Broker = {}
Broker.__index = Broker

-- Starts skuad; false and its last words when it does not get ready.
function Broker:start()
	local pid, out = native.spawn(self.log, table.unpack(self.args))
	local line = native.line(out, 20)
	if not line or not line:find("^skuad ready") then
		local status = native.kill(pid, line and 9 or 0)
		return false, read(self.log), status
	end
	self.pid, self.ready = pid, line
	self.namesrv = line:match("namesrv ([^ ,]+)")
	self.address = line:match("broker ([^ ,]+)")
	return self
end

local function stop(self, signal)
	local status = native.kill(self.pid, signal)
	self.pid = nil
	return status
end
function Broker:stop() return stop(self, 15) end
function Broker:kill() return stop(self, 9) end
function Broker:said() return read(self.log) end

-- settings: of skuad; "modules": test modules to load beside the plug-ins;
-- "file": a settings file's text.
function try_broker(settings)
	local own = folder .. "/broker" .. #brokers
	native.mkdir(own)
	local b = setmetatable({ log = own .. "/log", folder = own }, Broker)
	b.args = { os.getenv("SKUAD") }
	local all = { listenPort = 0, namesrvListenPort = 0, brokerIP1 = "127.0.0.1",
	    storePathRootDir = own .. "/store", mappedFileSizeCommitLog = 16777216,
	    kvConfigPath = own .. "/kv.json",
	    configStorePath = own .. "/namesrv.conf" }
	all.store = os.getenv("SKUA_TEST_STORE")
	for k, v in pairs(settings or {}) do all[k] = v end
	if all.modules then
		all.pluginPath = nil
		all.plugins = (all.plugins or "*") .. "," .. all.modules
		table.insert(b.args, 1, "env")
		table.insert(b.args, 2, "SKUA_PLUGIN_PATH=" .. link_modules(own,
		    all.modules))
		all.modules = nil
	end
	if all.file then
		b.args[#b.args + 1] = "-c"
		b.args[#b.args + 1] = write("broker" .. #brokers .. ".conf", all.file)
		all.file = nil
	end
	for k, v in pairs(all) do
		b.args[#b.args + 1] = "-o"
		b.args[#b.args + 1] = k .. "=" .. tostring(v)
	end
	brokers[#brokers + 1] = b
	return b:start()
end

-- A folder with these modules alone goes in front of the path.
function link_modules(own, names)
	native.mkdir(own .. "/modules")
	for name in names:gmatch("[^,]+") do
		local from = io.open(os.getenv("SKUA_TEST_MODULES") .. "/" .. name ..
		    ".so", "rb")
		local to = io.open(own .. "/modules/" .. name .. ".so", "wb")
		to:write(from:read("a"))
		from:close()
		to:close()
	end
	return own .. "/modules:" .. os.getenv("SKUA_PLUGIN_PATH")
end

function broker(settings)
	local b, words = try_broker(settings)
	return b or error("the broker did not start:\n" .. words, 2)
end

local Client = {}
Client.__index = Client

function client(b)
	local c = setmetatable({ handle = assert(native.new_client(b.namesrv)),
	    broker = b }, Client)
	clients[#clients + 1] = c
	return c
end

function Client:try_send(m)
	return native.send(self.handle, m.topic, m.tag, m.keys, m.body, m.props)
end
function Client:send(m)
	local id, queue, offset = self:try_send(m)
	if not id then error(queue, 2) end
	return id, queue, offset
end

-- Until count messages are there, or timeout_ms have passed.
function Client:receive(m)
	local got, count = {}, m.count or 1
	local till = native.now() + (m.timeout_ms or 5000)
	repeat
		local some, why = native.receive(self.handle, m.topic,
		    m.group or "g", m.filter, m.type, m.hold_ms or 0)
		if not some then error(why, 2) end
		for _, one in ipairs(some) do got[#got + 1] = one end
		if #some == 0 and #got < count then native.sleep(20) end
	until #got >= count or native.now() >= till
	return got
end

function bodies(messages)
	local t = {}
	for i, m in ipairs(messages) do t[i] = m.body end
	table.sort(t)
	return table.concat(t, ",")
end

-- The body; or nil and the sentence, which has the code.
function Client:ask(code, fields, body)
	return native.ask(self.handle, self.broker.address, code, fields, body)
end
function Client:topic(name, queues)
	local ok, why = self:ask(17, { topic = name, defaultTopic = "TBW102",
	    readQueueNums = queues or 1, writeQueueNums = queues or 1, perm = 6,
	    topicFilterType = "SINGLE_TAG", topicSysFlag = 0, order = "false" }, "")
	return ok or error(why, 2)
end

-- Runs the command: its status and what it wrote.
local function run_skua(environment, ...)
	local out, err = folder .. "/out", folder .. "/err"
	local words = { os.getenv("builddir") .. "/skua", ... }
	for i, word in ipairs(words) do
		words[i] = "'" .. word:gsub("'", "'\\''") .. "'"
	end
	local _, _, status = os.execute(environment .. table.concat(words, " ") ..
	    " >'" .. out .. "' 2>'" .. err .. "'")
	return { status = status, out = read(out), err = read(err) }
end
function skua(...) return run_skua("", ...) end

-- The same against a broker's nameserver; fails unless its status is 0.
function Broker:skua(...)
	local r = run_skua("SKUA_NAMESRV=" .. self.namesrv .. " ", ...)
	if r.status ~= 0 then error(r.status .. ": " .. r.err, 2) end
	return r.out
end
-- Its status and its sentence, when it ought to fail.
function Broker:skua_fails(...)
	local r = run_skua("SKUA_NAMESRV=" .. self.namesrv .. " ", ...)
	if r.status == 0 then error("it did not fail: " .. r.out, 2) end
	return r.status, r.err
end
-- The lines of -o tsv as tables by column.
function rows(text)
	local names, all = nil, {}
	for line in text:gmatch("([^\n]*)\n") do
		local cells, i = {}, 0
		for cell in (line .. "\t"):gmatch("([^\t]*)\t") do
			i = i + 1
			cells[names and names[i] or i] = cell
		end
		if names then all[#all + 1] = cells else names = cells end
	end
	return all
end

function now() return native.now() end
function sleep(ms) native.sleep(ms) end

function run(path)
	local chunk = assert(loadfile(path))
	local ok, why = xpcall(chunk, debug.traceback)
	for _, c in ipairs(clients) do c.handle = nil end
	collectgarbage()
	for _, b in ipairs(brokers) do
		if b.pid then
			local status = b:stop()
			if ok and status ~= 0 then
				ok, why = false, "the broker ended with " .. status
			end
		end
		if not ok then io.stderr:write(b.log, ":\n", b:said()) end
	end
	if not ok then error(why, 0) end
end
