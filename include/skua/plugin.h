/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The descriptor of a plug-in, and what the host does with it.
 *
 * A module is a shared object that exports one symbol, `skua_plugin`, a const
 * struct skua_plugin.  The host refuses it, with a sentence that names both
 * sides, unless: abi_major equals the host's, abi_minor is not above the
 * host's, build equals the host's, and name equals the file name (filter-tag.so
 * holds "filter-tag").  Modules are opened RTLD_NOW|RTLD_LOCAL and link
 * libskuacore, so that a module has no undefined symbols.  They are taken only
 * from files and folders that nobody but root and the user who runs the broker
 * can write.
 *
 * Descriptors, tables (of skua_provide_*), and rows (options, service codes)
 * say how large they are.  The host copies them into zeroed memory of its own
 * size, so those of an older minor load: what they lack reads as NULL.  Structs
 * that both sides fill have reserved members, zero until a later minor names
 * them: initialise such a struct as a whole.
 *
 * ABI history.  A field or function added at a tail, a reserved member named:
 * MINOR.  Else: MAJOR.
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

/* What must be the same on both sides beside the ABI. */
#define SKUA_BUILD_TEXT_(x) #x
#define SKUA_BUILD_TEXT(x) SKUA_BUILD_TEXT_(x)
#ifdef __has_feature
#define SKUA_BUILD_HAS(feature) __has_feature(feature)
#else
#define SKUA_BUILD_HAS(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || SKUA_BUILD_HAS(address_sanitizer)
#define SKUA_BUILD_SANITIZER ", address sanitizer"
#elif defined(__SANITIZE_THREAD__) || SKUA_BUILD_HAS(thread_sanitizer)
#define SKUA_BUILD_SANITIZER ", thread sanitizer"
#else
#define SKUA_BUILD_SANITIZER ""
#endif
#define SKUA_BUILD                                                             \
	SKUA_BUILD_TEXT(__SIZEOF_POINTER__) "-byte pointers" SKUA_BUILD_SANITIZER

struct skua_host; /* one loaded instance of a plug-in, as the host sees it */

struct skua_plugin {
	/* These guard the rest and stay first. */
	uint16_t abi_major, abi_minor;
	uint32_t size;
	const char *build; /* SKUA_BUILD */

	const char *name;    /* "filter-tag" = folder = file */
	const char *version;
	const char *descr;   /* one line for `skua plugin list` */
	const char *license; /* SPDX */
	/* Names of providers ("store:commitlog") that must be loaded before
	 * this one; NULL or ends with NULL. */
	const char *const *needs;
	const struct skua_option *options; /* ends with SKUA_OPT_END, or NULL */
	size_t option_size; /* of one row; SKUA_ABI says it */
	size_t conf_size; /* host allocates, fills from options, owns */

	/* Main thread, before any loop runs.  Provides implementations with
	 * the skua_provide_* functions.  Not 0: nothing stays provided, and
	 * unload is not called. */
	int (*load)(struct skua_host *host, struct skua_error *e);
	/* Main thread, after every loop has stopped; may be NULL. */
	void (*unload)(struct skua_host *host);
	/* Main thread.  A LIVE option has changed (no other one can): conf is the
	 * new struct, the old one stays valid until the call returns.  Not 0
	 * vetoes the change, with the reason in e.  It may be called again with
	 * the old one, when another plug-in vetoes or the change can't be kept.
	 * NULL: the plug-in reads skua_host_conf() whenever it needs it. */
	int (*reconfigure)(struct skua_host *host, const void *conf,
	    struct skua_error *e);
};

#define SKUA_ABI                                                               \
	.abi_major = SKUA_ABI_MAJOR, .abi_minor = SKUA_ABI_MINOR,              \
	.size = sizeof(struct skua_plugin), .build = SKUA_BUILD,               \
	.option_size = sizeof(struct skua_option)

/* Defines the exported descriptor:
 *	SKUA_PLUGIN_EXPORT = { SKUA_ABI, .name = …, … }; */
#define SKUA_PLUGIN_EXPORT                                                     \
	SKUA_API extern const struct skua_plugin skua_plugin;                  \
	const struct skua_plugin skua_plugin

/* One typed function per kind; each is declared in that kind's header.  Called
 * from load only.  name is what a setting or a peer uses ("commitlog", "TAG"),
 * of 1 to 64 bytes; two providers of one kind and name are an error, as is a
 * table without a function that its header does not call optional.  The first
 * field of ops is its size; it is copied. */

SKUA_END_DECLS

#endif
