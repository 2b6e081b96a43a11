/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Committing: to the broker of the queue, or to a broadcasting member's file.
 * Upstream: client.consumer.store.RemoteBrokerOffsetStore.
 */
#include <skua/host.h>

#include "base/text.h"
#include "client/flow.h"

#define VIEW(text, value) skua_str_n(text, skua_text_put_int(text, value))
#define FIELDS 4

struct commit_texts {
	char queue[TEXT_INT_MAX], offset[TEXT_INT_MAX];
};

static void
fill(struct field fields[FIELDS], struct commit_texts *texts,
    const struct flow *flow, int64_t offset)
{
	const struct field made[FIELDS] = {
		{ SKUA_STR("consumerGroup"), skua_str_z(flow->member->group) },
		{ SKUA_STR("topic"), skua_str_z(flow->topic) },
		{ SKUA_STR("queueId"),
		    VIEW(texts->queue, flow->queue.queue_id) },
		{ SKUA_STR("commitOffset"), VIEW(texts->offset, offset) },
	};

	memcpy(fields, made, sizeof(made));
}

void
skua_flow_commit(struct flow *flow)
{
	struct group_member *m = flow->member;
	int64_t offset = skua_flow_offset(flow);
	const char *address = skua_flow_address(flow, 0);
	struct command_out out = { .code = REQUEST_UPDATE_OFFSET,
		.field_count = FIELDS };
	struct field fields[FIELDS];
	struct commit_texts texts;

	if (offset < 0 || m->left || m->manual_commit)
		return;
	if (m->local != NULL) {
		skua_local_set(m->local, flow, offset);
		return;
	}
	fill(fields, &texts, flow, offset);
	out.fields = fields;
	if (address != NULL)
		(void)skua_client_oneway(m->client, address, &out,
		    skua_str_n(NULL, 0));
}

void
skua_member_commit(struct group_member *m)
{
	struct flow *flow, *next;

	HASH_ITER(hh, m->flows, flow, next)
		skua_flow_commit(flow);
	if (m->local != NULL)
		(void)skua_local_save(m->local);
}

/* --- with answers --- */

struct committing {
	size_t under_way;
	struct skua_error error;
	commit_fn *fn;
	void *arg;
};

static void
finish_one(struct committing *c)
{
	if (--c->under_way > 0)
		return;
	c->fn(c->arg, c->error.code, &c->error);
	free(c);
}

static void
on_committed(void *arg, int status, const struct skua_reply *reply)
{
	struct committing *c = arg;

	if (status != SKUA_OK && c->error.code == 0)
		(void)skua_fail(&c->error, status, "%s", skua_strerror(status));
	else if (status == SKUA_OK && reply->code != CODE_OK &&
	    c->error.code == 0)
		(void)skua_client_refusal(reply, &c->error);
	finish_one(c);
}

static void
commit_one(struct flow *flow, struct committing *c)
{
	int64_t offset = skua_flow_offset(flow);
	const char *address = skua_flow_address(flow, 0);
	struct field fields[FIELDS];
	struct commit_texts texts;

	if (offset < 0 || address == NULL)
		return;
	fill(fields, &texts, flow, offset);
	c->under_way++;
	skua_client_start_call(flow->member->client, address,
	    REQUEST_UPDATE_OFFSET, fields, FIELDS, skua_str_n(NULL, 0), 0,
	    on_committed, c);
}

void
skua_member_commit_all(struct group_member *m, commit_fn *fn, void *arg)
{
	struct committing *c = sk_new(struct committing);
	struct flow *flow, *next;

	c->fn = fn;
	c->arg = arg;
	c->under_way = 1;
	HASH_ITER(hh, m->flows, flow, next) {
		if (m->local == NULL)
			commit_one(flow, c);
		else if (skua_flow_offset(flow) >= 0)
			skua_local_set(m->local, flow,
			    skua_flow_offset(flow));
	}
	if (m->local != NULL) {
		int rc = skua_local_save(m->local);

		if (rc != SKUA_OK)
			(void)skua_fail(&c->error, rc,
			    "the offsets' file: %s", skua_strerror(rc));
	}
	finish_one(c);
}
