/* SPDX-License-Identifier: Apache-2.0 */
/* See broker_rig.h; as skuad does it. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/rcu.h"
#include "broker/ports.h"
#include "broker_rig.h"
#include "own.h"

#define MODULES                                                                \
	"store-commitlog,index-cq,flush-async,flush-sync,replication-none,"    \
	"selector-roundrobin,filter-tag,service-query"

#define STRING(x) STRING_OF(x)
#define STRING_OF(x) #x

struct broker_rig {
	struct broker broker;
	pthread_t main;
	bool runs;
};

static const char *const common[] = { "roles", "broker", "bindAddress",
	"127.0.0.1", "listenPort", "0", "ioThreads", "1", "brokerName", "rig",
	"storePathRootDir", RIG_ROOT, "mappedFileSizeCommitLog",
	STRING(RIG_LOG_FILE), "mappedFileSizeConsumeQueue",
	STRING(RIG_QUEUE_FILE), "maxHashSlotNum", STRING(RIG_SLOTS),
	"maxIndexNum", STRING(RIG_ENTRIES), NULL };

static void *
run_main(void *arg)
{
	skua_loop_run(arg);
	return NULL;
}

static int
set_all(struct broker *b, const char *const *settings, struct skua_error *e)
{
	int rc = SKUA_OK;

	for (; settings != NULL && *settings != NULL && rc == SKUA_OK;
	     settings += 2)
		rc = skua_settings_set(b->settings, settings[0], settings[1],
		    "rig", e);
	return rc;
}

static void
end_main_loop(struct broker *b, void *arg)
{
	(void)arg;
	uv_stop(&b->main.uv);
}

static int
start(struct broker_rig *rig, const char *const *settings,
    struct skua_error *e)
{
	struct broker *b = &rig->broker;
	int rc = set_all(b, common, e);

	skua_io_replace(NULL); /* the modules are real files */
	if (rc == SKUA_OK)
		rc = set_all(b, settings, e);
	if (rc == SKUA_OK)
		rc = skua_broker_init(b, e);
	if (rc == SKUA_OK)
		rc = skua_plugins_load(&b->plugins, getenv("SKUA_PLUGIN_PATH"),
		    MODULES, e);
	if (rc != SKUA_OK) { /* nothing on the disk was looked at yet */
		(void)fprintf(stderr, "rig: %s\n", e->text);
		abort();
	}
	skua_io_replace(&disk_io);
	skua_rcu_register();
	rc = skua_broker_start(b, e);
	skua_rcu_unregister();
	return rc;
}

struct broker_rig *
broker_rig_start(struct disk *disk, const char *const *settings,
    struct skua_error *e)
{
	struct broker_rig *rig = own_new(sizeof(*rig));
	int rc;

	disk_use(disk);
	rig->broker.settings = skua_settings_new();
	rc = start(rig, settings, e);
	own_begin(); /* skuad has no thread for this one */
	if (rc == SKUA_OK)
		rc = pthread_create(&rig->main, NULL, run_main,
		    &rig->broker.main);
	own_end();
	rig->runs = rc == SKUA_OK;
	if (rc != SKUA_OK)
		broker_rig_stop(&rig);
	return rig;
}

uint16_t
broker_rig_port(const struct broker_rig *rig)
{
	return skua_ports_find(&rig->broker, "broker")->listener.addr.port;
}

void
broker_rig_stop(struct broker_rig **rig_p)
{
	struct broker_rig *rig = *rig_p;

	if (rig == NULL)
		return;
	if (rig->runs) {
		rig->broker.stopping = true;
		skua_broker_on_main(&rig->broker, end_main_loop, NULL);
		(void)pthread_join(rig->main, NULL);
	}
	skua_broker_stop(&rig->broker);
	skua_broker_fini(&rig->broker);
	free(rig);
	*rig_p = NULL;
}
