/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is sent, made of the caller's words in one piece of memory: topic, hash
 * key, properties, body.  Any thread.
 * Upstream: common.message.MessageDecoder (messageProperties2String,
 * encodeMessages).
 */
#include <stdlib.h>

#include <skua/host.h>

#include "base/bytes.h"
#include "base/text.h"
#include "client/producer.h"

#define BODY_MAX (FRAME_MAX - 128 * 1024)
#define ITEM_FIXED 22 /* of a message in a batch */
#define BATCH_MAX 4096
#define UNIQUE_PROPERTY (sizeof("UNIQ_KEY") + 1 + UNIQUE_LEN)

/* Text is counted and written by the same code. */
struct writer {
	char *p; /* NULL: only counts */
	size_t len;
};

static void
put(struct writer *w, const void *bytes, size_t n)
{
	if (w->p != NULL && n > 0)
		memcpy(w->p + w->len, bytes, n);
	w->len += n;
}

static void
put_property(struct writer *w, const char *name, const char *value, size_t n)
{
	if (n == 0)
		return;
	put(w, name, strlen(name));
	put(w, "\1", 1);
	put(w, value, n);
	put(w, "\2", 1);
}

static void
put_text(struct writer *w, const char *name, const char *value)
{
	if (value != NULL)
		put_property(w, name, value, strlen(value));
}

static void
put_properties(struct writer *w, const struct skua_outgoing *m,
    const char *unique)
{
	char level[TEXT_INT_MAX];

	put_text(w, "KEYS", m->keys);
	put_text(w, "TAGS", m->tag);
	put_text(w, "__SHARDINGKEY", m->hash_key);
	if (m->delay_level > 0)
		put_property(w, "DELAY", level,
		    skua_text_put_int(level, m->delay_level));
	for (const char *const *p = m->properties; p != NULL && *p != NULL;
	     p += 2)
		put_text(w, p[0], p[1]);
	put_property(w, "UNIQ_KEY", unique, UNIQUE_LEN);
}

/* --- what cannot be sent --- */

static bool
is_name(const char *text, size_t max)
{
	size_t n = 0;

	for (; text[n] != '\0' && n <= max; n++) {
		char c = text[n];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c >= '0' && c <= '9') || c == '_' || c == '-' ||
			c == '%' || c == '|'))
			return false;
	}
	return n > 0 && n <= max;
}

static bool
has_mark(const char *text)
{
	return text != NULL && strpbrk(text, "\1\2") != NULL;
}

static int
check_texts(const struct skua_outgoing *m, struct skua_error *e)
{
	bool marked = has_mark(m->tag) || has_mark(m->keys) ||
	    has_mark(m->hash_key);

	for (const char *const *p = m->properties; p != NULL && *p != NULL;
	     p++)
		marked |= has_mark(*p);
	if (marked)
		return skua_fail(e, SKUA_EINVAL,
		    "tags, keys and properties must not contain the "
		    "characters 1 and 2");
	return SKUA_OK;
}

static int
check(const struct skua_outgoing *m, bool in_batch, const char *topic,
    struct skua_error *e)
{
	if (m->topic == NULL || m->body.len == 0)
		return skua_fail(e, SKUA_EINVAL,
		    "a message needs a topic and a body");
	if (!is_name(m->topic, SKUA_TOPIC_MAX))
		return skua_fail(e, SKUA_EINVAL,
		    "\"%.200s\" is no topic: at most %d of a-z A-Z 0-9 _ - %% |",
		    m->topic, SKUA_TOPIC_MAX);
	if (in_batch && (strcmp(m->topic, topic) != 0 || m->delay_level > 0))
		return skua_fail(e, SKUA_EINVAL,
		    "a batch has one topic, and no delay");
	if (m->body.len > BODY_MAX)
		return skua_fail(e, SKUA_ELIMIT,
		    "the body has %zu bytes; %d is the most", m->body.len,
		    BODY_MAX);
	return check_texts(m, e);
}

static int
check_all(const struct skua_outgoing *m, size_t count, bool is_batch,
    struct skua_error *e)
{
	size_t total = 0;
	int rc = SKUA_OK;

	if (count == 0 || count > BATCH_MAX)
		return skua_fail(e, count == 0 ? SKUA_EINVAL : SKUA_ELIMIT,
		    "a batch has 1 to %d messages", BATCH_MAX);
	for (size_t i = 0; i < count && rc == SKUA_OK; i++) {
		struct writer w = { NULL, 0 };

		rc = check(&m[i], is_batch, m[0].topic, e);
		if (rc != SKUA_OK)
			break;
		put_properties(&w, &m[i], "");
		total += m[i].body.len + w.len;
		if (w.len > SKUA_PROPERTIES_MAX)
			rc = skua_fail(e, SKUA_ELIMIT,
			    "the properties have %zu bytes; %d is the most",
			    w.len, SKUA_PROPERTIES_MAX);
	}
	if (rc == SKUA_OK && total > BODY_MAX)
		rc = skua_fail(e, SKUA_ELIMIT,
		    "the batch has %zu bytes; %d is the most", total, BODY_MAX);
	return rc;
}

/* --- making it --- */

static size_t
size_of_item(const struct skua_outgoing *m)
{
	struct writer w = { NULL, 0 };

	put_properties(&w, m, "");
	return ITEM_FIXED + m->body.len + w.len;
}

/* size, magic 0, CRC 0, flag, body, properties */
static void
put_item(struct writer *w, const struct skua_outgoing *m, const char *unique)
{
	uint8_t *at = (uint8_t *)w->p + w->len;
	size_t before = w->len + ITEM_FIXED - 2 + m->body.len;
	size_t all = size_of_item(m);

	memset(at, 0, ITEM_FIXED);
	put_be32(at, (uint32_t)all);
	put_be32(at + 12, (uint32_t)m->flag);
	put_be32(at + 16, (uint32_t)m->body.len);
	w->len += 20;
	put(w, m->body.p, m->body.len);
	put_be16((uint8_t *)w->p + before,
	    (uint16_t)(all - ITEM_FIXED - m->body.len));
	w->len += 2;
	put_properties(w, m, unique);
}

static struct skua_str
put_z(struct writer *w, const char *text)
{
	struct skua_str s = skua_str_n(w->p + w->len, strlen(text));

	put(w, text, s.len + 1);
	return s;
}

static void
write_batch(struct skua_producer *p, struct sending *s, struct writer *w,
    const struct skua_outgoing *m, size_t count)
{
	size_t start;
	char unique[UNIQUE_LEN];

	s->properties.p = w->p + w->len;
	put_property(w, "UNIQ_KEY", s->sent.msg_id, UNIQUE_LEN);
	s->properties.len = (size_t)(w->p + w->len - s->properties.p);
	start = w->len;
	for (size_t i = 0; i < count; i++) {
		if (i == 0)
			memcpy(unique, s->sent.msg_id, UNIQUE_LEN);
		else
			skua_unique_make(&p->client->unique, s->born_ms,
			    unique);
		put_item(w, &m[i], unique);
	}
	s->body = skua_str_n(w->p + start, w->len - start);
}

static void
write_single(struct skua_producer *p, struct sending *s, struct writer *w,
    const struct skua_outgoing *m)
{
	size_t start = w->len, len;

	put_properties(w, m, s->sent.msg_id);
	s->properties = skua_str_n(w->p + start, w->len - start);
	if (m->body.len >= p->options.compress_from &&
	    skua_client_compress(p->options.compression,
		p->options.compression_level, m->body, &s->owned_body, &len,
		&s->sys_flag)) {
		s->body = skua_str_n(s->owned_body, len);
		return;
	}
	s->body = skua_str_n(w->p + w->len, m->body.len);
	put(w, m->body.p, m->body.len);
}

static size_t
size_of_texts(const struct skua_outgoing *m, size_t count, bool is_batch)
{
	size_t n = strlen(m->topic) + 1 + UNIQUE_PROPERTY;

	if (m->hash_key != NULL)
		n += strlen(m->hash_key) + 1;
	if (m->queue != NULL)
		n += strlen(m->queue->broker) + strlen(m->queue->address) + 2;
	if (!is_batch) /* an item has more than a message */
		return n + size_of_item(m);
	for (size_t i = 0; i < count; i++)
		n += size_of_item(&m[i]);
	return n;
}

/* Memory of common size comes back while we are on the client's thread. */
static struct sending *
allocate(struct skua_producer *p, size_t text_size)
{
	size_t size = sizeof(struct sending) + text_size;
	bool is_small = size <= SENDING_POOL_SIZE;
	struct sending *s;

	/* The pool is that thread's: others must not even look. */
	if (is_small && skua_client_is_here(p->client) && p->pool != NULL) {
		s = p->pool;
		p->pool = s->next;
		p->pool_count--;
	} else {
		s = malloc(is_small ? SENDING_POOL_SIZE : size);
		if (s == NULL)
			return NULL;
	}
	memset(s, 0, sizeof(*s));
	s->pooled = is_small;
	return s;
}

int
skua_sending_new(struct skua_producer *p, const struct skua_outgoing *m,
    size_t count, enum sending_kind kind, struct sending **s_r,
    struct skua_error *e)
{
	bool is_batch = kind == SENDING_BATCH;
	int rc = check_all(m, count, is_batch, e);
	struct writer w = { NULL, 0 };
	struct sending *s;

	if (rc != SKUA_OK)
		return rc;
	s = allocate(p, size_of_texts(m, count, is_batch));
	if (s == NULL)
		return skua_fail(e, SKUA_ENOMEM, "out of memory");
	w.p = s->text;
	s->producer = p;
	s->kind = kind;
	s->count = s->sent.count = count;
	s->flag = m->flag;
	s->born_ms = skua_now_ms();
	skua_unique_make(&p->client->unique, s->born_ms, s->sent.msg_id);
	s->topic_name = put_z(&w, m->topic);
	if (m->hash_key != NULL)
		s->hash_key = put_z(&w, m->hash_key);
	if (m->queue != NULL) {
		s->fixed_broker = put_z(&w, m->queue->broker).p;
		s->fixed_address = put_z(&w, m->queue->address).p;
		s->fixed_queue = m->queue->queue_id;
	}
	if (is_batch)
		write_batch(p, s, &w, m, count);
	else
		write_single(p, s, &w, m);
	s->weight = s->body.len;
	*s_r = s;
	return SKUA_OK;
}

/* On the client's thread, or one that was never handed over. */
void
skua_sending_free(struct sending *s)
{
	struct skua_producer *p = s->producer;

	free(s->owned_body);
	if (p != NULL && s->pooled && skua_client_is_here(p->client) &&
	    p->pool_count < SENDING_POOL_MAX) {
		s->next = p->pool;
		p->pool = s;
		p->pool_count++;
		return;
	}
	free(s);
}
