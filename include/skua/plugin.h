/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The descriptor of a plug-in, and what the host does with it.
 *
 * A module is a shared object that exports one symbol, `skua_plugin`, a const
 * struct skua_plugin.  The host refuses it, with a sentence that names both
 * sides, unless: abi_major equals the host's, abi_minor is not above the
 * host's, size covers the fields of that minor, and name equals the file name
 * (filter-tag.so holds "filter-tag").  Modules are opened RTLD_NOW|RTLD_LOCAL
 * and link libskuacore, so that a module has no undefined symbols.
 *
 * ABI history.  A field or function added at a tail: MINOR.  Else: MAJOR.
 * 1.0	first version
 */
#ifndef SKUA_PLUGIN_H
#define SKUA_PLUGIN_H

#include <skua/error.h>
#include <skua/option.h>
#include <skua/types.h>

SKUA_BEGIN_DECLS

#define SKUA_ABI_MAJOR 1
#define SKUA_ABI_MINOR 0

struct skua_host; /* one loaded instance of a plug-in, as the host sees it */

struct skua_plugin {
	/* These guard the rest and stay first. */
	uint16_t abi_major, abi_minor;
	uint32_t size;

	const char *name;    /* "filter-tag" = folder = file */
	const char *version;
	const char *descr;   /* one line for `skua plugin list` */
	const char *license; /* SPDX */
	/* Names of providers ("store:commitlog") that must be loaded before
	 * this one; NULL or ends with NULL. */
	const char *const *needs;
	const struct skua_option *options; /* ends with SKUA_OPT_END, or NULL */
	size_t conf_size; /* host allocates, fills from options, owns */

	/* Main thread, before any loop runs.  Provides implementations with
	 * the skua_provide_* functions.  Not 0: nothing stays provided, and
	 * unload is not called. */
	int (*load)(struct skua_host *host, struct skua_error *e);
	/* Main thread, after every loop has stopped; may be NULL. */
	void (*unload)(struct skua_host *host);
	/* Main thread.  A LIVE option has changed: conf is the new struct, the
	 * old one stays valid until the call returns.  Not 0 vetoes the change.
	 * NULL: the plug-in reads skua_host_conf() whenever it needs it. */
	int (*reconfigure)(struct skua_host *host, const void *conf,
	    struct skua_error *e);
};

#define SKUA_ABI                                                               \
	.abi_major = SKUA_ABI_MAJOR, .abi_minor = SKUA_ABI_MINOR,              \
	.size = sizeof(struct skua_plugin)

/* Defines the exported descriptor:
 *	SKUA_PLUGIN_EXPORT = { SKUA_ABI, .name = …, … }; */
#define SKUA_PLUGIN_EXPORT                                                     \
	SKUA_API extern const struct skua_plugin skua_plugin;                  \
	const struct skua_plugin skua_plugin

/* One typed function per kind; each is declared in that kind's header.  Called
 * from load only.  name is what a setting or a peer uses ("commitlog", "TAG");
 * two providers of one kind and name are an error.  ops is static and const;
 * its first field is its size. */

SKUA_END_DECLS

#endif
