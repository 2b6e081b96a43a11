/* SPDX-License-Identifier: Apache-2.0 */
/* Plug-ins with one thing wrong each, by -D. */
#include <signal.h>
#include <stdlib.h>

#include <skua/plugin.h>

#ifndef EVIL_NAME
#define EVIL_NAME "evil-plugin"
#endif
#ifndef EVIL_MAJOR
#define EVIL_MAJOR SKUA_ABI_MAJOR
#endif
#ifndef EVIL_MINOR
#define EVIL_MINOR SKUA_ABI_MINOR
#endif
#ifndef EVIL_SIZE
#define EVIL_SIZE sizeof(struct skua_plugin)
#endif
#ifndef EVIL_BUILD
#define EVIL_BUILD SKUA_BUILD
#endif
#ifndef EVIL_LOAD
#define EVIL_LOAD SKUA_OK
#endif

static int
load(struct skua_host *host, struct skua_error *e)
{
	(void)host;
#ifdef EVIL_CRASH
	(void)(EVIL_CRASH, 0);
#endif
#ifdef EVIL_SENTENCE
	return skua_fail(e, EVIL_LOAD, EVIL_SENTENCE);
#else
	(void)e;
	return EVIL_LOAD;
#endif
}

#ifdef EVIL_UNLOAD
static void
unload(struct skua_host *host)
{
	(void)host;
	abort();
}
#endif

#ifdef EVIL_NEED
static const char *const needs[] = { EVIL_NEED, NULL };
#endif

#ifdef EVIL_NO_SYMBOL
static const struct skua_plugin hidden __attribute__((used)) = {
#else
SKUA_PLUGIN_EXPORT = {
#endif
	.abi_major = EVIL_MAJOR,
	.abi_minor = EVIL_MINOR,
	.size = EVIL_SIZE,
	.build = EVIL_BUILD,
	.name = EVIL_NAME,
	.version = "1",
	.descr = "does not work",
	.license = "Apache-2.0",
#ifdef EVIL_NEED
	.needs = needs,
#endif
	.load = load,
#ifdef EVIL_UNLOAD
	/* Behind what EVIL_SIZE says: nobody may call it. */
	.unload = unload,
#endif
};
