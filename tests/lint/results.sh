#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each result of libuv is looked at: a call that fails for want of descriptors or
# memory leaves a handle that must not be used.  Where only a wrong program can
# make it fail, sk_must() says so.
cd "${srcdir:-.}" || exit 1
# Without a result, or stopping what runs, which always succeeds; without
# TCP_NODELAY a connection is slower; uv_run tells what is left.
allowed='uv_(close|stop|update_time|walk|(timer|poll|read|prepare|check)_stop'
allowed="$allowed|tcp_nodelay|run|mutex_[a-z]*)"
tab=$(printf '\t')
# Continued lines have blanks after their tabs.
found=$(grep -rnE "^$tab+(\\(void\\))?uv_[a-z_]+\\(" --include='*.c' \
    core plugins | grep -vE ":$tab+(\\(void\\))?$allowed\\(|[=!]= 0")
[ -z "$found" ] && exit 0
echo "results of libuv that nobody looks at:"
echo "$found"
exit 1
