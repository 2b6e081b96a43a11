# SPDX-License-Identifier: Apache-2.0
# Completion of skua for fish.  Made by `skua generate fish'.

# Only a broker nearby answers fast enough to be asked.
function __skua_ask
	set -l words (commandline -opc)
	set -l namesrv
	for i in (seq (count $words))
		if contains -- $words[$i] -n --namesrv; and test $i -lt (count $words)
			set -l next (math $i + 1)
			set namesrv -n $words[$next]
		end
	end
	timeout 1 skua $argv $namesrv 2>/dev/null
end

# Anybody may have made up these names: only those that a broker takes.
function __skua_names
	env LC_ALL=C grep -E '^[0-9A-Za-z%_][-0-9A-Za-z%|_.@]*$'
end

# The second column, without its head.
function __skua_second
	awk -F '\t' 'NR > 1 { print $2 }' | sort -u
end

function __skua_values
	switch $argv[1]
		case TOPIC
			__skua_ask topic list | __skua_names
		case GROUP
			__skua_ask group list | __skua_names
		case BROKER
			__skua_ask cluster -o tsv | __skua_second | __skua_names
		case SETTING
			__skua_ask config list -o tsv | __skua_second | __skua_names
		case PLUGIN
			skua plugin list -o tsv 2>/dev/null | __skua_second | __skua_names
	end
end

# Whether the command line begins with these words.
function __skua_at
	set -l words (commandline -opc)
	test (count $words) -gt (count $argv); or return 1
	for i in (seq (count $argv))
		set -l next (math $i + 1)
		test "$words[$next]" = "$argv[$i]"; or return 1
	end
end

# Whether it is exactly these.
function __skua_after
	test (count (commandline -opc)) -eq (math (count $argv) + 1); and __skua_at $argv
end

complete -c skua -f
complete -c skua -n __skua_after -l help -s h -d 'show help'
complete -c skua -n __skua_after -l version -s V -d 'show the version'
complete -c skua -n __skua_after -a send -d 'Send a message'
complete -c skua -n __skua_after -a receive -d 'Receive messages'
complete -c skua -n __skua_after -a topic
complete -c skua -n __skua_after -a group
complete -c skua -n __skua_after -a message
complete -c skua -n __skua_after -a config
complete -c skua -n __skua_after -a top -d 'Show rates, lag and slow filters as they change'
complete -c skua -n __skua_after -a cluster -d 'Show the brokers'
complete -c skua -n __skua_after -a plugin
complete -c skua -n __skua_after -a bench
complete -c skua -n __skua_after -a store

complete -c skua -n '__skua_at send' -l namesrv -s n -x -d 'a nameserver, or several with ; between [$SKUA_NAMESRV, or 127.0.0.1:9876]'
complete -c skua -n '__skua_at send' -l topic -s t -x -a '(__skua_values TOPIC)' -d 'where to (needed)'
complete -c skua -n '__skua_at send' -l group -s g -x -d 'the producer group [skua]'
complete -c skua -n '__skua_at send' -l tag -s c -x -d 'the message\'s tag'
complete -c skua -n '__skua_at send' -l keys -s k -x -d 'keys to find it by, separated by blanks'
complete -c skua -n '__skua_at send' -l property -s p -x -d 'a property; may be repeated'
complete -c skua -n '__skua_at send' -l lines -s l -d 'each line is a message'
complete -c skua -n '__skua_at send' -l delay-level -s d -x -d 'delivered later: 1 to 18 [0: at once]'
complete -c skua -n '__skua_at send' -l hash-key -x -d 'messages with one key go to one queue'
complete -c skua -n '__skua_at send' -l selector -s s -x -d 'the selector that chooses the queue: hash, ..., or a module\'s file [in turn]'
complete -c skua -n '__skua_at send' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at send' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'

complete -c skua -n '__skua_at receive' -l namesrv -s n -x -d 'a nameserver, or several with ; between [$SKUA_NAMESRV, or 127.0.0.1:9876]'
complete -c skua -n '__skua_at receive' -l topic -s t -x -a '(__skua_values TOPIC)' -d 'where from (needed)'
complete -c skua -n '__skua_at receive' -l group -s g -x -a '(__skua_values GROUP)' -d 'the consumer group (needed)'
complete -c skua -n '__skua_at receive' -l filter -s f -x -d 'tags (A || B), or what --type says'
complete -c skua -n '__skua_at receive' -l type -x -a 'TAG SQL92 LUA' -d 'of the filter: TAG, SQL92, LUA, or what another plug-in takes [TAG]'
complete -c skua -n '__skua_at receive' -l from -x -a 'first last now' -d 'for a group without offsets [first]: first, last, now, 10m (ago: s, m, h, d), ms since 1970, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss'
complete -c skua -n '__skua_at receive' -l count -s c -x -d 'stop after N messages [0: never]'
complete -c skua -n '__skua_at receive' -l wait -s w -x -d 'stop after so long without one [never]'
complete -c skua -n '__skua_at receive' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at receive' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'

complete -c skua -n '__skua_after topic' -a list -d 'List topics'
complete -c skua -n '__skua_at topic list' -l namesrv -s n -x -d 'a nameserver, or several with ; between [$SKUA_NAMESRV, or 127.0.0.1:9876]'
complete -c skua -n '__skua_at topic list' -l all -s a -d 'also the system\'s own topics'
complete -c skua -n '__skua_at topic list' -l long -s l -d 'with queues, messages and the last one\'s time'
complete -c skua -n '__skua_at topic list' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at topic list' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'

complete -c skua -n '__skua_after topic' -a create -d 'Create a topic'
complete -c skua -n '__skua_at topic create' -l namesrv -s n -x -d 'a nameserver, or several with ; between [$SKUA_NAMESRV, or 127.0.0.1:9876]'
complete -c skua -n '__skua_at topic create' -l topic -s t -x -d 'its name (needed, here or as operand)'
complete -c skua -n '__skua_at topic create' -l broker -s b -x -d 'only this one, by name or HOST:PORT [every master]'
complete -c skua -n '__skua_at topic create' -l read -s r -x -d 'queues to read [8]'
complete -c skua -n '__skua_at topic create' -l write -s w -x -d 'queues to write [8]'
complete -c skua -n '__skua_at topic create' -l perm -s p -x -a '2 4 6' -d '2 write, 4 read, 6 both [6]'
complete -c skua -n '__skua_at topic create' -l attributes -s a -x -d 'attributes, such as +queue.selector=hash'
complete -c skua -n '__skua_at topic create' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at topic create' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'

complete -c skua -n '__skua_after topic' -a change -d 'Change a topic; what is not told stays'
complete -c skua -n '__skua_at topic change' -l namesrv -s n -x -d 'a nameserver, or several with ; between [$SKUA_NAMESRV, or 127.0.0.1:9876]'
complete -c skua -n '__skua_at topic change' -l topic -s t -x -a '(__skua_values TOPIC)' -d 'its name (needed, here or as operand)'
complete -c skua -n '__skua_at topic change' -l broker -s b -x -a '(__skua_values BROKER)' -d 'only this one, by name or HOST:PORT [every master]'
complete -c skua -n '__skua_at topic change' -l read -s r -x -d 'queues to read [as they are]'
complete -c skua -n '__skua_at topic change' -l write -s w -x -d 'queues to write [as they are]'
complete -c skua -n '__skua_at topic change' -l perm -s p -x -a '2 4 6' -d '2 write, 4 read, 6 both [as it is]'
complete -c skua -n '__skua_at topic change' -l attributes -s a -x -d 'set or remove attributes'
complete -c skua -n '__skua_at topic change' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at topic change' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'
complete -c skua -n '__skua_at topic change' -a '(__skua_values TOPIC)'

complete -c skua -n '__skua_after topic' -a delete -d 'Delete a topic and its messages'
complete -c skua -n '__skua_at topic delete' -l namesrv -s n -x -d 'a nameserver, or several with ; between [$SKUA_NAMESRV, or 127.0.0.1:9876]'
complete -c skua -n '__skua_at topic delete' -l topic -s t -x -a '(__skua_values TOPIC)' -d 'its name (needed, here or as operand)'
complete -c skua -n '__skua_at topic delete' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at topic delete' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'
complete -c skua -n '__skua_at topic delete' -a '(__skua_values TOPIC)'

complete -c skua -n '__skua_after topic' -a show -d 'Show a topic\'s settings on each broker'
complete -c skua -n '__skua_at topic show' -l namesrv -s n -x -d 'a nameserver, or several with ; between [$SKUA_NAMESRV, or 127.0.0.1:9876]'
complete -c skua -n '__skua_at topic show' -l topic -s t -x -a '(__skua_values TOPIC)' -d 'its name (needed, here or as operand)'
complete -c skua -n '__skua_at topic show' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at topic show' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'
complete -c skua -n '__skua_at topic show' -a '(__skua_values TOPIC)'

complete -c skua -n '__skua_after topic' -a route -d 'Show which brokers hold a topic'
complete -c skua -n '__skua_at topic route' -l namesrv -s n -x -d 'a nameserver, or several with ; between [$SKUA_NAMESRV, or 127.0.0.1:9876]'
complete -c skua -n '__skua_at topic route' -l topic -s t -x -a '(__skua_values TOPIC)' -d 'its name (needed, here or as operand)'
complete -c skua -n '__skua_at topic route' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at topic route' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'
complete -c skua -n '__skua_at topic route' -a '(__skua_values TOPIC)'

complete -c skua -n '__skua_after topic' -a stats -d 'Show what is in a topic\'s queues'
complete -c skua -n '__skua_at topic stats' -l namesrv -s n -x -d 'a nameserver, or several with ; between [$SKUA_NAMESRV, or 127.0.0.1:9876]'
complete -c skua -n '__skua_at topic stats' -l topic -s t -x -a '(__skua_values TOPIC)' -d 'its name (needed, here or as operand)'
complete -c skua -n '__skua_at topic stats' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at topic stats' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'
complete -c skua -n '__skua_at topic stats' -a '(__skua_values TOPIC)'

complete -c skua -n '__skua_after group' -a list -d 'List consumer groups'
complete -c skua -n '__skua_at group list' -l namesrv -s n -x -d 'a nameserver, or several with ; between [$SKUA_NAMESRV, or 127.0.0.1:9876]'
complete -c skua -n '__skua_at group list' -l all -s a -d 'also the system\'s own groups'
complete -c skua -n '__skua_at group list' -l long -s l -d 'with members, rate and lag'
complete -c skua -n '__skua_at group list' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at group list' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'

complete -c skua -n '__skua_after group' -a create -d 'Create a consumer group'
complete -c skua -n '__skua_at group create' -l namesrv -s n -x -d 'a nameserver, or several with ; between [$SKUA_NAMESRV, or 127.0.0.1:9876]'
complete -c skua -n '__skua_at group create' -l group -s g -x -d 'its name (needed, here or as operand)'
complete -c skua -n '__skua_at group create' -l broker -s b -x -d 'only this one, by name or HOST:PORT [every master]'
complete -c skua -n '__skua_at group create' -l max-tries -s m -x -d 'before a message is dead [16, or as it is]'
complete -c skua -n '__skua_at group create' -l retry-queues -s q -x -d 'queues of its retry topic [1, or as it is]'
complete -c skua -n '__skua_at group create' -l consume -x -a 'yes no' -d 'may it consume [yes, or as it is]'
complete -c skua -n '__skua_at group create' -l broadcast -x -a 'yes no' -d 'may it broadcast [yes, or as it is]'
complete -c skua -n '__skua_at group create' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at group create' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'

complete -c skua -n '__skua_after group' -a change -d 'Change a consumer group; what is not told stays'
complete -c skua -n '__skua_at group change' -l namesrv -s n -x -d 'a nameserver, or several with ; between [$SKUA_NAMESRV, or 127.0.0.1:9876]'
complete -c skua -n '__skua_at group change' -l group -s g -x -a '(__skua_values GROUP)' -d 'its name (needed, here or as operand)'
complete -c skua -n '__skua_at group change' -l broker -s b -x -a '(__skua_values BROKER)' -d 'only this one, by name or HOST:PORT [every master]'
complete -c skua -n '__skua_at group change' -l max-tries -s m -x -d 'before a message is dead [16, or as it is]'
complete -c skua -n '__skua_at group change' -l retry-queues -s q -x -d 'queues of its retry topic [1, or as it is]'
complete -c skua -n '__skua_at group change' -l consume -x -a 'yes no' -d 'may it consume [yes, or as it is]'
complete -c skua -n '__skua_at group change' -l broadcast -x -a 'yes no' -d 'may it broadcast [yes, or as it is]'
complete -c skua -n '__skua_at group change' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at group change' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'
complete -c skua -n '__skua_at group change' -a '(__skua_values GROUP)'

complete -c skua -n '__skua_after group' -a delete -d 'Delete a consumer group'
complete -c skua -n '__skua_at group delete' -l namesrv -s n -x -d 'a nameserver, or several with ; between [$SKUA_NAMESRV, or 127.0.0.1:9876]'
complete -c skua -n '__skua_at group delete' -l group -s g -x -a '(__skua_values GROUP)' -d 'its name (needed, here or as operand)'
complete -c skua -n '__skua_at group delete' -l keep-offsets -d 'so that it goes on if it comes back'
complete -c skua -n '__skua_at group delete' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at group delete' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'
complete -c skua -n '__skua_at group delete' -a '(__skua_values GROUP)'

complete -c skua -n '__skua_after group' -a show -d 'Show a group\'s settings on each broker'
complete -c skua -n '__skua_at group show' -l namesrv -s n -x -d 'a nameserver, or several with ; between [$SKUA_NAMESRV, or 127.0.0.1:9876]'
complete -c skua -n '__skua_at group show' -l group -s g -x -a '(__skua_values GROUP)' -d 'its name (needed, here or as operand)'
complete -c skua -n '__skua_at group show' -l broker -s b -x -a '(__skua_values BROKER)' -d 'only this one, by name or HOST:PORT [every master]'
complete -c skua -n '__skua_at group show' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at group show' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'
complete -c skua -n '__skua_at group show' -a '(__skua_values GROUP)'

complete -c skua -n '__skua_after group' -a members -d 'Show who is connected for a group'
complete -c skua -n '__skua_at group members' -l namesrv -s n -x -d 'a nameserver, or several with ; between [$SKUA_NAMESRV, or 127.0.0.1:9876]'
complete -c skua -n '__skua_at group members' -l group -s g -x -a '(__skua_values GROUP)' -d 'its name (needed, here or as operand)'
complete -c skua -n '__skua_at group members' -l subscriptions -s s -d 'what they subscribe to, instead'
complete -c skua -n '__skua_at group members' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at group members' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'
complete -c skua -n '__skua_at group members' -a '(__skua_values GROUP)'

complete -c skua -n '__skua_after group' -a lag -d 'Show how far a group is behind'
complete -c skua -n '__skua_at group lag' -l namesrv -s n -x -d 'a nameserver, or several with ; between [$SKUA_NAMESRV, or 127.0.0.1:9876]'
complete -c skua -n '__skua_at group lag' -l group -s g -x -a '(__skua_values GROUP)' -d 'its name (needed, here or as operand)'
complete -c skua -n '__skua_at group lag' -l topic -s t -x -a '(__skua_values TOPIC)' -d 'only of this one [all it consumes]'
complete -c skua -n '__skua_at group lag' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at group lag' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'
complete -c skua -n '__skua_at group lag' -a '(__skua_values GROUP)'

complete -c skua -n '__skua_after group' -a reset -d 'Let a group go on elsewhere'
complete -c skua -n '__skua_at group reset' -l namesrv -s n -x -d 'a nameserver, or several with ; between [$SKUA_NAMESRV, or 127.0.0.1:9876]'
complete -c skua -n '__skua_at group reset' -l group -s g -x -a '(__skua_values GROUP)' -d 'its name (needed, here or as operand)'
complete -c skua -n '__skua_at group reset' -l topic -s t -x -a '(__skua_values TOPIC)' -d 'of this topic (needed)'
complete -c skua -n '__skua_at group reset' -l to -x -a 'first last now' -d 'where to go on (needed): first, last, now, 10m (ago: s, m, h, d), ms since 1970, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss'
complete -c skua -n '__skua_at group reset' -l only-back -d 'never forward, over what was not consumed'
complete -c skua -n '__skua_at group reset' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at group reset' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'
complete -c skua -n '__skua_at group reset' -a '(__skua_values GROUP)'

complete -c skua -n '__skua_after message' -a id -d 'Show the message with an id'
complete -c skua -n '__skua_at message id' -l namesrv -s n -x -d 'a nameserver, or several with ; between [$SKUA_NAMESRV, or 127.0.0.1:9876]'
complete -c skua -n '__skua_at message id' -l topic -s t -x -a '(__skua_values TOPIC)' -d 'the topic: needed for the id that the producer made'
complete -c skua -n '__skua_at message id' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at message id' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'

complete -c skua -n '__skua_after message' -a key -d 'Show messages with a key'
complete -c skua -n '__skua_at message key' -l namesrv -s n -x -d 'a nameserver, or several with ; between [$SKUA_NAMESRV, or 127.0.0.1:9876]'
complete -c skua -n '__skua_at message key' -l topic -s t -x -a '(__skua_values TOPIC)' -d 'in this topic (needed)'
complete -c skua -n '__skua_at message key' -l from -x -a 'first last now' -d 'stored from then [first]: first, last, now, 10m (ago: s, m, h, d), ms since 1970, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss'
complete -c skua -n '__skua_at message key' -l to -x -a 'first last now' -d 'stored until then [last]'
complete -c skua -n '__skua_at message key' -l count -s c -x -d 'at most N messages of each broker [64]'
complete -c skua -n '__skua_at message key' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at message key' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'

complete -c skua -n '__skua_after message' -a offset -d 'Show messages of a queue from an offset on'
complete -c skua -n '__skua_at message offset' -l namesrv -s n -x -d 'a nameserver, or several with ; between [$SKUA_NAMESRV, or 127.0.0.1:9876]'
complete -c skua -n '__skua_at message offset' -l topic -s t -x -a '(__skua_values TOPIC)' -d 'in this topic (needed)'
complete -c skua -n '__skua_at message offset' -l broker -s b -x -a '(__skua_values BROKER)' -d 'its name [the only one]'
complete -c skua -n '__skua_at message offset' -l queue -s q -x -d 'in this queue (needed)'
complete -c skua -n '__skua_at message offset' -l count -s c -x -d 'so many messages [1]'
complete -c skua -n '__skua_at message offset' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at message offset' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'

complete -c skua -n '__skua_after message' -a time -d 'Show messages by when they were stored'
complete -c skua -n '__skua_at message time' -l namesrv -s n -x -d 'a nameserver, or several with ; between [$SKUA_NAMESRV, or 127.0.0.1:9876]'
complete -c skua -n '__skua_at message time' -l topic -s t -x -a '(__skua_values TOPIC)' -d 'in this topic (needed)'
complete -c skua -n '__skua_at message time' -l broker -s b -x -a '(__skua_values BROKER)' -d 'only of this one, by name [all]'
complete -c skua -n '__skua_at message time' -l queue -s q -x -d 'only of this queue [all]'
complete -c skua -n '__skua_at message time' -l from -x -a 'first last now' -d 'stored from then [first]: first, last, now, 10m (ago: s, m, h, d), ms since 1970, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss'
complete -c skua -n '__skua_at message time' -l to -x -a 'first last now' -d 'stored until then [last]'
complete -c skua -n '__skua_at message time' -l count -s c -x -d 'the first N messages [32]'
complete -c skua -n '__skua_at message time' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at message time' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'

complete -c skua -n '__skua_after config' -a list -d 'List the settings in force'
complete -c skua -n '__skua_at config list' -l namesrv -s n -x -d 'a nameserver, or several with ; between [$SKUA_NAMESRV, or 127.0.0.1:9876]'
complete -c skua -n '__skua_at config list' -l broker -s b -x -a '(__skua_values BROKER)' -d 'only this one, by name or HOST:PORT [every master]'
complete -c skua -n '__skua_at config list' -l of-namesrv -d 'the nameserver\'s own, not brokers\''
complete -c skua -n '__skua_at config list' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at config list' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'

complete -c skua -n '__skua_after config' -a get -d 'Show settings in force'
complete -c skua -n '__skua_at config get' -l namesrv -s n -x -d 'a nameserver, or several with ; between [$SKUA_NAMESRV, or 127.0.0.1:9876]'
complete -c skua -n '__skua_at config get' -l broker -s b -x -a '(__skua_values BROKER)' -d 'only this one, by name or HOST:PORT [every master]'
complete -c skua -n '__skua_at config get' -l of-namesrv -d 'the nameserver\'s own, not brokers\''
complete -c skua -n '__skua_at config get' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at config get' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'
complete -c skua -n '__skua_at config get' -a '(__skua_values SETTING)'

complete -c skua -n '__skua_after config' -a set -d 'Change settings of brokers that run'
complete -c skua -n '__skua_at config set' -l namesrv -s n -x -d 'a nameserver, or several with ; between [$SKUA_NAMESRV, or 127.0.0.1:9876]'
complete -c skua -n '__skua_at config set' -l broker -s b -x -a '(__skua_values BROKER)' -d 'only this one, by name or HOST:PORT [every master]'
complete -c skua -n '__skua_at config set' -l of-namesrv -d 'the nameserver\'s own, not brokers\''
complete -c skua -n '__skua_at config set' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at config set' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'
complete -c skua -n '__skua_at config set' -a '(__skua_values SETTING)'

complete -c skua -n '__skua_at top' -l namesrv -s n -x -d 'a nameserver, or several with ; between [$SKUA_NAMESRV, or 127.0.0.1:9876]'
complete -c skua -n '__skua_at top' -l interval -s i -x -d 'between two looks [2]'
complete -c skua -n '__skua_at top' -l once -s 1 -d 'look twice, write once, as without a terminal'
complete -c skua -n '__skua_at top' -l count -s c -x -d 'end after N looks [0: never]'
complete -c skua -n '__skua_at top' -l json -d 'an object for each look, one a line'

complete -c skua -n '__skua_at cluster' -l namesrv -s n -x -d 'a nameserver, or several with ; between [$SKUA_NAMESRV, or 127.0.0.1:9876]'
complete -c skua -n '__skua_at cluster' -l stats -s s -d 'everything that brokers count'
complete -c skua -n '__skua_at cluster' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at cluster' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'

complete -c skua -n '__skua_after plugin' -a list -d 'List plug-ins'
complete -c skua -n '__skua_at plugin list' -l path -x -a '(__fish_complete_directories)' -d 'where to look [$SKUA_PLUGIN_PATH, or where plug-ins are installed]'
complete -c skua -n '__skua_at plugin list' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at plugin list' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'

complete -c skua -n '__skua_after plugin' -a info -d 'Show one plug-in and its settings'
complete -c skua -n '__skua_at plugin info' -l path -x -a '(__fish_complete_directories)' -d 'where to look [$SKUA_PLUGIN_PATH, or where plug-ins are installed]'
complete -c skua -n '__skua_at plugin info' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at plugin info' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'
complete -c skua -n '__skua_at plugin info' -a '(__skua_values PLUGIN)'

complete -c skua -n '__skua_after bench' -a produce -d 'Send as fast as it goes, or at a rate'
complete -c skua -n '__skua_at bench produce' -l namesrv -s n -x -d 'a nameserver, or several with ; between [$SKUA_NAMESRV, or 127.0.0.1:9876]'
complete -c skua -n '__skua_at bench produce' -l topic -s t -x -a '(__skua_values TOPIC)' -d 'made when it is missing [skua-bench]'
complete -c skua -n '__skua_at bench produce' -l topics -x -d 'as many of them: TOPIC-000000 ... [1]'
complete -c skua -n '__skua_at bench produce' -l queues -x -d 'of a topic that is made [4]'
complete -c skua -n '__skua_at bench produce' -l connections -s c -x -d '[4]'
complete -c skua -n '__skua_at bench produce' -l inflight -s i -x -d 'requests per connection; 1 is one at a time [64]'
complete -c skua -n '__skua_at bench produce' -l size -s s -x -d 'bytes of a body: 1024, 100-4096, or 100:70,1024:30 (with shares) [1024]'
complete -c skua -n '__skua_at bench produce' -l batch -s b -x -d 'messages per request [1]'
complete -c skua -n '__skua_at bench produce' -l messages -s m -x -d 'that are measured [1000000]'
complete -c skua -n '__skua_at bench produce' -l seconds -x -d 'measure so long instead'
complete -c skua -n '__skua_at bench produce' -l warmup -s w -x -d 'messages before them [0]'
complete -c skua -n '__skua_at bench produce' -l rate -s r -x -d 'messages a second; latency counts from when each was due [as fast as it goes]'
complete -c skua -n '__skua_at bench produce' -l tag -x -d 'of every message'
complete -c skua -n '__skua_at bench produce' -l keys -d 'a key for every message'
complete -c skua -n '__skua_at bench produce' -l pull -x -d 'messages a pull asks for [32]'
complete -c skua -n '__skua_at bench produce' -l filter -x -a 'tag sql lua' -d 'what the consumer subscribes with [everything]'
complete -c skua -n '__skua_at bench produce' -l match -x -d 'messages that the filter lets through [10]'
complete -c skua -n '__skua_at bench produce' -l pid -s p -x -d 'the server\'s: shows its CPU and memory'
complete -c skua -n '__skua_at bench produce' -l svg -x -a '(__fish_complete_path)' -d 'draw latency and rate'
complete -c skua -n '__skua_at bench produce' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at bench produce' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'

complete -c skua -n '__skua_after bench' -a consume -d 'Receive what a topic has, from its start'
complete -c skua -n '__skua_at bench consume' -l namesrv -s n -x -d 'a nameserver, or several with ; between [$SKUA_NAMESRV, or 127.0.0.1:9876]'
complete -c skua -n '__skua_at bench consume' -l topic -s t -x -a '(__skua_values TOPIC)' -d 'made when it is missing [skua-bench]'
complete -c skua -n '__skua_at bench consume' -l topics -x -d 'as many of them: TOPIC-000000 ... [1]'
complete -c skua -n '__skua_at bench consume' -l queues -x -d 'of a topic that is made [4]'
complete -c skua -n '__skua_at bench consume' -l connections -s c -x -d '[4]'
complete -c skua -n '__skua_at bench consume' -l inflight -s i -x -d 'requests per connection; 1 is one at a time [64]'
complete -c skua -n '__skua_at bench consume' -l size -s s -x -d 'bytes of a body: 1024, 100-4096, or 100:70,1024:30 (with shares) [1024]'
complete -c skua -n '__skua_at bench consume' -l batch -s b -x -d 'messages per request [1]'
complete -c skua -n '__skua_at bench consume' -l messages -s m -x -d 'that are measured [1000000]'
complete -c skua -n '__skua_at bench consume' -l seconds -x -d 'measure so long instead'
complete -c skua -n '__skua_at bench consume' -l warmup -s w -x -d 'messages before them [0]'
complete -c skua -n '__skua_at bench consume' -l rate -s r -x -d 'messages a second; latency counts from when each was due [as fast as it goes]'
complete -c skua -n '__skua_at bench consume' -l tag -x -d 'of every message'
complete -c skua -n '__skua_at bench consume' -l keys -d 'a key for every message'
complete -c skua -n '__skua_at bench consume' -l pull -x -d 'messages a pull asks for [32]'
complete -c skua -n '__skua_at bench consume' -l filter -x -a 'tag sql lua' -d 'what the consumer subscribes with [everything]'
complete -c skua -n '__skua_at bench consume' -l match -x -d 'messages that the filter lets through [10]'
complete -c skua -n '__skua_at bench consume' -l pid -s p -x -d 'the server\'s: shows its CPU and memory'
complete -c skua -n '__skua_at bench consume' -l svg -x -a '(__fish_complete_path)' -d 'draw latency and rate'
complete -c skua -n '__skua_at bench consume' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at bench consume' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'

complete -c skua -n '__skua_after bench' -a both -d 'Send and receive at once; also the time from send to receipt'
complete -c skua -n '__skua_at bench both' -l namesrv -s n -x -d 'a nameserver, or several with ; between [$SKUA_NAMESRV, or 127.0.0.1:9876]'
complete -c skua -n '__skua_at bench both' -l topic -s t -x -a '(__skua_values TOPIC)' -d 'made when it is missing [skua-bench]'
complete -c skua -n '__skua_at bench both' -l topics -x -d 'as many of them: TOPIC-000000 ... [1]'
complete -c skua -n '__skua_at bench both' -l queues -x -d 'of a topic that is made [4]'
complete -c skua -n '__skua_at bench both' -l connections -s c -x -d '[4]'
complete -c skua -n '__skua_at bench both' -l inflight -s i -x -d 'requests per connection; 1 is one at a time [64]'
complete -c skua -n '__skua_at bench both' -l size -s s -x -d 'bytes of a body: 1024, 100-4096, or 100:70,1024:30 (with shares) [1024]'
complete -c skua -n '__skua_at bench both' -l batch -s b -x -d 'messages per request [1]'
complete -c skua -n '__skua_at bench both' -l messages -s m -x -d 'that are measured [1000000]'
complete -c skua -n '__skua_at bench both' -l seconds -x -d 'measure so long instead'
complete -c skua -n '__skua_at bench both' -l warmup -s w -x -d 'messages before them [0]'
complete -c skua -n '__skua_at bench both' -l rate -s r -x -d 'messages a second; latency counts from when each was due [as fast as it goes]'
complete -c skua -n '__skua_at bench both' -l tag -x -d 'of every message'
complete -c skua -n '__skua_at bench both' -l keys -d 'a key for every message'
complete -c skua -n '__skua_at bench both' -l pull -x -d 'messages a pull asks for [32]'
complete -c skua -n '__skua_at bench both' -l filter -x -a 'tag sql lua' -d 'what the consumer subscribes with [everything]'
complete -c skua -n '__skua_at bench both' -l match -x -d 'messages that the filter lets through [10]'
complete -c skua -n '__skua_at bench both' -l pid -s p -x -d 'the server\'s: shows its CPU and memory'
complete -c skua -n '__skua_at bench both' -l svg -x -a '(__fish_complete_path)' -d 'draw latency and rate'
complete -c skua -n '__skua_at bench both' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at bench both' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'

complete -c skua -n '__skua_after bench' -a latency -d 'One message at a time, or send to receipt at a rate'
complete -c skua -n '__skua_at bench latency' -l namesrv -s n -x -d 'a nameserver, or several with ; between [$SKUA_NAMESRV, or 127.0.0.1:9876]'
complete -c skua -n '__skua_at bench latency' -l topic -s t -x -a '(__skua_values TOPIC)' -d 'made when it is missing [skua-bench]'
complete -c skua -n '__skua_at bench latency' -l topics -x -d 'as many of them: TOPIC-000000 ... [1]'
complete -c skua -n '__skua_at bench latency' -l queues -x -d 'of a topic that is made [4]'
complete -c skua -n '__skua_at bench latency' -l connections -s c -x -d '[4]'
complete -c skua -n '__skua_at bench latency' -l inflight -s i -x -d 'requests per connection; 1 is one at a time [64]'
complete -c skua -n '__skua_at bench latency' -l size -s s -x -d 'bytes of a body: 1024, 100-4096, or 100:70,1024:30 (with shares) [1024]'
complete -c skua -n '__skua_at bench latency' -l batch -s b -x -d 'messages per request [1]'
complete -c skua -n '__skua_at bench latency' -l messages -s m -x -d 'that are measured [1000000]'
complete -c skua -n '__skua_at bench latency' -l seconds -x -d 'measure so long instead'
complete -c skua -n '__skua_at bench latency' -l warmup -s w -x -d 'messages before them [0]'
complete -c skua -n '__skua_at bench latency' -l rate -s r -x -d 'messages a second; latency counts from when each was due [as fast as it goes]'
complete -c skua -n '__skua_at bench latency' -l tag -x -d 'of every message'
complete -c skua -n '__skua_at bench latency' -l keys -d 'a key for every message'
complete -c skua -n '__skua_at bench latency' -l pull -x -d 'messages a pull asks for [32]'
complete -c skua -n '__skua_at bench latency' -l filter -x -a 'tag sql lua' -d 'what the consumer subscribes with [everything]'
complete -c skua -n '__skua_at bench latency' -l match -x -d 'messages that the filter lets through [10]'
complete -c skua -n '__skua_at bench latency' -l pid -s p -x -d 'the server\'s: shows its CPU and memory'
complete -c skua -n '__skua_at bench latency' -l svg -x -a '(__fish_complete_path)' -d 'draw latency and rate'
complete -c skua -n '__skua_at bench latency' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at bench latency' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'

complete -c skua -n '__skua_after bench' -a idle -d 'Connect consumers that wait for messages, and none comes'
complete -c skua -n '__skua_at bench idle' -l namesrv -s n -x -d 'a nameserver, or several with ; between [$SKUA_NAMESRV, or 127.0.0.1:9876]'
complete -c skua -n '__skua_at bench idle' -l topic -s t -x -a '(__skua_values TOPIC)' -d 'made when it is missing [skua-bench]'
complete -c skua -n '__skua_at bench idle' -l queues -x -d 'of a topic that is made [4]'
complete -c skua -n '__skua_at bench idle' -l connections -s c -x -d 'consumers, each with its own [1000]'
complete -c skua -n '__skua_at bench idle' -l members -x -d 'consumers of a group [10]'
complete -c skua -n '__skua_at bench idle' -l seconds -x -d 'measure so long [30]'
complete -c skua -n '__skua_at bench idle' -l pid -s p -x -d 'the server\'s: shows its CPU and memory'
complete -c skua -n '__skua_at bench idle' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at bench idle' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'

complete -c skua -n '__skua_after bench' -a ready -d 'Wait until a message could be sent'
complete -c skua -n '__skua_at bench ready' -l namesrv -s n -x -d 'a nameserver, or several with ; between [$SKUA_NAMESRV, or 127.0.0.1:9876]'
complete -c skua -n '__skua_at bench ready' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at bench ready' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'

complete -c skua -n '__skua_after store' -a check -d 'Read a store folder without a broker and say what is damaged'
complete -c skua -n '__skua_at store check' -l limit -x -d 'show at most N findings of a kind [100]'
complete -c skua -n '__skua_at store check' -l commitlog -x -a '(__fish_complete_directories)' -d 'folders of the log [DIR/commitlog]'
complete -c skua -n '__skua_at store check' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at store check' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'
complete -c skua -n '__skua_at store check' -a '(__fish_complete_directories)'

complete -c skua -n '__skua_after store' -a dump -d 'Show the records of a store folder'
complete -c skua -n '__skua_at store dump' -l topic -s t -x -d 'only records of this topic'
complete -c skua -n '__skua_at store dump' -l queue -s q -x -d 'only records of this queue'
complete -c skua -n '__skua_at store dump' -l from -x -d 'from the first record at or behind this log position'
complete -c skua -n '__skua_at store dump' -l count -s c -x -d 'stop after N records [0: never]'
complete -c skua -n '__skua_at store dump' -l bodies -s b -d 'bodies, too, uncompressed'
complete -c skua -n '__skua_at store dump' -l commitlog -x -a '(__fish_complete_directories)' -d 'folders of the log [DIR/commitlog]'
complete -c skua -n '__skua_at store dump' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at store dump' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'
complete -c skua -n '__skua_at store dump' -a '(__fish_complete_directories)'

complete -c skua -n '__skua_after store' -a repair -d 'Build damaged consume queues and index files anew from the log'
complete -c skua -n '__skua_at store repair' -l dry-run -d 'only say what would be done'
complete -c skua -n '__skua_at store repair' -l delay-levels -x -d 'messageDelayLevel of the broker, if it is not the default'
complete -c skua -n '__skua_at store repair' -l extend -d 'give log files that were cut short their size back, with zeros'
complete -c skua -n '__skua_at store repair' -l limit -x -d 'show at most N findings of a kind [100]'
complete -c skua -n '__skua_at store repair' -l commitlog -x -a '(__fish_complete_directories)' -d 'folders of the log [DIR/commitlog]'
complete -c skua -n '__skua_at store repair' -l json -d 'write JSON, one object a line'
complete -c skua -n '__skua_at store repair' -l output -s o -x -a 'table tsv json' -d 'write a table, tab-separated values, or JSON [table]'
complete -c skua -n '__skua_at store repair' -a '(__fish_complete_directories)'
