/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A broker: what every feature needs, policy left out.
 *
 * Threads: the main loop owns the tables (topics, groups, sessions), timers and
 * everything that talks to nameservers; network loops own connections, parked
 * pulls and batches; workers write the index back and tidy.  Loops read tables
 * without locks (base/rcu.h).
 */
#ifndef BROKER_BROKER_H
#define BROKER_BROKER_H

#include "broker/dispatch.h"
#include "broker/group.h"
#include "broker/log.h"
#include "broker/offset.h"
#include "broker/session.h"
#include "broker/topic.h"
#include "broker/topic_life.h"
#include "conf/conf.h"
#include "net/listener.h"
#include "plugin/host.h"

#define BROKER_LOOPS_MAX 64 /* bits of queue.parked */
#define BROKER_PORTS_MAX 16

struct registrar;
struct loop_state;
struct worker;
struct keeper;
struct rates;
struct elsewhere;

struct port {
	struct broker *broker;
	struct dispatch dispatch;
	struct listener listener;
	struct conn_user user;
	const struct provider *service; /* owner of a port of its own */
	const char *what;               /* "broker", "namesrv" */
	bool keeps_sessions;
};

/* What plug-ins have put and were not told of yet. */
struct host_puts {
	pthread_mutex_t lock;
	int64_t bytes;
	bool open;
};

/* What plug-ins wait for on the main thread (broker/host_thread.h). */
struct host_ask;
struct host_asks {
	pthread_mutex_t lock;
	struct host_ask *first;
	size_t count;
	bool closed;
};

struct broker {
	struct settings *settings;
	_Atomic(const struct conf *) conf;
	char *conf_file; /* changes are written back there; may be NULL */
	struct plugins plugins;

	struct limits limits;
	struct loop main;
	struct loop *loops;
	struct loop *loop_list[BROKER_LOOPS_MAX];
	size_t loop_count;

	struct topics topics;
	struct lives lives;
	struct groups groups;
	struct sessions sessions;
	struct offsets offsets;
	struct log log;
	struct host_puts puts; /* broker/host_put.h */
	struct host_asks asks;

	struct port ports[BROKER_PORTS_MAX];
	size_t port_count;
	const struct provider **started; /* services */
	size_t started_count;
	size_t running_loops;
	struct registrar *registrar;
	struct worker *worker;
	struct keeper *keeper;
	struct elsewhere *elsewhere; /* broker/elsewhere.c */
	struct rates *rates; /* broker/rates.h */
	struct filter_cost_entry *filter_costs; /* broker/filter_cost.h */

	struct skua_addr store_host; /* advertised address and port */
	char store_host_text[64];
	int64_t boot_ms;
	bool has_broker_role;
	bool stopped_services; /* written when no loop runs */
	_Atomic bool stopping;
	_Atomic bool serving;

	_Atomic int64_t put_times, put_failed, put_bytes;
	_Atomic int64_t get_messages, get_found, get_missed;
};

/* The main thread, or nothing serves yet or any more. */
#define ASSERT_MAIN(b)                                                         \
	sk_assert(!atomic_load(&(b)->serving) ||                               \
	    skua_loop_here() == &(b)->main)

/* Settings and plug-ins are loaded; nothing runs yet. */
int skua_broker_init(struct broker *b, struct skua_error *e) SKUA_MUST_CHECK;
/* Opens the log, recovers, opens the ports, starts the loops. */
int skua_broker_start(struct broker *b, struct skua_error *e) SKUA_MUST_CHECK;
/* After the main loop has ended. */
void skua_broker_stop(struct broker *b);
void skua_broker_fini(struct broker *b);

static inline const struct conf *
broker_conf(const struct broker *b)
{
	return atomic_load_explicit(&b->conf, memory_order_acquire);
}

struct setting_pair {
	char *key, *value;
	size_t place; /* private: in the request */
	bool written; /* private: in the file */
};

/* Changes settings: none when one is wrong or unknown (SKUA_ENOENT), or when the
 * file would no longer be read.  Those that are not LIVE are in force from the
 * next start on.  Reorders pairs.  Main thread. */
int skua_broker_set(struct broker *b, struct setting_pair *pairs, size_t n,
    struct skua_error *e) SKUA_MUST_CHECK;

/* Takes the limits of what peers can cost from the settings in force. */
void skua_broker_set_limits(struct broker *b);

/* The broker's part of a path below the store folder; NULL without one. */
char *skua_broker_path(const struct broker *b, const char *relative);

/* Runs fn(arg) on the main loop. */
void skua_broker_on_main(struct broker *b, void (*fn)(struct broker *b,
    void *arg), void *arg);

#endif
