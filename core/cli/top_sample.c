/* SPDX-License-Identifier: Apache-2.0 */
/* See top.h: asking. */
#include <stdlib.h>
#include <string.h>

#include <skua/host.h>

#include "base/mem.h"
#include "cli/commands.h"
#include "cli/top.h"

#define FILTER "filter_" /* of a broker's figures */

static double
rate_of(int64_t now, int64_t then, double seconds)
{
	/* A broker that began anew counts from 0. */
	return seconds <= 0 || now < then ? 0.0 : (double)(now - then) / seconds;
}

static double
seconds_between(const struct top_sample *before, const struct top_sample *s)
{
	return (double)(s->mono_ms - before->mono_ms) / 1000.0;
}

/* --- brokers, filters --- */

static int64_t
number(const struct skua_settings *stats, const char *name)
{
	const char *text = skua_setting(stats, name);

	return text == NULL ? 0 : strtoll(text, NULL, 10);
}

static void
take_filter(struct top_sample *s, const char *broker,
    const struct skua_setting *row)
{
	long long judged, passed, ns;
	struct top_filter *f;

	if (strncmp(row->name, FILTER, strlen(FILTER)) != 0 ||
	    sscanf(row->value, "%lld %lld %lld", &judged, &passed, &ns) != 3)
		return;
	s->filters = skua_mem_grow(s->filters, s->filter_count + 1, sizeof(*f));
	f = &s->filters[s->filter_count++];
	memset(f, 0, sizeof(*f));
	f->name = skua_mem_dup(skua_str_z(row->name + strlen(FILTER)));
	f->broker = skua_mem_dup(skua_str_z(broker));
	f->judged = judged;
	f->passed = passed;
	f->ns = ns;
}

static void
take_broker(struct skua_client *client, struct top_sample *s,
    const struct skua_broker *from)
{
	struct top_broker *b;
	struct skua_settings *stats;
	struct skua_error e;
	const char *disk, *trouble;

	s->brokers = skua_mem_grow(s->brokers, s->broker_count + 1, sizeof(*b));
	b = &s->brokers[s->broker_count++];
	memset(b, 0, sizeof(*b));
	b->name = skua_mem_dup(skua_str_z(from->name));
	b->address = skua_mem_dup(skua_str_z(from->address));
	if (skua_admin_broker_stats(client, from->address, &stats, &e) !=
	    SKUA_OK)
		return;
	b->answers = true;
	b->put = number(stats, "msgPutTotalTodayNow");
	b->got = number(stats, "msgGetTotalTodayNow");
	disk = skua_setting(stats, "commitLogDiskRatio");
	b->disk_percent = disk == NULL ? 0.0 : strtod(disk, NULL) * 100;
	trouble = skua_setting(stats, "storeTrouble");
	b->trouble =
	    trouble == NULL ? NULL : skua_mem_dup(skua_str_z(trouble));
	for (size_t i = 0; i < stats->count; i++)
		take_filter(s, from->name, &stats->settings[i]);
	skua_admin_free(stats);
}

static void
rate_brokers(const struct top_sample *before, struct top_sample *s)
{
	double seconds = seconds_between(before, s);

	for (size_t i = 0; i < s->broker_count; i++)
		for (size_t k = 0; k < before->broker_count; k++) {
			struct top_broker *b = &s->brokers[i];
			const struct top_broker *old = &before->brokers[k];

			if (strcmp(b->address, old->address) != 0 ||
			    !b->answers || !old->answers)
				continue;
			b->in_rate = rate_of(b->put, old->put, seconds);
			b->out_rate = rate_of(b->got, old->got, seconds);
		}
}

static void
rate_filter(struct top_filter *f, const struct top_filter *old, double seconds)
{
	int64_t judged = f->judged - old->judged;

	f->rate = rate_of(f->judged, old->judged, seconds);
	if (judged <= 0)
		return;
	f->passed_percent =
	    (double)(f->passed - old->passed) * 100 / (double)judged;
	f->us_each = (double)(f->ns - old->ns) / 1000 / (double)judged;
	f->busy_percent = rate_of(f->ns, old->ns, seconds) / 1e7;
}

static void
rate_filters(const struct top_sample *before, struct top_sample *s)
{
	for (size_t i = 0; i < s->filter_count; i++)
		for (size_t k = 0; k < before->filter_count; k++)
			if (strcmp(s->filters[i].name,
				before->filters[k].name) == 0 &&
			    strcmp(s->filters[i].broker,
				before->filters[k].broker) == 0)
				rate_filter(&s->filters[i], &before->filters[k],
				    seconds_between(before, s));
}

/* --- topics, groups: sorted by name, as they come --- */

static int
by_name(const void *a, const void *b)
{
	/* The name is the first member of both. */
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
take_topic(struct skua_client *client, const struct top_sample *before,
    struct top_sample *s, const char *name)
{
	struct top_topic *t;
	const struct top_topic *old = NULL;
	struct skua_topic_stats *stats;
	struct skua_error e;

	if (skua_admin_topic_stats(client, name, &stats, &e) != SKUA_OK)
		return; /* just deleted, or of a broker that is away */
	s->topics = skua_mem_grow(s->topics, s->topic_count + 1, sizeof(*t));
	t = &s->topics[s->topic_count++];
	memset(t, 0, sizeof(*t));
	t->name = skua_mem_dup(skua_str_z(name));
	t->mono_ms = skua_mono_ms();
	for (size_t i = 0; i < stats->count; i++) {
		t->put += stats->queues[i].max_offset;
		t->messages += stats->queues[i].max_offset -
		    stats->queues[i].min_offset;
	}
	skua_admin_free(stats);
	if (before != NULL && before->topic_count > 0)
		old = bsearch(t, before->topics, before->topic_count,
		    sizeof(*t), by_name);
	if (old != NULL)
		t->in_rate = rate_of(t->put, old->put,
		    (double)(t->mono_ms - old->mono_ms) / 1000.0);
}

static void
take_group(struct skua_client *client, const struct top_sample *before,
    struct top_sample *s, const char *name)
{
	struct skua_progress *p;
	struct skua_members *m;
	struct top_group *g;
	const struct top_group *old = NULL;
	struct skua_error e;

	if (skua_admin_progress(client, name, NULL, &p, &e) != SKUA_OK)
		return; /* it has consumed nothing */
	s->groups = skua_mem_grow(s->groups, s->group_count + 1, sizeof(*g));
	g = &s->groups[s->group_count++];
	memset(g, 0, sizeof(*g));
	g->name = skua_mem_dup(skua_str_z(name));
	g->mono_ms = skua_mono_ms();
	g->lag = p->lag;
	for (size_t i = 0; i < p->count; i++)
		g->done += p->queues[i].consumer_offset;
	skua_admin_free(p);
	if (skua_admin_members(client, name, &m, &e) == SKUA_OK) {
		g->members = (int64_t)m->count;
		skua_admin_free(m);
	}
	if (before != NULL && before->group_count > 0)
		old = bsearch(g, before->groups, before->group_count,
		    sizeof(*g), by_name);
	if (old != NULL)
		g->out_rate = rate_of(g->done, old->done,
		    (double)(g->mono_ms - old->mono_ms) / 1000.0);
}

typedef int names_fn(struct skua_client *client, struct skua_names **names_r,
    struct skua_error *e);
typedef void take_fn(struct skua_client *client,
    const struct top_sample *before, struct top_sample *s, const char *name);

static int
take_all(struct skua_client *client, names_fn *list, take_fn *take,
    bool (*is_own)(const char *name), const struct top_sample *before,
    struct top_sample *s, struct skua_error *e)
{
	struct skua_names *names;
	int rc = list(client, &names, e);

	if (rc != SKUA_OK)
		return rc;
	for (size_t i = 0; i < names->count; i++)
		if (!is_own(names->names[i]))
			take(client, before, s, names->names[i]);
	skua_admin_free(names);
	return SKUA_OK;
}

static int
take_brokers(struct skua_client *client, struct top_sample *s,
    struct skua_error *e)
{
	struct skua_cluster *cluster;
	int rc = skua_admin_cluster(client, &cluster, e);

	if (rc != SKUA_OK)
		return rc;
	for (size_t i = 0; i < cluster->count; i++)
		take_broker(client, s, &cluster->brokers[i]);
	skua_admin_free(cluster);
	return SKUA_OK;
}

int
top_sample_take(struct skua_client *client, const struct top_sample *before,
    struct top_sample *s, struct skua_error *e)
{
	int rc;

	memset(s, 0, sizeof(*s));
	s->mono_ms = skua_mono_ms();
	s->wall_ms = skua_now_ms();
	rc = take_brokers(client, s, e);
	if (rc == SKUA_OK)
		rc = take_all(client, skua_admin_topics, take_topic,
		    cli_is_own_topic, before, s, e);
	if (rc == SKUA_OK)
		rc = take_all(client, skua_admin_groups, take_group,
		    cli_is_own_group, before, s, e);
	if (rc != SKUA_OK) {
		top_sample_free(s);
		return rc;
	}
	if (before != NULL) {
		rate_brokers(before, s);
		rate_filters(before, s);
	}
	return SKUA_OK;
}

void
top_sample_free(struct top_sample *s)
{
	for (size_t i = 0; i < s->broker_count; i++) {
		free(s->brokers[i].name);
		free(s->brokers[i].address);
		free(s->brokers[i].trouble);
	}
	for (size_t i = 0; i < s->topic_count; i++)
		free(s->topics[i].name);
	for (size_t i = 0; i < s->group_count; i++)
		free(s->groups[i].name);
	for (size_t i = 0; i < s->filter_count; i++) {
		free(s->filters[i].name);
		free(s->filters[i].broker);
	}
	free(s->brokers);
	free(s->topics);
	free(s->groups);
	free(s->filters);
	memset(s, 0, sizeof(*s));
}
