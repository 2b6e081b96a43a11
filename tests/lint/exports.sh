#!/bin/sh
# The core exports what the headers of plug-ins declare (and skuad), libskua its
# API, a module its descriptor: no more, and no less.
cd "${builddir:-.}" || exit 1
command -v nm >/dev/null || exit 77
grep -q 'sanitize=\|--coverage' config.log 2>/dev/null &&
    grep -q "^SANITIZER_CFLAGS='..*'" config.log && exit 77
wrong=0
names() {
	nm -D --defined-only "$1" | awk '$2 ~ /[A-Z]/ && $2 != "A" {print $3}'
}
only() { # file pattern
	names "$1" | grep -vE "$2" | sed "s|^|$1 exports |" | grep . && wrong=1
	[ -n "$(names "$1")" ] || { echo "$1 exports nothing"; wrong=1; }
}
names .libs/libskuacore.so | sort >exported.$$
sort core/libskuacore.sym | diff - exported.$$ || {
	echo "libskuacore exports something else than include/skua declares"
	wrong=1
}
rm -f exported.$$
# The soname is that of the ABI.
major=$(sed -n 's/^#define SKUA_ABI_MAJOR //p' "${srcdir:-.}"/include/skua/plugin.h)
[ -e ".libs/libskuacore.so.$major" ] || { echo "the soname is not $major"; wrong=1; }
# What the installed headers declare.
cd "${srcdir:-.}"/include/skua || exit 1
api=$(cat admin.h client.h consumer.h error.h message.h producer.h pull.h |
    grep -o 'skua_[a-z0-9_]*(' | tr -d '(' | sort -u | tr '\n' '|')
cd - >/dev/null || exit 1
only .libs/libskua.so "^(${api%|})\$"
for module in tests/plugins/*.so; do
	only "$module" '^skua_plugin$'
done
exit $wrong
