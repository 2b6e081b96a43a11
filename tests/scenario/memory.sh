#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every scenario that does not ask for durability, with the store in memory.
failed=0
for scenario in "$srcdir"/tests/scenario/[bc]0*.lua; do
	SKUA_TEST_STORE=memory "$builddir/tests/scenario/run_scenario" \
	    "$scenario" || failed=1
done
exit $failed
