/* SPDX-License-Identifier: Apache-2.0 */
/* Cases: groups and queues are consumed. */
#include <string.h>

#include "cases.h"

void
push_one(struct scene *s)
{
	struct skua_push *push;

	make_topic(s, 4);
	push = push_as(s, s->client, NULL, NULL);
	send_numbers(s, 0, 200);
	wait_count(s, &s->distinct, 200);
	skua_push_free(&push);
	CHECK(s->all == 200);
}

void
push_tags(struct scene *s)
{
	struct skua_push *push;

	make_topic(s, 2);
	push = push_as(s, s->client, "odd || none", "TAG");
	send_numbers(s, 0, 50);
	wait_count(s, &s->distinct, 25);
	skua_push_free(&push);
	for (int i = 0; i < 50; i++)
		CHECK(s->times[i] == i % 2);
}

void
push_resumes(struct scene *s)
{
	make_topic(s, 4);
	send_numbers(s, 0, 300);
	for (int round = 1; round <= 3; round++) {
		struct skua_client *client = new_client(s, false);
		struct skua_push *push = push_as(s, client, NULL, NULL);

		wait_count(s, &s->distinct, 100 * round);
		skua_push_free(&push);
		skua_client_free(&client);
	}
	CHECK(s->all == 300);
}

void
push_later(struct scene *s)
{
	struct skua_push *push;

	make_topic(s, 1);
	s->later_once = true;
	push = push_as(s, s->client, NULL, NULL);
	send_numbers(s, 0, 3);
	wait_count(s, &s->all, 6);
	skua_push_free(&push);
	for (int i = 0; i < 3; i++)
		CHECK(s->times[i] == 2);
}

void
push_two(struct scene *s)
{
	struct skua_client *other = new_client(s, false);
	struct skua_push *a, *b;

	make_topic(s, 6);
	a = push_as(s, s->client, NULL, NULL);
	b = push_as(s, other, NULL, NULL);
	send_numbers(s, 0, 200);
	wait_count(s, &s->distinct, 200);
	skua_push_free(&b);
	send_numbers(s, 200, 100);
	wait_count(s, &s->distinct, 300);
	skua_push_free(&a);
	skua_client_free(&other);
}

void
push_reset(struct scene *s)
{
	struct skua_push *push;

	make_topic(s, 2);
	send_numbers(s, 0, 20);
	push = push_as(s, s->client, NULL, NULL);
	wait_count(s, &s->distinct, 20);
	OK(skua_admin_reset(s->client, s->group, s->topic, 0, true, NULL,
	    &s->e));
	wait_count(s, &s->all, 40);
	skua_push_free(&push);
}

void
lite_seek(struct scene *s)
{
	struct skua_lite_options o = { .size = sizeof(o),
		.group = { .group = s->group, .from = SKUA_FROM_FIRST },
		.no_auto_commit = true };
	struct skua_route_info *route;
	struct skua_polled p;
	struct skua_lite *lite;
	int64_t offset;

	make_topic(s, 1);
	send_numbers(s, 0, 10);
	OK(skua_client_route(s->client, s->topic, &route, &s->e));
	OK(skua_lite_new(s->client, &o, &lite, &s->e));
	OK(skua_lite_assign(lite, s->topic, route->queues, 1, &s->e));
	OK(skua_lite_start(lite, &s->e));
	CHECK(skua_lite_poll(lite, 3, PATIENCE_S * 1000, &p) == SKUA_OK);
	CHECK(p.messages[0].record.queue_offset == 0);
	skua_polled_free(&p);
	OK(skua_lite_seek(lite, s->topic, route->queues, 7, &s->e));
	CHECK(skua_lite_poll(lite, 1, PATIENCE_S * 1000, &p) == SKUA_OK);
	CHECK(p.messages[0].record.queue_offset == 7);
	skua_polled_free(&p);
	OK(skua_lite_commit(lite, &s->e));
	OK(skua_offset_query(s->client, s->group, s->topic, route->queues,
	    &offset, &s->e));
	CHECK(offset == 8);
	skua_lite_free(&lite);
	skua_route_free(&route);
}

/* Whether the broker takes SQL92: Apache RocketMQ, once it was told to; Skua,
 * once a module provides it, and else it says which kinds there are. */
static bool
subscribe_sql(struct scene *s, struct skua_lite *lite, const char *expression)
{
	static const char *const on[] = { "enablePropertyFilter", "true", NULL };
	const char *kind = getenv("SKUA_COMPAT_KIND");
	bool is_reference = kind != NULL && strcmp(kind, "rocketmq") == 0;
	int rc;

	if (is_reference)
		OK(skua_admin_set(s->client, s->broker, on, &s->e));
	OK(skua_lite_subscribe(lite, s->topic, expression, "SQL92", &s->e));
	rc = skua_lite_start(lite, &s->e);
	if (rc != SKUA_OK && !is_reference) {
		CHECK(rc == SKUA_EREFUSED);
		CHECK(strstr(s->e.text, "SQL92") != NULL);
		return false;
	}
	OK(rc);
	return true;
}

void
lite_sql(struct scene *s)
{
	struct skua_lite_options o = { .size = sizeof(o),
		.group = { .group = s->group, .from = SKUA_FROM_FIRST } };
	struct skua_polled p;
	struct skua_lite *lite;
	int next = 7;

	make_topic(s, 1);
	for (int i = 0; i < 10; i++) {
		char number[16];
		const char *properties[] = { "n", number, NULL };
		struct skua_outgoing m = { .topic = s->topic,
			.properties = properties };

		(void)snprintf(number, sizeof(number), "%d", i);
		m.body = skua_str_z(number);
		OK(skua_producer_send(s->producer, &m, NULL, &s->e));
	}
	OK(skua_lite_new(s->client, &o, &lite, &s->e));
	if (subscribe_sql(s, lite, "n > 6 AND n IS NOT NULL"))
		while (next < 10) {
			CHECK(skua_lite_poll(lite, 10, PATIENCE_S * 1000, &p) ==
			    SKUA_OK);
			for (size_t i = 0; i < p.count; i++)
				CHECK(*p.messages[i].body.p == '0' + next++);
			skua_polled_free(&p);
		}
	skua_lite_free(&lite);
}
