/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON files, and the copies kept of them. */
#include <stdio.h>
#include <stdlib.h>

#include <skua/io.h>

#include "base/mem.h"
#include "offline/check.h"
#include "offline/config.h"

#define CONFIG_MAX ((size_t)1 << 31)

struct names {
	char **all;
	size_t count;
};

static int
take_name(void *arg, const char *name, bool is_folder, int64_t size)
{
	struct names *n = arg;

	(void)size;
	if (is_folder)
		return SKUA_OK;
	n->all = skua_mem_grow(n->all, n->count + 1, sizeof(char *));
	n->all[n->count++] = skua_mem_dup(skua_str_z(name));
	return SKUA_OK;
}

static bool
ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), k = strlen(end);

	return n > k && strcmp(name + n - k, end) == 0;
}

static bool
is_json(const char *name)
{
	return ends_with(name, ".json") || strcmp(name, "timermetrics") == 0 ||
	    strcmp(name, "transactionMetrics") == 0;
}

static int
check_file(struct check *c, const char *file, const char *as,
    struct skua_error *e)
{
	char path[OFFLINE_PATH], *text;
	size_t len;
	int rc;

	(void)snprintf(path, sizeof(path), "%s/config/%s", c->store->folder,
	    file);
	rc = skua_file_read(path, CONFIG_MAX, &text, &len);
	if (rc != SKUA_OK)
		return skua_fail(e, rc, "%s", skua_strerror(rc));
	rc = skua_offline_config_check(as, skua_str_n(text, len), NULL, e);
	free(text);
	return rc;
}

static void
check_one(struct check *c, const char *name)
{
	struct offline_finding f =
	    offline_finding(OFFLINE_DAMAGE, OFFLINE_CONFIG, "config");
	char path[OFFLINE_PATH], bak[300];
	struct skua_error e, e_bak;
	int rc = check_file(c, name, name, &e), rc_bak;

	(void)snprintf(bak, sizeof(bak), "%.255s.bak", name);
	rc_bak = check_file(c, bak, name, &e_bak);
	(void)snprintf(path, sizeof(path), "config/%s", name);
	f.file = path;
	if (rc != SKUA_OK)
		offline_tell(c->store, &f, "%s; %s", e.text,
		    rc_bak == SKUA_OK ? "its .bak is whole: a broker takes it" :
		    rc_bak == SKUA_ENOENT ? "and there is no .bak" :
					    "and so is its .bak");
	if (rc_bak == SKUA_OK || rc_bak == SKUA_ENOENT)
		return;
	(void)snprintf(path, sizeof(path), "config/%s", bak);
	f.severity = rc == SKUA_OK ? OFFLINE_NOTE : OFFLINE_DAMAGE;
	offline_tell(c->store, &f, "%s", e_bak.text);
}

/* A copy whose file is gone: a broker starts from it. */
static void
check_orphan(struct check *c, const char *bak, const struct names *names)
{
	struct offline_finding f =
	    offline_finding(OFFLINE_DAMAGE, OFFLINE_CONFIG, "config");
	size_t len = strlen(bak) - 4;
	char path[OFFLINE_PATH], name[256];
	struct skua_error e;

	for (size_t i = 0; i < names->count; i++)
		if (strlen(names->all[i]) == len &&
		    strncmp(names->all[i], bak, len) == 0)
			return;
	(void)snprintf(name, sizeof(name), "%.*s", (int)len, bak);
	(void)snprintf(path, sizeof(path), "config/%s", bak);
	if (!is_json(name))
		return;
	f.file = path;
	if (check_file(c, bak, name, &e) == SKUA_OK) {
		f.severity = OFFLINE_NOTE;
		offline_tell(c->store, &f, "its file is gone: a broker takes "
		    "this one");
	} else {
		offline_tell(c->store, &f, "%s; and its file is gone", e.text);
	}
}

void
check_config(struct check *c)
{
	struct names names = { NULL, 0 };
	char path[OFFLINE_PATH];

	(void)snprintf(path, sizeof(path), "%s/config", c->store->folder);
	(void)skua_io()->list(path, take_name, &names);
	for (size_t i = 0; i < names.count; i++) {
		if (is_json(names.all[i]))
			check_one(c, names.all[i]);
		else if (ends_with(names.all[i], ".bak"))
			check_orphan(c, names.all[i], &names);
	}
	for (size_t i = 0; i < names.count; i++)
		free(names.all[i]);
	free(names.all);
}
