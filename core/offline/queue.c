/* SPDX-License-Identifier: Apache-2.0 */
/* See queue.h. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include <skua/io.h>

#include "base/mem.h"
#include "base/text.h"
#include "offline/lives.h"
#include "offline/queue.h"

#define RECORD_MIN 64 /* bytes; no record is smaller */
#define BUFFERS_MAX 16384 /* of all queues together: 40 MiB */

/* --- the table --- */

static bool
is_folder_name(struct skua_str topic)
{
	return topic.len > 0 && topic.len <= 255 && topic.p[0] != '.' &&
	    memchr(topic.p, '/', topic.len) == NULL &&
	    memchr(topic.p, '\0', topic.len) == NULL;
}

struct offline_queue *
offline_queue_find(struct offline *s, struct skua_str topic, int32_t id)
{
	struct offline_queue *q;
	char key[512];
	int n = snprintf(key, sizeof(key), SKUA_STR_FMT "/%d",
	    SKUA_STR_ARG(topic), id);

	if (n < 0 || (size_t)n >= sizeof(key))
		return NULL;
	HASH_FIND(hh, s->queues, key, (unsigned)n, q);
	return q;
}

struct offline_queue *
offline_queue_get(struct offline *s, struct skua_str topic, int32_t id)
{
	struct offline_queue *q = offline_queue_find(s, topic, id);
	char key[512], folder[600];
	int n;

	if (q != NULL || id < 0 || !is_folder_name(topic))
		return q;
	n = snprintf(key, sizeof(key), SKUA_STR_FMT "/%d", SKUA_STR_ARG(topic),
	    id);
	q = sk_new(struct offline_queue);
	(void)snprintf(folder, sizeof(folder), "consumequeue/%s", key);
	q->key = skua_mem_dup(skua_str_n(key, (size_t)n));
	q->folder = skua_mem_dup(skua_str_z(folder));
	q->topic = skua_str_n(q->key, topic.len);
	q->id = id;
	q->first = q->next = q->made_next = -1;
	q->life_pos = offline_life_pos(s, topic);
	HASH_ADD_KEYPTR(hh, s->queues, q->key, (unsigned)n, q);
	return q;
}

bool
offline_queue_can_reach(const struct offline *s, int64_t next, int64_t offset,
    int64_t pos)
{
	return next < 0 || offset <= next ||
	    offset - next <= (pos - skua_offline_min_pos(s)) / RECORD_MIN;
}

static void
drop_buffer(struct offline *s, struct offline_queue *q)
{
	s->buffers -= q->buffer != NULL;
	free(q->buffer);
	q->buffer = NULL;
	q->buffer_units = 0;
}

void
offline_queues_close(struct offline *s)
{
	struct offline_queue *q, *next;

	HASH_ITER (hh, s->queues, q, next) {
		HASH_DEL(s->queues, q);
		drop_buffer(s, q);
		free(q->gather);
		offline_files_free(&q->files);
		free(q->folder);
		free(q->key);
		free(q);
	}
}

/* --- at the opening --- */

struct tree {
	struct offline *store;
	const char *topic;
};

static void
tell_foreign(struct offline *s, const char *folder, const char *name)
{
	struct offline_finding f =
	    offline_finding(OFFLINE_NOTE, OFFLINE_QUEUES, "foreign-file");
	char path[OFFLINE_PATH];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	f.file = path;
	offline_tell(s, &f, "is no queue");
}

static int
take_queue(void *arg, const char *name, bool is_folder, int64_t size)
{
	struct tree *t = arg;
	struct offline_queue *q;
	char folder[600];
	int64_t id, before;
	int rc;

	(void)size;
	if (!is_folder || !skua_text_int(skua_str_z(name), &id) || id < 0 ||
	    id > INT32_MAX || !is_folder_name(skua_str_z(t->topic))) {
		(void)snprintf(folder, sizeof(folder), "consumequeue/%.500s",
		    t->topic);
		tell_foreign(t->store, folder, name);
		return SKUA_OK;
	}
	q = offline_queue_get(t->store, skua_str_z(t->topic), (int32_t)id);
	if (q == NULL)
		return SKUA_ENOMEM;
	q->on_disk = true;
	before = t->store->damage[OFFLINE_QUEUES];
	rc = offline_files_list(t->store, q->folder, SKUA_FILE_NAME_LEN,
	    OFFLINE_QUEUES, &q->files);
	q->damaged = t->store->damage[OFFLINE_QUEUES] > before;
	return rc;
}

static int
take_topic(void *arg, const char *name, bool is_folder, int64_t size)
{
	struct tree *t = arg;
	char path[OFFLINE_PATH];

	(void)size;
	if (!is_folder) {
		tell_foreign(t->store, "consumequeue", name);
		return SKUA_OK;
	}
	t->topic = name;
	(void)snprintf(path, sizeof(path), "%s/consumequeue/%s",
	    t->store->folder, name);
	return skua_io()->list(path, take_queue, t);
}

/* All queues of a store have files of one size: that of most of them. */
static int64_t
common_size(const struct offline *s)
{
	struct { int64_t size; size_t count; } sizes[16] = { { 0, 0 } };
	const struct offline_queue *q;
	size_t best = 0;

	for (q = s->queues; q != NULL; q = q->hh.next)
		for (size_t i = 0; i < q->files.count; i++)
			for (size_t k = 0; k < 16; k++) {
				if (sizes[k].count > 0 &&
				    sizes[k].size != q->files.all[i].size)
					continue;
				sizes[k].size = q->files.all[i].size;
				sizes[k].count++;
				break;
			}
	for (size_t k = 1; k < 16; k++)
		if (sizes[k].count > sizes[best].count)
			best = k;
	return sizes[best].size - sizes[best].size % SKUA_CQ_UNIT_SIZE;
}

int
offline_queues_open(struct offline *s)
{
	struct tree t = { s, NULL };
	struct offline_queue *q;
	char path[OFFLINE_PATH];
	int rc;

	(void)snprintf(path, sizeof(path), "%s/consumequeue", s->folder);
	rc = skua_io()->list(path, take_topic, &t);
	if (rc != SKUA_OK && rc != SKUA_ENOENT)
		return rc;
	s->cq_file_size = common_size(s);
	for (q = s->queues; q != NULL; q = q->hh.next) {
		q->files.file_size = s->cq_file_size;
		for (size_t i = 0; i < q->files.count; i++)
			s->total += q->files.all[i].size;
	}
	return SKUA_OK;
}

/* --- units --- */

int64_t
offline_queue_from(const struct offline_queue *q)
{
	return q->files.count == 0 ? 0 :
				     q->files.all[0].base / SKUA_CQ_UNIT_SIZE;
}

int64_t
offline_queue_to(const struct offline_queue *q)
{
	const struct offline_file *last;

	if (q->files.count == 0)
		return 0;
	last = &q->files.all[q->files.count - 1];
	if (last->base > INT64_MAX - last->size)
		return last->base / SKUA_CQ_UNIT_SIZE;
	return (last->base + last->size) / SKUA_CQ_UNIT_SIZE;
}

static int
fill_buffer(struct offline *s, struct offline_queue *q, int64_t offset)
{
	int64_t at = offset * SKUA_CQ_UNIT_SIZE;
	size_t i = offline_file_of(&q->files, at);
	size_t want = QUEUE_BUFFER_UNITS * SKUA_CQ_UNIT_SIZE;
	char path[OFFLINE_PATH];
	ssize_t n;
	int fd;

	if (i == q->files.count)
		return SKUA_ENOENT;
	if (q->buffer == NULL && s->buffers >= BUFFERS_MAX)
		for (struct offline_queue *o = s->queues; o != NULL;
		     o = o->hh.next)
			drop_buffer(s, o);
	if (q->buffer == NULL) {
		q->buffer = malloc(want);
		s->buffers += q->buffer != NULL;
	}
	if (q->buffer == NULL)
		return SKUA_ENOMEM;
	offline_file_path(s, &q->files, i, path);
	fd = skua_io()->open(path, O_RDONLY, 0);
	if (fd < 0)
		return fd;
	n = skua_io()->pread(fd, q->buffer, want, at - q->files.all[i].base);
	(void)skua_io()->close(fd);
	if (n < 0)
		return (int)n;
	/* Not beyond the file: the next one is another. */
	if (n > q->files.all[i].base + q->files.file_size - at)
		n = (ssize_t)(q->files.all[i].base + q->files.file_size - at);
	q->buffer_from = offset;
	q->buffer_units = (size_t)n / SKUA_CQ_UNIT_SIZE;
	return q->buffer_units == 0 ? SKUA_ENOENT : SKUA_OK;
}

int
offline_queue_unit(struct offline *s, struct offline_queue *q, int64_t offset,
    struct skua_index_entry *e)
{
	int rc;

	if (offset < 0 || offset > INT64_MAX / SKUA_CQ_UNIT_SIZE)
		return SKUA_ENOENT;
	if (q->buffer == NULL || offset < q->buffer_from ||
	    offset - q->buffer_from >= (int64_t)q->buffer_units) {
		rc = fill_buffer(s, q, offset);
		if (rc != SKUA_OK) {
			q->buffer_units = 0;
			return rc;
		}
	}
	skua_cq_get(q->buffer + (offset - q->buffer_from) * SKUA_CQ_UNIT_SIZE,
	    e);
	return SKUA_OK;
}

void
offline_queue_place(const struct offline *s, const struct offline_queue *q,
    int64_t offset, struct offline_finding *f, char name[OFFLINE_PATH])
{
	size_t i = offset < 0 || offset > INT64_MAX / SKUA_CQ_UNIT_SIZE ?
	    q->files.count :
	    offline_file_of(&q->files, offset * SKUA_CQ_UNIT_SIZE);

	(void)s;
	f->topic = q->topic;
	f->queue_id = q->id;
	f->queue_offset = offset;
	f->file = q->folder;
	if (i == q->files.count)
		return;
	offline_file_name(&q->files, i, name);
	f->file = name;
	f->offset = offset * SKUA_CQ_UNIT_SIZE - q->files.all[i].base;
}
