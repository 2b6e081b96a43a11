/* SPDX-License-Identifier: Apache-2.0 */
/* Routes: each may change, copy, drop or reject the message. */
#include <stdio.h>

#include <skua/route.h>

#include "broker/route_call.h"

#define COPIES_MAX 16

struct skua_route_call {
	struct loop_state *s;
	struct put_refusal *refusal;
	struct skua_message copies[COPIES_MAX];
	size_t copy_count;
};

void
skua_message_set_properties(struct skua_message *m, struct skua_str properties)
{
	struct skua_str name, value;

	m->properties = properties;
	m->tags = m->keys = m->unique_key = skua_str_n(NULL, 0);
	for (size_t at = 0; skua_property_next(properties, &at, &name, &value);) {
		if (skua_str_eq_z(name, "TAGS"))
			m->tags = value;
		else if (skua_str_eq_z(name, "KEYS"))
			m->keys = value;
		else if (skua_str_eq_z(name, "UNIQ_KEY"))
			m->unique_key = value;
	}
}

void *
skua_route_alloc(struct skua_route_call *call, size_t size)
{
	return skua_arena_alloc(&call->s->loop->arena, size);
}

int
skua_route_set_property(struct skua_route_call *call, struct skua_message *m,
    const char *name, struct skua_str value)
{
	size_t name_len = strlen(name), len = 0;
	struct skua_str old_name, old_value;
	char *to = skua_route_alloc(call,
	    m->properties.len + name_len + value.len + 4);

	if (to == NULL)
		return SKUA_ENOMEM;
	for (size_t at = 0; skua_property_next(m->properties, &at, &old_name,
		 &old_value);) {
		if (skua_str_eq_z(old_name, name))
			continue;
		skua_str_copy(to + len, old_name);
		len += old_name.len;
		to[len++] = '\1';
		skua_str_copy(to + len, old_value);
		len += old_value.len;
		to[len++] = '\2';
	}
	if (value.p != NULL) {
		memcpy(to + len, name, name_len);
		len += name_len;
		to[len++] = '\1';
		skua_str_copy(to + len, value);
		len += value.len;
		to[len++] = '\2';
	}
	skua_message_set_properties(m, skua_str_n(to, len));
	return SKUA_OK;
}

int
skua_route_copy(struct skua_route_call *call, const struct skua_message *copy)
{
	if (call->copy_count == COPIES_MAX)
		return SKUA_ELIMIT;
	call->copies[call->copy_count++] = *copy;
	return SKUA_OK;
}

void
skua_route_reject(struct skua_route_call *call, int code, const char *remark)
{
	call->refusal->code = code;
	(void)snprintf(call->refusal->remark, sizeof(call->refusal->remark),
	    "%s", remark);
}

/* The topic of a routed message, which may be another one now. */
static int
add_to_its_topic(struct loop_state *s, struct put_request *r,
    const struct skua_message *m, struct skua_str tail,
    struct put_refusal *refusal)
{
	struct topic *topic = skua_topic_find(&s->broker->topics, m->topic);

	if (topic == NULL || m->queue_id < 0 ||
	    m->queue_id >= TOPIC_QUEUES_MAX) {
		refusal->code = SKUA_CODE_SYSTEM_ERROR;
		(void)snprintf(refusal->remark, sizeof(refusal->remark),
		    "a route chose topic %.*s, queue %d, which does not exist",
		    SKUA_STR_ARG(m->topic), m->queue_id);
		return SKUA_ENOENT;
	}
	return skua_put_add_routed(s, r, topic, m, tail, refusal);
}

int
skua_route_run(struct loop_state *s, struct put_request *r,
    struct topic *topic, const struct skua_message *message,
    struct skua_str tail, struct put_refusal *refusal, size_t from)
{
	struct skua_route_call call = { .s = s, .refusal = refusal };
	enum skua_route_verdict verdict = SKUA_ROUTE_STORE;
	struct skua_message m = *message;
	int rc = SKUA_OK;

	for (size_t i = from; i < topic->route_count && rc == SKUA_OK; i++) {
		const struct skua_route *route = topic->routes[i]->ops;

		call.copy_count = 0;
		refusal->code = SKUA_CODE_SYSTEM_ERROR;
		(void)snprintf(refusal->remark, sizeof(refusal->remark),
		    "refused by the route %s", topic->routes[i]->name);
		verdict = route->route(topic->routes[i]->host, &call, &m);
		/* Copies pass the routes behind this one. */
		for (size_t c = 0; c < call.copy_count && rc == SKUA_OK; c++)
			rc = skua_route_run(s, r, topic, &call.copies[c], tail,
			    refusal, i + 1);
		if (verdict != SKUA_ROUTE_STORE)
			break;
	}
	if (rc != SKUA_OK || verdict == SKUA_ROUTE_DROP)
		return rc;
	return verdict == SKUA_ROUTE_REJECT ?
	    SKUA_EREFUSED :
	    add_to_its_topic(s, r, &m, tail, refusal);
}
