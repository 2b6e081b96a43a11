#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A plug-in of ours can be copied: it compiles from the installed headers alone,
# without our config.h.
src=${srcdir:-.}
build=${builddir:-.}
status=0
for file in "$src"/plugins/*/*.c; do
	${CC:-cc} -std=gnu11 -D_GNU_SOURCE -Wall -Werror -fsyntax-only \
	    -I"$build/include" -I"$src/include" $LINT_CFLAGS "$file" ||
	    { echo "$file needs more than the headers"; status=1; }
done
exit $status
