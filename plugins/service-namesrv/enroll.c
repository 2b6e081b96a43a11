/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A broker registers.  It gets its place first; then its topics, a slice at a
 * time: which of them differ from the tables is found under the lock for
 * reading, beside route queries, and the lock for writing is held for the
 * differences of the slice only, so that nobody waits long.
 */
#include "enroll.h"
#include "notice.h"

/* What the registration means for the group as it is now. */
struct verdict {
	bool first;        /* the group, or this id in it, is new */
	bool changed;      /* its data version is not the one known */
	bool takes_topics; /* only a master's, or its first slave's, count */
	bool strip_write;  /* a slave acts for the master */
};

/* So many topics at a time: fractions of a millisecond. */
#define SLICE 1024

/* Topics to put, as indices of the body's. */
struct plan {
	size_t n;
	size_t todo[SLICE];
};

static struct verdict
judge(const struct group *group, const struct live *live,
    const struct enrolment *who, const struct body *body)
{
	struct verdict v;
	int64_t min_id = who->id;
	bool is_prime;

	for (size_t i = 0; group != NULL && i < group->n_members; i++) {
		const struct member *m = &group->members[i];

		/* Under another id it is about to go. */
		if (m->id < min_id && !skua_str_eq_z(who->addr, m->addr))
			min_id = m->id;
	}
	is_prime = who->knows_acting && who->id != MASTER_ID &&
	    who->id == min_id;
	v.first = group == NULL || member_by_id(group, who->id) == NULL;
	v.changed = v.first || live == NULL ||
	    !data_version_eq(&live->version, &body->version);
	v.takes_topics = who->id == MASTER_ID || is_prime;
	v.strip_write = is_prime && who->acting_master;
	return v;
}

static struct queue_conf
wanted(const struct body_topic *topic, const struct verdict *v)
{
	struct queue_conf conf = topic->conf;

	if (v->strip_write)
		conf.perm &= ~PERM_WRITE;
	return conf;
}

/* An unchanged data version adds what is missing and leaves the rest: what an
 * administrator did to permissions stays until the broker changes something. */
static void
make_plan(const struct tables *t, const struct group *group,
    const struct body *body, size_t from, const struct verdict *v,
    struct plan *plan)
{
	plan->n = 0;
	for (size_t i = from; i < body->n_topics && i < from + SLICE; i++) {
		const struct body_topic *topic = &body->topics[i];
		struct queue_conf conf = wanted(topic, v);
		const struct topic *known = tables_topic(t, topic->name,
		    topic->hash);
		const struct queue *queue = known == NULL || group == NULL ?
		    NULL :
		    topic_queue(known, group->name);

		if (queue == NULL || (v->changed &&
		    memcmp(&queue->conf, &conf, sizeof(conf)) != 0))
			plan->todo[plan->n++] = i;
	}
}

static void
put_mappings(struct tables *t, struct group *group, const struct body *body)
{
	for (size_t i = 0; i < body->n_mappings; i++) {
		const struct body_mapping *m = &body->mappings[i];
		struct skua_str name = skua_str_z(m->topic);
		struct topic *topic = tables_topic(t, name, topic_hash(name));

		/* A mapping lives with its topic, and is its broker's. */
		if (topic != NULL &&
		    strcmp(m->mapping.broker, group->name) == 0)
			topic_put_mapping(topic, &body->mappings[i].mapping);
	}
	if (body->n_mappings > 0)
		tables_touch(t, group);
}

static void
drop_missing(struct tables *t, struct group *group, const struct body *body)
{
	uint64_t mark = ++t->last_epoch;
	struct queue *queue, *next;

	if (group->n_queues <= body->n_topics)
		return;
	for (size_t i = 0; i < body->n_topics; i++) {
		struct topic *topic = tables_topic(t, body->topics[i].name,
		    body->topics[i].hash);

		queue = topic == NULL ? NULL : topic_queue(topic, group->name);
		if (queue != NULL)
			queue->seen = mark;
	}
	for (queue = group->queues; queue != NULL; queue = next) {
		next = queue->next;
		if (queue->seen != mark)
			tables_drop_queue(t, queue);
	}
}

/* false: a limit is reached. */
static bool
has_room(const struct tables *t, const struct body_topic *topic,
    const struct group *group, const struct tables_limits *limits)
{
	const struct topic *known = tables_topic(t, topic->name, topic->hash);

	if (known != NULL && topic_queue(known, group->name) != NULL)
		return true;
	return tables_have_room(t, topic->name, 1, limits);
}

/* Lock held for writing. */
static bool
put_slice(struct tables *t, struct group *group, const struct enrolment *who,
    const struct body *body, const struct verdict *v, const struct plan *plan)
{
	bool changed = false, fits = true;

	for (size_t i = 0; i < plan->n && fits; i++) {
		const struct body_topic *topic = &body->topics[plan->todo[i]];
		struct queue_conf conf = wanted(topic, v);

		fits = has_room(t, topic, group, &who->limits);
		if (fits)
			changed |= tables_put_queue(t, topic->name,
			    topic->hash, group, &conf);
	}
	if (changed)
		tables_touch(t, group);
	return fits;
}

/* The group in which the broker still has the place that it got; NULL: it went
 * in between. */
static struct group *
still_there(const struct tables *t, const struct enrolment *who)
{
	const struct live *live = tables_live(t, who->cluster, who->addr);
	struct group *group = tables_group(t, who->broker);

	return live != NULL && live->connection == who->connection &&
		group != NULL && member_by_addr(group, who->addr) != NULL ?
	    group :
	    NULL;
}

/* false: a limit is reached. */
static bool
put_topics(struct tables *t, const struct enrolment *who,
    const struct body *body, const struct verdict *v)
{
	struct plan plan;
	struct group *group;
	bool fits = true;

	for (size_t from = 0; from < body->n_topics && fits; from += SLICE) {
		tables_read(t);
		make_plan(t, tables_group(t, who->broker), body, from, v,
		    &plan);
		tables_unlock(t);
		if (plan.n == 0)
			continue;
		tables_write(t);
		group = still_there(t, who);
		if (group != NULL)
			fits = put_slice(t, group, who, body, v, &plan);
		tables_unlock(t);
	}
	return fits;
}

static struct live *
put_live(struct tables *t, const struct enrolment *who, const struct body *body)
{
	struct live *live = tables_put_live(t, who->cluster, who->addr);

	(void)text_set(&live->broker, who->broker);
	(void)text_set(&live->ha_addr, who->ha_addr);
	__atomic_store_n(&live->last_ms, who->now_ms, __ATOMIC_RELAXED);
	live->timeout_ms = who->timeout_ms;
	live->version = body->version;
	live->connection = who->connection;
	live->body_len = 0; /* until all of it is in */
	if (!body->has_filters)
		return live;
	for (size_t i = 0; i < live->n_filters; i++)
		free(live->filters[i]);
	free(live->filters);
	live->n_filters = body->n_filters;
	live->filters = must_alloc(body->n_filters, sizeof(char *));
	for (size_t i = 0; i < body->n_filters; i++)
		live->filters[i] = must_dup(skua_str_z(body->filters[i]));
	return live;
}

static void
tell_slave(const struct tables *t, const struct group *group,
    const struct enrolment *who, struct outcome *outcome)
{
	const struct member *master;
	const struct live *live;

	if (who->id == MASTER_ID ||
	    (master = member_by_id(group, MASTER_ID)) == NULL)
		return;
	live = tables_live(t, who->cluster, skua_str_z(master->addr));
	if (live == NULL)
		return;
	(void)text_set(&outcome->master_addr, skua_str_z(master->addr));
	(void)text_set(&outcome->ha_addr, skua_str_z(live->ha_addr));
}

/* Another address has the id, and a later state: the newcomer is the old one
 * that was replaced. */
static bool
is_outdated(const struct tables *t, const struct group *group,
    const struct enrolment *who, const struct body *body)
{
	const struct member *holder = group == NULL ?
	    NULL :
	    member_by_id(group, who->id);
	const struct live *live;

	if (holder == NULL || skua_str_eq_z(who->addr, holder->addr))
		return false;
	live = tables_live(t, who->cluster, skua_str_z(holder->addr));
	return live != NULL && live->version.state > body->version.state;
}

static void
drop_outdated(struct tables *t, struct group *group,
    const struct enrolment *who)
{
	struct live *live = tables_live(t, who->cluster, who->addr);
	struct member *member = member_by_addr(group, who->addr);

	if (live != NULL)
		tables_drop_live(t, live);
	if (member != NULL) /* never the last: the holder is another */
		(void)tables_drop_member(t, group, member);
}

/* An address has one place: not two ids, and not two broker names. */
static void
leave_other_places(struct tables *t, const struct enrolment *who,
    struct outcome *outcome)
{
	struct live *live = tables_live(t, who->cluster, who->addr);
	struct group *other;

	if (live == NULL || skua_str_eq_z(who->broker, live->broker))
		return;
	other = tables_group(t, skua_str_z(live->broker));
	if (other != NULL)
		leave_group(t, other, who->addr, who->notify, outcome);
}

/* Gives the broker its place; true when the group's smallest id fell. */
static bool
put_member(struct tables *t, struct group *group, const struct enrolment *who)
{
	int64_t min_id = group->n_members > 0 ? group->members[0].id : who->id;
	struct member *member = member_by_addr(group, who->addr);
	bool changed = text_set(&group->zone, who->zone);

	changed |= group->acting_master != who->acting_master;
	group->acting_master = who->acting_master;
	if (member == NULL || member->id != who->id) {
		changed = true;
		group_put_member(group, who->id, who->addr);
		/* Only now: the group must not run empty. */
		for (size_t i = 0; i < group->n_members; i++) {
			member = &group->members[i];
			if (member->id != who->id &&
			    skua_str_eq_z(who->addr, member->addr)) {
				(void)tables_drop_member(t, group, member);
				break;
			}
		}
	}
	if (changed)
		tables_touch(t, group);
	return who->id < min_id;
}

/* Lock held for writing: all but its topics. */
static enum enrolled
put_place(struct tables *t, const struct enrolment *who, const struct body *body,
    struct verdict *v_r, struct outcome *outcome)
{
	struct group *group = tables_group(t, who->broker);
	struct live *live = tables_live(t, who->cluster, who->addr);
	bool min_id_fell;

	*v_r = judge(group, live, who, body);
	if (is_outdated(t, group, who, body)) {
		drop_outdated(t, group, who);
		return ENROL_IGNORED;
	}
	if (v_r->first && body->n_topics == 1)
		return ENROL_REFUSED;
	if (live == NULL && who->limits.brokers > 0 &&
	    (int64_t)HASH_COUNT(t->lives) >= who->limits.brokers)
		return ENROL_FULL;
	leave_other_places(t, who, outcome);
	group = tables_put_group(t, who->broker, who->cluster);
	min_id_fell = put_member(t, group, who);
	if (v_r->changed)
		tables_touch(t, group);
	live = put_live(t, who, body);
	tell_slave(t, group, who, outcome);
	if (min_id_fell && who->notify)
		notice_add(t, outcome, group, NULL, live->ha_addr);
	return ENROLLED;
}

/* Lock held for writing: what follows its topics. */
static void
finish(struct tables *t, const struct enrolment *who, const struct body *body,
    const struct verdict *v)
{
	struct group *group = still_there(t, who);
	struct live *live;

	if (group == NULL)
		return;
	if (v->takes_topics && v->changed)
		put_mappings(t, group, body);
	/* Static topics are not registered by name alone. */
	if (v->takes_topics && who->delete_missing && body->n_mappings == 0)
		drop_missing(t, group, body);
	live = tables_live(t, who->cluster, who->addr);
	live->body_sum = who->body_sum;
	live->body_len = who->body_len;
	live->body_epoch = group->epoch;
}

enum enrolled
enrol(struct tables *t, const struct enrolment *who, const struct body *body,
    struct outcome *outcome_r)
{
	struct verdict v;
	enum enrolled rc;

	memset(outcome_r, 0, sizeof(*outcome_r));
	tables_write(t);
	rc = put_place(t, who, body, &v, outcome_r);
	tables_unlock(t);
	if (rc != ENROLLED)
		return rc;
	if (v.takes_topics && !put_topics(t, who, body, &v))
		return ENROL_FULL;
	tables_write(t);
	finish(t, who, body, &v);
	tables_unlock(t);
	return ENROLLED;
}

bool
enrol_again(const struct tables *t, const struct enrolment *who,
    struct outcome *outcome_r)
{
	struct live *live;
	const struct group *group;
	const struct member *member;
	bool same;

	memset(outcome_r, 0, sizeof(*outcome_r));
	tables_read(t);
	live = tables_live(t, who->cluster, who->addr);
	group = tables_group(t, who->broker);
	member = group == NULL ? NULL : member_by_id(group, who->id);
	same = live != NULL && member != NULL && who->body_len > 0 &&
	    live->body_len == who->body_len &&
	    live->body_sum == who->body_sum &&
	    live->body_epoch == group->epoch &&
	    live->connection == who->connection &&
	    live->timeout_ms == who->timeout_ms &&
	    skua_str_eq_z(who->broker, live->broker) &&
	    skua_str_eq(who->ha_addr, skua_str_z(live->ha_addr)) &&
	    skua_str_eq(who->zone, skua_str_z(group->zone)) &&
	    skua_str_eq_z(who->addr, member->addr) &&
	    group->acting_master == who->acting_master;
	if (same) {
		__atomic_store_n(&live->last_ms, who->now_ms,
		    __ATOMIC_RELAXED);
		tell_slave(t, group, who, outcome_r);
	}
	tables_unlock(t);
	return same;
}

bool
enrol_heard(const struct tables *t, struct skua_str cluster,
    struct skua_str addr, int64_t now_ms, struct data_version *version_r)
{
	struct live *live;

	tables_read(t);
	live = tables_live(t, cluster, addr);
	if (live != NULL) {
		__atomic_store_n(&live->last_ms, now_ms, __ATOMIC_RELAXED);
		*version_r = live->version;
	}
	tables_unlock(t);
	return live != NULL;
}
