# SPDX-License-Identifier: Apache-2.0
# Completion of skuad for bash.
# shellcheck shell=bash disable=SC2207

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

complete -o nospace -F _skuad skuad
