/* SPDX-License-Identifier: Apache-2.0 */
/* Brokers that go: by their own word, with their connection, or unheard of.
 * A group left without a master loses its write permission if a slave may act
 * for it. */
#include "enroll.h"
#include "notice.h"

static void
free_notice(struct notice *notice)
{
	free(notice->connections);
	free(notice->broker);
	free(notice->min_addr);
	free(notice->offline_addr);
	free(notice->ha_addr);
}

void
outcome_free(struct outcome *outcome)
{
	for (size_t i = 0; i < outcome->n_notices; i++)
		free_notice(&outcome->notices[i]);
	free(outcome->notices);
	free(outcome->master_addr);
	free(outcome->ha_addr);
	memset(outcome, 0, sizeof(*outcome));
}

void
notice_add(const struct tables *t, struct outcome *outcome,
    const struct group *group, const char *offline_addr, const char *ha_addr)
{
	struct notice *notice;
	/* A broker that came knows it; one that went left all others. */
	size_t from = offline_addr == NULL && group->n_members > 1 ? 1 : 0;

	outcome->notices = must_grow(outcome->notices, outcome->n_notices + 1,
	    sizeof(*notice));
	notice = &outcome->notices[outcome->n_notices++];
	memset(notice, 0, sizeof(*notice));
	notice->connections = must_alloc(group->n_members, sizeof(uint64_t));
	notice->min_id = group->members[0].id;
	notice->broker = must_dup(skua_str_z(group->name));
	notice->min_addr = must_dup(skua_str_z(group->members[0].addr));
	(void)text_set(&notice->offline_addr, skua_str_z(offline_addr));
	(void)text_set(&notice->ha_addr, skua_str_z(ha_addr));
	for (size_t i = from; i < group->n_members; i++) {
		struct live *live = tables_live(t, skua_str_z(group->cluster),
		    skua_str_z(group->members[i].addr));

		if (live != NULL)
			notice->connections[notice->n_connections++] =
			    live->connection;
	}
}

static void
strip_write(struct group *group)
{
	for (struct queue *q = group->queues; q != NULL; q = q->next)
		q->conf.perm &= ~PERM_WRITE;
}

void
leave_group(struct tables *t, struct group *group, struct skua_str addr,
    bool notify, struct outcome *outcome)
{
	struct member *member = member_by_addr(group, addr);
	int64_t min_id;
	char *offline_addr;

	if (member == NULL)
		return;
	min_id = group->members[0].id;
	offline_addr = must_dup(addr);
	if (tables_drop_member(t, group, member) && group->acting_master) {
		if (group->members[0].id > MASTER_ID)
			strip_write(group);
		if (notify && group->members[0].id != min_id)
			notice_add(t, outcome, group, offline_addr, NULL);
	}
	free(offline_addr);
}

/* The live entry goes first, so that nobody is told of its own end. */
static void
leave_live(struct tables *t, struct live *live, bool notify,
    struct outcome *outcome)
{
	struct group *group = tables_group(t, skua_str_z(live->broker));
	char *addr = must_dup(skua_str_z(live->addr));

	tables_drop_live(t, live);
	/* Another broker may hold the id by now; then the group stays. */
	if (group != NULL)
		leave_group(t, group, skua_str_z(addr), notify, outcome);
	free(addr);
}

#define SLICE 1024

/* Lock held for writing.  Whether the group has queues yet, of a broker that is
 * its last. */
static bool
thin_slice(struct tables *t, struct group *group, struct skua_str addr)
{
	if (group == NULL || group->n_members != 1 ||
	    !skua_str_eq_z(addr, group->members[0].addr) ||
	    group->n_queues <= SLICE)
		return false;
	for (size_t i = 0; i < SLICE; i++)
		tables_drop_queue(t, group->queues);
	return true;
}

/* Before a broker goes: its queues go with it, a slice at a time, so that nobody
 * waits long.  What is left goes with the group. */
static void
thin_out(struct tables *t, struct skua_str broker, struct skua_str addr)
{
	bool more = true;

	while (more) {
		tables_write(t);
		more = thin_slice(t, tables_group(t, broker), addr);
		tables_unlock(t);
	}
}

/* Live brokers that go, by name and address. */
struct leavers {
	size_t n, size;
	struct leaver {
		char *broker, *addr;
	} *list;
};

static void
leavers_add(struct leavers *l, const struct live *live)
{
	if (l->n == l->size) {
		l->size = l->size * 2 + 8;
		l->list = must_grow(l->list, l->size, sizeof(l->list[0]));
	}
	l->list[l->n++] = (struct leaver){ must_dup(skua_str_z(live->broker)),
		must_dup(skua_str_z(live->addr)) };
}

static void
leavers_thin(struct tables *t, struct leavers *l)
{
	for (size_t i = 0; i < l->n; i++) {
		thin_out(t, skua_str_z(l->list[i].broker),
		    skua_str_z(l->list[i].addr));
		free(l->list[i].broker);
		free(l->list[i].addr);
	}
	free(l->list);
}

void
leave(struct tables *t, struct skua_str cluster, struct skua_str broker,
    struct skua_str addr, bool notify, struct outcome *outcome)
{
	struct live *live;
	struct group *group;

	thin_out(t, broker, addr);
	tables_write(t);
	live = tables_live(t, cluster, addr);
	if (live != NULL)
		leave_live(t, live, notify, outcome);
	group = tables_group(t, broker);
	if (group != NULL)
		leave_group(t, group, addr, notify, outcome);
	tables_unlock(t);
}

size_t
leave_connection(struct tables *t, uint64_t connection, bool notify,
    struct outcome *outcome)
{
	struct leavers leavers = { 0, 0, NULL };
	struct live *live, *next;
	size_t n = 0;

	/* Clients come and go far more often than brokers. */
	tables_read(t);
	HASH_ITER(hh, t->lives, live, next)
		if (live->connection == connection)
			leavers_add(&leavers, live);
	tables_unlock(t);
	if (leavers.n == 0)
		return 0;
	leavers_thin(t, &leavers);
	tables_write(t);
	HASH_ITER(hh, t->lives, live, next) {
		if (live->connection != connection)
			continue;
		leave_live(t, live, notify, outcome);
		n++;
	}
	tables_unlock(t);
	return n;
}

static bool
is_expired(const struct live *live, int64_t now_ms)
{
	int64_t last_ms = __atomic_load_n(&live->last_ms, __ATOMIC_RELAXED);

	return now_ms - last_ms > live->timeout_ms;
}

static int
by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* A broker that changed its address is alive on the same connection. */
static size_t
keep_unused(const struct tables *t, uint64_t *connections, size_t n)
{
	size_t count = HASH_COUNT(t->lives), at = 0, kept = 0;
	uint64_t *used = must_alloc(count, sizeof(*used));

	for (const struct live *live = t->lives; live != NULL;
	     live = live->hh.next)
		used[at++] = live->connection;
	qsort(used, count, sizeof(*used), by_number);
	for (size_t i = 0; i < n; i++)
		if (bsearch(&connections[i], used, count, sizeof(*used),
			by_number) == NULL)
			connections[kept++] = connections[i];
	free(used);
	return kept;
}

size_t
leave_expired(struct tables *t, int64_t now_ms, bool notify,
    struct outcome *outcome, struct expired *expired_r)
{
	struct leavers leavers = { 0, 0, NULL };
	struct live *live, *next;
	uint64_t *connections;
	size_t n = 0;

	memset(expired_r, 0, sizeof(*expired_r));
	tables_read(t);
	HASH_ITER(hh, t->lives, live, next)
		if (is_expired(live, now_ms))
			leavers_add(&leavers, live);
	tables_unlock(t);
	if (leavers.n == 0)
		return 0;
	leavers_thin(t, &leavers);
	tables_write(t);
	connections = must_alloc(HASH_COUNT(t->lives), sizeof(*connections));
	HASH_ITER(hh, t->lives, live, next) {
		/* It may have been heard of between the locks. */
		if (!is_expired(live, now_ms))
			continue;
		connections[n++] = live->connection;
		leave_live(t, live, notify, outcome);
	}
	expired_r->connections = connections;
	expired_r->n_connections = keep_unused(t, connections, n);
	tables_unlock(t);
	return n;
}
