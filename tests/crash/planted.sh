#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The judge must see what is planted: syncs that do nothing, answers before the
# sync, a log whose last record, or the removals of topics, are thrown away at
# each end.
dir=${builddir:-.}/tests/crash
wrong=0
for bug in ignore-syncs early-answers lose-last forget-lives; do
	if SKUA_CRASH_PLANT=$bug "$dir/powercut" --cycles 480 >plant.$$ 2>&1
	then
		echo "$bug was not seen:"
		wrong=1
	else
		echo "$bug was seen:"
	fi
	tail -n 1 plant.$$
	grep -qE '(lost|phantom|revived) [1-9]' plant.$$ ||
	    { echo "… but no loss"; wrong=1; }
done
rm -f plant.$$
exit $wrong
