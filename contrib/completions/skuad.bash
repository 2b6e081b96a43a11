# SPDX-License-Identifier: Apache-2.0
# Completion of skuad for bash.
# shellcheck shell=bash

_skuad() {
	local cur=${COMP_WORDS[COMP_CWORD]}

	case ${COMP_WORDS[COMP_CWORD - 1]} in
	-c | --config)
		# Bash quotes the names of files.
		compopt -o filenames +o nospace 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	-o | --set) mapfile -t COMPREPLY < <(compgen -S = -W "roles bindAddress
		listenPort namesrvListenPort namesrvAddr storePathRootDir
		ioThreads pluginPath plugins store index flush replication
		queueSelector logLevel brokerName brokerClusterName" -- "$cur") ;;
	*) mapfile -t COMPREPLY < <(compgen -W "-c --config -o --set -t --test
		-h --help -V --version" -- "$cur") ;;
	esac
}

complete -o nospace -F _skuad skuad
