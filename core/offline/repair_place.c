/* SPDX-License-Identifier: Apache-2.0 */
/* New files take the place of old ones. */
#include <stdio.h>

#include <skua/io.h>

#include "offline/repair.h"

/* What was replaced; made when all that is new is durable. */
#define OLD "old"

/* --- removing what repair itself made, or put aside --- */

struct removal {
	const char *path;
	int depth;
};

static int
remove_one(void *arg, const char *name, bool is_folder, int64_t size)
{
	const struct removal *r = arg;
	char path[OFFLINE_PATH];
	struct removal below = { path, r->depth + 1 };

	(void)size;
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", r->path, name) >=
		sizeof(path) || r->depth > 8)
		return SKUA_ELIMIT;
	if (!is_folder)
		return skua_io()->unlink(path);
	if (skua_io()->list_own(path, remove_one, &below) != SKUA_OK)
		return SKUA_EIO;
	return skua_io()->rmdir(path);
}

static int
is_there(void *arg, const char *name, bool is_folder, int64_t size)
{
	(void)arg;
	(void)name;
	(void)is_folder;
	(void)size;
	return SKUA_OK;
}

static int
remove_folder(const struct offline *s, const char *folder)
{
	char path[OFFLINE_PATH];
	struct removal r = { path, 0 };
	int rc;

	(void)snprintf(path, sizeof(path), "%s/%s", s->folder, folder);
	rc = skua_io()->list_own(path, remove_one, &r);
	if (rc == SKUA_ENOENT)
		return SKUA_OK;
	return rc == SKUA_OK ? skua_io()->rmdir(path) : rc;
}

int
repair_clear(const struct offline *s)
{
	return remove_folder(s, REPAIR_FOLDER);
}

bool
repair_is_half_done(const struct offline *s)
{
	char path[OFFLINE_PATH];

	(void)snprintf(path, sizeof(path), "%s/" REPAIR_FOLDER, s->folder);
	return skua_io()->list(path, is_there, NULL) != SKUA_ENOENT;
}

/* --- placing --- */

static int
sync_in(const struct offline *s, const char *folder)
{
	char path[OFFLINE_PATH];

	(void)snprintf(path, sizeof(path), "%s/%s", s->folder, folder);
	return skua_io()->sync_folder(path);
}

/* The new comes where nothing is. */
static int
put_new(const struct offline *s, const char *place)
{
	char old[OFFLINE_PATH], new[OFFLINE_PATH];
	int rc;

	(void)snprintf(old, sizeof(old), "%s/%s", s->folder, place);
	(void)snprintf(new, sizeof(new), "%s/" REPAIR_FOLDER "/%s", s->folder,
	    place);
	rc = skua_io()->rename(new, old);
	return rc == SKUA_ENOENT ? SKUA_OK : rc;
}

/* The old goes aside, the new comes.  Either may not be there. */
static int
exchange(const struct offline *s, const char *place, const char *aside)
{
	char old[OFFLINE_PATH], away[OFFLINE_PATH];
	int rc;

	(void)snprintf(old, sizeof(old), "%s/%s", s->folder, place);
	(void)snprintf(away, sizeof(away), "%s/" REPAIR_FOLDER "/" OLD "/%s",
	    s->folder, aside);
	rc = skua_io()->rename(old, away);
	return rc != SKUA_OK && rc != SKUA_ENOENT ? rc : put_new(s, place);
}

int
repair_place_begin(const struct offline *s)
{
	char path[OFFLINE_PATH];

	(void)snprintf(path, sizeof(path), "%s/" REPAIR_FOLDER "/" OLD,
	    s->folder);
	return skua_io()->mkdir(path);
}

/* Makes the names in the queue's topic durable, and the topic's own. */
static int
sync_topic(const struct offline *s, const char *topic)
{
	int rc = sync_in(s, topic);

	return rc == SKUA_OK ? sync_in(s, "consumequeue") : rc;
}

int
repair_place_queue(const struct offline *s, const struct offline_queue *q,
    int64_t number)
{
	char topic[300], path[OFFLINE_PATH], aside[64];
	int rc;

	(void)snprintf(topic, sizeof(topic), "consumequeue/" SKUA_STR_FMT,
	    SKUA_STR_ARG(q->topic));
	(void)snprintf(path, sizeof(path), "%s/%s", s->folder, topic);
	rc = skua_io()->mkdir(path);
	(void)snprintf(aside, sizeof(aside), "queue-%lld", (long long)number);
	if (rc == SKUA_OK)
		rc = exchange(s, q->folder, aside);
	return rc == SKUA_OK ? sync_topic(s, topic) : rc;
}

int
repair_place_keys(const struct offline *s)
{
	/* The seals first: they speak of the files that go. */
	int rc = remove_folder(s, SKUA_SEALS_FOLDER);

	if (rc == SKUA_OK)
		rc = exchange(s, "index", "index");
	return rc == SKUA_OK ? sync_in(s, ".") : rc;
}

/* --- what an interrupted repair had not placed --- */

struct rest {
	const struct offline *store;
	const char *topic;
};

static bool
is_empty(const struct offline *s, const char *place)
{
	char path[OFFLINE_PATH];

	(void)snprintf(path, sizeof(path), "%s/%s", s->folder, place);
	return skua_io()->list(path, is_there, NULL) == SKUA_ENOENT;
}

static int
place_queue_again(void *arg, const char *name, bool is_folder, int64_t size)
{
	const struct rest *rest = arg;
	char place[600], topic[300];
	int rc;

	(void)is_folder;
	(void)size;
	(void)snprintf(topic, sizeof(topic), "consumequeue/%.255s",
	    rest->topic);
	(void)snprintf(place, sizeof(place), "%s/%.200s", topic, name);
	if (!is_empty(rest->store, place))
		return SKUA_OK;
	rc = put_new(rest->store, place);
	return rc == SKUA_OK ? sync_topic(rest->store, topic) : rc;
}

static int
place_topic_again(void *arg, const char *name, bool is_folder, int64_t size)
{
	struct rest *rest = arg;
	char path[OFFLINE_PATH];

	(void)is_folder;
	(void)size;
	rest->topic = name;
	(void)snprintf(path, sizeof(path),
	    "%s/" REPAIR_FOLDER "/consumequeue/%s", rest->store->folder, name);
	return skua_io()->list(path, place_queue_again, rest);
}

int
repair_finish(const struct offline *s)
{
	struct rest rest = { s, NULL };
	char path[OFFLINE_PATH];
	int rc = SKUA_OK;

	/* Before the old went aside, the new was not yet whole. */
	if (is_empty(s, REPAIR_FOLDER "/" OLD))
		return SKUA_OK;
	if (is_empty(s, "index"))
		rc = put_new(s, "index");
	(void)snprintf(path, sizeof(path), "%s/" REPAIR_FOLDER "/consumequeue",
	    s->folder);
	if (rc == SKUA_OK)
		rc = skua_io()->list(path, place_topic_again, &rest);
	if (rc == SKUA_OK || rc == SKUA_ENOENT)
		rc = sync_in(s, ".");
	return rc;
}
