/* SPDX-License-Identifier: Apache-2.0 */
/* Brokers to enrol, and the invariants of tables.h as a check. */
#ifndef TEST_NAMESRV_FIXTURE_H
#define TEST_NAMESRV_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "enroll.h"
#include "route.h"
#include "tables.h"

#define VERSION_NOW 485

/* A broker "b" of cluster "c" at "addr"; a test changes what it is about. */
static inline struct enrolment
someone(const char *broker, int64_t id, const char *addr)
{
	struct enrolment who;

	memset(&who, 0, sizeof(who));
	who.cluster = skua_str_z("c");
	who.broker = skua_str_z(broker);
	who.addr = skua_str_z(addr);
	who.ha_addr = skua_str_z("ha");
	who.id = id;
	who.timeout_ms = DEFAULT_TIMEOUT_MS;
	who.connection = (uint64_t)id + 1;
	return who;
}

/* A registration of the topics in a blank-separated list of "name:perm". */
static inline struct body
topics_of(const char *list, int64_t counter)
{
	char text[8192], name[64];
	struct skua_error e;
	struct body body;
	size_t n;
	int perm, used;

	n = (size_t)snprintf(text, sizeof(text),
	    "{\"topicConfigSerializeWrapper\":{\"dataVersion\":{\"counter\":"
	    "%lld,\"stateVersion\":0,\"timestamp\":7},"
	    "\"topicConfigTable\":{", (long long)counter);
	while (sscanf(list, " %63[^: ]:%d%n", name, &perm, &used) == 2) {
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "%s\"%s\":{\"perm\":%d,\"readQueueNums\":4,\"topicName\":"
		    "\"%s\",\"writeQueueNums\":4}",
		    text[n - 1] == '{' ? "" : ",", name, perm, name);
		list += used;
	}
	n += (size_t)snprintf(text + n, sizeof(text) - n, "}}}");
	assert_int_equal(SKUA_OK, body_decode(skua_str_n(text, n), false,
	    VERSION_NOW, 0, &body, &e));
	return body;
}

static inline enum enrolled
enrol_topics(struct tables *t, const struct enrolment *who, const char *list,
    int64_t counter)
{
	struct body body = topics_of(list, counter);
	struct outcome outcome;
	enum enrolled rc = enrol(t, who, &body, &outcome);

	outcome_free(&outcome);
	body_free(&body);
	return rc;
}

/* The topic's permission on a broker, -1 without it. */
static inline int
perm_of(const struct tables *t, const char *topic, const char *broker)
{
	struct skua_str name = skua_str_z(topic);
	const struct topic *found = tables_topic(t, name, topic_hash(name));
	const struct queue *queue = found == NULL ? NULL :
						    topic_queue(found, broker);

	return queue == NULL ? -1 : queue->conf.perm;
}

/* The route as text, freed by free; NULL without it. */
static inline char *
route_text(const struct tables *t, struct route_query *query,
    const char *topic)
{
	struct skua_jsonw w;
	struct skua_str text;
	char *copy = NULL;

	query->topic = skua_str_z(topic);
	skua_jsonw_init(&w);
	if (route_write(t, query, &w)) {
		assert_int_equal(SKUA_OK, skua_jsonw_finish(&w, &text));
		copy = must_dup(text);
	}
	skua_jsonw_free(&w);
	return copy;
}

static inline void
check_invariants(const struct tables *t)
{
	size_t in_topics = 0, in_groups = 0;

	for (const struct topic *topic = t->topics; topic != NULL;
	    topic = topic->hh.next) {
		assert_true(topic->n_queues > 0);
		in_topics += topic->n_queues;
		for (size_t i = 0; i < topic->n_queues; i++) {
			const struct queue *q = topic->queues[i];

			assert_ptr_equal(q->topic, topic);
			assert_ptr_equal(q->group,
			    tables_group(t, skua_str_z(q->group->name)));
			assert_true(i == 0 ||
			    strcmp(topic->queues[i - 1]->group->name,
				q->group->name) < 0);
		}
	}
	for (const struct group *group = t->groups; group != NULL;
	    group = group->hh.next) {
		size_t n = 0;

		assert_true(group->n_members > 0);
		for (size_t i = 1; i < group->n_members; i++)
			assert_true(group->members[i - 1].id <
			    group->members[i].id);
		for (const struct queue *q = group->queues; q != NULL;
		    q = q->next)
			n++;
		assert_int_equal(n, group->n_queues);
		assert_true(group->epoch > 0 && group->epoch <= t->last_epoch);
		assert_true(cluster_has(tables_cluster(t,
		    skua_str_z(group->cluster)), group));
		in_groups += n;
	}
	assert_int_equal(in_topics, in_groups);
	for (const struct cluster *cluster = t->clusters; cluster != NULL;
	    cluster = cluster->hh.next) {
		assert_true(cluster->n_groups > 0);
		for (size_t i = 0; i < cluster->n_groups; i++)
			assert_ptr_equal(cluster->groups[i], tables_group(t,
			    skua_str_z(cluster->groups[i]->name)));
	}
}

#endif
