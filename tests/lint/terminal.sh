#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Text of others reaches a terminal through say() and tables, which clean it. What
# writes by itself are those two, and what is made from the command's own tables.
cd "${srcdir:-.}" || exit 1
files=$(find core/cli -name '*.c' |
    grep -vE '/(say|out|out_table|generate|generate_[a-z]*)\.c$')
# shellcheck disable=SC2086
grep -nE '\b(v?f?printf|fputs|fputc|putc|puts|putchar|fwrite|json_dumpf)\(' \
    $files && exit 1
exit 0
