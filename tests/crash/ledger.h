/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was sent, what was acknowledged, and the judge that compares it with what
 * a broker has.
 *
 * A message's bytes follow from its number, so whatever is found can be
 * recognised or called a phantom.  Numbers rise in the order of sending; one
 * queue has one sender at a time.
 */
#ifndef CRASH_LEDGER_H
#define CRASH_LEDGER_H

#include "wire.h"

#define LEDGER_QUEUES 8 /* of a topic */
#define LEDGER_TOPICS 48 /* lives of topics */

enum entry_state {
	ENTRY_SENT,    /* no answer yet, or never */
	ENTRY_ACKED,
	ENTRY_REFUSED, /* an answer that promises nothing: it may be there */
	ENTRY_GONE,    /* it was not there: it must never come back */
};

struct ledger_entry {
	uint64_t number;
	int32_t topic, queue;
	enum entry_state state;
	bool settled;   /* on the disk for good */
	bool spoilt;    /* from outside: it may be missing, not wrong */
	int64_t offset; /* acknowledged, or found there; -1 */
	uint64_t seen;  /* the judgement that found it last */
	uint64_t sent_ms;
};

struct ledger_topic {
	char name[32];
	int32_t queues;
	bool acked;
	int64_t committed[LEDGER_QUEUES]; /* last tried; -1 */
	int64_t committed_safe[LEDGER_QUEUES];
	int64_t min[LEDGER_QUEUES]; /* found last */
	bool removed;  /* answered: nothing of it may be there */
	bool doubtful; /* its removal had no answer, or another one */
	bool has_next; /* a later topic has its name */
};

/* Figures of all judgements so far. */
struct verdict {
	uint64_t judgements, acknowledged, allowed_losses;
	uint64_t lost, doubled, reordered, phantom, gaps, moved, revived,
	    unreadable, offsets, tables, unfound;
	uint64_t spoilt; /* missing because they were spoilt: no fault */
};

struct ledger {
	struct ledger_entry *entries;
	size_t count, size;
	struct ledger_topic topics[LEDGER_TOPICS];
	size_t topic_count;
	uint64_t next_number;
	struct verdict verdict;
	char first_fault[512]; /* the first thing that was wrong */
	/* What happened since the last judgement. */
	bool power_failed, expired;
	/* What the broker under test promises. */
	bool sync_flush;
	/* Messages have a tag and a key of their own, by which they must be
	 * found, too. */
	bool keyed;
	size_t key_step; /* of so many messages, one is looked for by its key */
};

void ledger_init(struct ledger *l, bool sync_flush);
void ledger_fini(struct ledger *l);
/* With no figures, as before the first judgement. */
void ledger_copy(const struct ledger *l, struct ledger *to);

/* A new topic, not acknowledged yet. */
struct ledger_topic *ledger_add_topic(struct ledger *l, int32_t queues);
/* The name of a topic that was removed, made again: another topic.  NULL: there
 * is none, or no room. */
struct ledger_topic *ledger_add_life(struct ledger *l, int32_t queues);
/* The topic's removal was asked for; then it was answered. */
void ledger_doubt_topic(struct ledger *l, int32_t topic);
void ledger_remove_topic(struct ledger *l, int32_t topic);
/* The same of the group, whose offsets are gone. */
void ledger_doubt_offsets(struct ledger *l);
void ledger_remove_offsets(struct ledger *l);
struct ledger_entry *ledger_send(struct ledger *l, int32_t topic,
    int32_t queue);
/* The body of a message: size follows from the number, below max. */
size_t ledger_body(uint64_t number, size_t max, char *to);
/* Its properties as they are sent, NUL-terminated. */
#define LEDGER_PROPERTIES_MAX 64
void ledger_properties(const struct ledger *l, uint64_t number,
    char to[LEDGER_PROPERTIES_MAX]);
/* The message that these bytes are the body of; NULL: nobody sent it. */
struct ledger_entry *ledger_find(struct ledger *l, struct skua_str body);

/* Reads all that the broker has; false when something is wrong that was right
 * at the last judgement.  A broker that stops answering is wrong, too. */
bool ledger_judge(struct ledger *l, struct wire *w);
uint64_t verdict_faults(const struct ledger *l);
/* One line: acknowledged, lost, … */
void verdict_print(const struct ledger *l, char *to, size_t size);
void verdict_add(struct verdict *to, const struct verdict *from);

#define LEDGER_BODY_MAX 4096

#endif
