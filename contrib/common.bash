# SPDX-License-Identifier: Apache-2.0
# What quickstart, check and .ci/run share; sourced, not run.
# shellcheck shell=bash

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
logs=${SKUA_LOGS:-$top/build-logs}
jobs=${SKUA_JOBS:-$(nproc)}

# Debian packages, each with the command that makes it unnecessary, or alone
# when it is a library.
packages_to_build=(cc:build-essential make:build-essential
	autoconf:autoconf automake:automake libtoolize:libtool
	pkg-config:pkg-config libuv1-dev liblua5.4-dev libjansson-dev
	libcmocka-dev libisal-dev zlib1g-dev liblz4-dev libzstd-dev
	uthash-dev)
packages_to_check=(python3:python3)

say() {
	printf '==> %s\n' "$*"
}

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# run NAME COMMAND...: its output goes to a log; a line every ten seconds says
# that it is alive, and the end of the log is shown when it fails.
run() {
	local name=$1 log pid rc=0 began=$SECONDS told=0

	shift
	mkdir -p "$logs"
	log=$logs/$name.log
	"$@" >"$log" 2>&1 </dev/null &
	pid=$!
	while kill -0 "$pid" 2>/dev/null; do
		if [ $((SECONDS - began)) -ge $((told + 10)) ]; then
			told=$((SECONDS - began))
			printf '    %s: %d s: %.60s\n' "$name" "$told" \
				"$(tail -n 1 "$log")"
		fi
		sleep 0.2
	done
	wait "$pid" || rc=$?
	if [ "$rc" -ne 0 ]; then
		tail -n 60 "$log" >&2
		printf '%s: %s failed (status %d); the whole log is %s\n' \
			"${0##*/}" "$name" "$rc" "$log" >&2
		return "$rc"
	fi
	printf '    %s: done in %d s\n' "$name" $((SECONDS - began))
}

is_installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = \
		installed ]
}

# install_packages [COMMAND:]PACKAGE...: those that are missing, with apt.
install_packages() {
	local item missing=()

	# Elsewhere configure says what it misses.
	command -v apt-get >/dev/null || return 0
	for item; do
		case $item in
		*:*) command -v "${item%%:*}" >/dev/null && continue ;;
		*) is_installed "$item" && continue ;;
		esac
		case " ${missing[*]} " in
		*" ${item##*:} "*) ;;
		*) missing+=("${item##*:}") ;;
		esac
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	[ "$(id -u)" -eq 0 ] ||
		die "missing; as root: apt-get install ${missing[*]}"
	say "installing ${missing[*]}"
	export DEBIAN_FRONTEND=noninteractive
	run apt-update apt-get -q update || return
	run apt-install apt-get -q -y --no-install-recommends install \
		"${missing[@]}"
}

# build FOLDER [CONFIGURE OPTION...]: out of tree, in a folder beside the
# sources that is used again.
build() {
	local folder=$top/$1 name=$1

	shift
	[ ! -e "$top/config.status" ] ||
		die "there is a build in the sources; run make distclean first"
	if [ ! -x "$top/configure" ]; then
		run autoreconf autoreconf -i "$top" || return
	fi
	mkdir -p "$folder"
	# Other options than last time mean other objects.
	if [ -e "$folder/config.status" ] &&
		[ "$(cat "$folder/options" 2>/dev/null)" != "$*" ]; then
		rm -rf "$folder"
		mkdir -p "$folder"
	fi
	if [ ! -e "$folder/config.status" ]; then
		(cd "$folder" && run "$name-configure" ../configure "$@") ||
			return
		printf '%s\n' "$*" >"$folder/options"
	fi
	run "$name-make" make -C "$folder" -j "$jobs"
}

# The sum of a kind of result in the logs of `make check`.
results() {
	local kind=$1

	shift
	sed -n "s/^# $kind: *\\([0-9][0-9]*\\)\$/\\1/p" "$@" |
		awk '{ n += $1 } END { print n + 0 }'
}

# count_tests LOG...: sets passed, failed, skipped.
count_tests() {
	passed=$(($(results PASS "$@") + $(results XFAIL "$@")))
	failed=$(($(results FAIL "$@") + $(results XPASS "$@") +
		$(results ERROR "$@")))
	skipped=$(results SKIP "$@")
}

# show_failed FOLDER LOG: what the tests that failed in a build said.
show_failed() {
	local name

	sed -n 's/^\(FAIL\|XPASS\|ERROR\): \([^ ]*\).*/\2/p' "$2" | sort -u |
		while read -r name; do
			printf -- '--- %s failed:\n' "$name"
			tail -n 25 "$top/$1/${name%.*}.log" 2>/dev/null || :
		done
}
