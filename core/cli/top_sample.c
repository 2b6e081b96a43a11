/* SPDX-License-Identifier: Apache-2.0 */
/* See top.h: asking. */
#include <stdlib.h>
#include <string.h>

#include <skua/host.h>
#include <skua/json.h>

#include "base/mem.h"
#include "base/number.h"
#include "cli/commands.h"
#include "cli/top.h"

#define FILTER "filter_" /* of a broker's figures */

double
top_rate(int64_t now, int64_t then, double seconds)
{
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
			b->in_rate = top_rate(b->put, old->put, seconds);
			b->out_rate = top_rate(b->got, old->got, seconds);
		}
}

static void
rate_filter(struct top_filter *f, const struct top_filter *old, double seconds)
{
	int64_t judged = f->judged - old->judged;

	f->rate = top_rate(f->judged, old->judged, seconds);
	if (judged <= 0)
		return;
	f->passed_percent =
	    (double)(f->passed - old->passed) * 100 / (double)judged;
	f->us_each = (double)(f->ns - old->ns) / 1000 / (double)judged;
	f->busy_percent = top_rate(f->ns, old->ns, seconds) / 1e7;
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

/* --- topics, groups --- */

static void
read_stats(const json_t *json, struct top_figures *f)
{
	const json_t *table = json_object_get(json, "offsetTable");

	f->found = true;
	for (void *at = json_object_iter((json_t *)(uintptr_t)table);
	     at != NULL;
	     at = json_object_iter_next((json_t *)(uintptr_t)table, at)) {
		const json_t *queue = json_object_iter_value(at);
		int64_t max = skua_json_int(queue, "maxOffset", 0);

		f->count = skua_add_clamped(f->count, max);
		f->backlog = skua_add_clamped(f->backlog, skua_sub_clamped(max,
		    skua_json_int(queue, "minOffset", 0)));
	}
}

/* A group that has consumed nothing is not found. */
static void
read_progress(const json_t *json, struct top_figures *f)
{
	const json_t *table = json_object_get(json, "offsetTable");

	for (void *at = json_object_iter((json_t *)(uintptr_t)table);
	     at != NULL;
	     at = json_object_iter_next((json_t *)(uintptr_t)table, at)) {
		const json_t *queue = json_object_iter_value(at);
		int64_t done = skua_json_int(queue, "consumerOffset", 0);

		f->found = true;
		f->count = skua_add_clamped(f->count, done);
		f->backlog = skua_add_clamped(f->backlog, skua_sub_clamped(
		    skua_json_int(queue, "brokerOffset", 0), done));
	}
}

/* A member is connected to every broker. */
static void
read_members(const json_t *json, struct top_figures *f)
{
	int64_t n =
	    (int64_t)json_array_size(json_object_get(json, "connectionSet"));

	if (n > f->members)
		f->members = n;
}

static const struct top_kind topics = { 1, { { 202, "topic", read_stats } } };
static const struct top_kind groups = { 2,
	{ { 208, "consumerGroup", read_progress },
	    { 203, "consumerGroup", read_members } } };

static int
by_name(const void *a, const void *b)
{
	const struct top_entry *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* Its entry, with what was known of it. */
static void
add_name(struct top_list *list, const char *name, const struct top_list *before)
{
	struct top_entry e = { .name = skua_mem_dup(skua_str_z(name)) };
	const struct top_entry *old = before == NULL || before->count == 0 ?
	    NULL :
	    bsearch(&e, before->entries, before->count, sizeof(e), by_name);

	list->entries = skua_mem_grow(list->entries, list->count + 1,
	    sizeof(e));
	if (old != NULL) {
		list->entries[list->count] = *old;
		list->entries[list->count++].name = e.name;
	} else {
		list->entries[list->count++] = e;
	}
}

static int
list_topics(struct skua_client *client, const struct skua_cluster *cluster,
    const struct top_list *before, struct top_list *list, struct skua_error *e)
{
	struct skua_names *names;
	int rc = skua_admin_topics(client, &names, e);

	if (rc != SKUA_OK)
		return rc;
	for (size_t i = 0; i < names->count; i++)
		if (!cli_is_own_topic(cluster, names->names[i]))
			add_name(list, names->names[i], before);
	skua_admin_free(names);
	return SKUA_OK;
}

static int
list_groups(struct skua_client *client, const struct top_list *before,
    struct top_list *list, struct skua_error *e)
{
	struct skua_names *names;
	int rc = skua_admin_groups(client, &names, e);

	if (rc != SKUA_OK)
		return rc;
	for (size_t i = 0; i < names->count; i++)
		if (!cli_is_own_group(names->names[i]))
			add_name(list, names->names[i], before);
	skua_admin_free(names);
	return SKUA_OK;
}

/* --- all of it --- */

/* Slaves are looked at; only masters are asked more. */
static void
take_brokers(struct skua_client *client, struct top_sample *s,
    struct skua_cluster *cluster)
{
	size_t masters = 0;

	for (size_t i = 0; i < cluster->count; i++) {
		take_broker(client, s, &cluster->brokers[i]);
		if (cluster->brokers[i].id == 0)
			cluster->brokers[masters++] = cluster->brokers[i];
	}
	cluster->count = masters;
}

int
top_sample_take(struct skua_client *client, const struct top_sample *before,
    int64_t budget_ms, struct top_sample *s, struct skua_error *e)
{
	struct skua_cluster *cluster;
	int rc = skua_admin_cluster(client, &cluster, e);

	memset(s, 0, sizeof(*s));
	if (rc != SKUA_OK)
		return rc;
	s->mono_ms = skua_mono_ms();
	s->wall_ms = skua_now_ms();
	take_brokers(client, s, cluster);
	rc = list_topics(client, cluster,
	    before == NULL ? NULL : &before->topics, &s->topics, e);
	if (rc == SKUA_OK)
		rc = list_groups(client,
		    before == NULL ? NULL : &before->groups, &s->groups, e);
	if (rc == SKUA_OK) {
		top_ask(client, &topics, cluster, &s->topics, budget_ms / 2);
		top_ask(client, &groups, cluster, &s->groups, budget_ms / 2);
	}
	skua_admin_free(cluster);
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

static void
free_list(struct top_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->entries[i].name);
	free(list->entries);
}

void
top_sample_free(struct top_sample *s)
{
	for (size_t i = 0; i < s->broker_count; i++) {
		free(s->brokers[i].name);
		free(s->brokers[i].address);
		free(s->brokers[i].trouble);
	}
	free_list(&s->topics);
	free_list(&s->groups);
	for (size_t i = 0; i < s->filter_count; i++) {
		free(s->filters[i].name);
		free(s->filters[i].broker);
	}
	free(s->brokers);
	free(s->filters);
	memset(s, 0, sizeof(*s));
}
