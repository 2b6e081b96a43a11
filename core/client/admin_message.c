/* SPDX-License-Identifier: Apache-2.0 */
/* Finding messages. */
#include <stdio.h>
#include <stdlib.h>

#include <skua/pull.h>

#include "client/admin.h"
#include "client/flow.h"
#include "net/addr.h"

#define TOOLS_GROUP "TOOLS_CONSUMER"
#define PLAIN_MAX (64 * 1024 * 1024)
#define PULL_MAX 32

/* --- as a program sees them --- */

static void
unpack(struct skua_messages *m, struct skua_received *r)
{
	char *plain;
	size_t len;

	/* Small messages may be bombs: those beyond stay as they are. */
	if ((r->record.sys_flag & SKUA_SYS_COMPRESSED) == 0 ||
	    skua_result_fits(m, NULL) != SKUA_OK ||
	    skua_body_decompress(r->record.sys_flag, r->record.body, PLAIN_MAX,
		&plain, &len) != SKUA_OK)
		return;
	r->body = skua_str_n(
	    skua_result_text(m, skua_str_n(plain, len)), len);
	free(plain);
}

static void
add_record(struct skua_messages *m, const struct skua_record *record,
    const struct skua_queue *queue)
{
	struct skua_received *all = (void *)(uintptr_t)m->messages, *r;

	all = skua_result_grow(m, all, m->count, sizeof(*r));
	m->messages = all;
	r = &all[m->count++];
	skua_received_of(r, record, NULL, skua_result_arena(m));
	r->queue = queue;
	unpack(m, r);
}

static struct skua_queue *
queue_at(struct skua_messages *m, const char *broker, const char *address,
    int32_t queue_id)
{
	struct skua_queue *q = skua_result_alloc(m, sizeof(*q));

	q->broker = skua_result_text_z(m, broker);
	q->address = skua_result_text_z(m, address);
	q->queue_id = queue_id;
	return q;
}

typedef bool wants_fn(const void *arg, const struct skua_record *record);

/* SKUA_EPROTO: bytes are left that are no message. */
static int
add_records(struct skua_messages *m, struct skua_str bytes, const char *broker,
    const char *address, wants_fn *wants, const void *arg, size_t max)
{
	struct skua_record r;

	/* The result outlives the answer. */
	bytes.p = skua_result_text(m, bytes);
	while (m->count < max &&
	    skua_record_decode(bytes.p, bytes.len, &r) == SKUA_OK) {
		if (wants == NULL || wants(arg, &r))
			add_record(m, &r,
			    queue_at(m, broker, address, r.queue_id));
		bytes.p += r.size;
		bytes.len -= (size_t)r.size;
	}
	return m->count < max && bytes.len > 0 ? SKUA_EPROTO : SKUA_OK;
}

static int
no_message(const char *address, struct skua_error *e)
{
	return skua_fail(e, SKUA_EPROTO, "%s: the answer is not a message",
	    address);
}

/* --- by where it is stored --- */

int
skua_admin_message(struct skua_client *client, const char *offset_id,
    struct skua_messages **messages_r, struct skua_error *e)
{
	char address[ADDR_TEXT_SIZE], offset[32], *body;
	const char *const fields[] = { "offset", offset, NULL };
	struct skua_messages *m;
	struct skua_addr host;
	int64_t pos;
	int32_t code = 0;
	size_t len;
	int rc = skua_msg_id_parse(skua_str_z(offset_id), &host, &pos);

	if (rc != SKUA_OK)
		return skua_fail(e, rc, "\"%s\" is no offset id", offset_id);
	(void)skua_addr_format(&host, address);
	(void)snprintf(offset, sizeof(offset), "%lld", (long long)pos);
	rc = admin_ask_code(client, address, REQUEST_VIEW_MESSAGE, fields,
	    skua_str_n(NULL, 0), &body, &len, &code, e);
	if (rc != SKUA_OK)
		return code != 0 ? SKUA_ENOENT : rc;
	m = skua_result_new(sizeof(*m));
	rc = add_records(m, skua_str_n(body, len), "", address, NULL, NULL, 1);
	free(body);
	if (rc != SKUA_OK || m->count == 0) {
		skua_admin_free(m);
		return no_message(address, e);
	}
	*messages_r = m;
	return SKUA_OK;
}

/* --- by key --- */

struct key_query {
	const char *topic, *key;
	bool is_unique;
};

/* Brokers look for a hash of the key. */
static bool
has_key(const void *arg, const struct skua_record *r)
{
	const struct key_query *q = arg;
	struct skua_str keys, key = skua_str_z(q->key);

	if (!skua_str_eq_z(r->topic, q->topic))
		return false;
	if (q->is_unique)
		return skua_str_eq(key,
		    skua_property(r->properties, "UNIQ_KEY"));
	keys = skua_property(r->properties, "KEYS");
	while (keys.len > 0) {
		const char *blank = memchr(keys.p, ' ', keys.len);
		size_t n = blank == NULL ? keys.len : (size_t)(blank - keys.p);

		if (skua_str_eq(key, skua_str_n(keys.p, n)))
			return true;
		n += blank != NULL;
		keys = skua_str_n(keys.p + n, keys.len - n);
	}
	return false;
}

int
skua_admin_messages_by_key(struct skua_client *client, const char *topic,
    const char *key, bool is_unique_key, int64_t begin_ms, int64_t end_ms,
    int32_t max, struct skua_messages **messages_r, struct skua_error *e)
{
	char count[16], begin[32], end[32];
	const char *const fields[] = { "topic", topic, "key", key, "maxNum",
		count, "beginTimestamp", begin, "endTimestamp", end,
		"_UNIQUE_KEY_QUERY", is_unique_key ? "true" : "false", NULL };
	struct key_query query = { topic, key, is_unique_key };
	struct skua_route_info *route;
	struct skua_messages *m;
	int rc = skua_client_route(client, topic, &route, e);

	if (rc != SKUA_OK)
		return rc;
	(void)snprintf(count, sizeof(count), "%d", max);
	(void)snprintf(begin, sizeof(begin), "%lld", (long long)begin_ms);
	(void)snprintf(end, sizeof(end), "%lld", (long long)end_ms);
	m = skua_result_new(sizeof(*m));
	for (size_t i = 0; i < route->count && rc == SKUA_OK; i++) {
		const struct skua_queue *q = &route->queues[i];
		int32_t code = 0;
		char *body;
		size_t len;

		if (i > 0 && strcmp(q->broker, q[-1].broker) == 0)
			continue;
		rc = admin_ask_code(client, q->address,
		    REQUEST_QUERY_MESSAGE, fields, skua_str_n(NULL, 0), &body,
		    &len, &code, e);
		if (rc == SKUA_OK) {
			rc = add_records(m, skua_str_n(body, len), q->broker,
			    q->address, has_key, &query, (size_t)max);
			free(body);
			rc = rc != SKUA_OK ? no_message(q->address, e) :
					     skua_result_fits(m, e);
		} else if (code == CODE_NOT_FOUND) {
			rc = SKUA_OK;
		}
	}
	skua_route_free(&route);
	if (rc == SKUA_OK && m->count == 0)
		rc = skua_fail(e, SKUA_ENOENT, "%s has no message with the key "
					       "\"%s\"", topic, key);
	if (rc != SKUA_OK) {
		skua_admin_free(m);
		return rc;
	}
	*messages_r = m;
	return SKUA_OK;
}

/* --- by queue and offset --- */

int
skua_admin_messages_at(struct skua_client *client, const char *topic,
    const struct skua_queue *queue, int64_t offset, int32_t max,
    struct skua_messages **messages_r, struct skua_error *e)
{
	struct skua_pull pull = { .group = TOOLS_GROUP, .topic = topic,
		.queue = queue, .offset = offset };
	struct skua_messages *m = skua_result_new(sizeof(*m));
	struct skua_pulled pulled = { .outcome = SKUA_PULL_FOUND };
	bool goes_on = true, has_moved = false;
	int rc = SKUA_OK;

	/* Until an answer brings nothing; the first may say where the queue
	 * begins. */
	while (m->count < (size_t)max && rc == SKUA_OK && goes_on) {
		size_t before = m->count;
		int32_t left = max - (int32_t)before;

		pull.max_messages = left < PULL_MAX ? left : PULL_MAX;
		rc = skua_pull(client, &pull, &pulled, e);
		if (rc != SKUA_OK)
			break;
		if (pulled.outcome == SKUA_PULL_FOUND)
			/* A pull's records are whole. */
			(void)add_records(m, pulled.records, queue->broker,
			    queue->address, NULL, NULL, (size_t)max);
		goes_on = m->count > before ||
		    (pulled.outcome == SKUA_PULL_MOVED && !has_moved);
		has_moved |= pulled.outcome == SKUA_PULL_MOVED;
		pull.offset = pulled.next_offset;
		skua_pulled_free(&pulled);
		rc = skua_result_fits(m, e);
	}
	if (rc != SKUA_OK) {
		skua_admin_free(m);
		return rc;
	}
	*messages_r = m;
	return SKUA_OK;
}
