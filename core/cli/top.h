/* SPDX-License-Identifier: Apache-2.0 */
/* What skua top shows: samples of a cluster, and rates between two of them. */
#ifndef CLI_TOP_H
#define CLI_TOP_H

#include "cli/cli.h"

struct top_broker {
	char *name, *address;
	bool answers;
	int64_t put, got; /* totals */
	double in_rate, out_rate, disk_percent;
	char *trouble; /* or NULL */
};

struct top_topic {
	char *name;
	int64_t mono_ms, put, messages;
	double in_rate;
};

struct top_group {
	char *name;
	int64_t mono_ms, members, lag, done;
	double out_rate;
};

/* A filter that looks into messages. */
struct top_filter {
	char *name, *broker; /* GROUP@TOPIC */
	int64_t judged, passed, ns;
	double rate, passed_percent, us_each, busy_percent;
};

struct top_sample {
	int64_t mono_ms, wall_ms;
	size_t broker_count, topic_count, group_count, filter_count;
	struct top_broker *brokers;
	struct top_topic *topics;
	struct top_group *groups;
	struct top_filter *filters;
};

/* top_sample.c: asks the cluster; rates against before, when it is not NULL. */
int top_sample_take(struct skua_client *client,
    const struct top_sample *before, struct top_sample *s_r,
    struct skua_error *e) SKUA_MUST_CHECK;
void top_sample_free(struct top_sample *s);

/* top_show.c: the busiest first, at most so many rows all together. */
void top_show(struct top_sample *s, FILE *to, bool colours, size_t rows);
json_t *top_json(const struct top_sample *s);

/* top_screen.c: the terminal, taken and given back as it was. */
bool top_screen_open(void);
void top_screen_close(void);
/* Shows the text, cut to the screen's size. */
void top_screen_draw(const char *text);
size_t top_screen_rows(void);
/* Waits for ms, a key or a change of size: the key; 0: none; -1: the end. */
int top_screen_wait(int64_t ms);

#endif
