# SPDX-License-Identifier: Apache-2.0
# Completion of skua and skuad for bash; follows the tables in core/cli.
# shellcheck shell=bash disable=SC2207

# The options of a command, as its --help lists them.
_skua_options() {
	case $1 in
	send) printf '%s ' -n --namesrv -t --topic -g --group -c --tag -k --keys \
		-p --property --json ;;
	receive) printf '%s ' -n --namesrv -t --topic -g --group -f --filter --type \
		--from -c --count -w --wait --json ;;
	'topic list') printf '%s ' -n --namesrv -a --all --json ;;
	'topic create') printf '%s ' -n --namesrv -t --topic -b --broker -r --read \
		-w --write -p --perm -a --attributes --json ;;
	'topic delete') printf '%s ' -n --namesrv -t --topic -b --broker --json ;;
	'topic route') printf '%s ' -n --namesrv -t --topic --json ;;
	cluster) printf '%s ' -n --namesrv --json ;;
	'plugin list' | 'plugin info') echo --path --json ;;
	'store check') echo --limit --commitlog --json ;;
	'store dump') printf '%s ' -t --topic -q --queue --from -c --count \
		-b --bodies --commitlog --json ;;
	'store repair') echo --dry-run --delay-levels --limit \
		--commitlog --json ;;
	esac
}

# What stands after an option of a command; fails when that is anything.
_skua_value() {
	case $1,$2 in
	'store '*) return 1 ;; # topics of a folder, not of a broker
	esac
	case $2 in
	-t | --topic)
		# Only a broker nearby answers fast enough to be asked.
		[ "$1" = 'topic create' ] ||
			timeout 1 skua topic list 2>/dev/null || :
		;;
	--type) echo TAG LUA ;;
	--from) echo first last ;;
	-p | --perm) [ "$1" = 'topic create' ] && echo 2 4 6 ;;
	*) return 1 ;;
	esac
}

# Whether the option takes a value.
_skua_takes() {
	case $2 in
	--json | --help | -h | --all | --bodies | --dry-run | -b) [ "$1,$2" = 'topic create,-b' ] ||
		[ "$1,$2" = 'topic delete,-b' ] ;;
	-a) [ "$1" != 'topic list' ] ;;
	-?|--*) true ;;
	*) false ;;
	esac
}

_skua() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local command=${COMP_WORDS[1]}

	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		COMPREPLY=($(compgen -W "send receive topic cluster plugin
			store --help --version" -- "$cur"))
		return
	fi
	case $command in
	topic | plugin | store)
		if [ "$COMP_CWORD" -eq 2 ]; then
			case $command in
			plugin) command='list info' ;;
			store) command='check dump repair' ;;
			*) command='list create delete route' ;;
			esac
			COMPREPLY=($(compgen -W "$command" -- "$cur"))
			return
		fi
		command+=" ${COMP_WORDS[2]}"
		;;
	esac
	if _skua_takes "$command" "$prev"; then
		case $prev in
		--path | --commitlog) COMPREPLY=($(compgen -d -- "$cur")) ;;
		*) COMPREPLY=($(compgen -W "$(_skua_value "$command" "$prev")" \
			-- "$cur")) ;;
		esac
		return
	fi
	case $command,$cur in
	*,-*) COMPREPLY=($(compgen -W "$(_skua_options "$command") --help" \
		-- "$cur")) ;;
	'store '*) COMPREPLY=($(compgen -d -- "$cur")) ;;
	'plugin info',*) COMPREPLY=($(compgen -W "$(skua plugin list \
		2>/dev/null | awk 'NR > 1 { print $2 }')" -- "$cur")) ;;
	esac
}

_skuad() {
	local cur=${COMP_WORDS[COMP_CWORD]}

	case ${COMP_WORDS[COMP_CWORD - 1]} in
	-c | --config) COMPREPLY=($(compgen -f -- "$cur")) ;;
	-o | --set) COMPREPLY=($(compgen -S = -W "roles bindAddress listenPort
		namesrvListenPort namesrvAddr storePathRootDir ioThreads
		pluginPath plugins store index flush replication queueSelector
		logLevel brokerName brokerClusterName" -- "$cur")) ;;
	*) COMPREPLY=($(compgen -W "-c --config -o --set -t --test -h --help
		-V --version" -- "$cur")) ;;
	esac
}

complete -F _skua skua
complete -o nospace -F _skuad skuad
