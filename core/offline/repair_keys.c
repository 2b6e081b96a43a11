/* SPDX-License-Identifier: Apache-2.0 */
/* Index files, written anew: entries as they come, slots at the end. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <skua/io.h>

#include "offline/repair.h"

#define BUFFER_ENTRIES 8192
#define USUAL_SLOTS 5000000
#define USUAL_ENTRIES 20000000

int
repair_keys_begin(struct repair *r)
{
	char path[OFFLINE_PATH];

	r->fd = -1;
	r->slots = r->store->key_slots > 0 ? r->store->key_slots : USUAL_SLOTS;
	r->room = r->store->key_slots > 0 ? r->store->key_room : USUAL_ENTRIES;
	r->heads = calloc((size_t)r->slots, sizeof(r->heads[0]));
	r->buffer = malloc((size_t)BUFFER_ENTRIES * SKUA_KEYS_ENTRY_SIZE);
	if (r->heads == NULL || r->buffer == NULL)
		return SKUA_ENOMEM;
	(void)snprintf(path, sizeof(path), "%s/" REPAIR_FOLDER "/index",
	    r->store->folder);
	return skua_io()->mkdir(path);
}

void
repair_keys_free(struct repair *r)
{
	if (r->fd >= 0)
		(void)skua_io()->close(r->fd);
	r->fd = -1;
	free(r->heads);
	free(r->buffer);
	free(r->hashes.all);
}

/* Named after the first record's time, and behind the file before. */
static void
choose_name(struct repair *r, int64_t ms)
{
	char before[sizeof(r->name)];

	memcpy(before, r->name, sizeof(before));
	do {
		time_t s = (time_t)(ms / 1000);
		struct tm tm;
		char stamp[16];

		(void)localtime_r(&s, &tm);
		(void)strftime(stamp, sizeof(stamp), "%Y%m%d%H%M%S", &tm);
		(void)snprintf(r->name, sizeof(r->name), "%s%03d", stamp,
		    (int)(ms % 1000));
		ms++;
	} while (strcmp(r->name, before) <= 0);
}

static int
begin_file(struct repair *r, const struct skua_record *record)
{
	int64_t ms = record->store_timestamp_ms > 0 ?
	    record->store_timestamp_ms : 1;
	char path[OFFLINE_PATH];

	choose_name(r, ms);
	(void)snprintf(path, sizeof(path), "%s/" REPAIR_FOLDER "/index/%s",
	    r->store->folder, r->name);
	r->fd = skua_io()->open(path, O_RDWR | O_CREAT | O_TRUNC, 0640);
	if (r->fd < 0)
		return r->fd;
	memset(r->heads, 0, (size_t)r->slots * sizeof(r->heads[0]));
	memset(&r->header, 0, sizeof(r->header));
	r->header.count = 1;
	r->header.first_ms = record->store_timestamp_ms;
	r->header.first_pos = record->pos;
	r->buffer_from = 1;
	r->buffered = 0;
	return skua_io()->truncate(r->fd,
	    skua_keys_file_size(r->slots, r->room));
}

static int
write_entries(struct repair *r)
{
	int rc = r->buffered == 0 ? SKUA_OK :
	    skua_io()->pwrite(r->fd, r->buffer,
		r->buffered * SKUA_KEYS_ENTRY_SIZE,
		skua_keys_entry_at(r->slots, r->buffer_from));

	r->buffer_from += (uint32_t)r->buffered;
	r->buffered = 0;
	return rc;
}

static int
write_slots(struct repair *r)
{
	int rc = SKUA_OK;

	for (int64_t i = 0; i < r->slots && rc == SKUA_OK;) {
		size_t n = 0;
		int64_t from = i;

		for (; i < r->slots && n + SKUA_KEYS_SLOT_SIZE <= 4096;
		     i++, n += SKUA_KEYS_SLOT_SIZE)
			skua_put_be32(r->buffer + n, r->heads[i]);
		rc = skua_io()->pwrite(r->fd, r->buffer, n,
		    SKUA_KEYS_HEADER_SIZE + from * SKUA_KEYS_SLOT_SIZE);
	}
	return rc;
}

static int
end_file(struct repair *r)
{
	uint8_t head[SKUA_KEYS_HEADER_SIZE];
	int rc;

	if (r->fd < 0)
		return SKUA_OK;
	rc = write_entries(r);
	if (rc == SKUA_OK)
		rc = write_slots(r);
	skua_keys_header_put(head, &r->header);
	if (rc == SKUA_OK)
		rc = skua_io()->pwrite(r->fd, head, sizeof(head), 0);
	if (rc == SKUA_OK)
		rc = skua_io()->sync(r->fd);
	(void)skua_io()->close(r->fd);
	r->fd = -1;
	r->done->key_files++;
	return rc;
}

static int
put_hash(struct repair *r, const struct skua_record *record, int32_t hash)
{
	struct skua_keys_entry e = { .hash = hash, .pos = record->pos };
	uint32_t *head;
	int rc = SKUA_OK;

	if (r->fd >= 0 && (int64_t)r->header.count >= r->room)
		rc = end_file(r);
	if (rc == SKUA_OK && r->fd < 0)
		rc = begin_file(r, record);
	if (rc == SKUA_OK && r->buffered == BUFFER_ENTRIES)
		rc = write_entries(r);
	if (rc != SKUA_OK)
		return rc;
	head = &r->heads[hash % r->slots];
	e.previous = *head;
	e.seconds = skua_keys_seconds(r->header.first_ms,
	    record->store_timestamp_ms);
	skua_keys_entry_put(r->buffer + r->buffered * SKUA_KEYS_ENTRY_SIZE,
	    &e);
	r->buffered++;
	r->header.used_slots += *head == 0;
	*head = r->header.count++;
	r->header.last_ms = record->store_timestamp_ms;
	r->header.last_pos = record->pos;
	r->done->entries++;
	return SKUA_OK;
}

int
repair_keys_record(struct repair *r, const struct skua_record *record)
{
	int rc = offline_key_hashes(record, &r->hashes);
	size_t count = r->store->has_tag_keys ? r->hashes.tagged :
						r->hashes.keys;

	for (size_t i = 0; i < count && rc == SKUA_OK; i++)
		rc = put_hash(r, record, r->hashes.all[i]);
	return rc;
}

int
repair_keys_end(struct repair *r)
{
	char path[OFFLINE_PATH];
	int rc = end_file(r);

	(void)snprintf(path, sizeof(path), "%s/" REPAIR_FOLDER "/index",
	    r->store->folder);
	return rc == SKUA_OK ? skua_io()->sync_folder(path) : rc;
}
