/* SPDX-License-Identifier: Apache-2.0 */
/* What one pull brought, as a program sees it. */
#include <stdlib.h>

#include "client/flow.h"

#define ARENA_MAX (1024 * 1024)
#define PLAIN_MAX (64 * 1024 * 1024)      /* of a message */
#define PLAIN_ALL_MAX (256 * 1024 * 1024) /* of those delivered together */

static void
take_property(struct skua_received *r, struct skua_str name,
    struct skua_str value, const char *retry_topic)
{
	if (skua_str_eq_z(name, "TAGS"))
		r->tag = value;
	else if (skua_str_eq_z(name, "KEYS"))
		r->keys = value;
	else if (skua_str_eq_z(name, "UNIQ_KEY"))
		r->msg_id = value;
	else if (retry_topic != NULL && skua_str_eq_z(name, "RETRY_TOPIC") &&
	    skua_str_eq_z(r->record.topic, retry_topic))
		r->topic = value;
}

static struct skua_str
offset_id(const struct skua_record *record, struct arena *arena)
{
	char *id = skua_arena_alloc(arena, SKUA_MSG_ID_SIZE);

	if (id == NULL)
		return skua_str_n(NULL, 0);
	return skua_str_n(id,
	    skua_msg_id_format(id, &record->store_host, record->pos));
}

void
skua_received_of(struct skua_received *r, const struct skua_record *record,
    const char *retry_topic, struct arena *arena)
{
	struct skua_str name, value;

	memset(r, 0, sizeof(*r));
	r->record = *record;
	r->topic = record->topic;
	r->body = record->body;
	for (size_t at = 0;
	     skua_property_next(record->properties, &at, &name, &value);)
		take_property(r, name, value, retry_topic);
	if (r->msg_id.len == 0)
		r->msg_id = offset_id(record, arena);
}

size_t
skua_records_count(struct skua_str records, size_t *left_r)
{
	struct skua_record r;
	size_t n = 0;

	while (skua_record_decode(records.p, records.len, &r) == SKUA_OK) {
		records.p += r.size;
		records.len -= (size_t)r.size;
		n++;
	}
	*left_r = records.len;
	return n;
}

static void
take_records(struct parcel *p, struct skua_str records,
    const struct subscription *s, const char *retry_topic)
{
	struct skua_record record;

	while (skua_record_decode(records.p, records.len, &record) ==
	    SKUA_OK) {
		struct skua_received *r = &p->messages[p->count];

		skua_received_of(r, &record, retry_topic, &p->arena);
		r->queue = &p->flow->queue;
		if (s == NULL || skua_subscription_takes(s, r->tag))
			p->count++;
		records.p += record.size;
		records.len -= (size_t)record.size;
	}
}

struct parcel *
skua_parcel_new(struct flow *flow, struct skua_str records)
{
	size_t left, n = skua_records_count(records, &left);
	size_t room = records.len +
	    n * (sizeof(struct skua_received) + sizeof(char *) + 1) + 256;
	struct parcel *p = sk_new(struct parcel);
	struct subscription *s;
	char retry[SKUA_GROUP_MAX + 16], *copy;

	(void)snprintf(retry, sizeof(retry), "%%RETRY%%%s",
	    flow->member->group);
	/* What is large may fail without taking the program along. */
	skua_arena_init(&p->arena, room < ARENA_MAX ? room : ARENA_MAX);
	p->client = flow->member->client;
	atomic_init(&p->refs, 1);
	p->flow = skua_flow_ref(flow);
	copy = skua_arena_alloc(&p->arena, records.len + 1);
	p->messages = skua_arena_alloc(&p->arena, n * sizeof(p->messages[0]));
	p->plain = skua_arena_alloc(&p->arena, n * sizeof(p->plain[0]));
	p->done = skua_arena_alloc(&p->arena, n * sizeof(p->done[0]));
	if (copy == NULL || p->messages == NULL || p->plain == NULL ||
	    p->done == NULL) {
		skua_parcel_unref(p);
		return NULL;
	}
	memset(p->plain, 0, n * sizeof(p->plain[0]));
	memset(p->done, 0, n * sizeof(p->done[0]));
	skua_str_copy(copy, records);
	HASH_FIND_STR(flow->member->subscriptions, flow->topic, s);
	take_records(p, skua_str_n(copy, records.len), s, retry);
	return p;
}

struct parcel *
skua_parcel_ref(struct parcel *parcel)
{
	atomic_fetch_add(&parcel->refs, 1);
	return parcel;
}

static void
parcel_free(struct parcel *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->plain[i]);
	for (size_t i = 0; i < p->owned_count; i++)
		free(p->owned[i]);
	free(p->owned);
	skua_flow_unref(p->flow);
	skua_arena_fini(&p->arena);
	free(p);
}

static void
free_here(struct loop *loop, struct loop_msg *msg)
{
	(void)loop;
	parcel_free(sk_container(msg, struct parcel, msg));
}

void
skua_parcel_unref(struct parcel *p)
{
	struct skua_client *client = p->client;

	if (atomic_fetch_sub(&p->refs, 1) > 1)
		return;
	if (skua_client_is_here(client)) {
		parcel_free(p);
		return;
	}
	p->msg.fn = free_here;
	skua_loop_post(&client->loop, &p->msg);
}

void
skua_parcel_own(struct parcel *p, void *owned)
{
	p->owned = skua_mem_grow(p->owned, p->owned_count + 1,
	    sizeof(p->owned[0]));
	p->owned[p->owned_count++] = owned;
}

void
skua_parcel_unpack(struct parcel *p, size_t first, size_t n)
{
	/* Small messages may be bombs. */
	size_t all = 0;

	for (size_t i = first; i < first + n && all < PLAIN_ALL_MAX; i++) {
		struct skua_received *r = &p->messages[i];
		size_t len;

		/* What cannot be uncompressed is delivered as it is. */
		if ((r->record.sys_flag & SKUA_SYS_COMPRESSED) == 0 ||
		    p->plain[i] != NULL ||
		    skua_body_decompress(r->record.sys_flag, r->record.body,
			PLAIN_MAX, &p->plain[i], &len) != SKUA_OK)
			continue;
		r->body = skua_str_n(p->plain[i], len);
		all += len;
	}
}
