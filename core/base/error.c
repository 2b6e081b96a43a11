/* SPDX-License-Identifier: Apache-2.0 */
/* Error texts, and the sentences that rise with an error. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include <skua/error.h>

#include "base/text.h"

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

/* Sentences carry what peers and files say, and end on terminals and in logs. */
static void
set_text(struct skua_error *e, const char *text)
{
	(void)skua_text_clean(e->text, sizeof(e->text), skua_str_z(text));
}

int
skua_fail(struct skua_error *e, int code, const char *fmt, ...)
{
	char text[sizeof(e->text)];
	va_list ap;

	if (e == NULL)
		return code;
	e->code = code;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	set_text(e, text);
	return code;
}

int
skua_fail_prefix(struct skua_error *e, int code, const char *fmt, ...)
{
	char text[sizeof(e->text)];
	va_list ap;
	int n;

	if (e == NULL)
		return code;
	e->code = code;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* Who failed may have said nothing. */
	if (n >= 0 && (size_t)n < sizeof(text))
		(void)snprintf(text + n, sizeof(text) - (size_t)n, "%s",
		    e->text[0] == '\0' ? skua_strerror(code) : e->text);
	set_text(e, text);
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
	case ELOOP:
	case EISDIR:
		return SKUA_ENOTFILE;
	case ETIMEDOUT:
		return SKUA_ETIMEOUT;
	default:
		return SKUA_EIO;
	}
}
