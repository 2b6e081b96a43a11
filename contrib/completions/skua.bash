# SPDX-License-Identifier: Apache-2.0
# Completion of skua for bash.  Made by `skua generate bash'.
# shellcheck shell=bash

# Only a broker nearby answers fast enough to be asked.
_skua_ask() {
	local namesrv=() i

	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-n | --namesrv) namesrv=(-n "${COMP_WORDS[i + 1]}") ;;
		esac
	done
	timeout 1 skua "$@" "${namesrv[@]}" 2>/dev/null
}

# The second column, without its head.
_skua_second() {
	awk -F '\t' 'NR > 1 { print $2 }' | sort -u
}

# Offers the lines of its input that begin with the word.  Anybody may have made
# up these names: only those that a broker takes are offered, quoted, and
# nothing of them is expanded.
_skua_offer() {
	local cur=$1 name quoted

	while IFS= read -r name; do
		printf -v quoted %q "$name"
		if [[ $name == "$cur"* || $quoted == "$cur"* ]]; then
			COMPREPLY+=("$quoted")
		fi
	done < <(env LC_ALL=C grep -E '^[0-9A-Za-z%_][-0-9A-Za-z%|_.@]*$')
}

# What may stand there: a kind, or words.
_skua_complete() {
	local cur=$1

	case $2 in
	ANY) ;;
	TOPIC) _skua_offer "$cur" < <(_skua_ask topic list) ;;
	GROUP) _skua_offer "$cur" < <(_skua_ask group list) ;;
	BROKER) _skua_offer "$cur" < <(_skua_ask cluster -o tsv | _skua_second) ;;
	SETTING) _skua_offer "$cur" < <(_skua_ask config list -o tsv | _skua_second) ;;
	PLUGIN) _skua_offer "$cur" < <(skua plugin list -o tsv 2>/dev/null | _skua_second) ;;
	FOLDER | FILE)
		# Bash quotes the names of files.
		compopt -o filenames 2>/dev/null
		if [ "$2" = FOLDER ]; then
			mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		else
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		fi ;;
	*) mapfile -t COMPREPLY < <(compgen -W "$2" -- "$cur") ;;
	esac
}

_skua_nouns='send receive topic group message config top cluster plugin bench store'

_skua_verbs() {
	case $1 in
	topic) echo 'list create change delete show route stats' ;;
	group) echo 'list create change delete show members lag reset' ;;
	message) echo 'id key offset time' ;;
	config) echo 'list get set' ;;
	plugin) echo 'list info' ;;
	bench) echo 'produce consume both latency idle ready' ;;
	store) echo 'check dump repair' ;;
	esac
}

_skua_options() {
	case $1 in
	'send') echo '--namesrv --topic --group --tag --keys --property --lines --delay-level --hash-key --selector --json --output' ;;
	'receive') echo '--namesrv --topic --group --filter --type --from --count --wait --json --output' ;;
	'topic list') echo '--namesrv --all --long --json --output' ;;
	'topic create') echo '--namesrv --topic --broker --read --write --perm --attributes --json --output' ;;
	'topic change') echo '--namesrv --topic --broker --read --write --perm --attributes --json --output' ;;
	'topic delete') echo '--namesrv --topic --json --output' ;;
	'topic show') echo '--namesrv --topic --json --output' ;;
	'topic route') echo '--namesrv --topic --json --output' ;;
	'topic stats') echo '--namesrv --topic --json --output' ;;
	'group list') echo '--namesrv --all --long --json --output' ;;
	'group create') echo '--namesrv --group --broker --max-tries --retry-queues --consume --broadcast --json --output' ;;
	'group change') echo '--namesrv --group --broker --max-tries --retry-queues --consume --broadcast --json --output' ;;
	'group delete') echo '--namesrv --group --keep-offsets --json --output' ;;
	'group show') echo '--namesrv --group --broker --json --output' ;;
	'group members') echo '--namesrv --group --subscriptions --json --output' ;;
	'group lag') echo '--namesrv --group --topic --json --output' ;;
	'group reset') echo '--namesrv --group --topic --to --only-back --json --output' ;;
	'message id') echo '--namesrv --topic --json --output' ;;
	'message key') echo '--namesrv --topic --from --to --count --json --output' ;;
	'message offset') echo '--namesrv --topic --broker --queue --count --json --output' ;;
	'message time') echo '--namesrv --topic --broker --queue --from --to --count --json --output' ;;
	'config list') echo '--namesrv --broker --of-namesrv --json --output' ;;
	'config get') echo '--namesrv --broker --of-namesrv --json --output' ;;
	'config set') echo '--namesrv --broker --of-namesrv --json --output' ;;
	'top') echo '--namesrv --interval --once --count --json' ;;
	'cluster') echo '--namesrv --stats --json --output' ;;
	'plugin list') echo '--path --json --output' ;;
	'plugin info') echo '--path --json --output' ;;
	'bench produce') echo '--namesrv --topic --topics --queues --connections --inflight --size --batch --messages --seconds --warmup --rate --tag --keys --pull --filter --match --pid --svg --json --output' ;;
	'bench consume') echo '--namesrv --topic --topics --queues --connections --inflight --size --batch --messages --seconds --warmup --rate --tag --keys --pull --filter --match --pid --svg --json --output' ;;
	'bench both') echo '--namesrv --topic --topics --queues --connections --inflight --size --batch --messages --seconds --warmup --rate --tag --keys --pull --filter --match --pid --svg --json --output' ;;
	'bench latency') echo '--namesrv --topic --topics --queues --connections --inflight --size --batch --messages --seconds --warmup --rate --tag --keys --pull --filter --match --pid --svg --json --output' ;;
	'bench idle') echo '--namesrv --topic --queues --connections --members --seconds --pid --json --output' ;;
	'bench ready') echo '--namesrv --json --output' ;;
	'store check') echo '--limit --commitlog --json --output' ;;
	'store dump') echo '--topic --queue --from --count --bodies --commitlog --json --output' ;;
	'store repair') echo '--dry-run --delay-levels --extend --limit --commitlog --json --output' ;;
	esac
}

# After an option that takes a value.
_skua_value() {
	case $1 in
	'send --namesrv' | 'send -n') echo 'ANY' ;;
	'send --topic' | 'send -t') echo 'TOPIC' ;;
	'send --group' | 'send -g') echo 'ANY' ;;
	'send --tag' | 'send -c') echo 'ANY' ;;
	'send --keys' | 'send -k') echo 'ANY' ;;
	'send --property' | 'send -p') echo 'ANY' ;;
	'send --delay-level' | 'send -d') echo 'ANY' ;;
	'send --hash-key') echo 'ANY' ;;
	'send --selector' | 'send -s') echo 'ANY' ;;
	'send --output' | 'send -o') echo 'table tsv json' ;;
	'receive --namesrv' | 'receive -n') echo 'ANY' ;;
	'receive --topic' | 'receive -t') echo 'TOPIC' ;;
	'receive --group' | 'receive -g') echo 'GROUP' ;;
	'receive --filter' | 'receive -f') echo 'ANY' ;;
	'receive --type') echo 'TAG SQL92 LUA' ;;
	'receive --from') echo 'first last now' ;;
	'receive --count' | 'receive -c') echo 'ANY' ;;
	'receive --wait' | 'receive -w') echo 'ANY' ;;
	'receive --output' | 'receive -o') echo 'table tsv json' ;;
	'topic list --namesrv' | 'topic list -n') echo 'ANY' ;;
	'topic list --output' | 'topic list -o') echo 'table tsv json' ;;
	'topic create --namesrv' | 'topic create -n') echo 'ANY' ;;
	'topic create --topic' | 'topic create -t') echo 'ANY' ;;
	'topic create --broker' | 'topic create -b') echo 'ANY' ;;
	'topic create --read' | 'topic create -r') echo 'ANY' ;;
	'topic create --write' | 'topic create -w') echo 'ANY' ;;
	'topic create --perm' | 'topic create -p') echo '2 4 6' ;;
	'topic create --attributes' | 'topic create -a') echo 'ANY' ;;
	'topic create --output' | 'topic create -o') echo 'table tsv json' ;;
	'topic change --namesrv' | 'topic change -n') echo 'ANY' ;;
	'topic change --topic' | 'topic change -t') echo 'TOPIC' ;;
	'topic change --broker' | 'topic change -b') echo 'BROKER' ;;
	'topic change --read' | 'topic change -r') echo 'ANY' ;;
	'topic change --write' | 'topic change -w') echo 'ANY' ;;
	'topic change --perm' | 'topic change -p') echo '2 4 6' ;;
	'topic change --attributes' | 'topic change -a') echo 'ANY' ;;
	'topic change --output' | 'topic change -o') echo 'table tsv json' ;;
	'topic delete --namesrv' | 'topic delete -n') echo 'ANY' ;;
	'topic delete --topic' | 'topic delete -t') echo 'TOPIC' ;;
	'topic delete --output' | 'topic delete -o') echo 'table tsv json' ;;
	'topic show --namesrv' | 'topic show -n') echo 'ANY' ;;
	'topic show --topic' | 'topic show -t') echo 'TOPIC' ;;
	'topic show --output' | 'topic show -o') echo 'table tsv json' ;;
	'topic route --namesrv' | 'topic route -n') echo 'ANY' ;;
	'topic route --topic' | 'topic route -t') echo 'TOPIC' ;;
	'topic route --output' | 'topic route -o') echo 'table tsv json' ;;
	'topic stats --namesrv' | 'topic stats -n') echo 'ANY' ;;
	'topic stats --topic' | 'topic stats -t') echo 'TOPIC' ;;
	'topic stats --output' | 'topic stats -o') echo 'table tsv json' ;;
	'group list --namesrv' | 'group list -n') echo 'ANY' ;;
	'group list --output' | 'group list -o') echo 'table tsv json' ;;
	'group create --namesrv' | 'group create -n') echo 'ANY' ;;
	'group create --group' | 'group create -g') echo 'ANY' ;;
	'group create --broker' | 'group create -b') echo 'ANY' ;;
	'group create --max-tries' | 'group create -m') echo 'ANY' ;;
	'group create --retry-queues' | 'group create -q') echo 'ANY' ;;
	'group create --consume') echo 'yes no' ;;
	'group create --broadcast') echo 'yes no' ;;
	'group create --output' | 'group create -o') echo 'table tsv json' ;;
	'group change --namesrv' | 'group change -n') echo 'ANY' ;;
	'group change --group' | 'group change -g') echo 'GROUP' ;;
	'group change --broker' | 'group change -b') echo 'BROKER' ;;
	'group change --max-tries' | 'group change -m') echo 'ANY' ;;
	'group change --retry-queues' | 'group change -q') echo 'ANY' ;;
	'group change --consume') echo 'yes no' ;;
	'group change --broadcast') echo 'yes no' ;;
	'group change --output' | 'group change -o') echo 'table tsv json' ;;
	'group delete --namesrv' | 'group delete -n') echo 'ANY' ;;
	'group delete --group' | 'group delete -g') echo 'GROUP' ;;
	'group delete --output' | 'group delete -o') echo 'table tsv json' ;;
	'group show --namesrv' | 'group show -n') echo 'ANY' ;;
	'group show --group' | 'group show -g') echo 'GROUP' ;;
	'group show --broker' | 'group show -b') echo 'BROKER' ;;
	'group show --output' | 'group show -o') echo 'table tsv json' ;;
	'group members --namesrv' | 'group members -n') echo 'ANY' ;;
	'group members --group' | 'group members -g') echo 'GROUP' ;;
	'group members --output' | 'group members -o') echo 'table tsv json' ;;
	'group lag --namesrv' | 'group lag -n') echo 'ANY' ;;
	'group lag --group' | 'group lag -g') echo 'GROUP' ;;
	'group lag --topic' | 'group lag -t') echo 'TOPIC' ;;
	'group lag --output' | 'group lag -o') echo 'table tsv json' ;;
	'group reset --namesrv' | 'group reset -n') echo 'ANY' ;;
	'group reset --group' | 'group reset -g') echo 'GROUP' ;;
	'group reset --topic' | 'group reset -t') echo 'TOPIC' ;;
	'group reset --to') echo 'first last now' ;;
	'group reset --output' | 'group reset -o') echo 'table tsv json' ;;
	'message id --namesrv' | 'message id -n') echo 'ANY' ;;
	'message id --topic' | 'message id -t') echo 'TOPIC' ;;
	'message id --output' | 'message id -o') echo 'table tsv json' ;;
	'message key --namesrv' | 'message key -n') echo 'ANY' ;;
	'message key --topic' | 'message key -t') echo 'TOPIC' ;;
	'message key --from') echo 'first last now' ;;
	'message key --to') echo 'first last now' ;;
	'message key --count' | 'message key -c') echo 'ANY' ;;
	'message key --output' | 'message key -o') echo 'table tsv json' ;;
	'message offset --namesrv' | 'message offset -n') echo 'ANY' ;;
	'message offset --topic' | 'message offset -t') echo 'TOPIC' ;;
	'message offset --broker' | 'message offset -b') echo 'BROKER' ;;
	'message offset --queue' | 'message offset -q') echo 'ANY' ;;
	'message offset --count' | 'message offset -c') echo 'ANY' ;;
	'message offset --output' | 'message offset -o') echo 'table tsv json' ;;
	'message time --namesrv' | 'message time -n') echo 'ANY' ;;
	'message time --topic' | 'message time -t') echo 'TOPIC' ;;
	'message time --broker' | 'message time -b') echo 'BROKER' ;;
	'message time --queue' | 'message time -q') echo 'ANY' ;;
	'message time --from') echo 'first last now' ;;
	'message time --to') echo 'first last now' ;;
	'message time --count' | 'message time -c') echo 'ANY' ;;
	'message time --output' | 'message time -o') echo 'table tsv json' ;;
	'config list --namesrv' | 'config list -n') echo 'ANY' ;;
	'config list --broker' | 'config list -b') echo 'BROKER' ;;
	'config list --output' | 'config list -o') echo 'table tsv json' ;;
	'config get --namesrv' | 'config get -n') echo 'ANY' ;;
	'config get --broker' | 'config get -b') echo 'BROKER' ;;
	'config get --output' | 'config get -o') echo 'table tsv json' ;;
	'config set --namesrv' | 'config set -n') echo 'ANY' ;;
	'config set --broker' | 'config set -b') echo 'BROKER' ;;
	'config set --output' | 'config set -o') echo 'table tsv json' ;;
	'top --namesrv' | 'top -n') echo 'ANY' ;;
	'top --interval' | 'top -i') echo 'ANY' ;;
	'top --count' | 'top -c') echo 'ANY' ;;
	'cluster --namesrv' | 'cluster -n') echo 'ANY' ;;
	'cluster --output' | 'cluster -o') echo 'table tsv json' ;;
	'plugin list --path') echo 'FOLDER' ;;
	'plugin list --output' | 'plugin list -o') echo 'table tsv json' ;;
	'plugin info --path') echo 'FOLDER' ;;
	'plugin info --output' | 'plugin info -o') echo 'table tsv json' ;;
	'bench produce --namesrv' | 'bench produce -n') echo 'ANY' ;;
	'bench produce --topic' | 'bench produce -t') echo 'TOPIC' ;;
	'bench produce --topics') echo 'ANY' ;;
	'bench produce --queues') echo 'ANY' ;;
	'bench produce --connections' | 'bench produce -c') echo 'ANY' ;;
	'bench produce --inflight' | 'bench produce -i') echo 'ANY' ;;
	'bench produce --size' | 'bench produce -s') echo 'ANY' ;;
	'bench produce --batch' | 'bench produce -b') echo 'ANY' ;;
	'bench produce --messages' | 'bench produce -m') echo 'ANY' ;;
	'bench produce --seconds') echo 'ANY' ;;
	'bench produce --warmup' | 'bench produce -w') echo 'ANY' ;;
	'bench produce --rate' | 'bench produce -r') echo 'ANY' ;;
	'bench produce --tag') echo 'ANY' ;;
	'bench produce --pull') echo 'ANY' ;;
	'bench produce --filter') echo 'tag sql lua' ;;
	'bench produce --match') echo 'ANY' ;;
	'bench produce --pid' | 'bench produce -p') echo 'ANY' ;;
	'bench produce --svg') echo 'FILE' ;;
	'bench produce --output' | 'bench produce -o') echo 'table tsv json' ;;
	'bench consume --namesrv' | 'bench consume -n') echo 'ANY' ;;
	'bench consume --topic' | 'bench consume -t') echo 'TOPIC' ;;
	'bench consume --topics') echo 'ANY' ;;
	'bench consume --queues') echo 'ANY' ;;
	'bench consume --connections' | 'bench consume -c') echo 'ANY' ;;
	'bench consume --inflight' | 'bench consume -i') echo 'ANY' ;;
	'bench consume --size' | 'bench consume -s') echo 'ANY' ;;
	'bench consume --batch' | 'bench consume -b') echo 'ANY' ;;
	'bench consume --messages' | 'bench consume -m') echo 'ANY' ;;
	'bench consume --seconds') echo 'ANY' ;;
	'bench consume --warmup' | 'bench consume -w') echo 'ANY' ;;
	'bench consume --rate' | 'bench consume -r') echo 'ANY' ;;
	'bench consume --tag') echo 'ANY' ;;
	'bench consume --pull') echo 'ANY' ;;
	'bench consume --filter') echo 'tag sql lua' ;;
	'bench consume --match') echo 'ANY' ;;
	'bench consume --pid' | 'bench consume -p') echo 'ANY' ;;
	'bench consume --svg') echo 'FILE' ;;
	'bench consume --output' | 'bench consume -o') echo 'table tsv json' ;;
	'bench both --namesrv' | 'bench both -n') echo 'ANY' ;;
	'bench both --topic' | 'bench both -t') echo 'TOPIC' ;;
	'bench both --topics') echo 'ANY' ;;
	'bench both --queues') echo 'ANY' ;;
	'bench both --connections' | 'bench both -c') echo 'ANY' ;;
	'bench both --inflight' | 'bench both -i') echo 'ANY' ;;
	'bench both --size' | 'bench both -s') echo 'ANY' ;;
	'bench both --batch' | 'bench both -b') echo 'ANY' ;;
	'bench both --messages' | 'bench both -m') echo 'ANY' ;;
	'bench both --seconds') echo 'ANY' ;;
	'bench both --warmup' | 'bench both -w') echo 'ANY' ;;
	'bench both --rate' | 'bench both -r') echo 'ANY' ;;
	'bench both --tag') echo 'ANY' ;;
	'bench both --pull') echo 'ANY' ;;
	'bench both --filter') echo 'tag sql lua' ;;
	'bench both --match') echo 'ANY' ;;
	'bench both --pid' | 'bench both -p') echo 'ANY' ;;
	'bench both --svg') echo 'FILE' ;;
	'bench both --output' | 'bench both -o') echo 'table tsv json' ;;
	'bench latency --namesrv' | 'bench latency -n') echo 'ANY' ;;
	'bench latency --topic' | 'bench latency -t') echo 'TOPIC' ;;
	'bench latency --topics') echo 'ANY' ;;
	'bench latency --queues') echo 'ANY' ;;
	'bench latency --connections' | 'bench latency -c') echo 'ANY' ;;
	'bench latency --inflight' | 'bench latency -i') echo 'ANY' ;;
	'bench latency --size' | 'bench latency -s') echo 'ANY' ;;
	'bench latency --batch' | 'bench latency -b') echo 'ANY' ;;
	'bench latency --messages' | 'bench latency -m') echo 'ANY' ;;
	'bench latency --seconds') echo 'ANY' ;;
	'bench latency --warmup' | 'bench latency -w') echo 'ANY' ;;
	'bench latency --rate' | 'bench latency -r') echo 'ANY' ;;
	'bench latency --tag') echo 'ANY' ;;
	'bench latency --pull') echo 'ANY' ;;
	'bench latency --filter') echo 'tag sql lua' ;;
	'bench latency --match') echo 'ANY' ;;
	'bench latency --pid' | 'bench latency -p') echo 'ANY' ;;
	'bench latency --svg') echo 'FILE' ;;
	'bench latency --output' | 'bench latency -o') echo 'table tsv json' ;;
	'bench idle --namesrv' | 'bench idle -n') echo 'ANY' ;;
	'bench idle --topic' | 'bench idle -t') echo 'TOPIC' ;;
	'bench idle --queues') echo 'ANY' ;;
	'bench idle --connections' | 'bench idle -c') echo 'ANY' ;;
	'bench idle --members') echo 'ANY' ;;
	'bench idle --seconds') echo 'ANY' ;;
	'bench idle --pid' | 'bench idle -p') echo 'ANY' ;;
	'bench idle --output' | 'bench idle -o') echo 'table tsv json' ;;
	'bench ready --namesrv' | 'bench ready -n') echo 'ANY' ;;
	'bench ready --output' | 'bench ready -o') echo 'table tsv json' ;;
	'store check --limit') echo 'ANY' ;;
	'store check --commitlog') echo 'FOLDER' ;;
	'store check --output' | 'store check -o') echo 'table tsv json' ;;
	'store dump --topic' | 'store dump -t') echo 'ANY' ;;
	'store dump --queue' | 'store dump -q') echo 'ANY' ;;
	'store dump --from') echo 'ANY' ;;
	'store dump --count' | 'store dump -c') echo 'ANY' ;;
	'store dump --commitlog') echo 'FOLDER' ;;
	'store dump --output' | 'store dump -o') echo 'table tsv json' ;;
	'store repair --delay-levels') echo 'ANY' ;;
	'store repair --limit') echo 'ANY' ;;
	'store repair --commitlog') echo 'FOLDER' ;;
	'store repair --output' | 'store repair -o') echo 'table tsv json' ;;
	esac
}

_skua_operand() {
	case $1 in
	'topic change') echo 'TOPIC' ;;
	'topic delete') echo 'TOPIC' ;;
	'topic show') echo 'TOPIC' ;;
	'topic route') echo 'TOPIC' ;;
	'topic stats') echo 'TOPIC' ;;
	'group change') echo 'GROUP' ;;
	'group delete') echo 'GROUP' ;;
	'group show') echo 'GROUP' ;;
	'group members') echo 'GROUP' ;;
	'group lag') echo 'GROUP' ;;
	'group reset') echo 'GROUP' ;;
	'config get') echo 'SETTING' ;;
	'config set') echo 'SETTING' ;;
	'plugin info') echo 'PLUGIN' ;;
	'store check') echo 'FOLDER' ;;
	'store dump') echo 'FOLDER' ;;
	'store repair') echo 'FOLDER' ;;
	*) echo ANY ;;
	esac
}

_skua() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local command=${COMP_WORDS[1]} value verbs

	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		_skua_complete "$cur" "$_skua_nouns help --help --version"
		return
	fi
	verbs=$(_skua_verbs "$command")
	if [ -n "$verbs" ]; then
		if [ "$COMP_CWORD" -eq 2 ]; then
			_skua_complete "$cur" "$verbs"
			return
		fi
		command+=" ${COMP_WORDS[2]}"
	fi
	value=$(_skua_value "$command $prev")
	if [ -n "$value" ]; then
		_skua_complete "$cur" "$value"
		return
	fi
	case $cur in
	-*) _skua_complete "$cur" "$(_skua_options "$command") --help" ;;
	*) _skua_complete "$cur" "$(_skua_operand "$command")" ;;
	esac
}

complete -F _skua skua
