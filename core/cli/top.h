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

/* A topic or a group. */
struct top_figures {
	bool found;      /* on some broker */
	int64_t count;   /* messages put in, or consumed, ever */
	int64_t backlog; /* messages there are, or a group's lag */
	int64_t members; /* a group's */
};
struct top_entry {
	char *name;
	unsigned looks;  /* 0: not yet */
	int64_t seen_ms; /* when last */
	struct top_figures figures;
	double rate; /* of count */
};
struct top_list {
	size_t count; /* sorted by name */
	struct top_entry *entries;
};

/* A filter that looks into messages. */
struct top_filter {
	char *name, *broker; /* GROUP@TOPIC */
	int64_t judged, passed, ns;
	double rate, passed_percent, us_each, busy_percent;
};

struct top_sample {
	int64_t mono_ms, wall_ms;
	size_t broker_count, filter_count;
	struct top_broker *brokers;
	struct top_list topics, groups;
	struct top_filter *filters;
};

/* top_sample.c: asks the cluster; rates against before, when it is not NULL.
 * Topics and groups are asked for only so long: of those that are left over it
 * has what before knew. */
int top_sample_take(struct skua_client *client,
    const struct top_sample *before, int64_t budget_ms,
    struct top_sample *s_r, struct skua_error *e) SKUA_MUST_CHECK;
void top_sample_free(struct top_sample *s);

/* Messages a second; 0 for a broker that began anew. */
double top_rate(int64_t now, int64_t then, double seconds);

/* top_ask.c: what a master is asked for each entry of a list, and how its answer
 * adds to the figures. */
struct top_request {
	int32_t code;
	const char *field; /* that has the name */
	void (*read)(const json_t *json, struct top_figures *f);
};
struct top_kind {
	size_t count;
	struct top_request requests[2];
};
void top_ask(struct skua_client *client, const struct top_kind *kind,
    const struct skua_cluster *masters, struct top_list *list,
    int64_t budget_ms);

/* top_show.c: the busiest first, at most so many rows all together. */
void top_show(const struct top_sample *s, FILE *to, bool colours, size_t rows);
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
