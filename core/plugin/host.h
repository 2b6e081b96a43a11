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
	char *path; /* of the module */
	void *module; /* dlopen handle */
	_Atomic(void *) conf; /* replaced while loops read it */
	void **old_confs; /* freed with the host */
	size_t old_conf_count;
	void *data;
	struct plugin_timer *timers;
	bool loaded;
	const struct skua_metric **metrics;
	size_t metric_count;
	struct skua_host *next;
};

struct plugins {
	struct registry registry;
	struct settings *settings;
	struct loop *main_loop; /* runs the timers; NULL: nothing is run */
	struct skua_host *hosts;
	char *search_path;
	void *broker; /* for host functions that core/broker implements */
};

/* Finds, checks and loads what `plugins` names ("*": every module found), in
 * the order of their needs.  On failure nothing stays loaded. */
int skua_plugins_load(struct plugins *plugins, const char *search_path,
    const char *names, struct skua_error *e) SKUA_MUST_CHECK;
/* Ends timers; unloads in the reverse order. */
void skua_plugins_unload(struct plugins *plugins);

/* Fills conf anew from the settings and asks the plug-in; 0 or its veto. */
int skua_plugins_reconfigure(struct plugins *plugins, const char *key,
    struct skua_error *e) SKUA_MUST_CHECK;
/* Whether a plug-in declares the key, and whether it may change live. */
bool skua_plugins_option(const struct plugins *plugins, const char *key,
    const struct skua_option **option_r);

/* One module, inspected without loading it into a broker. */
struct module {
	void *handle;
	const struct skua_plugin *plugin;
	char *path;
};
int skua_module_open(const char *path, struct module *module_r,
    struct skua_error *e) SKUA_MUST_CHECK;
void skua_module_close(struct module *module);
/* Whether the name has the form KIND-NAME: what "*" stands for, so that other
 * libraries may lie beside modules. */
bool skua_module_is_meant(const char *name);
/* Calls fn for each module file on the path. */
typedef int module_found_fn(void *arg, const char *name, const char *path);
int skua_module_search(const char *search_path, module_found_fn *fn, void *arg);
/* SKUA_PLUGIN_PATH, the setting, or where modules are installed. */
const char *skua_module_search_path(const char *setting);

/* Frees a host's timers; their loop has ended. */
void skua_host_free_timers(struct skua_host *host);

/* Fills a conf struct from option texts; strings are copies in it. */
int skua_options_fill(const struct skua_option *options, const char *prefix,
    const struct settings *s, void *conf, struct skua_error *e);
void skua_options_free(const struct skua_option *options, void *conf);

#endif
