#!/bin/sh
# Each public header compiles alone, as C99 and as C++17.
root=${srcdir:-.}
status=0
for header in "$root"/include/skua/*.h; do
	name=skua/$(basename "$header")
	echo "#include <$name>" | ${CC:-cc} -std=c99 -pedantic -Wall -Wextra \
	    -Werror -fsyntax-only -D_DEFAULT_SOURCE -I"$root/include" -x c - ||
	    { echo "$name is no C99"; status=1; }
	command -v ${CXX:-c++} >/dev/null || continue
	echo "#include <$name>" | ${CXX:-c++} -std=c++17 -Wall -Wextra -Werror \
	    -fsyntax-only -I"$root/include" -x c++ - ||
	    { echo "$name is no C++17"; status=1; }
done
exit $status
