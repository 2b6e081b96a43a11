/* SPDX-License-Identifier: Apache-2.0 */
/* See check.h. */
#include <stdlib.h>

#include "base/mem.h"
#include "offline/check.h"

bool
check_is_in_hole(const struct check *c, int64_t pos)
{
	size_t low = 0, high = c->hole_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (c->holes[middle].to <= pos)
			low = middle + 1;
		else
			high = middle;
	}
	return low < c->hole_count && c->holes[low].from <= pos;
}

static void
note_hole(struct check *c, const struct offline_cursor *cursor)
{
	c->sum->holes++;
	if (c->hole_count == HOLES_MAX)
		return;
	if (c->hole_count == c->hole_size) {
		c->hole_size = c->hole_size == 0 ? 4 : 2 * c->hole_size;
		c->holes = skua_mem_grow(c->holes, c->hole_size,
		    sizeof(c->holes[0]));
	}
	c->holes[c->hole_count].from = cursor->hole_from;
	c->holes[c->hole_count++].to = cursor->hole_to;
}

static void
check_property_crc(struct check *c, const struct offline_cursor *cursor)
{
	const struct skua_record *r = &cursor->record;
	struct offline_finding f = offline_finding(OFFLINE_DAMAGE, OFFLINE_LOG,
	    "property-crc");
	char name[OFFLINE_PATH];

	if (offline_property_crc_ok(r, cursor->bytes))
		return;
	offline_file_name(&c->store->log, cursor->record_file, name);
	f.file = name;
	f.offset = r->pos - c->store->log.all[cursor->record_file].base;
	f.pos = r->pos;
	f.topic = r->topic;
	f.queue_id = r->queue_id;
	f.queue_offset = r->queue_offset;
	offline_tell(c->store, &f,
	    "the CRC of the whole record, in its properties, is wrong");
}

static int
check_record(struct check *c, const struct offline_cursor *cursor)
{
	const struct skua_record *r = &cursor->record;

	c->sum->records++;
	c->sum->bytes += r->size;
	c->sum->log_to = r->pos + r->size;
	if (r->store_timestamp_ms > c->newest_ms)
		c->newest_ms = r->store_timestamp_ms;
	check_property_crc(c, cursor);
	check_queue_record(c, r);
	check_sums_record(c, cursor);
	return check_keys_record(c, r);
}

static int
walk(struct check *c)
{
	struct offline_cursor cursor;
	int64_t told = skua_offline_min_pos(c->store);
	int rc = skua_offline_seek(&cursor, c->store, INT64_MIN);

	while (rc == SKUA_OK) {
		int what = skua_offline_next(&cursor);

		if (what == OFFLINE_END)
			break;
		if (what == OFFLINE_HOLE)
			note_hole(c, &cursor);
		else
			rc = check_record(c, &cursor);
		if (cursor.pos - told >= 1 << 20) {
			offline_progress(c->store, cursor.pos - told);
			told = cursor.pos;
		}
	}
	skua_offline_cursor_close(&cursor);
	return rc;
}

static void
count_topics(struct check *c)
{
	const struct offline_queue *q, *before = NULL;

	for (q = c->store->queues; q != NULL; before = q, q = q->hh.next) {
		if (!q->on_disk)
			continue;
		c->sum->queues++;
		/* Queues of a topic were listed one after another. */
		c->sum->topics += before == NULL ||
		    !skua_str_eq(before->topic, q->topic);
	}
}

int
skua_offline_check(struct offline *s, struct offline_summary *sum,
    struct skua_error *e)
{
	struct check *c = sk_new(struct check);
	int rc;

	memset(sum, 0, sizeof(*sum));
	c->store = s;
	c->sum = sum;
	sum->log_from = sum->log_to = skua_offline_min_pos(s);
	count_topics(c);
	offline_files_judge(s, &s->log, OFFLINE_LOG);
	offline_files_judge(s, &s->keys, OFFLINE_KEYS);
	check_keys_begin(c);
	check_sums_begin(c);
	rc = walk(c);
	if (rc == SKUA_OK) {
		check_queue_end(c);
		check_keys_end(c);
		check_sums_end(c);
		check_checkpoint(c);
		check_config(c);
	}
	keys_walk_close(&c->keys);
	sums_walk_close(&c->sums);
	free(c->holes);
	free(c->hashes.all);
	free(c->seen);
	free(c);
	memcpy(sum->damage, s->damage, sizeof(sum->damage));
	memcpy(sum->notes, s->notes, sizeof(sum->notes));
	return rc == SKUA_OK ? rc :
			       skua_fail(e, rc, "could not check %s: %s",
				   s->folder, skua_strerror(rc));
}
