/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compressed form of a registration, a zlib stream of
 *	i32 length, data version (JSON)
 *	i32 count, then per topic: i32 length,
 *		"name readQueues writeQueues perm filterType[ attributes]"
 *	i32 length, filter servers (JSON array)
 *	i32 count, then per mapping: i32 length, JSON	(since V5_0_0)
 * Nothing it declares is believed beyond the bytes that are there.
 */
#include <zlib.h>

#include "body.h"
#include "body_priv.h"

struct scanner {
	const char *p, *end;
	bool bad;
};

static size_t
take_count(struct scanner *s)
{
	const unsigned char *p = (const unsigned char *)s->p;
	uint32_t n;

	if (s->bad || s->end - s->p < 4) {
		s->bad = true;
		return 0;
	}
	n = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
	    p[3];
	s->p += 4;
	/* Every counted thing takes at least a byte. */
	if (n > (size_t)(s->end - s->p)) {
		s->bad = true;
		return 0;
	}
	return n;
}

static struct skua_str
take_block(struct scanner *s)
{
	size_t n = take_count(s);
	struct skua_str block = skua_str_n(s->p, n);

	s->p += n;
	return block;
}

static json_t *
take_json(struct scanner *s)
{
	struct skua_str block = take_block(s);
	json_t *json;

	if (s->bad || skua_json_parse(block, &json) != SKUA_OK)
		return NULL;
	return json;
}

/* The next word of a topic's line. */
static struct skua_str
take_word(struct skua_str *line)
{
	const char *blank = line->len == 0 ? NULL :
					     memchr(line->p, ' ', line->len);
	size_t n = blank == NULL ? line->len : (size_t)(blank - line->p);
	struct skua_str word = skua_str_n(line->p, n);

	if (blank != NULL)
		n++;
	line->p += n;
	line->len -= n;
	return word;
}

static bool
take_number(struct skua_str *line, int32_t *value_r)
{
	struct skua_str word = take_word(line);
	char text[16], *end;
	long value;

	if (word.len == 0 || word.len >= sizeof(text))
		return false;
	skua_str_copy(text, word);
	text[word.len] = '\0';
	value = strtol(text, &end, 10);
	if (*end != '\0' || value > INT32_MAX || value < INT32_MIN)
		return false;
	*value_r = (int32_t)value;
	return true;
}

static int
take_topic(struct body *body, struct skua_str line)
{
	struct skua_str name = take_word(&line);
	struct queue_conf conf = { 0, 0, 0, 0 };

	if (name.len > 0 && memchr(name.p, '\0', name.len) != NULL)
		return SKUA_EPROTO;
	if (!take_number(&line, &conf.read_queues) ||
	    !take_number(&line, &conf.write_queues) ||
	    !take_number(&line, &conf.perm) || take_word(&line).len == 0)
		return SKUA_EPROTO;
	return body_add_topic(body, name, &conf);
}

static int
take_topics(struct scanner *s, struct body *body, struct skua_error *e)
{
	size_t n = take_count(s);

	for (size_t i = 0; i < n; i++) {
		struct skua_str line = take_block(s);
		int rc = s->bad ? SKUA_EPROTO : take_topic(body, line);

		if (rc != SKUA_OK)
			return skua_fail(e, rc, "topic %zu of %zu: %s", i + 1,
			    n, skua_strerror(rc));
	}
	return s->bad ? skua_fail(e, SKUA_EPROTO, "the topics are cut off") :
			SKUA_OK;
}

static int
take_mappings(struct scanner *s, struct body *body, struct skua_error *e)
{
	size_t n = take_count(s);
	int rc = s->bad ? SKUA_EPROTO : SKUA_OK;

	for (size_t i = 0; i < n && rc == SKUA_OK; i++) {
		json_t *info = take_json(s);

		rc = info == NULL ? SKUA_EPROTO :
				    body_add_mapping(body, NULL, info);
		json_decref(info);
	}
	return rc == SKUA_OK ? rc :
			       skua_fail(e, rc, "the mappings: %s",
				   skua_strerror(rc));
}

static int
take_filters(struct scanner *s, struct body *body, struct skua_error *e)
{
	json_t *list = take_json(s);
	int rc = list == NULL ? SKUA_EPROTO : body_set_filters(body, list);

	json_decref(list);
	return rc == SKUA_OK ? rc :
			       skua_fail(e, rc, "the filter servers: %s",
				   skua_strerror(rc));
}

/* Runs the stream until its end, the end of input, or INFLATED_MAX. */
static int
run_inflate(z_stream *z, struct body *body, size_t size)
{
	for (;;) {
		int rc;

		if (z->avail_out == 0) {
			size_t grown = size * 2 < INFLATED_MAX ? size * 2 :
								 INFLATED_MAX;
			char *p;

			if (grown == size)
				return SKUA_ELIMIT;
			p = realloc(body->inflated, grown);
			if (p == NULL)
				return SKUA_ENOMEM;
			body->inflated = p;
			z->next_out = (unsigned char *)p + size;
			z->avail_out = (uInt)(grown - size);
			size = grown;
		}
		rc = inflate(z, Z_NO_FLUSH);
		if (rc == Z_STREAM_END)
			return SKUA_OK;
		if (rc != Z_OK || (z->avail_in == 0 && z->avail_out > 0))
			return rc == Z_MEM_ERROR ? SKUA_ENOMEM : SKUA_EPROTO;
	}
}

static int
inflate_body(struct skua_str bytes, struct body *body, size_t *len_r)
{
	size_t size = bytes.len < INFLATED_MAX / 4 ? bytes.len * 4 + 64 :
						     INFLATED_MAX;
	z_stream z;
	int rc;

	memset(&z, 0, sizeof(z));
	if (bytes.len > UINT32_MAX)
		return SKUA_ELIMIT;
	body->inflated = malloc(size);
	if (body->inflated == NULL || inflateInit(&z) != Z_OK)
		return SKUA_ENOMEM;
	z.next_in = (unsigned char *)(uintptr_t)bytes.p;
	z.avail_in = (uInt)bytes.len;
	z.next_out = (unsigned char *)body->inflated;
	z.avail_out = (uInt)size;
	rc = run_inflate(&z, body, size);
	*len_r = z.total_out;
	(void)inflateEnd(&z);
	return rc;
}

int
body_decode_compressed(struct skua_str bytes, int32_t version, int64_t now_ms,
    struct body *body, struct skua_error *e)
{
	struct scanner s;
	json_t *data_version;
	size_t len;
	int rc = inflate_body(bytes, body, &len);

	if (rc != SKUA_OK)
		return skua_fail(e, rc, "the body does not inflate to at most "
		    "%zu bytes: %s", INFLATED_MAX, skua_strerror(rc));
	s.p = body->inflated;
	s.end = s.p + len;
	s.bad = false;
	data_version = take_json(&s);
	if (!json_is_object(data_version)) {
		json_decref(data_version);
		return skua_fail(e, SKUA_EPROTO, "the data version is not valid JSON");
	}
	body->version = data_version_from(data_version, now_ms);
	json_decref(data_version);
	rc = take_topics(&s, body, e);
	if (rc == SKUA_OK)
		rc = take_filters(&s, body, e);
	if (rc == SKUA_OK && version >= VERSION_V5_0_0)
		rc = take_mappings(&s, body, e);
	return rc;
}
