/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages in memory, gone with the process.  Chunks of one size hold records
 * back to back; beyond the limit the oldest chunk goes.  Chunk structs live
 * until the close, so that a reader may look at one that is going; its memory
 * goes with the last reference.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <skua/host.h>
#include <skua/store.h>
#include <skua/version.h>

struct memory_conf {
	int64_t chunk_size, limit;
};

struct chunk {
	uint8_t *bytes;
	_Atomic unsigned refs; /* 0: gone */
};

struct table {
	struct table *older;
	size_t size;
	_Atomic(struct chunk *) chunks[];
};

struct memory {
	int64_t chunk_size, limit;
	_Atomic(struct table *) table; /* by chunk number */
	_Atomic int64_t min_pos, max_pos;
};

static int
memory_open(void *state, struct skua_host *host, const char *folder,
    struct skua_error *e)
{
	const struct memory_conf *conf = skua_host_conf(host);
	struct memory *m = state;

	(void)folder;
	if (conf->limit < 2 * conf->chunk_size)
		return skua_fail(e, SKUA_EINVAL,
		    "limit must be at least twice chunkSize");
	m->chunk_size = conf->chunk_size;
	m->limit = conf->limit;
	return SKUA_OK;
}

static int
memory_recover(void *state, const struct skua_store_start *start,
    skua_recovered_fn *found, void *arg, struct skua_error *e)
{
	(void)state;
	(void)start;
	(void)found;
	(void)arg;
	(void)e;
	return SKUA_OK;
}

static struct table *
grow(struct memory *m, size_t need)
{
	struct table *old = atomic_load(&m->table);
	size_t size = old == NULL ? 64 : 2 * old->size;
	struct table *t;

	if (size < need)
		size = need;
	t = calloc(1, sizeof(*t) + size * sizeof(t->chunks[0]));
	if (t == NULL)
		return NULL;
	t->size = size;
	t->older = old;
	for (size_t i = 0; old != NULL && i < old->size; i++)
		atomic_init(&t->chunks[i], atomic_load(&old->chunks[i]));
	atomic_store_explicit(&m->table, t, memory_order_release);
	return t;
}

static void
chunk_unref(struct memory *m, struct chunk *c)
{
	if (atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) == 1) {
		(void)munmap(c->bytes, (size_t)m->chunk_size);
		c->bytes = NULL;
	}
}

static bool
chunk_ref(struct chunk *c)
{
	unsigned refs = atomic_load_explicit(&c->refs, memory_order_relaxed);

	do
		if (refs == 0)
			return false;
	while (!atomic_compare_exchange_weak_explicit(&c->refs, &refs, refs + 1,
	    memory_order_acquire, memory_order_relaxed));
	return true;
}

static struct chunk *
find(const struct memory *m, int64_t pos)
{
	const struct table *t =
	    atomic_load_explicit(&m->table, memory_order_acquire);
	size_t i = (size_t)(pos / m->chunk_size);

	return t == NULL || i >= t->size ?
	    NULL :
	    atomic_load_explicit(&t->chunks[i], memory_order_acquire);
}

/* The appender's: the chunk for pos, made when missing. */
static struct chunk *
need(struct memory *m, int64_t pos)
{
	struct table *t = atomic_load(&m->table);
	size_t i = (size_t)(pos / m->chunk_size);
	struct chunk *c = find(m, pos);
	void *bytes;

	if (c != NULL)
		return c;
	if ((t == NULL || i >= t->size) && (t = grow(m, i + 1)) == NULL)
		return NULL;
	bytes = mmap(NULL, (size_t)m->chunk_size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	c = bytes == MAP_FAILED ? NULL : calloc(1, sizeof(*c));
	if (c == NULL)
		return NULL;
	c->bytes = bytes;
	atomic_init(&c->refs, 1);
	atomic_store_explicit(&t->chunks[i], c, memory_order_release);
	return c;
}

static void
drop_oldest(struct memory *m, int64_t max)
{
	int64_t min = atomic_load(&m->min_pos);

	while (max - min > m->limit) {
		struct chunk *c = find(m, min);

		min += m->chunk_size;
		atomic_store_explicit(&m->min_pos, min, memory_order_release);
		if (c != NULL)
			chunk_unref(m, c);
	}
}

static int
memory_append(void *state, struct skua_append *batch, size_t n)
{
	struct memory *m = state;
	int64_t pos = atomic_load_explicit(&m->max_pos, memory_order_relaxed);

	for (size_t i = 0; i < n; i++) {
		int64_t room = m->chunk_size - pos % m->chunk_size;
		struct chunk *c;

		if (batch[i].len > m->chunk_size)
			return SKUA_ELIMIT;
		if (batch[i].len > room)
			pos += room;
		c = need(m, pos);
		if (c == NULL)
			return SKUA_ENOMEM;
		batch[i].pos = pos;
		skua_record_set_pos(batch[i].bytes, pos);
		memcpy(c->bytes + pos % m->chunk_size, batch[i].bytes,
		    batch[i].len);
		pos += batch[i].len;
	}
	atomic_store_explicit(&m->max_pos, pos, memory_order_release);
	drop_oldest(m, pos);
	return SKUA_OK;
}

static uint32_t
get_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

static int
memory_read(void *state, int64_t pos, uint32_t len, struct skua_slice *slice_r)
{
	struct memory *m = state;
	int64_t max = atomic_load_explicit(&m->max_pos, memory_order_acquire);
	int64_t room = m->chunk_size - pos % m->chunk_size;
	struct chunk *c;

	if (pos < atomic_load_explicit(&m->min_pos, memory_order_acquire) ||
	    pos < 0 || pos >= max)
		return SKUA_ENOENT;
	c = find(m, pos);
	if (c == NULL || !chunk_ref(c))
		return SKUA_ENOENT;
	if (room > max - pos)
		room = max - pos;
	if (len == 0 && room >= 4)
		len = get_be32(c->bytes + pos % m->chunk_size);
	if (len == 0 || len > room) {
		chunk_unref(m, c);
		return SKUA_ENOENT;
	}
	slice_r->bytes = c->bytes + pos % m->chunk_size;
	slice_r->len = len;
	slice_r->pin = c;
	return SKUA_OK;
}

static void
memory_release(void *state, struct skua_slice *slice)
{
	chunk_unref(state, slice->pin);
}

static int
memory_sync(void *state, int64_t *synced_pos_r)
{
	struct memory *m = state;

	*synced_pos_r = atomic_load(&m->max_pos);
	return SKUA_OK;
}

static void
memory_get_state(void *state, struct skua_store_state *r)
{
	struct memory *m = state;

	memset(r, 0, sizeof(*r));
	r->min_pos = atomic_load(&m->min_pos);
	r->max_pos = r->synced_pos = atomic_load(&m->max_pos);
	r->file_size = m->chunk_size;
	r->disk_total = m->limit;
	r->disk_free = m->limit - (r->max_pos - r->min_pos);
}

static void
memory_close(void *state)
{
	struct memory *m = state;
	struct table *t = atomic_load(&m->table);

	for (size_t i = 0; t != NULL && i < t->size; i++) {
		struct chunk *c = atomic_load(&t->chunks[i]);

		if (c != NULL && c->bytes != NULL)
			(void)munmap(c->bytes, (size_t)m->chunk_size);
		free(c);
	}
	while (t != NULL) {
		struct table *older = t->older;

		free(t);
		t = older;
	}
}

static const struct skua_store memory_store = {
	.size = sizeof(struct skua_store),
	.state_size = sizeof(struct memory),
	.durable = false,
	.open = memory_open,
	.recover = memory_recover,
	.append = memory_append,
	.read = memory_read,
	.release = memory_release,
	.sync = memory_sync,
	.get_state = memory_get_state,
	.close = memory_close,
};

static int
load(struct skua_host *host, struct skua_error *e)
{
	(void)e;
	return skua_provide_store(host, "memory", &memory_store);
}

static const struct skua_option options[] = {
	SKUA_OPT_ROW_INT("chunkSize", struct memory_conf, chunk_size, 0,
	    8 * 1024 * 1024, (int64_t)1 << 32, "16777216", "bytes",
	    "The size of one piece of memory; the oldest goes as a whole."),
	SKUA_OPT_ROW_INT("limit", struct memory_conf, limit, 0,
	    16 * 1024 * 1024, (int64_t)1 << 40, "1073741824", "bytes",
	    "How much is kept; beyond it the oldest messages go."),
	SKUA_OPT_END,
};

SKUA_PLUGIN_EXPORT = {
	SKUA_ABI,
	.name = "store-memory",
	.version = SKUA_VERSION,
	.descr = "keep messages in memory, for tests and throw-away brokers",
	.license = "Apache-2.0",
	.options = options,
	.conf_size = sizeof(struct memory_conf),
	.load = load,
};
