/* SPDX-License-Identifier: Apache-2.0 */
/* Settings that change while the broker runs: all checked, then applied, then
 * written back to the file they came from, where only their own lines change. */
#include <ctype.h>
#include <stdlib.h>

#include <skua/io.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/rcu.h"
#include "broker/broker.h"
#include "broker/keeping.h"
#include "broker/providers.h"

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
by_key_and_place(const void *a, const void *b)
{
	const struct setting_pair *x = a, *y = b;
	int order = strcmp(x->key, y->key);

	return order != 0 ? order : x->place < y->place ? -1 : 1;
}

/* The pair that a line sets, or NULL. */
static struct setting_pair *
pair_of_line(const char *line, size_t len, struct setting_pair *pairs,
    size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_line_of(line, len, pairs[i].key))
			return &pairs[i];
	return NULL;
}

/* The file's text with the pairs in it: each takes the place of its first line,
 * other lines of it go, and new ones come last. */
static void
merge(struct buf *out, const char *text, size_t len, struct setting_pair *pairs,
    size_t n)
{
	for (const char *line = text; line < text + len;) {
		const char *end = memchr(line, '\n', len - (size_t)(line - text));
		size_t size = end == NULL ? len - (size_t)(line - text) :
					    (size_t)(end - line) + 1;
		struct setting_pair *p = pair_of_line(line, size, pairs, n);

		if (p == NULL)
			(void)skua_buf_put(out, line, size);
		else if (!p->written)
			put_line(out, p->key, p->value);
		if (p != NULL)
			p->written = true;
		line += size;
	}
	if (out->len > 0 && out->p[out->len - 1] != '\n')
		(void)skua_buf_put(out, "\n", 1);
	for (size_t i = 0; i < n; i++)
		if (!pairs[i].written)
			put_line(out, pairs[i].key, pairs[i].value);
}

/* What would not be read again at the next start is not written. */
static int
new_text(const char *path, struct setting_pair *pairs, size_t n,
    struct buf *out, struct skua_error *e)
{
	char *text;
	size_t len;
	int rc = skua_file_read(path, FILE_MAX, &text, &len);

	if (rc != SKUA_OK)
		return skua_fail(e, rc, "could not read %s: %s", path,
		    skua_strerror(rc));
	merge(out, text, len, pairs, n);
	free(text);
	if (out->len > FILE_MAX)
		return skua_fail(e, SKUA_ELIMIT,
		    "%s would be larger than %d bytes", path, FILE_MAX);
	return SKUA_OK;
}

static int
check_all(const struct broker *b, const struct setting_pair *pairs, size_t n,
    struct skua_error *e)
{
	int rc = SKUA_OK;

	for (size_t i = 0; rc == SKUA_OK && i < n; i++) {
		rc = skua_settings_try(b->settings, pairs[i].key,
		    pairs[i].value, "update", e);
		if (rc == SKUA_OK)
			rc = skua_providers_check_value(b, pairs[i].key,
			    pairs[i].value, e);
		if (rc == SKUA_OK && strpbrk(pairs[i].value, "\r\n") != NULL)
			rc = skua_fail(e, SKUA_EINVAL, "%s: a value has one line",
			    pairs[i].key);
	}
	return rc;
}

/* Puts one in force; a plug-in may still refuse it. */
static int
apply_live(struct broker *b, const struct setting_pair *p, struct skua_error *e)
{
	char *old = skua_mem_dup(
	    skua_str_z(skua_settings_get(b->settings, p->key)));
	int rc = skua_settings_set(b->settings, p->key, p->value, "update", e);

	if (rc == SKUA_OK)
		rc = skua_plugins_reconfigure(&b->plugins, p->key, e);
	if (rc != SKUA_OK &&
	    skua_settings_set(b->settings, p->key, old, "update", NULL) !=
		SKUA_OK)
		skua_log(SKUA_LOG_ERROR, "broker",
		    "setting %s could not be put back", p->key);
	free(old);
	return rc;
}

static int
apply(struct broker *b, const struct setting_pair *p, struct skua_error *e)
{
	bool live = skua_settings_is_live(b->settings, p->key);
	int rc = live ? apply_live(b, p, e) :
			skua_settings_set_next(b->settings, p->key, p->value,
			    "update", e);

	if (rc == SKUA_OK)
		skua_log(SKUA_LOG_NOTICE, "broker",
		    "setting %s changed to \"%s\"%s", p->key, p->value,
		    live ? "" : " from the next start on");
	return rc;
}

static void
free_conf(void *conf)
{
	skua_conf_free(conf);
}

/* What follows from what is in force now. */
static void
publish(struct broker *b)
{
	const struct conf *old = broker_conf(b);
	enum skua_log_level level;

	atomic_store(&b->conf, skua_conf_new(b->settings));
	if (strcmp(old->namesrv_addr, broker_conf(b)->namesrv_addr) != 0) {
		skua_registrar_choose(b->registrar);
		skua_keep_topics(b, NULL, NULL);
	}
	if (skua_log_level_parse(broker_conf(b)->log_level, &level))
		skua_log_set_level(level);
	skua_broker_set_limits(b);
	skua_rcu_defer(free_conf, (void *)(uintptr_t)old);
}

/* The last of equal keys counts; the others are moved to the end. */
static size_t
drop_repeated(struct setting_pair *pairs, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		pairs[i].place = i;
		pairs[i].written = false;
	}
	if (n > 0)
		qsort(pairs, n, sizeof(pairs[0]), by_key_and_place);
	for (size_t i = 0; i < n; i++) {
		struct setting_pair last = pairs[i];

		if (i + 1 < n && strcmp(last.key, pairs[i + 1].key) == 0)
			continue;
		pairs[i] = pairs[kept];
		pairs[kept++] = last;
	}
	return kept;
}

static int
write_file(const char *path, const struct buf *text, struct skua_error *e)
{
	int rc = skua_file_replace(path, text->p, text->len);

	return rc == SKUA_OK ?
	    SKUA_OK :
	    skua_fail(e, rc,
		"in force until the next start: could not write %s: %s", path,
		skua_strerror(rc));
}

int
skua_broker_set(struct broker *b, struct setting_pair *pairs, size_t n,
    struct skua_error *e)
{
	struct buf text = { NULL, 0, 0 };
	int rc;

	n = drop_repeated(pairs, n);
	rc = check_all(b, pairs, n, e);
	if (rc == SKUA_OK && b->conf_file != NULL)
		rc = new_text(b->conf_file, pairs, n, &text, e);
	for (size_t i = 0; rc == SKUA_OK && i < n; i++)
		rc = apply(b, &pairs[i], e);
	publish(b);
	if (rc == SKUA_OK && b->conf_file != NULL)
		rc = write_file(b->conf_file, &text, e);
	skua_buf_free(&text);
	return rc;
}
