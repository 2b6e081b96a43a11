/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a plug-in declares its settings.
 *
 * A row gives type, target field, range, default, unit and help.  The host
 * parses and checks the text, fills the plug-in's configuration struct, and
 * shows the row in `skua plugin info` and the manual.
 *
 * A setting is written `plugin.INSTANCE.NAME = VALUE`; with SKUA_OPT_GLOBAL it
 * is a top-level key of that name instead, which is how a plug-in owns one of
 * RocketMQ's property names.
 */
#ifndef SKUA_OPTION_H
#define SKUA_OPTION_H

#include <skua/error.h>

SKUA_BEGIN_DECLS

enum skua_option_type {
	SKUA_OPT_BOOL = 1,   /* bool field */
	SKUA_OPT_INT = 2,    /* int64_t field */
	SKUA_OPT_STRING = 3, /* const char * field, lives as long as the conf */
};

enum skua_option_flag {
	SKUA_OPT_GLOBAL = 1, /* a top-level key */
	SKUA_OPT_LIVE = 2,   /* may change while the broker runs */
};

/* Looks at a text value: NULL when it may be, else what was expected, as in
 * "expected an IP address".  Any thread. */
typedef const char *skua_option_check_fn(const char *text);

struct skua_option {
	const char *name;
	enum skua_option_type type;
	unsigned flags;
	size_t offset;
	int64_t min, max;            /* of a number; of a text's length */
	const char *default_value;   /* text, parsed like a setting */
	const char *unit;            /* "ms", "bytes", … or NULL */
	const char *help;            /* one sentence */
	const char *values;          /* "A|B|…": one of these; or NULL */
	skua_option_check_fn *check; /* of a text; or NULL */
};

/* The longest text of a row that says nothing of its own, in bytes. */
#define SKUA_OPT_TEXT_MAX 4096

#define SKUA_OPT_ROW_BOOL(name, conf, field, flags, dflt, help)                \
	{                                                                      \
		(name), SKUA_OPT_BOOL, (flags), offsetof(conf, field), 0, 1,   \
		    (dflt), NULL, (help), NULL, NULL                           \
	}
#define SKUA_OPT_ROW_INT(name, conf, field, flags, min, max, dflt, unit, help) \
	{                                                                      \
		(name), SKUA_OPT_INT, (flags), offsetof(conf, field), (min),   \
		    (max), (dflt), (unit), (help), NULL, NULL                  \
	}
#define SKUA_OPT_ROW_STRING(name, conf, field, flags, dflt, help)              \
	SKUA_OPT_ROW_TEXT(name, conf, field, flags, SKUA_OPT_TEXT_MAX, dflt,   \
	    NULL, help)
#define SKUA_OPT_ROW_TEXT(name, conf, field, flags, longest, dflt, check,      \
    help)                                                                      \
	{                                                                      \
		(name), SKUA_OPT_STRING, (flags), offsetof(conf, field), 0,    \
		    (longest), (dflt), NULL, (help), NULL, (check)             \
	}
#define SKUA_OPT_ROW_CHOICE(name, conf, field, flags, values, dflt, help)      \
	{                                                                      \
		(name), SKUA_OPT_STRING, (flags), offsetof(conf, field), 0,    \
		    SKUA_OPT_TEXT_MAX, (dflt), NULL, (help), (values), NULL    \
	}
#define SKUA_OPT_END                                                           \
	{                                                                      \
		NULL, SKUA_OPT_BOOL, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL  \
	}

/* Checks for rows.  Control characters are refused before. */
SKUA_API const char *skua_check_ip(const char *text); /* or empty */
/* HOST:PORT with semicolons, or empty. */
SKUA_API const char *skua_check_servers(const char *text);
SKUA_API const char *skua_check_path(const char *text); /* not empty */
/* Letters, digits and . : @ + - _ % |, not empty; or that or empty. */
SKUA_API const char *skua_check_word(const char *text);
SKUA_API const char *skua_check_optional_word(const char *text);
SKUA_API const char *skua_check_broker_name(const char *text); /* or empty */
SKUA_API const char *skua_check_cluster_name(const char *text);
SKUA_API const char *skua_check_hours(const char *text); /* 04;16 */

SKUA_END_DECLS

#endif
