#!/bin/sh
# Completions are as the command makes them; the manual page has a section for
# each command, and an item for each of its options, as the command tells them.
skua=${builddir:-.}/skua
cd "${srcdir:-.}/contrib" || exit 1
[ -x "$skua" ] || exit 77
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
wrong=0
same() { # shell file
	"$skua" generate "$1" | cmp -s - "completions/$2" && return
	echo "contrib/completions/$2 is old: make completions"
	wrong=1
}
same bash skua.bash
same zsh _skua
same fish skua.fish

# --json has an item only where there is more to say.
headings() {
	grep -E '^\.(Ss|It) ' | grep -vx '\.It Fl -json'
}
"$skua" generate man | headings >"$folder/told"
sed -n '/^\.Sh COMMANDS/,/^\.Sh ENVIRONMENT/p' manual/skua.1 | headings \
    >"$folder/written"
diff "$folder/written" "$folder/told" >"$folder/diff" || {
	echo "contrib/manual/skua.1 (<) is not what the command says (>):"
	cat "$folder/diff"
	wrong=1
}
exit $wrong
