/* SPDX-License-Identifier: Apache-2.0 */
/* The writer of the fastjson dialect. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include <skua/json.h>

#include "base/mem.h"
#include "base/text.h"

void
skua_jsonw_init(struct skua_jsonw *w)
{
	memset(w, 0, sizeof(*w));
}

void
skua_jsonw_limit(struct skua_jsonw *w, size_t max)
{
	w->max = max;
}

void
skua_jsonw_free(struct skua_jsonw *w)
{
	free(w->p);
	skua_jsonw_init(w);
}

static char *
reserve(struct skua_jsonw *w, size_t n)
{
	char *p;
	size_t size;

	if (w->error != SKUA_OK)
		return NULL;
	if (w->max > 0 && w->len + n > w->max) {
		w->error = SKUA_ELIMIT;
		return NULL;
	}
	if (w->size - w->len >= n)
		return w->p + w->len;
	size = w->size * 2 > w->len + n ? w->size * 2 : w->len + n + 256;
	p = realloc(w->p, size);
	if (p == NULL) {
		w->error = SKUA_ENOMEM;
		return NULL;
	}
	w->p = p;
	w->size = size;
	return p + w->len;
}

static void
put(struct skua_jsonw *w, const char *bytes, size_t n)
{
	char *p = reserve(w, n);

	if (p == NULL || n == 0)
		return;
	memcpy(p, bytes, n);
	w->len += n;
}

static void
comma(struct skua_jsonw *w)
{
	if (w->need_comma)
		put(w, ",", 1);
	w->need_comma = true;
}

void
skua_jsonw_open(struct skua_jsonw *w, char bracket)
{
	comma(w);
	put(w, &bracket, 1);
	w->need_comma = false;
}

void
skua_jsonw_close(struct skua_jsonw *w, char bracket)
{
	put(w, &bracket, 1);
	w->need_comma = true;
}

static void
put_quoted(struct skua_jsonw *w, struct skua_str s)
{
	size_t from = 0;

	put(w, "\"", 1);
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];
		char escape[8];
		int n;

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		put(w, s.p + from, i - from);
		from = i + 1;
		if (c == '"' || c == '\\')
			n = snprintf(escape, sizeof(escape), "\\%c", c);
		else if (c == '\n' || c == '\t' || c == '\r')
			n = snprintf(escape, sizeof(escape), "\\%c",
			    c == '\n' ? 'n' : c == '\t' ? 't' : 'r');
		else
			n = snprintf(escape, sizeof(escape), "\\u%04x", c);
		put(w, escape, (size_t)n);
	}
	put(w, s.p + from, s.len - from);
	put(w, "\"", 1);
}

void
skua_jsonw_key(struct skua_jsonw *w, struct skua_str name)
{
	comma(w);
	put_quoted(w, name);
	put(w, ":", 1);
	w->need_comma = false;
}

void
skua_jsonw_key_z(struct skua_jsonw *w, const char *name)
{
	skua_jsonw_key(w, skua_str_z(name));
}

void
skua_jsonw_raw_key(struct skua_jsonw *w, const char *fmt, ...)
{
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0) {
		w->error = SKUA_ENOMEM;
		return;
	}
	comma(w);
	put(w, text, (size_t)n);
	put(w, ":", 1);
	w->need_comma = false;
	free(text);
}

void
skua_jsonw_queue_key(struct skua_jsonw *w, struct skua_str broker,
    int32_t queue_id, struct skua_str topic)
{
	skua_jsonw_open(w, '{');
	skua_jsonw_key_z(w, "brokerName");
	skua_jsonw_str(w, broker);
	skua_jsonw_key_z(w, "queueId");
	skua_jsonw_int(w, queue_id);
	skua_jsonw_key_z(w, "topic");
	skua_jsonw_str(w, topic);
	skua_jsonw_close(w, '}');
	put(w, ":", 1);
	w->need_comma = false;
}

void
skua_jsonw_str(struct skua_jsonw *w, struct skua_str value)
{
	comma(w);
	put_quoted(w, value);
}

void
skua_jsonw_str_z(struct skua_jsonw *w, const char *value)
{
	skua_jsonw_str(w, skua_str_z(value));
}

void
skua_jsonw_int(struct skua_jsonw *w, int64_t value)
{
	char *p;

	comma(w);
	p = reserve(w, TEXT_INT_MAX);
	if (p != NULL)
		w->len += skua_text_put_int(p, value);
}

void
skua_jsonw_bool(struct skua_jsonw *w, bool value)
{
	skua_jsonw_raw(w, skua_str_z(value ? "true" : "false"));
}

void
skua_jsonw_real(struct skua_jsonw *w, double value)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%.17g", value);

	/* Java writes 0.0 where C writes 0. */
	if (strpbrk(text, ".en") == NULL)
		n = snprintf(text, sizeof(text), "%.1f", value);
	skua_jsonw_raw(w, skua_str_n(text, (size_t)n));
}

void
skua_jsonw_raw(struct skua_jsonw *w, struct skua_str text)
{
	comma(w);
	put(w, text.p, text.len);
}

static int
add_piece(const char *bytes, size_t n, void *arg)
{
	struct skua_jsonw *w = arg;

	put(w, bytes, n);
	return w->error == SKUA_OK ? 0 : -1;
}

/* Piece by piece: jansson does not look at every failure of its own buffer, and
 * text without some names would pass for the tree's. */
void
skua_jsonw_tree(struct skua_jsonw *w, const json_t *json)
{
	comma(w);
	if (json_dump_callback(json, add_piece, w,
		JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY) != 0 &&
	    w->error == SKUA_OK)
		w->error = json == NULL ? SKUA_EINVAL : SKUA_ENOMEM;
}

int
skua_jsonw_finish(struct skua_jsonw *w, struct skua_str *text_r)
{
	if (w->error != SKUA_OK)
		return w->error;
	*text_r = skua_str_n(w->p, w->len);
	return SKUA_OK;
}
