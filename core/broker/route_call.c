/* SPDX-License-Identifier: Apache-2.0 */
/* Routes: each may change, copy, drop or reject the message. */
#include <stdio.h>

#include <skua/route.h>

#include "broker/route_call.h"
#include "broker/selecting.h"

#define COPIES_MAX 16 /* of one message, by all of its routes */

/* One message of a producer, with what its routes make of it. */
struct passage {
	struct loop_state *s;
	struct put_request *r;
	struct skua_str tail;
	struct put_refusal *refusal;
	size_t copies_left;
};

/* One route's look at it. */
struct skua_route_call {
	struct passage *passage;
	size_t copy_count;
	struct skua_message copies[COPIES_MAX]; /* the first are filled */
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
	return skua_arena_alloc(&call->passage->s->loop->arena, size);
}

int
skua_route_set_property(struct skua_route_call *call, struct skua_message *m,
    const char *name, struct skua_str value)
{
	size_t name_len = strlen(name), len = 0;
	struct skua_str old_name, old_value, key = m->unique_key;
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
	/* One that the broker makes is not in the text. */
	if (m->unique_key.p == NULL && strcmp(name, "UNIQ_KEY") != 0)
		m->unique_key = key;
	return SKUA_OK;
}

int
skua_route_copy(struct skua_route_call *call, const struct skua_message *copy)
{
	if (call->passage->copies_left == 0)
		return SKUA_ELIMIT;
	call->passage->copies_left--;
	call->copies[call->copy_count++] = *copy;
	return SKUA_OK;
}

void
skua_route_reject(struct skua_route_call *call, int code, const char *remark)
{
	struct put_refusal *refusal = call->passage->refusal;

	refusal->code = code;
	(void)snprintf(refusal->remark, sizeof(refusal->remark), "%s",
	    remark == NULL ? "" : remark);
}

static int
refuse(struct passage *p, const struct provider *route, const char *why)
{
	p->refusal->code = SKUA_CODE_SYSTEM_ERROR;
	(void)snprintf(p->refusal->remark, sizeof(p->refusal->remark),
	    "the route %s %s", route->name, why);
	return SKUA_EINVAL;
}

/* Where a route has sent the message, checked as if its sender had named it; a
 * queue below 0 is any. */
static int
check_place(struct passage *p, const struct provider *route,
    struct topic *topic, struct skua_message *m)
{
	const struct topic_conf *conf = skua_topic_conf(topic);
	int32_t queues = conf->read_queues > conf->write_queues ?
	    conf->read_queues :
	    conf->write_queues;
	char why[256];

	if (m->queue_id < 0)
		m->queue_id = skua_select_queue(p->s, topic, conf, m);
	if (m->queue_id < queues)
		return SKUA_OK;
	(void)snprintf(why, sizeof(why),
	    "chose queue %d of topic %.127s, which has %d", m->queue_id,
	    topic->name, queues);
	return refuse(p, route, why);
}

static int
find_place(struct passage *p, const struct provider *route,
    struct topic **topic, struct skua_message *m)
{
	char why[256];

	if (!skua_str_eq(m->topic, (*topic)->entry.key)) {
		struct topic *other =
		    skua_topic_find(&p->s->broker->topics, m->topic);

		if (other == NULL) {
			(void)snprintf(why, sizeof(why),
			    "chose topic %.*s, which does not exist",
			    (int)(m->topic.len < 127 ? m->topic.len : 127),
			    m->topic.p == NULL ? "" : m->topic.p);
			return refuse(p, route, why);
		}
		*topic = other;
	}
	return check_place(p, route, *topic, m);
}

/* The topic's first route that was provided at or after a place in the order. */
static const struct provider *
next_route(const struct topic *topic, uint64_t from)
{
	for (size_t i = 0; i < topic->route_count; i++)
		if (topic->routes[i]->order >= from)
			return topic->routes[i];
	return NULL;
}

static int run(struct passage *p, struct topic *topic,
    const struct skua_message *message, bool is_copy, uint64_t from);

/* Copies pass the routes after the one that made them. */
static int
add_copies(struct passage *p, const struct provider *route,
    struct topic *topic, struct skua_route_call *call)
{
	int rc = SKUA_OK;

	for (size_t i = 0; i < call->copy_count && rc == SKUA_OK; i++) {
		struct topic *to = topic;

		rc = find_place(p, route, &to, &call->copies[i]);
		if (rc == SKUA_OK)
			rc = run(p, to, &call->copies[i], true,
			    route->order + 1);
	}
	return rc;
}

/* A rejection without words gets some. */
static int
reject(struct passage *p, const struct provider *route)
{
	if (p->refusal->code <= 0)
		p->refusal->code = SKUA_CODE_SYSTEM_ERROR;
	if (p->refusal->remark[0] == '\0')
		(void)snprintf(p->refusal->remark, sizeof(p->refusal->remark),
		    "refused by the route %s", route->name);
	return SKUA_EREFUSED;
}

/* What a verdict that stores nothing leads to. */
static int
end_with(struct passage *p, const struct provider *route,
    enum skua_route_verdict verdict, bool is_copy)
{
	char why[64];

	switch (verdict) {
	case SKUA_ROUTE_STORE:
		return SKUA_OK;
	case SKUA_ROUTE_DROP:
		p->r->dropped |= !is_copy;
		return SKUA_OK;
	case SKUA_ROUTE_REJECT:
		return reject(p, route);
	}
	(void)snprintf(why, sizeof(why),
	    "has the verdict %d, which this broker does not know",
	    (int)verdict);
	return refuse(p, route, why);
}

static int
run(struct passage *p, struct topic *topic, const struct skua_message *message,
    bool is_copy, uint64_t from)
{
	const struct provider *route;
	struct skua_message m = *message;

	for (; (route = next_route(topic, from)) != NULL;
	     from = route->order + 1) {
		const struct skua_route *ops = route->ops;
		enum skua_route_verdict verdict;
		struct skua_route_call call;
		int rc;

		call.passage = p;
		call.copy_count = 0;
		p->refusal->code = 0;
		p->refusal->remark[0] = '\0';
		verdict = ops->route(route->host, &call, &m);
		rc = end_with(p, route, verdict, is_copy);
		if (rc == SKUA_OK && call.copy_count > 0)
			rc = add_copies(p, route, topic, &call);
		if (rc == SKUA_OK && verdict == SKUA_ROUTE_STORE)
			rc = find_place(p, route, &topic, &m);
		if (rc != SKUA_OK || verdict != SKUA_ROUTE_STORE)
			return rc;
	}
	return skua_put_add_routed(p->s, p->r, topic, &m, p->tail, is_copy,
	    p->refusal);
}

int
skua_route_run(struct loop_state *s, struct put_request *r,
    struct topic *topic, const struct skua_message *message,
    struct skua_str tail, struct put_refusal *refusal)
{
	struct passage p = { s, r, tail, refusal, COPIES_MAX };

	return run(&p, topic, message, false, r->first_route);
}
