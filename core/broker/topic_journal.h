/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which topics changed since topics.json was written: skua/topics.journal has one
 * sealed JSON line for each, so that a change among very many topics costs a
 * line and not the table.  topics.json stays what is read first, and what Apache
 * RocketMQ reads; it is written at every stop.  Main thread.
 */
#ifndef BROKER_TOPIC_JOURNAL_H
#define BROKER_TOPIC_JOURNAL_H

#include "broker/broker.h"

/* Tells that a topic was made or changed. */
void skua_topic_changed(struct topics *t, struct skua_str name);
/* Tells of any other change: a topic is gone, or all are to be told anew. */
void skua_topics_changed(struct topics *t);

/* Puts the lines that are newer than topics.json into the table; names damaged
 * ones. */
int skua_topic_journal_load(struct broker *b, const char *path,
    struct skua_error *e) SKUA_MUST_CHECK;

/* Makes all changes durable, by lines or by topics.json.  Logs its errors. */
void skua_topics_save(struct broker *b);
/* topics.json, and no journal. */
void skua_topics_save_all(struct broker *b);
/* The changes were told to the nameservers. */
void skua_topics_forget_changes(struct topics *t);
void skua_topic_journal_close(struct broker *b);

#endif
