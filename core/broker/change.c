/* SPDX-License-Identifier: Apache-2.0 */
/* A setting that changes while the broker runs: checked, applied, written back
 * to the file it came from, where only its own line changes. */
#include <ctype.h>
#include <stdlib.h>

#include <skua/io.h>

#include "base/buf.h"
#include "base/rcu.h"
#include "broker/broker.h"
#include "broker/keeping.h"

#define FILE_MAX (1024 * 1024)

static bool
is_line_of(const char *line, size_t len, const char *key)
{
	size_t n = strlen(key);

	while (len > 0 && isblank((unsigned char)*line)) {
		line++;
		len--;
	}
	return len > n && memcmp(line, key, n) == 0 &&
	    (line[n] == '=' || line[n] == ':' ||
		isblank((unsigned char)line[n]));
}

static void
put_line(struct buf *out, const char *key, const char *value)
{
	(void)skua_buf_put(out, key, strlen(key));
	(void)skua_buf_put(out, "=", 1);
	for (; *value != '\0'; value++) {
		if (*value == '\\')
			(void)skua_buf_put(out, "\\", 1);
		(void)skua_buf_put(out, value, 1);
	}
	(void)skua_buf_put(out, "\n", 1);
}

static int
write_back(const char *path, const char *key, const char *value)
{
	struct buf out = { NULL, 0, 0 };
	bool written = false;
	char *text, *line;
	size_t len;
	int rc = skua_file_read(path, FILE_MAX, &text, &len);

	if (rc != SKUA_OK)
		return rc;
	for (line = text; line < text + len;) {
		char *end = memchr(line, '\n', len - (size_t)(line - text));
		size_t n = end == NULL ? len - (size_t)(line - text) :
					 (size_t)(end - line) + 1;

		if (!is_line_of(line, n, key)) {
			(void)skua_buf_put(&out, line, n);
		} else if (!written) {
			put_line(&out, key, value);
			written = true;
		}
		line += n;
	}
	if (!written) {
		if (out.len > 0 && out.p[out.len - 1] != '\n')
			(void)skua_buf_put(&out, "\n", 1);
		put_line(&out, key, value);
	}
	rc = skua_file_replace(path, out.p, out.len);
	skua_buf_free(&out);
	free(text);
	return rc;
}

static void
free_conf(void *conf)
{
	skua_conf_free(conf);
}

int
skua_broker_set(struct broker *b, const char *key, const char *value,
    struct skua_error *e)
{
	const char *now = skua_settings_get(b->settings, key);
	char *old;
	const struct conf *old_conf = broker_conf(b);
	int rc;

	if (!skua_settings_is_known(b->settings, key))
		return skua_fail(e, SKUA_ENOENT, "unknown setting \"%s\"", key);
	if (strpbrk(value, "\r\n") != NULL)
		return skua_fail(e, SKUA_EINVAL,
		    "%s: a value has one line", key);
	old = skua_mem_dup(skua_str_z(now));
	rc = skua_settings_set(b->settings, key, value, "update", e);
	if (rc == SKUA_OK)
		rc = skua_plugins_reconfigure(&b->plugins, key, e);
	if (rc == SKUA_OK && b->conf_file != NULL) {
		rc = write_back(b->conf_file, key, value);
		if (rc != SKUA_OK)
			(void)skua_fail(e, rc, "could not write %s: %s",
			    b->conf_file, skua_strerror(rc));
	}
	if (rc != SKUA_OK &&
	    skua_settings_set(b->settings, key, old, "update", NULL) !=
		SKUA_OK)
		skua_log(SKUA_LOG_ERROR, "broker",
		    "setting %s could not be put back", key);
	free(old);
	if (rc != SKUA_OK)
		return rc;
	atomic_store(&b->conf, skua_conf_new(b->settings));
	skua_rcu_defer(free_conf, (void *)(uintptr_t)old_conf);
	if (strcmp(key, "namesrvAddr") == 0)
		skua_registrar_set(b->registrar, value);
	skua_log(SKUA_LOG_NOTICE, "broker", "setting %s changed to \"%s\"", key,
	    value);
	return SKUA_OK;
}
