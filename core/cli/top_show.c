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
	const struct top_topic *x = a, *y = b;

	return by(x->in_rate, y->in_rate, x->name, y->name);
}

static int
by_lag(const void *a, const void *b)
{
	const struct top_group *x = a, *y = b;

	if (x->lag != y->lag)
		return by((double)x->lag, (double)y->lag, "", "");
	return by(x->out_rate, y->out_rate, x->name, y->name);
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
put_behind(struct out *o, const struct top_group *g)
{
	double s = g->out_rate > 0 ? (double)g->lag / g->out_rate : -1;
	char text[32];

	if (g->lag <= 0)
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
put_group(struct out *o, const struct top_group *g)
{
	out_text(o, g->name);
	out_int(o, g->members);
	out_real(o, g->out_rate);
	out_mark(o, g->lag > 0 ? OUT_WARN : OUT_PLAIN);
	out_int(o, g->lag);
	if (g->lag > 0 && g->out_rate <= 0)
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
		(void)fputc('\n', to);
	out_begin(o, OUT_TABLE, to, colours, columns);
}

void
top_show(struct top_sample *s, FILE *to, bool colours, size_t rows)
{
	struct top_topic *topics = sorted(s->topics, s->topic_count,
	    sizeof(*topics), by_in);
	struct top_group *groups = sorted(s->groups, s->group_count,
	    sizeof(*groups), by_lag);
	struct top_filter *filters = sorted(s->filters, s->filter_count,
	    sizeof(*filters), by_cost);
	size_t left = rows, n = least(s->broker_count, left / 4 + 1);
	struct out o;

	out_begin(&o, OUT_TABLE, to, colours, broker_columns);
	for (size_t i = 0; i < n; i++)
		put_broker(&o, &s->brokers[i]);
	left -= least(out_end(&o), left);
	/* Groups before topics: who is behind is what one looks for. */
	n = least(s->group_count, left / 2);
	begin_table(&o, to, colours, group_columns, n);
	for (size_t i = 0; i < n; i++)
		put_group(&o, &groups[i]);
	left -= out_end(&o);
	n = least(s->filter_count, left / 3);
	begin_table(&o, to, colours, filter_columns, n);
	for (size_t i = 0; i < n; i++)
		put_filter(&o, &filters[i]);
	left -= out_end(&o);
	n = least(s->topic_count, left);
	begin_table(&o, to, colours, topic_columns, n);
	for (size_t i = 0; i < n; i++) {
		out_text(&o, topics[i].name);
		out_real(&o, topics[i].in_rate);
		out_int(&o, topics[i].messages);
	}
	(void)out_end(&o);
	free(topics);
	free(groups);
	free(filters);
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
topics_json(const struct top_sample *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->topic_count; i++)
		(void)json_array_append_new(list,
		    json_pack("{s:s,s:f,s:I}", "topic", s->topics[i].name,
			"inRate", s->topics[i].in_rate, "messages",
			(json_int_t)s->topics[i].messages));
	return list;
}

static json_t *
groups_json(const struct top_sample *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->group_count; i++)
		(void)json_array_append_new(list,
		    json_pack("{s:s,s:I,s:f,s:I}", "group", s->groups[i].name,
			"members", (json_int_t)s->groups[i].members, "outRate",
			s->groups[i].out_rate, "lag",
			(json_int_t)s->groups[i].lag));
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
	return json_pack("{s:I,s:o,s:o,s:o,s:o}", "time",
	    (json_int_t)s->wall_ms, "brokers", brokers_json(s), "groups",
	    groups_json(s), "topics", topics_json(s), "filters",
	    filters_json(s));
}
