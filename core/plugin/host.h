/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A loaded instance of a plug-in, and the set of all of them.
 */
#ifndef PLUGIN_HOST_H
#define PLUGIN_HOST_H

#include <skua/host.h>

#include "conf/settings.h"
#include "net/loop.h"
#include "plugin/registry.h"

struct plugins;
struct plugin_timer;

struct skua_host {
	struct plugins *plugins;
	const struct skua_plugin *plugin;
	char *name; /* of the instance */
	const char *path; /* of the module */
	struct module *module;
	_Atomic(void *) conf; /* replaced while loops read it */
	_Atomic uint64_t conf_version; /* another one after each change */
	void *next_conf; /* while a change is made: what may go */
	void *data;
	struct plugin_timer *timers;
	bool loaded;
	struct metric_row *metrics; /* newest first; metrics.c has the lock */
	struct skua_host *next;
};

/* A system topic or group that a plug-in says is its own. */
struct declared {
	char *name; /* with %c, %b */
	const struct skua_host *host;
	int32_t read_queues, write_queues, perm;
	bool is_group, sendable, on_demand;
};

struct plugins {
	struct registry registry;
	struct settings *settings;
	struct loop *main_loop; /* runs the timers; NULL: nothing is run */
	struct skua_host *hosts;
	struct declared *declared; /* written while plug-ins load */
	size_t declared_count;
	char *search_path;
	void *broker; /* for host functions that core/broker implements */
	/* The broker's own metric rows; NULL: none. */
	void (*core_metrics)(const void *broker, skua_metric_fn *fn, void *arg);
};

/* Finds, checks and loads what `plugins` names ("*": every module found), in
 * the order of their needs.  On failure nothing stays loaded. */
int skua_plugins_load(struct plugins *plugins, const char *search_path,
    const char *names, struct skua_error *e) SKUA_MUST_CHECK;
/* Ends timers; unloads in the reverse order. */
void skua_plugins_unload(struct plugins *plugins);

/* Main thread.  Fills conf anew from the settings and asks every plug-in that
 * has the key; all of them take it or none.  SKUA_EPERM: it may not change while
 * the broker runs. */
int skua_plugins_reconfigure(struct plugins *plugins, const char *key,
    struct skua_error *e) SKUA_MUST_CHECK;
/* Any thread. */
static inline uint64_t
skua_host_conf_version(const struct skua_host *host)
{
	return atomic_load_explicit(&host->conf_version, memory_order_acquire);
}
/* The row of the key, when a plug-in declares it. */
bool skua_plugins_option(const struct plugins *plugins, const char *key,
    const struct skua_option **option_r);

/* A module that was opened and found to be a plug-in.  plugin is a copy of its
 * descriptor, as large as this broker's, with option rows of this broker's size. */
struct module {
	void *handle;
	const struct skua_plugin *plugin;
	char *path;
	struct skua_plugin copy;
	struct skua_option *options;
};
/* NULL with a sentence in e, and its code. */
struct module *skua_module_open(const char *path, struct skua_error *e)
    SKUA_MUST_CHECK;
void skua_module_close(struct module *module);
/* Whether the name has the form KIND-NAME: what "*" stands for, so that other
 * libraries may lie beside modules. */
bool skua_module_is_meant(const char *name);
/* Calls fn for each module file on the path. */
typedef int module_found_fn(void *arg, const char *name, const char *path);
int skua_module_search(const char *search_path, module_found_fn *fn, void *arg);
/* SKUA_PLUGIN_PATH alone; else the folders of the setting, then where modules
 * are installed.  Freed by the caller. */
char *skua_module_search_path(const char *setting);

/* Around each function of a plug-in that may fail: one that says nothing gets the
 * error's own words. */
static inline void
skua_plugin_will_say(struct skua_error *e)
{
	e->code = SKUA_OK;
	e->text[0] = '\0';
}

static inline int
skua_plugin_said(int rc, struct skua_error *e)
{
	return rc == SKUA_OK || e->text[0] != '\0' ?
	    rc :
	    skua_fail(e, rc, "%s", skua_strerror(rc));
}

void skua_declared_remove_host(struct plugins *plugins,
    const struct skua_host *host);
void skua_host_free_metrics(struct skua_host *host);
/* Frees a host's timers; their loop has ended. */
void skua_host_free_timers(struct skua_host *host);

/* Fills a conf struct from option texts; strings are copies in it. */
int skua_options_fill(const struct skua_option *options, const char *prefix,
    const struct settings *s, void *conf, struct skua_error *e);
void skua_options_free(const struct skua_option *options, void *conf);

#endif
