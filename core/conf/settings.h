/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings: the table of known keys (settings.def), the text in force for each,
 * and the keys that plug-ins declare.
 *
 * Written on the main thread only; the typed snapshot (conf/conf.h) is what
 * loops read.
 */
#ifndef CONF_SETTINGS_H
#define CONF_SETTINGS_H

#include <skua/error.h>
#include <skua/option.h>

/* SETTING_READ: the core reads it; the others are accepted only. */
enum setting_type {
	SETTING_READ,
	SETTING_BOOL,
	SETTING_INT,
	SETTING_REAL,
	SETTING_TEXT
};

struct settings;

struct settings *skua_settings_new(void);
void skua_settings_free(struct settings *s);

/* Reads a file; every wrong line is a sentence in `complaints` (one a line, at
 * most size bytes), and the result is that of the first. */
int skua_settings_load(struct settings *s, const char *path, char *complaints,
    size_t size) SKUA_MUST_CHECK;

/* origin is "FILE:LINE" or "-o".  Known keys are type-checked now; a key that
 * no row has waits for a plug-in to claim it. */
int skua_settings_set(struct settings *s, const char *key, const char *value,
    const char *origin, struct skua_error *e) SKUA_MUST_CHECK;

/* The same check without setting; a key that nobody knows is SKUA_ENOENT. */
int skua_settings_try(const struct settings *s, const char *key,
    const char *value, const char *origin, struct skua_error *e)
    SKUA_MUST_CHECK;
/* Whether a change takes effect while the broker runs. */
bool skua_settings_is_live(const struct settings *s, const char *key);
/* From the next start on: shown, not in force. */
int skua_settings_set_next(struct settings *s, const char *key,
    const char *value, const char *origin, struct skua_error *e)
    SKUA_MUST_CHECK;
/* The rows that the core reads, one after the other; NULL after the last. */
const struct skua_option *skua_settings_core_row(size_t index);

/* The text in force, or NULL for an unknown key. */
const char *skua_settings_get(const struct settings *s, const char *key);
bool skua_settings_is_known(const struct settings *s, const char *key);
/* Where the value comes from; NULL for a default. */
const char *skua_settings_origin(const struct settings *s, const char *key);

/* A plug-in's option exists under this key; the default applies unless a row
 * or the user gives one. */
void skua_settings_claim(struct settings *s, const char *key,
    const struct skua_option *option);

/* After the plug-ins are loaded: a key nobody knows is an error that names the
 * nearest known one; known keys that nothing reads are listed in *unused_r. */
typedef void settings_visit_fn(void *arg, const char *key, const char *origin);
int skua_settings_check(const struct settings *s, settings_visit_fn *unused,
    void *arg, struct skua_error *e) SKUA_MUST_CHECK;

/* key=value lines, sorted, of the classes given (NULL-terminated). */
char *skua_settings_format(const struct settings *s,
    const char *const *classes);

#endif
