#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The functions that headers declare for others (SKUA_API), a name a line.
#	exports.sh HEADER...
for header; do
	tr '\n' ' ' <"$header" | sed 's|/\*[^*]*\*\+\([^/*][^*]*\*\+\)*/||g' |
	    tr ';' '\n' | sed -n 's/^.*SKUA_API \([^(]*\).*$/\1/p'
done | sed 's/ *$//; s/^.*[ *]//' | grep '^skua_' | grep -v '^skua_plugin$' | LC_ALL=C sort -u
