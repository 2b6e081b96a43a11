/* SPDX-License-Identifier: Apache-2.0 */
/* See workload.h. */
#include <stdlib.h>

#include "base/bytes.h"
#include "random.h"
#include "sim.h"
#include "workload.h"

#define IN_FLIGHT_MAX 64
#define OFFSETS_SAFE_MS 12000

/* Requests of one go: each with the entries it carries. */
struct in_flight {
	int32_t opaque;
	size_t first, count; /* entries of the ledger */
};

static size_t
put_item(const struct ledger *l, uint8_t *to, uint64_t number)
{
	char body[LEDGER_BODY_MAX], properties[LEDGER_PROPERTIES_MAX];
	size_t n = ledger_body(number, LEDGER_BODY_MAX, body);
	size_t properties_len, size;

	ledger_properties(l, number, properties);
	properties_len = strlen(properties);
	size = 4 * 5 + n + 2 + properties_len;

	put_be32(to, (uint32_t)size);
	put_be32(to + 4, 0);
	put_be32(to + 8, skua_body_crc(body, n));
	put_be32(to + 12, 0);
	put_be32(to + 16, (uint32_t)n);
	memcpy(to + 20, body, n);
	put_be16(to + 20 + n, (uint16_t)properties_len);
	memcpy(to + 22 + n, properties, properties_len);
	return size;
}

static void
post(struct workload *w, struct in_flight *f, const char *topic,
    int32_t queue, bool batch)
{
	static uint8_t bytes[IN_FLIGHT_MAX * (LEDGER_BODY_MAX + 128)];
	char properties[LEDGER_PROPERTIES_MAX];
	struct wire_ask ask;
	size_t n = 0;

	ledger_properties(w->ledger, w->ledger->entries[f->first].number,
	    properties);
	wire_ask_send(&ask, topic, queue, properties, batch);

	for (size_t i = 0; i < f->count; i++) {
		uint64_t number = w->ledger->entries[f->first + i].number;

		n += batch ? put_item(w->ledger, bytes + n, number) :
			     ledger_body(number, LEDGER_BODY_MAX,
				 (char *)bytes);
	}
	f->opaque = wire_post(w->wire, batch ? WIRE_SEND_BATCH : WIRE_SEND_V2,
	    &ask, skua_str_n((char *)bytes, n));
}

static void
take_answer(struct workload *w, const struct in_flight *f,
    const struct command *c)
{
	int64_t offset = wire_int_of(c, "queueOffset");

	for (size_t i = 0; i < f->count; i++) {
		struct ledger_entry *e = &w->ledger->entries[f->first + i];

		if (!w->counts(w->arg))
			return;
		if (c->code != 0) {
			e->state = ENTRY_REFUSED;
			w->refused++;
			continue;
		}
		e->state = ENTRY_ACKED;
		e->offset = offset + (int64_t)i;
		w->ledger->verdict.acknowledged++;
	}
}

static bool
collect(struct workload *w, struct in_flight *list, size_t n)
{
	size_t left = n;

	while (left > 0) {
		const struct command *c = wire_take(w->wire, w->answer_ms);

		if (c == NULL) {
			w->unanswered += left;
			return false;
		}
		for (size_t i = 0; i < n; i++)
			if (list[i].opaque == c->opaque) {
				take_answer(w, &list[i], c);
				list[i].opaque = -1;
				left--;
			}
	}
	return true;
}

bool
workload_send(struct workload *w, int32_t topic, int32_t queue,
    unsigned count, bool batch)
{
	struct in_flight list[IN_FLIGHT_MAX];
	const char *name = w->ledger->topics[topic].name;
	size_t n = 0;

	for (unsigned i = 0; i < count; i++) {
		(void)ledger_send(w->ledger, topic, queue);
		if (batch && n > 0) {
			list[0].count++;
			continue;
		}
		list[n].first = w->ledger->count - 1;
		list[n++].count = 1;
	}
	for (size_t i = 0; i < n; i++)
		post(w, &list[i], name, queue, batch);
	return collect(w, list, n) && !wire_is_gone(w->wire);
}

bool
workload_add_topic(struct workload *w)
{
	int32_t queues = 1 + (int32_t)random_below(w->random, 3), code;
	struct ledger_topic *t = w->removal && random_one_in(w->random, 2) ?
	    ledger_add_life(w->ledger, queues) :
	    NULL;

	if (t == NULL)
		t = ledger_add_topic(w->ledger, queues);
	if (t == NULL)
		return true;
	code = wire_create_topic(w->wire, t->name, queues, w->answer_ms);
	if (code == 0 && w->counts(w->arg))
		t->acked = true;
	return code >= 0;
}

static int32_t
some_topic(struct workload *w)
{
	for (int tries = 0; tries < 32; tries++) {
		size_t i = random_below(w->random, w->ledger->topic_count);

		if (w->ledger->topic_count > 0 &&
		    w->ledger->topics[i].acked &&
		    !w->ledger->topics[i].doubtful)
			return (int32_t)i;
	}
	return -1;
}

static bool
send_some(struct workload *w)
{
	int32_t topic = some_topic(w);
	uint64_t kind = random_below(w->random, 8);
	int32_t queue;

	if (topic < 0)
		return workload_add_topic(w);
	queue = (int32_t)random_below(w->random,
	    (uint64_t)w->ledger->topics[topic].queues);
	if (kind == 0) /* of small ones: a batch must fit into a file */
		return workload_send(w, topic, queue,
		    2 + (unsigned)random_below(w->random, 2), true);
	if (kind < 4)
		return workload_send(w, topic, queue,
		    2 + (unsigned)random_below(w->random, 20), false);
	return workload_send(w, topic, queue, 1, false);
}

static bool
commit_some(struct workload *w)
{
	int32_t i = some_topic(w), queue;
	struct ledger_topic *t;
	int64_t max;

	if (i < 0)
		return true;
	t = &w->ledger->topics[i];
	queue = (int32_t)random_below(w->random, (uint64_t)t->queues);
	max = wire_offset(w->wire, WIRE_MAX_OFFSET, t->name, queue,
	    w->answer_ms);
	if (max <= t->committed[queue])
		return max >= 0;
	/* The group is made by its first pull. */
	if (wire_pull(w->wire, t->name, queue, 0, 1, w->answer_ms) == NULL)
		return false;
	t->committed[queue] = max;
	return wire_commit(w->wire, WIRE_GROUP, t->name, queue, max,
	    w->answer_ms) == 0;
}

static bool
wait_some(struct workload *w)
{
	static const int64_t times_ms[] = { 1, 20, 600, 1100, 6000,
		OFFSETS_SAFE_MS, 61000 };
	struct ledger *l = w->ledger;
	int64_t ms = times_ms[random_below(w->random,
	    sizeof(times_ms) / sizeof(times_ms[0]))];

	if (!sim_is_on()) /* real time is dear */
		return true;
	sim_sleep_ms(ms);
	if (ms < OFFSETS_SAFE_MS || !w->counts(w->arg))
		return true;
	for (size_t i = 0; i < l->topic_count; i++)
		memcpy(l->topics[i].committed_safe, l->topics[i].committed,
		    sizeof(l->topics[i].committed));
	return true;
}

static bool
expire_some(struct workload *w)
{
	struct wire_ask ask = { .count = 0 };

	if (!w->retention)
		return wait_some(w);
	w->ledger->expired = true;
	sim_jump_ms((int64_t)1800000 * (int64_t)random_below(w->random, 4));
	(void)wire_call(w->wire, WIRE_DELETE_EXPIRED, &ask,
	    skua_str_n(NULL, 0), w->answer_ms);
	sim_sleep_ms(1100);
	return !wire_is_gone(w->wire);
}

static bool
remove_topic(struct workload *w)
{
	int32_t i = some_topic(w), code;

	if (i < 0)
		return true;
	ledger_doubt_topic(w->ledger, i);
	code = wire_delete_topic(w->wire, w->ledger->topics[i].name,
	    w->answer_ms);
	if (code == 0 && w->counts(w->arg))
		ledger_remove_topic(w->ledger, i);
	return code >= 0;
}

static bool
remove_group(struct workload *w)
{
	int32_t code;

	ledger_doubt_offsets(w->ledger);
	code = wire_delete_group(w->wire, WIRE_GROUP, w->answer_ms);
	if (code == 0 && w->counts(w->arg))
		ledger_remove_offsets(w->ledger);
	return code >= 0;
}

/* It is right again before anything is believed to be old. */
static bool
work_on_a_wrong_clock(struct workload *w)
{
	static const int64_t jumps_ms[] = { 86400000, 3000, -3000, -600000,
		-86400000 };
	int64_t ms = jumps_ms[random_below(w->random,
	    sizeof(jumps_ms) / sizeof(jumps_ms[0]))];
	bool go_on;

	if (!sim_is_on())
		return true;
	sim_jump_ms(ms);
	go_on = send_some(w) && send_some(w);
	sim_jump_ms(-ms);
	return go_on;
}

static bool
remove_some(struct workload *w)
{
	switch (random_below(w->random, 4)) {
	case 0:
		return remove_group(w);
	case 1:
		return work_on_a_wrong_clock(w);
	default:
		return remove_topic(w);
	}
}

bool
workload_step(struct workload *w)
{
	uint64_t what = random_below(w->random, 32);

	if (w->ledger->topic_count == 0 || what == 0)
		return workload_add_topic(w);
	if (what < 3)
		return commit_some(w);
	if (what < 7)
		return wait_some(w);
	if (what == 7)
		return expire_some(w);
	if (what == 8 && w->removal)
		return remove_some(w);
	return send_some(w);
}
