/* SPDX-License-Identifier: Apache-2.0 */
/* See top.h: samples as tables and as JSON. */
#include <stdlib.h>
#include <string.h>

#include "cli/top.h"

static const struct out_column broker_columns[] = {
	{ "BROKER", "broker", OUT_TEXT },
	{ "ADDRESS", "address", OUT_TEXT },
	{ "IN/S", "inRate", OUT_REAL },
	{ "OUT/S", "outRate", OUT_REAL },
	{ "DISK %", "diskPercent", OUT_REAL },
	{ "STATE", "state", OUT_TEXT },
	{ NULL, NULL, OUT_TEXT },
};
static const struct out_column topic_columns[] = {
	{ "TOPIC", "topic", OUT_TEXT },
	{ "IN/S", "inRate", OUT_REAL },
	{ "MESSAGES", "messages", OUT_INT },
	{ NULL, NULL, OUT_TEXT },
};
static const struct out_column group_columns[] = {
	{ "GROUP", "group", OUT_TEXT },
	{ "MEMBERS", "members", OUT_INT },
	{ "OUT/S", "outRate", OUT_REAL },
	{ "LAG", "lag", OUT_INT },
	{ "BEHIND", "behind", OUT_TEXT },
	{ NULL, NULL, OUT_TEXT },
};
static const struct out_column filter_columns[] = {
	{ "FILTER", "filter", OUT_TEXT },
	{ "BROKER", "broker", OUT_TEXT },
	{ "JUDGED/S", "rate", OUT_REAL },
	{ "PASSED %", "passedPercent", OUT_REAL },
	{ "US EACH", "usEach", OUT_REAL },
	{ "CPU %", "busyPercent", OUT_REAL },
	{ NULL, NULL, OUT_TEXT },
};

/* --- the busiest first --- */

static int
by(double a, double b, const char *x, const char *y)
{
	return a != b ? (a < b) - (a > b) : strcmp(x, y);
}

static int
by_in(const void *a, const void *b)
{
	const struct top_entry *x = a, *y = b;

	return by(x->rate, y->rate, x->name, y->name);
}

static int
by_lag(const void *a, const void *b)
{
	const struct top_entry *x = a, *y = b;

	if (x->figures.backlog != y->figures.backlog)
		return x->figures.backlog < y->figures.backlog ? 1 : -1;
	return by_in(a, b);
}

static int
by_cost(const void *a, const void *b)
{
	const struct top_filter *x = a, *y = b;

	if (x->busy_percent != y->busy_percent)
		return by(x->busy_percent, y->busy_percent, "", "");
	return by((double)x->ns, (double)y->ns, x->name, y->name);
}

/* The sample before is looked up by name: order copies. */
static void *
sorted(const void *rows, size_t count, size_t size,
    int (*order)(const void *, const void *))
{
	void *copy = malloc(count * size + 1);

	if (copy == NULL)
		abort();
	if (count > 0) {
		memcpy(copy, rows, count * size);
		qsort(copy, count, size, order);
	}
	return copy;
}

/* Those that some broker told of. */
static struct top_entry *
found(const struct top_list *list, int (*order)(const void *, const void *),
    size_t *count_r)
{
	struct top_entry *all = sorted(list->entries, list->count,
	    sizeof(*all), order);
	size_t n = 0;

	for (size_t i = 0; i < list->count; i++)
		if (all[i].figures.found)
			all[n++] = all[i];
	*count_r = n;
	return all;
}

static size_t
unseen(const struct top_list *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->count; i++)
		n += list->entries[i].looks == 0;
	return n;
}

/* --- tables --- */

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void
put_broker(struct out *o, const struct top_broker *b)
{
	out_text(o, b->name);
	out_text(o, b->address);
	if (!b->answers) {
		for (int i = 0; i < 3; i++)
			out_none(o);
		out_mark(o, OUT_BAD);
		out_text(o, "no answer");
		return;
	}
	out_real(o, b->in_rate);
	out_real(o, b->out_rate);
	out_real(o, b->disk_percent);
	out_mark(o, b->trouble == NULL ? OUT_GOOD : OUT_BAD);
	out_text(o, b->trouble == NULL ? "ok" : b->trouble);
}

/* How long it needs at this pace. */
static void
put_behind(struct out *o, const struct top_entry *g)
{
	int64_t lag = g->figures.backlog;
	double s = g->rate > 0 ? (double)lag / g->rate : -1;
	char text[32];

	if (lag <= 0)
		out_none(o);
	else if (s < 0)
		out_text(o, "stands");
	else {
		(void)snprintf(text, sizeof(text), s < 120 ? "%.1f s" : s < 7200 ?
			"%.0f m" : "%.0f h", s < 120 ? s : s < 7200 ? s / 60 :
			s / 3600);
		out_text(o, text);
	}
}

static void
put_group(struct out *o, const struct top_entry *g)
{
	int64_t lag = g->figures.backlog;

	out_text(o, g->name);
	out_int(o, g->figures.members);
	out_real(o, g->rate);
	out_mark(o, lag > 0 ? OUT_WARN : OUT_PLAIN);
	out_int(o, lag);
	if (lag > 0 && g->rate <= 0)
		out_mark(o, OUT_BAD);
	put_behind(o, g);
}

static void
put_filter(struct out *o, const struct top_filter *f)
{
	out_text(o, f->name);
	out_text(o, f->broker);
	out_real(o, f->rate);
	out_real(o, f->passed_percent);
	out_real(o, f->us_each);
	out_mark(o, f->busy_percent >= 50 ? OUT_BAD :
		    f->busy_percent >= 10 ? OUT_WARN : OUT_PLAIN);
	out_real(o, f->busy_percent);
}

static void
begin_table(struct out *o, FILE *to, bool colours,
    const struct out_column *columns, size_t count)
{
	if (count > 0)
		say_end(to);
	out_begin(o, OUT_TABLE, to, colours, columns);
}

static size_t
show_brokers(const struct top_sample *s, FILE *to, bool colours, size_t rows)
{
	struct out o;

	out_begin(&o, OUT_TABLE, to, colours, broker_columns);
	for (size_t i = 0; i < least(s->broker_count, rows); i++)
		put_broker(&o, &s->brokers[i]);
	return out_end(&o);
}

static size_t
show_groups(const struct top_sample *s, FILE *to, bool colours, size_t rows)
{
	size_t count;
	struct top_entry *groups = found(&s->groups, by_lag, &count);
	struct out o;

	count = least(count, rows);
	begin_table(&o, to, colours, group_columns, count);
	for (size_t i = 0; i < count; i++)
		put_group(&o, &groups[i]);
	free(groups);
	return out_end(&o);
}

static size_t
show_filters(const struct top_sample *s, FILE *to, bool colours, size_t rows)
{
	struct top_filter *filters = sorted(s->filters, s->filter_count,
	    sizeof(*filters), by_cost);
	size_t count = least(s->filter_count, rows);
	struct out o;

	begin_table(&o, to, colours, filter_columns, count);
	for (size_t i = 0; i < count; i++)
		put_filter(&o, &filters[i]);
	free(filters);
	return out_end(&o);
}

static void
show_topics(const struct top_sample *s, FILE *to, bool colours, size_t rows)
{
	size_t count;
	struct top_entry *topics = found(&s->topics, by_in, &count);
	struct out o;

	count = least(count, rows);
	begin_table(&o, to, colours, topic_columns, count);
	for (size_t i = 0; i < count; i++) {
		out_text(&o, topics[i].name);
		out_real(&o, topics[i].rate);
		out_int(&o, topics[i].figures.backlog);
	}
	(void)out_end(&o);
	free(topics);
}

void
top_show(const struct top_sample *s, FILE *to, bool colours, size_t rows)
{
	size_t late = unseen(&s->topics) + unseen(&s->groups), left = rows;

	left -= least(show_brokers(s, to, colours, left / 4 + 1), left);
	/* Groups before topics: who is behind is what one looks for. */
	left -= show_groups(s, to, colours, left / 2);
	left -= show_filters(s, to, colours, left / 3);
	show_topics(s, to, colours, left);
	if (late > 0) {
		say_end(to);
		say_to(to, "%zu of %zu topics and groups were not looked at yet",
		    late, s->topics.count + s->groups.count);
	}
}

/* --- JSON --- */

static json_t *
brokers_json(const struct top_sample *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->broker_count; i++) {
		const struct top_broker *b = &s->brokers[i];
		json_t *one = json_pack("{s:s,s:s,s:b}", "broker", b->name,
		    "address", b->address, "answers", b->answers);

		if (b->answers) {
			json_t *more = json_pack("{s:f,s:f,s:f,s:s}", "inRate",
			    b->in_rate, "outRate", b->out_rate, "diskPercent",
			    b->disk_percent, "state",
			    b->trouble == NULL ? "ok" : b->trouble);

			(void)json_object_update(one, more);
			json_decref(more);
		}
		(void)json_array_append_new(list, one);
	}
	return list;
}

static json_t *
topics_json(const struct top_list *topics)
{
	json_t *list = json_array();

	for (size_t i = 0; i < topics->count; i++) {
		const struct top_entry *t = &topics->entries[i];

		if (t->figures.found)
			(void)json_array_append_new(list,
			    json_pack("{s:s,s:f,s:I}", "topic", t->name,
				"inRate", t->rate, "messages",
				(json_int_t)t->figures.backlog));
	}
	return list;
}

static json_t *
groups_json(const struct top_list *groups)
{
	json_t *list = json_array();

	for (size_t i = 0; i < groups->count; i++) {
		const struct top_entry *g = &groups->entries[i];

		if (g->figures.found)
			(void)json_array_append_new(list,
			    json_pack("{s:s,s:I,s:f,s:I}", "group", g->name,
				"members", (json_int_t)g->figures.members,
				"outRate", g->rate, "lag",
				(json_int_t)g->figures.backlog));
	}
	return list;
}

static json_t *
filters_json(const struct top_sample *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->filter_count; i++) {
		const struct top_filter *f = &s->filters[i];

		(void)json_array_append_new(list,
		    json_pack("{s:s,s:s,s:I,s:I,s:I,s:f,s:f,s:f,s:f}", "filter",
			f->name, "broker", f->broker, "judged",
			(json_int_t)f->judged, "passed", (json_int_t)f->passed,
			"nanoseconds", (json_int_t)f->ns, "rate", f->rate,
			"passedPercent", f->passed_percent, "usEach",
			f->us_each, "busyPercent", f->busy_percent));
	}
	return list;
}

json_t *
top_json(const struct top_sample *s)
{
	return json_pack("{s:I,s:o,s:o,s:o,s:o,s:I,s:I}", "time",
	    (json_int_t)s->wall_ms, "brokers", brokers_json(s), "groups",
	    groups_json(&s->groups), "topics", topics_json(&s->topics),
	    "filters", filters_json(s), "unseenGroups",
	    (json_int_t)unseen(&s->groups), "unseenTopics",
	    (json_int_t)unseen(&s->topics));
}
