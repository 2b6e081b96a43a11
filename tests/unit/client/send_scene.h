/* SPDX-License-Identifier: Apache-2.0 */
/* A producer and two scripted brokers. */
#ifndef TESTS_SEND_SCENE_H
#define TESTS_SEND_SCENE_H

#include <skua/producer.h>

#include "fake.h"

struct scene {
	struct fake *a, *b;
	struct skua_client *client;
	struct skua_producer *producer;
	struct skua_error e;
	struct skua_sent sent;
};

static inline void
connect_to(struct scene *s, const char *namesrvs,
    const struct skua_producer_options *options)
{
	assert_ok(skua_client_new(namesrvs, &s->client, &s->e));
	assert_ok(skua_producer_new(s->client, options, &s->producer, &s->e));
}

/* Two brokers of two queues each; a is the nameserver. */
static inline void
begin(struct scene *s, const struct skua_producer_options *options)
{
	struct fake *others[] = { NULL, NULL };

	memset(s, 0, sizeof(*s));
	s->a = fake_new("a", 2);
	others[0] = s->b = fake_new("b", 2);
	fake_route(s->a, others);
	connect_to(s, fake_address(s->a), options);
}

static inline void
end(struct scene *s)
{
	skua_producer_free(&s->producer);
	skua_client_free(&s->client);
	fake_free(s->a);
	if (s->b != NULL)
		fake_free(s->b);
}

static inline int
send_body(struct scene *s, const char *body)
{
	struct skua_outgoing m = { .topic = "T", .body = skua_str_z(body) };

	return skua_producer_send(s->producer, &m, &s->sent, &s->e);
}

#endif
