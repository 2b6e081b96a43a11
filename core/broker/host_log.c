/* SPDX-License-Identifier: Apache-2.0 */
/* What plug-ins may ask of the log: flushing, replication, following, reading. */
#include <stdlib.h>

#include <skua/flush.h>
#include <skua/replication.h>
#include <skua/service.h>
#include <skua/store.h>

#include "base/rcu.h"
#include "broker/broker.h"
#include "broker/put.h"
#include "broker/verify.h"

#define FOLLOW_BATCH 256
/* While messages come, what follows the log reads them from the processor's
 * caches, not from memory; a tenth of a second late is soon enough for the first
 * one. */
#define WAIT_MIN_MS 1
#define WAIT_MAX_MS 100

static struct broker *
broker_of(const struct skua_host *host)
{
	return host->plugins->broker;
}

/* NULL in a process that is no broker, and before the log is open. */
static struct log *
log_of(const struct skua_host *host)
{
	struct broker *b = broker_of(host);

	return b == NULL || !b->log.store_is_open ? NULL : &b->log;
}

/* --- flush and replication --- */

int
skua_log_sync(struct broker *b, int64_t *synced_pos_r)
{
	struct log *log = &b->log;
	int rc = log->store->sync(log->store_state, synced_pos_r);

	if (rc == SKUA_OK) {
		atomic_store_explicit(&log->synced_pos, *synced_pos_r,
		    memory_order_release);
		return SKUA_OK;
	}
	if (atomic_exchange(&log->error, rc) == SKUA_OK) {
		skua_log(SKUA_LOG_ERROR, "log",
		    "fsync failed (%s): refusing writes until restart",
		    skua_strerror(rc));
		skua_put_durable(b);
	}
	return rc;
}

int
skua_flush_sync(struct skua_host *host, int64_t *synced_pos_r)
{
	return log_of(host) == NULL ?
	    SKUA_ENOTSUP :
	    skua_log_sync(broker_of(host), synced_pos_r);
}

void
skua_flush_progress(struct skua_host *host, int64_t *end_pos_r,
    int64_t *synced_pos_r)
{
	const struct log *log = log_of(host);

	*end_pos_r = *synced_pos_r = 0;
	if (log == NULL)
		return;
	*end_pos_r = atomic_load_explicit(&log->end_pos, memory_order_acquire);
	*synced_pos_r = atomic_load_explicit(&log->synced_pos,
	    memory_order_acquire);
}

static void
raise_to(_Atomic int64_t *to, int64_t pos)
{
	int64_t now = atomic_load(to);

	while (now < pos && !atomic_compare_exchange_weak(to, &now, pos))
		continue;
}

void
skua_flush_done(struct skua_host *host, int64_t pos)
{
	struct broker *b = broker_of(host);

	if (log_of(host) == NULL)
		return;
	raise_to(&b->log.flushed_pos, pos);
	if (!b->log.flush->answers_at_once)
		skua_put_durable(b);
}

void
skua_replication_done(struct skua_host *host, int64_t pos)
{
	struct broker *b = broker_of(host);

	if (log_of(host) == NULL)
		return;
	raise_to(&b->log.replicated_pos, pos);
	if (!b->log.replication->answers_at_once)
		skua_put_durable(b);
}

/* --- stores that wrap stores --- */

int
skua_store_open(struct skua_host *host, const char *name, const char *folder,
    struct skua_store_ref *store_r, struct skua_error *e)
{
	const struct provider *p = skua_registry_need(
	    &host->plugins->registry, PLUGIN_STORE, name, e);
	int rc;

	if (p == NULL)
		return SKUA_ENOENT;
	store_r->ops = p->ops;
	store_r->state = skua_mem_new(1, store_r->ops->state_size + 1);
	skua_plugin_will_say(e);
	rc = skua_plugin_said(store_r->ops->open(store_r->state, p->host,
				  folder, e), e);
	if (rc != SKUA_OK)
		free(store_r->state);
	return rc;
}

void
skua_store_close(struct skua_store_ref *store)
{
	store->ops->close(store->state);
	free(store->state);
	store->state = NULL;
}

/* --- reading --- */

int
skua_log_read(struct skua_host *host, int64_t pos, struct skua_log_record *r)
{
	struct broker *b = broker_of(host);
	struct log *log = log_of(host);
	struct skua_slice slice;

	if (log == NULL)
		return SKUA_ENOTSUP;
	if (!skua_record_read(log, pos, 0, &slice, &r->record))
		return SKUA_ENOENT;
	if (skua_record_verify_at(b, &slice, pos) != SKUA_OK) {
		log->store->release(log->store_state, &slice);
		return SKUA_ECORRUPT;
	}
	r->bytes = slice.bytes;
	r->pin = slice.pin;
	memset(r->reserved, 0, sizeof(r->reserved));
	return SKUA_OK;
}

void
skua_log_release(struct skua_host *host, struct skua_log_record *r)
{
	const struct log *log = log_of(host);
	struct skua_slice slice = { r->bytes, (size_t)r->record.size, r->pin };

	log->store->release(log->store_state, &slice);
}

bool
skua_log_is_current(struct skua_host *host, const struct skua_record *record)
{
	struct topics *t;
	const struct topic *topic;
	bool is;

	if (log_of(host) == NULL)
		return false;
	t = &broker_of(host)->topics;
	/* Followers read no table without a lock. */
	(void)pthread_mutex_lock(&t->lock);
	topic = skua_topic_find(t, record->topic);
	is = topic != NULL && record->pos >= topic->life_pos;
	(void)pthread_mutex_unlock(&t->lock);
	return is;
}

void
skua_log_range(struct skua_host *host, int64_t *min_pos_r, int64_t *max_pos_r)
{
	const struct log *log = log_of(host);
	struct skua_store_state state = { 0 };

	*min_pos_r = *max_pos_r = 0;
	if (log == NULL)
		return;
	log->store->get_state(log->store_state, &state);
	*min_pos_r = state.min_pos;
	*max_pos_r = atomic_load(&log->end_pos);
}

bool
skua_log_is_durable(struct skua_host *host)
{
	const struct log *log = log_of(host);

	return log != NULL && log->store->durable;
}

bool
skua_log_was_clean(struct skua_host *host)
{
	const struct log *log = log_of(host);

	return log != NULL && log->was_clean;
}

/* --- following --- */

struct follower {
	struct follower *next;
	struct broker *broker;
	struct skua_host *host;
	pthread_t thread;
	int64_t pos, end;
	int wait_ms; /* before it looks again */
	_Atomic int64_t again_pos; /* -1: none */
	struct check_cursor cursor;
	skua_follow_fn *fn;
	void *arg;
};

/* What may still be lost is not handed on; at the end the log is synced. */
static int64_t
follow_end(const struct log *log)
{
	int64_t end = atomic_load_explicit(&log->end_pos, memory_order_acquire);
	int64_t safe = log->ending ? end : skua_log_safe_pos(log);

	return safe < end ? safe : end;
}

/* Under the follow lock; says how far to go. */
static bool
has_more(struct follower *f)
{
	f->end = follow_end(&f->broker->log);
	return f->end > f->pos || atomic_load(&f->again_pos) >= 0;
}

/* Waits for the log to grow; false at the end. */
static bool
wait_for_more(struct follower *f)
{
	struct log *log = &f->broker->log;
	struct timespec until;
	bool go_on;

	skua_rcu_offline();
	(void)pthread_mutex_lock(&log->follow_lock);
	if (!log->ending && !has_more(f)) {
		/* Appends do not signal. */
		(void)clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += f->wait_ms * 1000000;
		if (until.tv_nsec >= 1000000000) {
			until.tv_nsec -= 1000000000;
			until.tv_sec++;
		}
		f->wait_ms = 2 * f->wait_ms < WAIT_MAX_MS ? 2 * f->wait_ms :
							    WAIT_MAX_MS;
		(void)pthread_cond_clockwait(&log->follow_wake,
		    &log->follow_lock, CLOCK_MONOTONIC, &until);
	}
	go_on = has_more(f) || !log->ending;
	(void)pthread_mutex_unlock(&log->follow_lock);
	skua_rcu_online();
	return go_on;
}

struct follow_step {
	struct skua_record records[FOLLOW_BATCH];
	struct skua_slice slices[FOLLOW_BATCH];
	size_t count;
};

/* There is no record: it may be behind a file's last one, below the oldest
 * file, or at a damaged one. */
static void
pass_over(struct follower *f, int64_t end)
{
	struct log *log = &f->broker->log;
	struct skua_store_state state = { 0 };
	int64_t next;

	log->store->get_state(log->store_state, &state);
	if (f->pos < state.min_pos) {
		f->pos = state.min_pos;
		return;
	}
	next = skua_record_skip(f->broker, &f->cursor, &state, f->pos);
	f->pos = next > f->pos ? next : end;
}

#define FETCH_RECORDS 4 /* so long as a line takes to come */

/* Another core has just written what is read here, so every line is a miss.
 * Where a record begins is known from the one before it, which is too late;
 * those that follow are likely of much the same size. */
static void
fetch_ahead(const struct skua_record *r)
{
	const char *later = (const char *)r->bytes +
	    (ptrdiff_t)FETCH_RECORDS * r->size;
	ptrdiff_t behind_body = r->topic.p - (const char *)r->bytes;

	__builtin_prefetch(later);
	__builtin_prefetch(later + 64);
	for (ptrdiff_t at = 0; at < (ptrdiff_t)r->properties.len + 64 && at < 320;
	     at += 64)
		__builtin_prefetch(later + behind_body + at);
}

static void
read_step(struct follower *f, struct follow_step *step, int64_t end)
{
	step->count = 0;
	while (step->count < FOLLOW_BATCH && f->pos < end) {
		struct skua_record *r = &step->records[step->count];

		if (!skua_record_read(&f->broker->log, f->pos, 0,
			&step->slices[step->count], r)) {
			pass_over(f, end);
			continue;
		}
		fetch_ahead(r);
		f->pos += r->size;
		step->count++;
	}
}

static void *
follow(void *arg)
{
	struct follower *f = arg;
	struct log *log = &f->broker->log;
	struct follow_step *step = sk_new(struct follow_step);

	/* This may take a while, and looks at no table. */
	f->fn(f->arg, NULL, 0);
	skua_rcu_register();
	while (wait_for_more(f)) {
		int64_t end = f->end;
		int64_t again = atomic_exchange(&f->again_pos, -1);

		if (again >= 0)
			f->pos = again;
		if (f->pos < end)
			f->wait_ms = WAIT_MIN_MS;
		read_step(f, step, end);
		if (step->count > 0)
			f->fn(f->arg, step->records, step->count);
		for (size_t i = 0; i < step->count; i++)
			log->store->release(log->store_state,
			    &step->slices[i]);
	}
	skua_check_cursor_close(&f->cursor);
	skua_rcu_unregister();
	free(step);
	return NULL;
}

int
skua_log_follow(struct skua_host *host, int64_t from_pos, skua_follow_fn *fn,
    void *arg, struct skua_error *e)
{
	struct broker *b = broker_of(host);
	struct follower *f;
	int rc;

	if (log_of(host) == NULL)
		return skua_fail(e, SKUA_ENOTSUP,
		    "this process has no log to follow: it has not the role "
		    "broker");
	f = sk_new(struct follower);
	f->broker = b;
	f->host = host;
	f->pos = from_pos;
	f->wait_ms = WAIT_MIN_MS;
	atomic_init(&f->again_pos, -1);
	f->fn = fn;
	f->arg = arg;
	/* It may look for itself at once. */
	(void)pthread_mutex_lock(&b->log.follow_lock);
	rc = pthread_create(&f->thread, NULL, follow, f);
	if (rc == 0) {
		(void)pthread_setname_np(f->thread, "skua-follow");
		f->next = b->log.followers;
		b->log.followers = f;
	}
	(void)pthread_mutex_unlock(&b->log.follow_lock);
	if (rc == 0)
		return SKUA_OK;
	free(f);
	return skua_fail(e, skua_from_errno(rc), "could not start a thread");
}

void
skua_log_follow_again(struct skua_host *host, const void *arg,
    int64_t from_pos)
{
	struct log *log = log_of(host);

	if (log == NULL)
		return;
	(void)pthread_mutex_lock(&log->follow_lock);
	for (struct follower *f = log->followers; f != NULL; f = f->next)
		if (f->host == host && f->arg == arg)
			atomic_store(&f->again_pos, from_pos);
	(void)pthread_mutex_unlock(&log->follow_lock);
}

void
skua_log_end_followers(struct broker *b)
{
	struct log *log = &b->log;

	(void)pthread_mutex_lock(&log->follow_lock);
	log->ending = true;
	(void)pthread_cond_broadcast(&log->follow_wake);
	(void)pthread_mutex_unlock(&log->follow_lock);
	/* They may still ask for one another. */
	for (struct follower *f = log->followers; f != NULL; f = f->next)
		(void)pthread_join(f->thread, NULL);
	while (log->followers != NULL) {
		struct follower *f = log->followers;

		log->followers = f->next;
		free(f);
	}
}
