dnl SPDX-License-Identifier: Apache-2.0
dnl SKUA_NEED(VARIABLE, pkg-config modules, Debian package)
dnl A library Skua cannot do without; says what to install when it is missing.
AC_DEFUN([SKUA_NEED], [
  PKG_CHECK_MODULES([$1], [$2], [],
    [AC_MSG_ERROR([$2 is missing; install the Debian package $3])])
])

dnl SKUA_NEED_LUA: Debian and Fedora name it differently.
AC_DEFUN([SKUA_NEED_LUA], [
  LUA_MODULE=
  for name in lua5.4 lua-5.4 lua54 lua; do
    AS_IF([test -z "$LUA_MODULE" && $PKG_CONFIG --exists "$name >= 5.4"],
      [LUA_MODULE=$name])
  done
  AS_IF([test -z "$LUA_MODULE"],
    [AC_MSG_ERROR([Lua 5.4 is missing; install the Debian package liblua5.4-dev])])
  PKG_CHECK_MODULES([LUA], [$LUA_MODULE >= 5.4])
])

dnl SKUA_WITH(name, VARIABLE, pkg-config modules, Debian package, what for)
dnl yes: fails when it is missing; unset: takes what is there.
AC_DEFUN([SKUA_WITH], [
  AC_ARG_WITH([$1], [AS_HELP_STRING([--with-$1], [$5 [if found]])],
    [], [with_$1=auto])
  have_$1=no
  AS_IF([test "x$with_$1" != xno],
    [PKG_CHECK_MODULES([$2], [$3], [have_$1=yes],
      [AS_IF([test "x$with_$1" = xyes],
        [AC_MSG_ERROR([$3 is missing; install the Debian package $4])])])])
  AS_IF([test $have_$1 = yes],
    [AC_DEFINE([HAVE_$2], [1], [Define to 1 if you have $3.])
     $1_choice=yes],
    [$1_choice="no (Debian package $4)"])
  AM_CONDITIONAL([HAVE_$2], [test $have_$1 = yes])
])
