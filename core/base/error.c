/* SPDX-License-Identifier: Apache-2.0 */
/* Error texts, and the sentences that rise with an error. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include <skua/error.h>

const char *
skua_strerror(int code)
{
	switch (code) {
#define TEXT(name, value, text)                                                \
	case SKUA_##name:                                                      \
		return text;
		SKUA_ERROR_TABLE(TEXT)
#undef TEXT
	default:
		return "unknown error";
	}
}

int
skua_fail(struct skua_error *e, int code, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return code;
	e->code = code;
	va_start(ap, fmt);
	(void)vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	return code;
}

int
skua_fail_prefix(struct skua_error *e, int code, const char *fmt, ...)
{
	char rest[sizeof(e->text)];
	va_list ap;
	int n;

	if (e == NULL)
		return code;
	memcpy(rest, e->text, sizeof(rest));
	e->code = code;
	va_start(ap, fmt);
	n = vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof(e->text))
		(void)snprintf(e->text + n, sizeof(e->text) - (size_t)n, "%s",
		    rest);
	return code;
}

int
skua_from_errno(int err)
{
	switch (err) {
	case 0:
		return SKUA_OK;
	case ENOMEM:
		return SKUA_ENOMEM;
	case EINVAL:
		return SKUA_EINVAL;
	case ENOENT:
	case ENOTDIR:
		return SKUA_ENOENT;
	case EEXIST:
		return SKUA_EEXIST;
	case ENOSPC:
	case EDQUOT:
		return SKUA_ENOSPC;
	case EACCES:
	case EPERM:
	case EROFS:
		return SKUA_EPERM;
	case EAGAIN:
		return SKUA_EAGAIN;
	case EMFILE:
	case ENFILE:
		return SKUA_ELIMIT;
	case ETIMEDOUT:
		return SKUA_ETIMEOUT;
	default:
		return SKUA_EIO;
	}
}
