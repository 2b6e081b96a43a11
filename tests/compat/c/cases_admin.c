/* SPDX-License-Identifier: Apache-2.0 */
/* Cases: what administrators ask. */
#include <string.h>

#include "cases.h"

/* RocketMQ answers a send before its queue has the message. */
static int64_t
stored(struct scene *s)
{
	int64_t end = now_ms() + PATIENCE_S * 1000, n;

	do {
		struct skua_topic_stats *stats;

		OK(skua_admin_topic_stats(s->client, s->topic, &stats, &s->e));
		CHECK(stats->count == 3);
		n = 0;
		for (size_t i = 0; i < stats->count; i++)
			n += stats->queues[i].max_offset;
		skua_admin_free(stats);
	} while (n < 30 && now_ms() < end);
	return n;
}

void
admin_sees(struct scene *s)
{
	struct skua_progress *progress;
	struct skua_members *members;
	struct skua_cluster *cluster;
	struct skua_settings *settings;
	struct skua_push *push;

	make_topic(s, 3);
	OK(skua_admin_cluster(s->client, &cluster, &s->e));
	CHECK(cluster->count == 1 && cluster->brokers[0].id == 0);
	OK(skua_admin_settings(s->client, cluster->brokers[0].address,
	    &settings, &s->e));
	CHECK(skua_setting(settings, "brokerName") != NULL);
	skua_admin_free(settings);
	OK(skua_admin_broker_stats(s->client, cluster->brokers[0].address,
	    &settings, &s->e));
	CHECK(skua_setting(settings, "commitLogMaxOffset") != NULL);
	skua_admin_free(settings);
	send_numbers(s, 0, 30);
	CHECK(stored(s) == 30);
	push = push_as(s, s->client, NULL, NULL);
	wait_count(s, &s->distinct, 30);
	OK(skua_admin_members(s->client, s->group, &members, &s->e));
	CHECK(members->count == 1);
	CHECK(strcmp(members->members[0].client_id,
		  skua_client_id(s->client)) == 0);
	skua_admin_free(members);
	skua_push_free(&push);
	OK(skua_admin_progress(s->client, s->group, s->topic, &progress,
	    &s->e));
	CHECK(progress->count == 3 && progress->lag == 0);
	skua_admin_free(progress);
	skua_admin_free(cluster);
}

void
admin_finds(struct scene *s)
{
	struct skua_messages *m;
	struct skua_sent sent;
	int64_t end = now_ms() + PATIENCE_S * 1000;
	int rc;

	make_topic(s, 1);
	send_numbers(s, 0, 10);
	sent = send_body(s, s->producer, "last", "t", "the key");
	do
		rc = skua_admin_messages_by_key(s->client, s->topic, "key",
		    false, 0, INT64_MAX, 8, &m, &s->e);
	while (rc == SKUA_ENOENT && now_ms() < end);
	OK(rc);
	CHECK(m->count == 1 && skua_str_eq_z(m->messages[0].body, "last"));
	skua_admin_free(m);
	OK(skua_admin_messages_by_key(s->client, s->topic, sent.msg_id, true, 0,
	    INT64_MAX, 8, &m, &s->e));
	CHECK(m->count == 1 && skua_str_eq_z(m->messages[0].body, "last"));
	skua_admin_free(m);
}
