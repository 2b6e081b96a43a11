/* SPDX-License-Identifier: Apache-2.0 */
/* A queue's files, written anew from its records. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include <skua/io.h>

#include "offline/repair.h"
#include "wire/integrity.h"

#define USUAL_FILE_SIZE 6000000

static int64_t
file_units(const struct offline *s)
{
	return (s->cq_file_size > 0 ? s->cq_file_size : USUAL_FILE_SIZE) /
	    SKUA_CQ_UNIT_SIZE;
}

/* --- the new file --- */

static void
folder_path(const struct repair *r, const struct offline_queue *q,
    char path[OFFLINE_PATH])
{
	(void)snprintf(path, OFFLINE_PATH, "%s/" REPAIR_FOLDER "/%s",
	    r->store->folder, q->folder);
}

static int
open_new(struct repair *r, const struct offline_queue *q, int64_t offset)
{
	const struct skua_io *io = skua_io();
	int64_t units = file_units(r->store);
	char path[OFFLINE_PATH], name[SKUA_FILE_NAME_LEN + 2] = "/";
	int64_t size = 0;
	size_t len;
	int fd, rc;

	folder_path(r, q, path);
	rc = io->mkdir(path);
	skua_file_name(name + 1, (offset - offset % units) *
		SKUA_CQ_UNIT_SIZE);
	len = strlen(path);
	if (rc != SKUA_OK || len + sizeof(name) > sizeof(path))
		return rc != SKUA_OK ? rc : SKUA_ELIMIT;
	memcpy(path + len, name, sizeof(name));
	fd = io->open(path, O_RDWR | O_CREAT, 0640);
	if (fd < 0)
		return fd;
	rc = io->size(fd, &size);
	if (rc == SKUA_OK && size == 0)
		rc = io->truncate(fd, units * SKUA_CQ_UNIT_SIZE);
	if (rc == SKUA_OK)
		return fd;
	(void)io->close(fd);
	return rc;
}

/* What the queue has gathered, all of one file. */
static int
write_out(struct repair *r, struct offline_queue *q)
{
	int64_t units = file_units(r->store);
	int fd, rc;

	if (q->gathered == 0)
		return SKUA_OK;
	fd = open_new(r, q, q->gather_from);
	if (fd < 0)
		return fd;
	rc = skua_io()->pwrite(fd, q->gather,
	    q->gathered * SKUA_CQ_UNIT_SIZE,
	    q->gather_from % units * SKUA_CQ_UNIT_SIZE);
	if (rc == SKUA_OK)
		rc = skua_io()->sync(fd);
	(void)skua_io()->close(fd);
	r->done->units += (int64_t)q->gathered;
	q->gathered = 0;
	return rc;
}

static int
put_unit(struct repair *r, struct offline_queue *q, int64_t offset,
    const struct skua_index_entry *e)
{
	int64_t units = file_units(r->store);
	int rc = SKUA_OK;

	if (q->gather == NULL)
		q->gather = malloc(QUEUE_BUFFER_UNITS * SKUA_CQ_UNIT_SIZE);
	if (q->gather == NULL)
		return SKUA_ENOMEM;
	if (q->gathered == QUEUE_BUFFER_UNITS || offset % units == 0 ||
	    offset != q->gather_from + (int64_t)q->gathered)
		rc = write_out(r, q);
	if (q->gathered == 0)
		q->gather_from = offset;
	skua_cq_put(q->gather + q->gathered * SKUA_CQ_UNIT_SIZE, e);
	q->gathered++;
	q->made_next = offset + 1;
	return rc;
}

/* --- units without a record --- */

/* The unit there was, if it tells what became of the message; else a blank. */
static int
put_lost(struct repair *r, struct offline_queue *q, int64_t offset)
{
	const struct skua_index_entry blank = { 0, SKUA_CQ_BLANK_LEN, 0 };
	struct skua_index_entry e;

	if (offline_queue_unit(r->store, q, offset, &e) != SKUA_OK ||
	    !skua_cq_is_used(&e) || e.pos < q->lost_from ||
	    e.pos >= q->lost_to)
		e = blank;
	return put_unit(r, q, offset, &e);
}

/* Up to offset: from the file's first unit, or from what was written last. */
static int
fill_up_to(struct repair *r, struct offline_queue *q, int64_t offset)
{
	int64_t units = file_units(r->store);
	int rc = SKUA_OK;

	if (q->made_next < 0)
		q->made_next = offset - offset % units;
	for (int64_t i = q->made_next; i < offset && rc == SKUA_OK; i++)
		rc = put_lost(r, q, i);
	return rc;
}

/* --- a record --- */

static bool
is_as_written(const struct repair *r, const struct skua_index_entry *e)
{
	return r->sum == NULL || skua_unit_check(e) == r->sum->unit;
}

static struct skua_index_entry
unit_of(struct repair *r, struct offline_queue *q,
    const struct skua_record *record, int64_t offset)
{
	struct skua_index_entry e = { record->pos, record->size,
		offline_tags_code(record, r->plan->levels_ms,
		    r->plan->levels) }, old;

	/* A time that was there knows the delay levels better. */
	if (offline_queue_unit(r->store, q, offset, &old) == SKUA_OK &&
	    old.pos == e.pos && old.len == e.len &&
	    offline_tags_code_ok(record, old.tags_code, r->store->has_ext) &&
	    (is_as_written(r, &old) || !is_as_written(r, &e)))
		return old;
	return e;
}

static int
put_record(struct repair *r, struct offline_queue *q,
    const struct skua_record *record, int64_t offset)
{
	struct skua_index_entry e;
	int rc;

	/* Records of a former life of the topic come before. */
	if (!q->damaged || record->pos < q->first_pos ||
	    record->pos < q->life_pos ||
	    !offline_queue_can_reach(r->store, q->made_next, offset,
		record->pos))
		return SKUA_OK;
	e = unit_of(r, q, record, offset);
	q->lost_to = record->pos;
	rc = fill_up_to(r, q, offset);
	q->lost_from = record->pos + record->size;
	return rc == SKUA_OK ? put_unit(r, q, offset, &e) : rc;
}

int
repair_queue_record(struct repair *r, const struct skua_record *record)
{
	struct offline_queue *q;
	struct skua_str name;
	int64_t offset;
	size_t at = 0;
	int rc = SKUA_OK;

	if (!offline_is_queued(record))
		return SKUA_OK;
	q = offline_queue_find(r->store, record->topic, record->queue_id);
	if (q != NULL && record->queue_offset >= q->first)
		rc = put_record(r, q, record, record->queue_offset);
	while (rc == SKUA_OK &&
	    offline_next_dispatch(record, &at, &name, &offset)) {
		q = offline_queue_find(r->store, name, 0);
		if (q != NULL && offset >= q->first)
			rc = put_record(r, q, record, offset);
	}
	return rc;
}

/* --- the end --- */

/* A queue whose records are all gone keeps its units: they say where it goes
 * on. */
static int
keep_old(struct repair *r, struct offline_queue *q)
{
	int64_t min = skua_offline_min_pos(r->store);
	int64_t from = offline_queue_from(q), to = offline_queue_to(q);
	struct skua_index_entry e;
	int rc = SKUA_OK;

	for (int64_t i = from; i < to && rc == SKUA_OK; i++) {
		if (offline_queue_unit(r->store, q, i, &e) != SKUA_OK ||
		    !(skua_cq_is_blank(&e) ||
			(skua_cq_is_used(&e) && e.pos < min)))
			break;
		rc = put_unit(r, q, i, &e);
	}
	return rc;
}

int
repair_queue_end(struct repair *r, struct offline_queue *q)
{
	char path[OFFLINE_PATH];
	int rc = q->first < 0 ? keep_old(r, q) : SKUA_OK;

	if (rc == SKUA_OK)
		rc = write_out(r, q);
	folder_path(r, q, path);
	if (rc == SKUA_OK)
		rc = skua_io()->sync_folder(path);
	return rc == SKUA_ENOENT ? SKUA_OK : rc;
}
