#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# skua and libskua against a hostile server.
command -v python3 >/dev/null || exit 77
exec python3 "${srcdir:-.}/tests/hostile/server.py"
