/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a broker: what is started after what, and stopped before what. */
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <jansson.h>
#include <skua/service.h>

#include "base/rcu.h"
#include "broker/figures.h"
#include "broker/filter_cost.h"
#include "broker/host_put.h"
#include "broker/host_thread.h"
#include "broker/keeping.h"
#include "broker/ports.h"
#include "broker/rates.h"
#include "broker/state.h"
#include "broker/worker.h"
#include "net/addr.h"
#include "plugin/guard.h"

static void
on_main_turn_end(struct loop *loop)
{
	struct broker *b = sk_container(loop, struct broker, main);

	skua_sessions_settle(b);
	skua_slow_turn_end(b);
}

int
skua_broker_init(struct broker *b, struct skua_error *e)
{
	int rc;

	b->boot_ms = skua_now_ms();
	b->has_broker_role = skua_conf_list_has(
	    skua_settings_get(b->settings, "roles"), "broker");
	skua_topics_init(&b->topics);
	skua_lives_init(&b->lives);
	skua_groups_init(&b->groups);
	skua_sessions_init(&b->sessions);
	skua_offsets_init(&b->offsets);
	(void)pthread_mutex_init(&b->puts.lock, NULL);
	(void)pthread_mutex_init(&b->asks.lock, NULL);
	(void)pthread_mutex_init(&b->log.append_lock, NULL);
	(void)pthread_mutex_init(&b->log.damage_lock, NULL);
	(void)pthread_mutex_init(&b->log.follow_lock, NULL);
	(void)pthread_cond_init(&b->log.follow_wake, NULL);
	b->log.lock_fd = b->log.folder_fd = -1;
	skua_loop_say_when_out_of_memory();
	/* A tree of which a part is missing would be written like any other. */
	json_set_alloc_funcs(skua_mem_for_library, free);
	rc = skua_loop_init(&b->main, BROKER_LOOPS_MAX);
	if (rc != SKUA_OK)
		return skua_fail(e, rc, "could not make the main loop");
	b->main.turn_end = on_main_turn_end;
	rc = skua_sessions_start(b);
	if (rc != SKUA_OK)
		return skua_fail(e, rc, "could not make a timer");
	b->plugins.main_loop = &b->main;
	b->plugins.broker = b;
	skua_figures_provide(b);
	b->plugins.settings = b->settings;
	return SKUA_OK;
}

char *
skua_broker_path(const struct broker *b, const char *relative)
{
	char path[4096];

	if (b->log.folder == NULL)
		return NULL;
	(void)snprintf(path, sizeof(path), "%s/%s", b->log.folder, relative);
	return skua_mem_dup(skua_str_z(path));
}

/* --- the main thread --- */

struct on_main {
	struct loop_msg msg;
	struct broker *broker;
	void (*fn)(struct broker *b, void *arg);
	void *arg;
};

static void
run_on_main(struct loop *loop, struct loop_msg *msg)
{
	struct on_main *m = sk_container(msg, struct on_main, msg);

	(void)loop;
	m->fn(m->broker, m->arg);
	free(m);
}

void
skua_broker_on_main(struct broker *b, void (*fn)(struct broker *b, void *arg),
    void *arg)
{
	struct on_main *m = sk_new(struct on_main);

	m->broker = b;
	m->fn = fn;
	m->arg = arg;
	m->msg.fn = run_on_main;
	skua_loop_post(&b->main, &m->msg);
}

/* --- start --- */

static void
publish_conf(struct broker *b)
{
	atomic_store(&b->conf, skua_conf_new(b->settings));
}

/* The address clients are told: brokerIP1, or what bindAddress means. */
static int
choose_address(struct broker *b, struct skua_error *e)
{
	const struct conf *conf = broker_conf(b);
	char text[ADDR_TEXT_SIZE];
	struct skua_addr addr;

	if (*conf->advertised_ip != '\0') {
		if (skua_addr_parse_ip(conf->advertised_ip, &addr) != SKUA_OK)
			return skua_fail(e, SKUA_EINVAL,
			    "brokerIP1: \"%s\" is not an address",
			    conf->advertised_ip);
	} else if (skua_addr_parse_ip(conf->bind_address, &addr) != SKUA_OK ||
	    strcmp(conf->bind_address, "0.0.0.0") == 0 ||
	    strcmp(conf->bind_address, "::") == 0) {
		skua_addr_of_machine(&addr);
	}
	b->store_host = addr;
	if (skua_settings_set(b->settings, "brokerIP1",
		skua_addr_format_ip(&addr, text), "chosen", e) != SKUA_OK)
		return SKUA_EINVAL;
	return SKUA_OK;
}

static int
choose_names(struct broker *b, struct skua_error *e)
{
	const char *env = getenv("NAMESRV_ADDR");
	char host[256] = "skua";
	int rc = SKUA_OK;

	(void)gethostname(host, sizeof(host) - 1);
	if (*skua_settings_get(b->settings, "brokerName") == '\0')
		rc = skua_settings_set(b->settings, "brokerName", host,
		    "host name", e);
	if (rc == SKUA_OK && env != NULL &&
	    *skua_settings_get(b->settings, "namesrvAddr") == '\0')
		rc = skua_settings_set(b->settings, "namesrvAddr", env,
		    "NAMESRV_ADDR", e);
	if (rc != SKUA_OK)
		return rc;
	publish_conf(b);
	rc = choose_address(b, e);
	if (rc == SKUA_OK) {
		const struct conf *old = broker_conf(b);

		publish_conf(b);
		skua_conf_free((struct conf *)(uintptr_t)old);
	}
	return rc;
}

/* Connections leave descriptors for files: the log's, queues', tables'. */
static int64_t
conns_max(const struct conf *conf)
{
	struct rlimit limit;
	int64_t all, kept = conf->reserved_fds;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
	    limit.rlim_cur == RLIM_INFINITY)
		return conf->conns_max;
	all = limit.rlim_cur > INT32_MAX ? INT32_MAX : (int64_t)limit.rlim_cur;
	if (kept > all / 2)
		kept = all / 2;
	return conf->conns_max < all - kept ? conf->conns_max : all - kept;
}

void
skua_broker_set_limits(struct broker *b)
{
	const struct conf *conf = broker_conf(b);
	int64_t loops = b->loop_count > 0 ? (int64_t)b->loop_count : 1;
	struct limits *l = &b->limits;

	atomic_store(&l->conns, conns_max(conf));
	atomic_store(&l->conns_per_addr, conf->conns_per_addr);
	atomic_store(&l->unsent, conf->unsent_max);
	atomic_store(&l->unsent_all, conf->unsent_all_max / loops);
	atomic_store(&l->reading_all, conf->reading_all_max / loops);
	atomic_store(&l->deferred, conf->deferred_max);
	atomic_store(&l->parked, conf->parked_max);
	atomic_store(&l->deferred_bytes, conf->deferred_bytes_max);
	atomic_store(&l->deferred_all, conf->deferred_all_max / loops);
}

static int
make_loops(struct broker *b, struct skua_error *e)
{
	int64_t n = broker_conf(b)->io_threads;

	if (n <= 0)
		n = sysconf(_SC_NPROCESSORS_ONLN);
	if (n < 1)
		n = 1;
	if (n > BROKER_LOOPS_MAX - 1)
		n = BROKER_LOOPS_MAX - 1;
	b->loops = sk_new_array((size_t)n, struct loop);
	for (; b->loop_count < (size_t)n; b->loop_count++) {
		struct loop *loop = &b->loops[b->loop_count];
		int rc = skua_loop_init(loop, (unsigned)b->loop_count);

		if (rc != SKUA_OK)
			return skua_fail(e, rc, "could not make a loop");
		loop->limits = &b->limits;
		b->loop_list[b->loop_count] = loop;
		(void)skua_state_new(b, loop);
	}
	skua_broker_set_limits(b);
	b->main.limits = &b->limits;
	return SKUA_OK;
}

/* Whether a service runs under the roles given. */
static bool
runs(const struct broker *b, const struct skua_service *service)
{
	return service->role == NULL ||
	    skua_conf_list_has(skua_settings_get(b->settings, "roles"),
		service->role);
}

static int
start_service(const struct provider *p, struct skua_error *e)
{
	const struct skua_service *service = p->ops;
	int rc;

	if (service->start == NULL)
		return SKUA_OK;
	skua_plugin_will_say(e);
	skua_guard_begin("was started", p->host->name, p->host->path);
	rc = skua_plugin_said(service->start(p->host, e), e);
	skua_guard_end();
	return rc;
}

static int
start_services(struct broker *b, struct skua_error *e)
{
	const struct provider *p;
	int rc = SKUA_OK;

	for (size_t at = 0; rc == SKUA_OK &&
	     (p = skua_registry_next(&b->plugins.registry, PLUGIN_SERVICE,
		  &at)) != NULL;) {
		const struct skua_service *service = p->ops;

		if (!runs(b, service))
			continue;
		rc = start_service(p, e);
		if (rc != SKUA_OK)
			return skua_fail_prefix(e, rc, "service %s: ",
			    p->name);
		b->started = skua_mem_grow(b->started, b->started_count + 1,
		    sizeof(b->started[0]));
		b->started[b->started_count++] = p;
		rc = skua_ports_add_service(b, p, e);
	}
	return rc;
}

static void
stop_services(struct broker *b)
{
	b->stopped_services = true;
	while (b->started_count > 0) {
		const struct provider *p = b->started[--b->started_count];
		const struct skua_service *service = p->ops;

		if (service->stop != NULL)
			service->stop(p->host);
	}
}

int
skua_broker_start(struct broker *b, struct skua_error *e)
{
	int rc;

	skua_plugin_will_say(e);
	rc = choose_names(b, e);
	if (rc == SKUA_OK)
		rc = make_loops(b, e);
	if (rc == SKUA_OK)
		rc = skua_reader_start(b, e);
	if (rc == SKUA_OK && b->has_broker_role) {
		rc = skua_log_open(b, e);
		if (rc == SKUA_OK)
			rc = skua_keeping_load(b, e);
		if (rc == SKUA_OK)
			rc = skua_log_recover(b, e);
		if (rc == SKUA_OK)
			rc = skua_log_start(b, e);
		if (rc == SKUA_OK)
			rc = skua_worker_start(b, e);
		if (rc == SKUA_OK)
			rc = skua_ports_add_broker(b, e);
		if (rc == SKUA_OK)
			skua_host_puts_open(b);
	}
	if (rc == SKUA_OK)
		rc = start_services(b, e);
	if (rc != SKUA_OK)
		return rc;
	b->registrar = skua_registrar_new(b);
	skua_keeping_start(b);
	for (size_t i = 0; i < b->loop_count && rc == SKUA_OK; i++) {
		rc = skua_loop_start(&b->loops[i]);
		b->running_loops += rc == SKUA_OK;
	}
	if (rc != SKUA_OK)
		return skua_fail(e, rc, "could not start a thread");
	atomic_store(&b->serving, true);
	return skua_ports_start(b, e);
}

/* --- stop --- */

void
skua_broker_stop(struct broker *b)
{
	b->stopping = true;
	atomic_store(&b->serving, false);
	skua_ports_close(b);
	for (size_t i = 0; i < b->running_loops; i++)
		skua_loop_stop(&b->loops[i]);
	for (size_t i = 0; i < b->running_loops; i++)
		skua_loop_join(&b->loops[i]);
	skua_host_puts_close(b);
	skua_host_asks_close(b);
	skua_sessions_settle(b);
	skua_reader_stop(b);
	/* Threads of theirs answer what they have: loops still take that. */
	skua_log_end_followers(b);
	stop_services(b);
	for (size_t i = 0; i < b->loop_count; i++)
		skua_loop_fini(&b->loops[i]);
	if (b->has_broker_role && b->keeper != NULL)
		skua_keeping_stop(b);
	skua_worker_stop(b);
	for (size_t i = 0; i < b->loop_count; i++)
		skua_state_free(b->loops[i].data);
	if (b->registrar != NULL)
		skua_registrar_free(b->registrar);
	b->registrar = NULL;
	skua_loop_fini(&b->main);
	if (b->has_broker_role && b->log.store != NULL)
		skua_log_close(b);
}

void
skua_broker_fini(struct broker *b)
{
	skua_keeping_free(b);
	skua_host_asks_free(b);
	skua_plugins_unload(&b->plugins);
	skua_rcu_drain();
	skua_topics_fini(&b->topics);
	skua_lives_fini(&b->lives);
	skua_groups_fini(&b->groups);
	skua_sessions_fini(&b->sessions);
	skua_offsets_fini(&b->offsets);
	skua_ports_fini(b);
	if (broker_conf(b) != NULL)
		skua_conf_free((struct conf *)(uintptr_t)broker_conf(b));
	skua_rates_free(b);
	skua_filter_costs_free(b);
	skua_settings_free(b->settings);
	free(b->loops);
	free(b->started);
	free(b->conf_file);
	(void)pthread_mutex_destroy(&b->puts.lock);
	(void)pthread_mutex_destroy(&b->log.append_lock);
	(void)pthread_mutex_destroy(&b->log.damage_lock);
	(void)pthread_mutex_destroy(&b->log.follow_lock);
	(void)pthread_cond_destroy(&b->log.follow_wake);
}
