/* SPDX-License-Identifier: Apache-2.0 */
/* What plug-ins keep beside the log. */
#include <stdio.h>
#include <stdlib.h>

#include <skua/io.h>
#include <skua/state.h>

#include "broker/host_thread.h"
#include "broker/state_file.h"

#define NAME_MAX_LEN 64

static bool
is_word(const char *name)
{
	size_t len = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "abcdefghijklmnopqrstuvwxyz0123456789-_.");

	return len > 0 && len <= NAME_MAX_LEN && name[len] == '\0' &&
	    name[0] != '.';
}

static bool
is_brokers(const char *name)
{
	static const char *const own[] = { "topics.json",
		"subscriptionGroup.json", "consumerOffset.json" };

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strcmp(name, own[i]) == 0)
			return true;
	return false;
}

/* The file's path; freed by the caller. */
static int
path_of(const struct skua_host *host, const char *name, char **path_r,
    struct skua_error *e)
{
	const struct broker *b = host_broker(host);
	char relative[NAME_MAX_LEN + 16];

	if (b == NULL || b->log.folder == NULL)
		return skua_fail(e, SKUA_ENOTSUP,
		    "this process keeps nothing: it has no store on disk");
	if (!is_word(name))
		return skua_fail(e, SKUA_EINVAL,
		    "\"%s\" is not the name of a file", name);
	if (is_brokers(name))
		return skua_fail(e, SKUA_EEXIST, "%s is the broker's own",
		    name);
	(void)snprintf(relative, sizeof(relative), "config/%s", name);
	*path_r = skua_broker_path(b, relative);
	return SKUA_OK;
}

int
skua_state_load(struct skua_host *host, const char *name, json_t **root_r,
    struct skua_error *e)
{
	char *path;
	int rc;

	*root_r = NULL;
	rc = path_of(host, name, &path, e);
	if (rc != SKUA_OK)
		return rc;
	rc = skua_state_file_read(path, root_r, NULL, e);
	free(path);
	return rc;
}

int
skua_state_keep(struct skua_host *host, const char *name, struct skua_jsonw *w)
{
	struct skua_str text;
	char *path;
	int rc = skua_jsonw_finish(w, &text);

	if (rc == SKUA_OK && (text.len < 3 || text.p[text.len - 1] != '}'))
		rc = SKUA_EINVAL;
	if (rc == SKUA_OK)
		rc = path_of(host, name, &path, NULL);
	if (rc != SKUA_OK)
		return rc;
	rc = skua_state_file_write(path, w);
	free(path);
	return rc;
}

int
skua_host_folder(struct skua_host *host, char **folder_r, struct skua_error *e)
{
	const struct broker *b = host_broker(host);
	const char *const steps[] = { "skua", "skua/plugins", NULL };
	char relative[256];
	int rc = SKUA_OK;

	*folder_r = NULL;
	if (b == NULL || b->log.folder == NULL)
		return skua_fail(e, SKUA_ENOTSUP,
		    "this process keeps nothing: it has no store on disk");
	if (snprintf(relative, sizeof(relative), "skua/plugins/%s",
		host->name) >= (int)sizeof(relative))
		return skua_fail(e, SKUA_ELIMIT, "the name is too long");
	for (size_t i = 0; rc == SKUA_OK && i < 3; i++) {
		free(*folder_r);
		*folder_r = skua_broker_path(b, steps[i] != NULL ? steps[i] :
								   relative);
		rc = skua_io()->mkdir(*folder_r);
	}
	if (rc == SKUA_OK)
		return SKUA_OK;
	(void)skua_fail(e, rc, "could not make %s: %s", *folder_r,
	    skua_strerror(rc));
	free(*folder_r);
	*folder_r = NULL;
	return rc;
}
