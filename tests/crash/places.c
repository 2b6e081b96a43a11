/* SPDX-License-Identifier: Apache-2.0 */
/* See places.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <skua/files.h>

#include "broker_rig.h"
#include "places.h"

#define UNIT 20      /* of a consume queue */
#define JSON_SEAL 20 /* ,"crc32":"89abcdef"} */

static const struct {
	const char *name;
	bool metadata, silent;
} kinds[] = {
#define PLACE_ROW(kind, name, all, silent, why) { name, all, silent },
	PLACE_KINDS(PLACE_ROW)
#undef PLACE_ROW
};

const char *
place_name(enum place_kind kind)
{
	return kinds[kind].name;
}

bool
place_is_metadata(enum place_kind kind)
{
	return kinds[kind].metadata;
}

bool
place_may_be_silent(enum place_kind kind)
{
	return kinds[kind].silent;
}

static void
add(struct places *p, const char *path, enum place_kind kind, int64_t from,
    int64_t to)
{
	struct place *place = &p->list[p->count];

	if (from >= to)
		return;
	if (p->count == sizeof(p->list) / sizeof(p->list[0]))
		abort();
	(void)snprintf(place->path, sizeof(place->path), "%s", path);
	place->kind = kind;
	place->from = from;
	place->to = to;
	p->count++;
}

static void
add_log(struct places *p, const char *path, const uint8_t *bytes, int64_t size)
{
	struct skua_record r;
	int64_t at = 0;

	while (skua_record_decode(bytes + at, (size_t)(size - at), &r) ==
	    SKUA_OK)
		at += r.size;
	add(p, path, PLACE_RECORD, 0, at);
	add(p, path, PLACE_LOG_FREE, at, size);
}

static void
add_queue(struct places *p, const char *path, const uint8_t *bytes,
    int64_t size)
{
	static const uint8_t zeros[UNIT];
	int64_t at = size;

	while (at >= UNIT && memcmp(bytes + at - UNIT, zeros, UNIT) == 0)
		at -= UNIT;
	add(p, path, PLACE_ENTRY, 0, at);
	add(p, path, PLACE_QUEUE_FREE, at, size);
}

static void
add_keys(struct places *p, const char *path, const uint8_t *bytes, int64_t size)
{
	int64_t end = skua_keys_entry_at(RIG_SLOTS,
	    skua_get_be32(bytes + SKUA_KEYS_AT_COUNT));

	if (end > size)
		end = size;
	add(p, path, PLACE_KEYS, 0, end);
	add(p, path, PLACE_KEYS_FREE, end, size);
}

static void
add_checkpoint(struct places *p, const char *path, int64_t size)
{
	add(p, path, PLACE_SLOT, 0, 40);
	add(p, path, PLACE_SLOT_FREE, 40, 512);
	add(p, path, PLACE_SLOT, 512, 552);
	add(p, path, PLACE_SLOT_FREE, 552, 1024);
	add(p, path, PLACE_SLOT, 1024, 1064);
	add(p, path, PLACE_SLOT_FREE, 1064, size);
}

static void
add_table(struct places *p, const char *path, int64_t size)
{
	/* A backup is read when its table is lost: then it must be right. */
	if (strstr(path, ".bak") != NULL) {
		add(p, path, PLACE_BACKUP, 0, size - JSON_SEAL);
		return;
	}
	add(p, path, PLACE_TABLE, 0, size - JSON_SEAL);
	add(p, path, PLACE_TABLE_SEAL, size - JSON_SEAL, size);
}

static void
consider(void *arg, const char *path, int64_t size)
{
	struct places *p = arg;
	const uint8_t *bytes = disk_bytes(p->disk, path, &size);
	const char *name = path + sizeof(RIG_ROOT);

	if (strncmp(name, "commitlog/", 10) == 0)
		add_log(p, path, bytes, size);
	else if (strncmp(name, "consumequeue/", 13) == 0)
		add_queue(p, path, bytes, size);
	else if (strncmp(name, "index/", 6) == 0)
		add_keys(p, path, bytes, size);
	else if (strncmp(name, "skua/checks/", 12) == 0)
		add(p, path, PLACE_CHECK, 0, size);
	else if (strncmp(name, "skua/index/", 11) == 0)
		add(p, path, PLACE_INDEX_SEAL, 0, size);
	else if (strcmp(name, "checkpoint") == 0)
		add_checkpoint(p, path, size);
	else if (strstr(name, ".json") != NULL)
		add_table(p, path, size);
	else
		add(p, path, PLACE_UNREAD, 0, size);
}

void
places_find(struct places *places, struct disk *disk)
{
	places->count = 0;
	places->disk = disk;
	disk_each_file(disk, consider, places);
}
