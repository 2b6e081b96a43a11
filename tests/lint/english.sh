#!/bin/sh
# What an operator reads is what operators read elsewhere: no "is no number", no
# "made again", no message that "is told".
cd "${srcdir:-.}" || exit 1
wrong=0
for words in '"[^"]*\b(is|are) no (number|address|JSON|port|path)\b' \
    '"[^"]*\b(made again|taken any more|is well|cannot be told)\b' \
    '"[^"]*\b(damaged behind|those behind)\b'; do
	grep -rnE "$words" --include='*.c' --include='*.h' core plugins include |
	    grep . && wrong=1
done
# A number of a peer or a file is narrowed by base/number.h, not cut.
grep -rnE '\((u?int(8|16|32)_t|int|unsigned)\) *skua_(json|text|request)_int' \
    --include='*.c' core plugins && wrong=1
exit $wrong
