dnl SPDX-License-Identifier: Apache-2.0
dnl SKUA_DEVELOPER: --enable-developer, the warnings this code is written to.
dnl (Fall-through is gcc's -Wextra alone: clang takes it to uthash's macros.)
AC_DEFUN([SKUA_DEVELOPER], [
  AC_ARG_ENABLE([developer],
    [AS_HELP_STRING([--enable-developer], [warnings, as errors])])
  developer_choice=no
  AS_IF([test "x$enable_developer" = xyes], [
    developer_choice="as errors"
    DEVELOPER_CFLAGS="-Wall -Wextra -Wconversion -Wsign-conversion -Wshadow \
-Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wvla -Wformat=2 \
-Werror"
  ])
  AC_SUBST([DEVELOPER_CFLAGS])
])

dnl SKUA_SANITIZERS: --enable-asan, -ubsan, -tsan, -coverage, -fuzz.
AC_DEFUN([SKUA_SANITIZERS], [
  sanitizers=
  SKUA_SANITIZER([asan], [address], [find wrong uses of memory, and leaks])
  SKUA_SANITIZER([ubsan], [undefined], [find undefined behaviour])
  SKUA_SANITIZER([tsan], [thread], [find data races])
  AC_ARG_ENABLE([coverage],
    [AS_HELP_STRING([--enable-coverage], [count what the tests execute])])
  AS_IF([test "x$enable_coverage" = xyes],
    [SANITIZER_CFLAGS="$SANITIZER_CFLAGS --coverage"
     SANITIZER_LDFLAGS="$SANITIZER_LDFLAGS --coverage"
     sanitizers="$sanitizers coverage"])
  AC_SUBST([SANITIZER_CFLAGS])
  AC_SUBST([SANITIZER_LDFLAGS])
])

dnl SKUA_SANITIZER(option, -fsanitize name, what for)
AC_DEFUN([SKUA_SANITIZER], [
  AC_ARG_ENABLE([$1], [AS_HELP_STRING([--enable-$1], [$3])])
  AS_IF([test "x$enable_$1" = xyes],
    [SANITIZER_CFLAGS="$SANITIZER_CFLAGS -fsanitize=$2 -fno-sanitize-recover=$2 -fno-omit-frame-pointer"
     SANITIZER_LDFLAGS="$SANITIZER_LDFLAGS -fsanitize=$2"
     sanitizers="$sanitizers $2"])
])
