/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors.  A function that can fail returns SKUA_OK (0) or a negative
 * SKUA_E… value.  Where a person will read the reason (settings, plug-ins,
 * start-up, administration) it also fills a struct skua_error.
 */
#ifndef SKUA_ERROR_H
#define SKUA_ERROR_H

#include <skua/types.h>

SKUA_BEGIN_DECLS

/* name, value, text */
#define SKUA_ERROR_TABLE(X)                                                    \
	X(OK, 0, "success")                                                    \
	X(ENOMEM, -1001, "out of memory")                                      \
	X(EINVAL, -1002, "invalid argument")                                   \
	X(EPROTO, -1003, "malformed bytes from a peer")                        \
	X(ELIMIT, -1004, "a limit is exceeded")                                \
	X(ENOENT, -1005, "not found")                                          \
	X(EEXIST, -1006, "exists already")                                     \
	X(EIO, -1007, "input/output error")                                    \
	X(ENOSPC, -1008, "no space left")                                      \
	X(ECORRUPT, -1009, "stored bytes are corrupt")                         \
	X(EPOISONED, -1010, "the store refuses writes after a failed sync")    \
	X(ETIMEOUT, -1011, "timed out")                                        \
	X(ECLOSED, -1012, "closed")                                            \
	X(EBUSY, -1013, "busy")                                                \
	X(EABI, -1014, "plug-in ABI does not match")                           \
	X(EPERM, -1015, "not permitted")                                       \
	X(EREFUSED, -1016, "refused by the peer")                              \
	X(EAGAIN, -1017, "not ready yet")                                      \
	X(ECANCELED, -1018, "cancelled")                                       \
	X(ENOTSUP, -1019, "not supported")                                     \
	X(ENOTFILE, -1020, "not a regular file, or a symbolic link")

enum skua_errno {
#define SKUA_ERROR_ENUM(name, value, text) SKUA_##name = (value),
	SKUA_ERROR_TABLE(SKUA_ERROR_ENUM)
#undef SKUA_ERROR_ENUM
};

/* The sentence that goes with an error.  Owned by the caller. */
struct skua_error {
	int code;
	char text[512];
};

/* A static text for any SKUA_E… value; never NULL. */
SKUA_API const char *skua_strerror(int code);

/* Sets *e (which may be NULL) and returns code. */
SKUA_API int skua_fail(struct skua_error *e, int code, const char *fmt, ...)
    SKUA_PRINTF(3, 4);

/* Puts a prefix before the sentence already in *e; returns e's code. */
SKUA_API int skua_fail_prefix(struct skua_error *e, int code, const char *fmt,
    ...) SKUA_PRINTF(3, 4);

/* The SKUA_E… value for an errno value. */
SKUA_API int skua_from_errno(int err);

SKUA_END_DECLS

#endif
