/* SPDX-License-Identifier: Apache-2.0 */
/* A wrong program stops: always compiled in. */
#ifndef BASE_ASSERT_H
#define BASE_ASSERT_H

_Noreturn void skua_assert_failed(const char *file, int line, const char *expr);

#define sk_assert(x)                                                           \
	((x) ? (void)0 : skua_assert_failed(__FILE__, __LINE__, #x))

/* A call that returns 0 unless the program is wrong: timers of libuv, say. */
#define sk_must(call) sk_assert((call) == 0)

#endif
