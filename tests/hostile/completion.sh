#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Completion of the shells against names that somebody made up: nothing in them
# runs, names that no broker takes are not offered, and what is offered stands
# for exactly that name when it is evaluated.
completions=${srcdir:-.}/contrib/completions
completions=$(cd "$completions" && pwd) || exit 1
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/bin" "$folder/ran" "$folder/files" || exit 1
export HOSTILE_FOLDER=$folder HOSTILE_RAN=$folder/ran
export PATH=$folder/bin:$PATH
wrong=0

# Each would make a file if a shell expanded or evaluated it.
cat >"$folder/names" <<'END'
$(touch $HOSTILE_RAN/dollar)
`touch $HOSTILE_RAN/backquote`
orders;touch${IFS}$HOSTILE_RAN/semicolon
orders|touch $HOSTILE_RAN/pipe
a$(touch $HOSTILE_RAN/inside)b
$((HOSTILE[$(touch $HOSTILE_RAN/index)]))
'$(touch $HOSTILE_RAN/quote)'
"$(touch $HOSTILE_RAN/quotes)"
<(touch $HOSTILE_RAN/process)
>$HOSTILE_RAN/redirect
--namesrv=evil
-n
*
?
~
{a,b}
a b
orders
orders-2
plugin.some.thing
%RETRY%a|b
END
printf 'esc\033]0;title\007\n\302\233m\n' >>"$folder/names"
cat >"$folder/taken" <<'END'
%RETRY%a|b
orders
orders-2
plugin.some.thing
END

# A command that lists these whatever it is asked for.
cat >"$folder/bin/skua" <<'END'
#!/bin/bash
case "$*" in
*tsv*)
	printf 'first\tname\n'
	sed "s/^/x$(printf '\t')/" "$HOSTILE_FOLDER/names" ;;
*) cat "$HOSTILE_FOLDER/names" ;;
esac
END
chmod +x "$folder/bin/skua"

nothing_ran() { # where
	local ran
	ran=$(ls "$folder/ran")
	[ -z "$ran" ] && return
	echo "$1: names were run: $ran"
	rm -f "$folder"/ran/*
	wrong=1
}

expect() { # where, file of what should be offered, file of what is
	cmp -s "$2" "$3" && return
	echo "$1: offered (>) and expected (<) differ:"
	diff "$2" "$3"
	wrong=1
}

# The words as a shell would take them from its line.
offered() { # words of the line
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	COMPREPLY=()
	_skua
	for word in "${COMPREPLY[@]}"; do
		eval "printf '%s\n' $word"
	done | LC_ALL=C sort
}

bash_offers() {
	# shellcheck source=/dev/null
	. "$completions/skua.bash"
	LC_ALL=C sort "$folder/taken" >"$folder/sorted"
	for line in 'topic show' 'group show' 'plugin info' \
	    'config get --broker' 'config get'; do
		# shellcheck disable=SC2086
		offered skua $line '' >"$folder/got"
		expect "bash: $line" "$folder/sorted" "$folder/got"
		nothing_ran "bash: $line"
	done
	grep '^orders' "$folder/sorted" >"$folder/begins"
	offered skua topic show ord >"$folder/got"
	expect 'bash: begins with ord' "$folder/begins" "$folder/got"
	echo '%RETRY%a|b' >"$folder/begins"
	offered skua topic show '%RETRY%a\|' >"$folder/got"
	expect 'bash: quoted already' "$folder/begins" "$folder/got"
	offered skua topic show '$(touch $HOSTILE_RAN/typed' >"$folder/got"
	expect 'bash: what was typed' /dev/null "$folder/got"
	nothing_ran 'bash: typed'
}

# Files are offered whole, one for each; bash itself quotes them.
bash_files() {
	cd "$folder/files" || exit 1
	touch 'a b' '$(touch $HOSTILE_RAN-file)' '*'
	COMP_WORDS=(skua store dump --topic x '')
	COMP_CWORD=5
	COMPREPLY=()
	_skua_complete '' FILE
	printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort >"$folder/got"
	ls -1 | LC_ALL=C sort >"$folder/files-there"
	expect 'bash: files' "$folder/files-there" "$folder/got"
	grep -q 'compopt -o filenames' "$completions/skua.bash" || {
		echo 'bash: names of files are not quoted'
		wrong=1
	}
}

# What zsh's compadd and fish's own completion quote is a list of words.
zsh_offers() {
	command -v zsh >/dev/null || return 0
	zsh -f -c '
		compadd() { print -rl -- $all }
		_arguments() { : }
		CURRENT=3
		words=(skua topic)
		source $1/_skua
		for kind in TOPIC GROUP BROKER SETTING PLUGIN; do
			_skua_values $kind | LC_ALL=C sort >$2/zsh-$kind
		done' zsh "$completions" "$folder" 2>/dev/null
	for kind in TOPIC GROUP BROKER SETTING PLUGIN; do
		expect "zsh: $kind" "$folder/sorted" "$folder/zsh-$kind"
	done
	nothing_ran zsh
}

fish_offers() {
	command -v fish >/dev/null || return 0
	for line in 'topic show' 'group show' 'plugin info'; do
		HOME=$folder fish --no-config -c "
			source '$completions/skua.fish'
			complete -C 'skua $line '" 2>/dev/null |
			cut -f 1 | LC_ALL=C sort >"$folder/got"
		for name in $(grep -v '|' "$folder/sorted"); do
			grep -qxF -- "$name" "$folder/got" || {
				echo "fish: $line: no $name"
				wrong=1
			}
		done
		if grep -q HOSTILE "$folder/got"; then
			echo "fish: $line: $(grep HOSTILE "$folder/got")"
			wrong=1
		fi
		nothing_ran "fish: $line"
	done
}

bash_offers
bash_files
zsh_offers
fish_offers
exit $wrong
