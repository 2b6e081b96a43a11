/* SPDX-License-Identifier: Apache-2.0 */
/* What is in a store folder. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include <skua/io.h>

#include "base/mem.h"
#include "offline/config.h"
#include "offline/keys.h"
#include "offline/lives.h"
#include "offline/queue.h"

#define CONFIG_MAX ((size_t)1 << 31)

struct root {
	bool log, queues, config, abort, lock, ext;
};

static int
take_nothing(void *arg, const char *name, bool is_folder, int64_t size)
{
	(void)arg;
	(void)name;
	(void)is_folder;
	(void)size;
	return SKUA_OK;
}

static int
take_member(void *arg, const char *name, bool is_folder, int64_t size)
{
	struct root *root = arg;
	const struct { const char *name; bool is_folder, *there; } known[] = {
		{ "commitlog", true, &root->log },
		{ "consumequeue", true, &root->queues },
		{ "consumequeue_ext", true, &root->ext },
		{ "config", true, &root->config },
		{ "abort", false, &root->abort },
		{ "lock", false, &root->lock },
	};

	/* A link may lead to the folder on another disk. */
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if ((known[i].is_folder == is_folder || size < 0) &&
		    strcmp(known[i].name, name) == 0)
			*known[i].there = true;
	return SKUA_OK;
}

bool
skua_offline_is_held(const char *folder)
{
	char path[OFFLINE_PATH];
	int fd, rc;

	(void)snprintf(path, sizeof(path), "%s/lock", folder);
	fd = skua_io()->open(path, O_RDWR, 0);
	if (fd < 0)
		return false;
	rc = skua_io()->lock(fd);
	(void)skua_io()->close(fd);
	if (rc == SKUA_EBUSY)
		return true;
	fd = skua_io()->lock_folder(folder);
	if (fd >= 0)
		(void)skua_io()->close(fd);
	return fd == SKUA_EBUSY;
}

static void
tell_state(struct offline *s)
{
	struct offline_finding f =
	    offline_finding(OFFLINE_NOTE, OFFLINE_STORE, "open");

	if (s->is_open) {
		f.file = "lock";
		offline_tell(s, &f, "a broker has the store open: what it is "
		    "just writing looks unfinished");
	} else if (s->has_abort) {
		f.kind = "abort";
		f.file = "abort";
		offline_tell(s, &f, "not stopped orderly: a broker will "
		    "recover the end of the log when it starts");
	}
}

/* The topics there are, if the file can be read; check tells when not. */
static void
read_topics(struct offline *s)
{
	char path[OFFLINE_PATH], *text;
	struct skua_error e;
	json_t *root;
	size_t len;

	(void)snprintf(path, sizeof(path), "%s/config/topics.json", s->folder);
	if (skua_file_read(path, CONFIG_MAX, &text, &len) != SKUA_OK)
		return;
	if (skua_offline_config_check("topics.json", skua_str_n(text, len),
		&root, &e) == SKUA_OK) {
		s->topics = json_incref(
		    json_object_get(root, "topicConfigTable"));
		json_decref(root);
	}
	free(text);
}

/* A folder that was named has to be there. */
static int
list_log_folder(struct offline *s, size_t i, struct skua_str path)
{
	char *folder;
	int rc;

	if (i == OFFLINE_LOG_FOLDERS)
		return SKUA_ELIMIT;
	folder = skua_mem_new(1, path.len + 3);
	skua_str_copy(folder, skua_str_z(path.p[0] == '/' ? "" : "./"));
	skua_str_copy(folder + strlen(folder), path);
	s->log_folders[i] = folder;
	rc = skua_io()->list(folder, take_nothing, NULL);
	return rc != SKUA_OK ? rc :
			       offline_files_list(s, folder,
				   SKUA_FILE_NAME_LEN, OFFLINE_LOG, &s->log);
}

static int
list_log(struct offline *s, const char *logs)
{
	int rc = SKUA_OK;

	if (logs == NULL)
		return offline_files_list(s, "commitlog", SKUA_FILE_NAME_LEN,
		    OFFLINE_LOG, &s->log);
	for (size_t i = 0; *logs != '\0' && rc == SKUA_OK;) {
		size_t len = strcspn(logs, ":,");

		if (len > 0)
			rc = list_log_folder(s, i++, skua_str_n(logs, len));
		logs += len + (logs[len] != '\0');
	}
	return rc;
}

static int
read_tree(struct offline *s, const char *logs)
{
	int rc = list_log(s, logs);

	if (rc == SKUA_OK)
		rc = offline_files_list(s, "index", KEYS_NAME_DIGITS,
		    OFFLINE_KEYS, &s->keys);
	if (rc == SKUA_OK)
		rc = offline_files_list(s, SKUA_CHECKS_FOLDER,
		    SKUA_FILE_NAME_LEN, OFFLINE_CHECKS, &s->sums);
	if (rc == SKUA_OK)
		rc = offline_queues_open(s);
	for (size_t i = 0; i < s->log.count; i++)
		s->total += s->log.all[i].size;
	for (size_t i = 0; i < s->keys.count; i++)
		s->total += s->keys.all[i].size;
	return rc;
}

int
skua_offline_open(const char *folder, const char *logs,
    const struct offline_ear *ear, struct offline **store_r,
    struct skua_error *e)
{
	struct root root = { .log = false };
	struct offline *s;
	int rc = skua_io()->list(folder, take_member, &root);

	if (rc != SKUA_OK)
		return skua_fail(e, rc, "could not read %s: %s", folder,
		    skua_strerror(rc));
	if (!root.log && !root.queues && !root.config && logs == NULL)
		return skua_fail(e, SKUA_ENOENT,
		    "%s is no store: it has no commitlog, no consumequeue and "
		    "no config", folder);
	s = sk_new(struct offline);
	s->folder = skua_mem_dup(skua_str_z(folder));
	if (ear != NULL)
		s->ear = *ear;
	s->has_abort = root.abort;
	s->has_ext = root.ext;
	s->is_open = root.lock && skua_offline_is_held(folder);
	tell_state(s);
	read_topics(s);
	rc = offline_lives_read(s);
	if (rc == SKUA_OK)
		rc = read_tree(s, logs);
	if (rc != SKUA_OK) {
		skua_offline_close(s);
		return skua_fail(e, rc, "could not read %s: %s",
		    logs == NULL ? folder : logs, skua_strerror(rc));
	}
	*store_r = s;
	return SKUA_OK;
}

void
skua_offline_close(struct offline *s)
{
	if (s == NULL)
		return;
	offline_queues_close(s);
	offline_files_free(&s->log);
	offline_files_free(&s->keys);
	offline_files_free(&s->sums);
	for (size_t i = 0; i < OFFLINE_LOG_FOLDERS &&
	     s->log_folders[i] != NULL; i++)
		free(s->log_folders[i]);
	offline_lives_free(s);
	json_decref(s->topics);
	free(s->folder);
	free(s);
}
