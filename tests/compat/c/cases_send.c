/* SPDX-License-Identifier: Apache-2.0 */
/* Cases: messages are sent in all ways. */
#include <string.h>

#include "cases.h"

void
send_sync(struct scene *s)
{
	struct skua_messages *m;
	struct skua_sent sent;

	make_topic(s, 2);
	sent = send_body(s, s->producer, "hello", "t", "k");
	OK(skua_admin_message(s->client, sent.offset_id, &m, &s->e));
	CHECK(skua_str_eq_z(m->messages[0].body, "hello"));
	CHECK(skua_str_eq_z(m->messages[0].tag, "t"));
	CHECK(skua_str_eq_z(m->messages[0].msg_id, sent.msg_id));
	CHECK(m->messages[0].record.queue_offset == sent.queue_offset);
	skua_admin_free(m);
}

void
send_to_a_new_topic(struct scene *s)
{
	struct skua_sent sent = send_body(s, s->producer, "x", NULL, NULL);

	CHECK(sent.queue_offset == 0 && sent.queue_id < 4);
}

void
send_batch(struct scene *s)
{
	struct skua_outgoing m[20];
	struct skua_sent sent;
	char bodies[20][8];
	struct skua_push *push;

	make_topic(s, 2);
	memset(m, 0, sizeof(m));
	for (int i = 0; i < 20; i++) {
		m[i].topic = s->topic;
		m[i].body = skua_str_n(bodies[i],
		    (size_t)snprintf(bodies[i], 8, "%d", i));
	}
	OK(skua_producer_send_batch(s->producer, m, 20, &sent, &s->e));
	CHECK(sent.count == 20 && sent.queue_offset == 0);
	push = push_as(s, s->client, NULL, NULL);
	wait_count(s, &s->distinct, 20);
	skua_push_free(&push);
}

void
send_compressed(struct scene *s)
{
	static char body[200000];

	make_topic(s, 1);
	memset(body, 'z', sizeof(body));
	for (int how = 0; how < 3; how++) {
		struct skua_producer_options o = { .size = sizeof(o),
			.compression = (enum skua_compression)how };
		struct skua_outgoing m = { .topic = s->topic,
			.body = skua_str_n(body, sizeof(body)) };
		struct skua_producer *producer;
		struct skua_messages *found;
		struct skua_sent sent;

		OK(skua_producer_new(s->client, &o, &producer, &s->e));
		OK(skua_producer_send(producer, &m, &sent, &s->e));
		OK(skua_admin_message(s->client, sent.offset_id, &found,
		    &s->e));
		CHECK(found->messages[0].body.len == sizeof(body));
		CHECK(memcmp(found->messages[0].body.p, body, sizeof(body)) ==
		    0);
		skua_admin_free(found);
		skua_producer_free(&producer);
	}
}

void
binary_headers(struct scene *s)
{
	struct skua_client *client = new_client(s, true);
	struct skua_producer *producer;
	struct skua_push *push;

	make_topic(s, 2);
	OK(skua_producer_new(client, NULL, &producer, &s->e));
	for (int i = 0; i < 10; i++) {
		char body[16];

		(void)snprintf(body, sizeof(body), "%d", i);
		(void)send_body(s, producer, body, NULL, NULL);
	}
	push = push_as(s, client, NULL, NULL);
	wait_count(s, &s->distinct, 10);
	skua_push_free(&push);
	skua_producer_free(&producer);
	skua_client_free(&client);
}
