/* SPDX-License-Identifier: Apache-2.0 */
/* From a queue offset to message bytes.
 * Upstream: store.DefaultMessageStore.getMessage. */
#include <unistd.h>

#include "base/number.h"
#include "broker/filter_cost.h"
#include "broker/get.h"
#include "broker/verify.h"

#define INDEX_ENTRY 20 /* of maxFilterMessageSize: bytes of a queue entry */
#define CHUNK 32       /* entries judged at a time */
#define SLOW_CHUNK 4   /* at first, by filters that read records */
#define ASKED_MAX 4096 /* messages that a pull may ask for, to scan so many */

static const char *const status_names[] = {
#define STATUS(name) [GET_##name] = #name,
	GET_STATUS_TABLE(STATUS)
#undef STATUS
};

const char *
skua_get_status_name(enum get_status status)
{
	return status_names[status];
}

struct getting {
	struct broker *broker;
	struct check_cursor *cursor;
	struct log *log;
	struct get_result *result;
	const struct chain *chain;
	int64_t end_pos, cold_below, safe_pos;
	int64_t max_messages;
	const struct conf *conf;
	bool full;
	/* filters that read records take their time: so much of it, until then */
	bool slow;
	uint64_t until_ns;
	int64_t chunk;
	/* entries of this step, and what is known of them */
	struct skua_index_entry entries[CHUNK];
	struct skua_candidate candidates[CHUNK];
	struct skua_record records[CHUNK];
	struct skua_slice slices[CHUNK];
	uint8_t keep[CHUNK];
	/* of entries that an earlier process wrote */
	bool old[CHUNK], known[CHUNK];
	struct check checks[CHUNK];
};

/* Below this position pages may have left memory.  Upstream:
 * estimateInMemByCommitOffset with accessMessageInMemoryMaxRatio. */
static int64_t
cold_below(int64_t end_pos)
{
	static _Atomic int64_t hot_bytes;
	int64_t hot = atomic_load_explicit(&hot_bytes, memory_order_relaxed);

	if (hot == 0) {
		hot = (int64_t)sysconf(_SC_PHYS_PAGES) *
		    (int64_t)sysconf(_SC_PAGESIZE) / 10 * 4;
		atomic_store_explicit(&hot_bytes, hot, memory_order_relaxed);
	}
	return end_pos - hot;
}

static bool
fits(const struct getting *g, const struct skua_index_entry *entry)
{
	const struct get_result *r = g->result;
	bool cold = entry->pos < g->cold_below;
	int64_t bytes = cold ? g->conf->cold_bytes : g->conf->transfer_bytes;
	int64_t count = cold ? g->conf->cold_count : g->conf->transfer_count;

	if (r->messages == 0)
		return true; /* the first always goes */
	return (int64_t)r->messages < g->max_messages &&
	    (int64_t)r->messages < count &&
	    (int64_t)r->bytes + entry->len <= bytes &&
	    r->slice_count < GET_SLICES_MAX;
}

static void
take_slice(struct getting *g, struct skua_slice *slice)
{
	struct get_result *r = g->result;
	struct skua_slice *last =
	    r->slice_count == 0 ? NULL : &r->slices[r->slice_count - 1];

	r->bytes += slice->len;
	r->messages++;
	r->status = GET_FOUND;
	/* Neighbours in the log become one slice. */
	if (last != NULL && last->pin == slice->pin &&
	    last->bytes + last->len == slice->bytes) {
		last->len += slice->len;
		g->log->store->release(g->log->store_state, slice);
		return;
	}
	r->slices[r->slice_count++] = *slice;
}

static int
read_record(struct getting *g, size_t i)
{
	const struct skua_index_entry *e = &g->entries[i];
	int rc = g->log->store->read(g->log->store_state, e->pos,
	    (uint32_t)e->len, &g->slices[i]);

	if (rc != SKUA_OK || !g->old[i])
		return rc;
	rc = skua_record_verify(g->broker, &g->slices[i], e->pos,
	    g->known[i] ? &g->checks[i] : NULL);
	if (rc != SKUA_OK)
		g->log->store->release(g->log->store_state, &g->slices[i]);
	return rc;
}

/* An entry whose record is nowhere is passed over. */
static void
verify_entries(struct getting *g, const struct queue *q, int64_t offset,
    size_t n)
{
	for (size_t i = 0; i < n; i++) {
		g->old[i] = offset + (int64_t)i < q->opened_max;
		g->keep[i] = !g->old[i] ||
		    skua_entry_verify(g->broker, g->cursor, q,
			offset + (int64_t)i, &g->entries[i], &g->checks[i],
			&g->known[i]) == SKUA_OK;
	}
}

/* Reads the records the filters want to see. */
static void
read_candidates(struct getting *g, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!g->keep[i])
			continue;
		if (read_record(g, i) != SKUA_OK) {
			g->keep[i] = 0;
			g->slices[i].bytes = NULL;
		} else if (skua_record_decode(g->slices[i].bytes,
			       g->slices[i].len, &g->records[i]) == SKUA_OK) {
			g->candidates[i].record = &g->records[i];
		}
	}
}

static int64_t
count_kept(const struct getting *g, size_t n)
{
	int64_t kept = 0;

	for (size_t i = 0; i < n; i++)
		kept += g->keep[i] != 0;
	return kept;
}

static void
count_cost(struct filter_cost *cost, int64_t judged, int64_t passed,
    uint64_t began)
{
	atomic_fetch_add_explicit(&cost->judged, judged, memory_order_relaxed);
	atomic_fetch_add_explicit(&cost->passed, passed, memory_order_relaxed);
	atomic_fetch_add_explicit(&cost->ns, (int64_t)(uv_hrtime() - began),
	    memory_order_relaxed);
}

/* Filters may run out of time; returns how many entries all of them have
 * judged. */
static size_t
judge(struct getting *g, size_t n)
{
	uint64_t began = 0;
	int64_t looked_at = 0;
	size_t judged = n;

	for (size_t i = 0; i < n; i++) {
		g->candidates[i].tags_code = g->entries[i].tags_code;
		g->candidates[i].record = NULL;
		g->candidates[i].reserved = NULL;
		g->slices[i].bytes = NULL;
	}
	if (g->chain == NULL)
		return n;
	for (size_t k = 0; k < g->chain->count; k++) {
		const struct chain_link *link = &g->chain->links[k];

		if (link->filter->needs_record && k == g->chain->first_record) {
			read_candidates(g, judged);
			began = uv_hrtime();
			looked_at = count_kept(g, judged);
		}
		n = link->filter->match(link->instance, g->candidates, judged,
		    g->keep, g->slow ? (int64_t)g->until_ns : INT64_MAX);
		judged = n < 1 ? 1 : n < judged ? n : judged;
	}
	if (g->chain->cost != NULL)
		count_cost(g->chain->cost, looked_at, count_kept(g, judged),
		    began);
	return judged;
}

/* Judges and takes n entries from offset; returns how many were passed. */
static size_t
take_entries(struct getting *g, size_t n)
{
	struct get_result *r = g->result;
	size_t passed = 0, judged = judge(g, n);

	for (size_t i = 0; i < n; i++) {
		bool read = g->slices[i].bytes != NULL;

		if (i >= judged) {
			if (read)
				g->log->store->release(g->log->store_state,
				    &g->slices[i]);
			continue;
		}
		if (!g->full && g->keep[i] && !fits(g, &g->entries[i]))
			g->full = true;
		if (g->full || !g->keep[i]) {
			if (read)
				g->log->store->release(g->log->store_state,
				    &g->slices[i]);
			passed += !g->full;
			continue;
		}
		passed++;
		if (read || read_record(g, i) == SKUA_OK)
			take_slice(g, &g->slices[i]);
		else if (r->bytes == 0)
			r->status = GET_MESSAGE_WAS_REMOVING;
	}
	return passed;
}

/* How many of the n entries at offset are safe.  The log's order is the queue's;
 * what an earlier process wrote is as safe as it gets. */
static size_t
safe_entries(const struct getting *g, const struct queue *q, int64_t offset,
    size_t n)
{
	while (n > 0 && offset + (int64_t)n > q->opened_max &&
	    g->entries[n - 1].pos + g->entries[n - 1].len > g->safe_pos)
		n--;
	return n;
}

/* A pull holds its loop for maxPullTimeMillis at most: pieces are the smaller the
 * slower its filters are.  False when the time is over. */
static bool
has_time(struct getting *g)
{
	uint64_t now, left;

	if (!g->slow)
		return true;
	now = uv_hrtime();
	if (now >= g->until_ns)
		return false;
	left = g->until_ns - now;
	if (left > (uint64_t)g->conf->pull_budget_ms * 900000)
		g->chunk = g->chunk * 2 < CHUNK ? g->chunk * 2 : CHUNK;
	else if (left < (uint64_t)g->conf->pull_budget_ms * 500000)
		g->chunk = 1;
	return true;
}

static void
begin_time(struct getting *g)
{
	g->slow = g->chain != NULL && g->chain->first_record < g->chain->count;
	g->chunk = g->slow ? SLOW_CHUNK : CHUNK;
	if (g->slow)
		g->until_ns = uv_hrtime() +
		    (uint64_t)g->conf->pull_budget_ms * 1000000;
}

static void
scan(struct getting *g, struct queue *queue, int64_t offset)
{
	struct get_result *r = g->result;
	int64_t scan_max = g->conf->scan_bytes / INDEX_ENTRY;
	int64_t at = offset;

	if (scan_max < g->max_messages)
		scan_max = g->max_messages;
	r->status = GET_NO_MATCHED_MESSAGE;
	begin_time(g);
	while (!g->full && at < r->max_offset && at - offset < scan_max &&
	    has_time(g)) {
		int64_t want = scan_max - (at - offset);
		size_t n = 0, passed, safe;

		/* Without a filter no more than can be taken. */
		if (g->chain == NULL && want > g->max_messages -
			(int64_t)r->messages)
			want = g->max_messages - (int64_t)r->messages;
		if (want > g->chunk)
			want = g->chunk;
		if (want <= 0)
			break;
		if (g->log->index->read(g->log->index_state, queue->index, at,
			(size_t)want, g->entries, &n) != SKUA_OK ||
		    n == 0) {
			if (r->bytes == 0)
				r->status = GET_OFFSET_FOUND_NULL;
			break;
		}
		safe = safe_entries(g, queue, at, n);
		r->hidden = safe < n;
		n = safe;
		if (n == 0)
			break;
		verify_entries(g, queue, at, n);
		passed = take_entries(g, n);
		at += (int64_t)passed;
		/* Some were not judged in time: they do not wait for safety. */
		r->hidden &= passed == n || g->full;
		if ((int64_t)r->messages >= g->max_messages || r->hidden)
			break;
	}
	r->next_offset = at;
	if (r->hidden && at == offset)
		r->status = GET_OFFSET_OVERFLOW_ONE;
}

static enum get_status
check_range(struct get_result *r, int64_t offset)
{
	if (r->max_offset == 0) {
		r->next_offset = 0;
		return GET_NO_MESSAGE_IN_QUEUE;
	}
	if (offset < r->min_offset) {
		r->next_offset = r->min_offset;
		return GET_OFFSET_TOO_SMALL;
	}
	if (offset == r->max_offset)
		return GET_OFFSET_OVERFLOW_ONE;
	if (offset > r->max_offset) {
		r->next_offset = r->max_offset;
		return GET_OFFSET_OVERFLOW_BADLY;
	}
	return GET_FOUND;
}

void
skua_get_by(struct broker *b, struct check_cursor *cursor, struct queue *queue,
    int64_t offset, int64_t max_messages, const struct chain *chain,
    struct get_result *result)
{
	struct getting g = { .broker = b, .cursor = cursor, .log = &b->log,
		.result = result, .chain = chain, .conf = broker_conf(b),
		.max_messages = skua_clamp(max_messages, 1, ASKED_MAX) };

	result->bytes = result->messages = result->slice_count = 0;
	result->hidden = false;
	result->next_offset = offset;
	result->min_offset = skua_queue_min(b, queue);
	result->max_offset = skua_queue_max(b, queue);
	if (queue == NULL) {
		result->status = GET_NO_MATCHED_LOGIC_QUEUE;
		result->next_offset = 0;
		return;
	}
	result->status = check_range(result, offset);
	if (result->status != GET_FOUND)
		return;
	g.end_pos = atomic_load_explicit(&g.log->end_pos,
	    memory_order_acquire);
	g.cold_below = cold_below(g.end_pos);
	g.safe_pos = skua_log_safe_pos(g.log);
	scan(&g, queue, offset);
}

void
skua_get(struct loop_state *s, struct queue *queue, int64_t offset,
    int64_t max_messages, const struct chain *chain, struct get_result *result)
{
	ASSERT_LOOP(s->loop);
	skua_get_by(s->broker, &s->checks, queue, offset, max_messages, chain,
	    result);
}

bool
skua_get_is_readable(struct broker *b, const struct queue *queue,
    int64_t offset)
{
	const struct log *log = &b->log;
	struct skua_index_entry entry;
	size_t n = 0;

	if (offset < skua_queue_min(b, queue))
		offset = skua_queue_min(b, queue);
	if (offset >= skua_queue_max(b, queue))
		return false;
	if (offset < queue->opened_max)
		return true;
	return log->index->read(log->index_state, queue->index, offset, 1,
		   &entry, &n) == SKUA_OK &&
	    n == 1 && entry.pos + entry.len <= skua_log_safe_pos(log);
}

void
skua_get_release(struct broker *b, struct get_result *result)
{
	for (size_t i = 0; i < result->slice_count; i++)
		b->log.store->release(b->log.store_state, &result->slices[i]);
	result->slice_count = 0;
}
