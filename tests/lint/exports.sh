#!/bin/sh
# The core exports skua_*, libskua its API, a module its descriptor: no more.
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
only .libs/libskuacore.so '^skua_'
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
