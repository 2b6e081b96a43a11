/* SPDX-License-Identifier: Apache-2.0 */
/* Queues, as plug-ins read them and wait for more. */
#include <stdlib.h>

#include <skua/queue.h>

#include "base/number.h"
#include "broker/get.h"
#include "broker/host_thread.h"
#include "broker/park.h"

_Static_assert((int)GET_FOUND == (int)SKUA_READ_FOUND &&
	(int)GET_NO_MATCHED_MESSAGE == (int)SKUA_READ_NO_MATCH &&
	(int)GET_MESSAGE_WAS_REMOVING == (int)SKUA_READ_REMOVED &&
	(int)GET_OFFSET_FOUND_NULL == (int)SKUA_READ_NULL &&
	(int)GET_OFFSET_OVERFLOW_BADLY == (int)SKUA_READ_BEYOND &&
	(int)GET_OFFSET_OVERFLOW_ONE == (int)SKUA_READ_AT_END &&
	(int)GET_OFFSET_TOO_SMALL == (int)SKUA_READ_BELOW &&
	(int)GET_NO_MATCHED_LOGIC_QUEUE == (int)SKUA_READ_NO_QUEUE &&
	(int)GET_NO_MESSAGE_IN_QUEUE == (int)SKUA_READ_EMPTY,
    "one table, two names");

/* SKUA_OK, and NULL for a queue that has had no message. */
static int
find_queue(const struct broker *b, struct skua_str name, int32_t id,
    struct topic **topic_r, struct queue **queue_r)
{
	const struct topic_conf *conf;

	*queue_r = NULL;
	*topic_r = skua_topic_find(&b->topics, name);
	if (*topic_r == NULL)
		return SKUA_ENOENT;
	*queue_r = skua_topic_queue(*topic_r, id);
	if (*queue_r != NULL)
		return SKUA_OK;
	conf = skua_topic_conf(*topic_r);
	return id < 0 || (id >= conf->read_queues && id >= conf->write_queues) ?
	    SKUA_ENOENT :
	    SKUA_OK;
}

int
skua_queue_range(struct skua_host *host, struct skua_str name, int32_t id,
    int64_t *min_r, int64_t *max_r)
{
	const struct broker *b = host_broker(host);
	struct queue *queue;
	struct topic *topic;
	bool entered;
	int rc;

	*min_r = *max_r = 0;
	if (b == NULL)
		return SKUA_ENOTSUP;
	entered = skua_rcu_enter();
	rc = find_queue(b, name, id, &topic, &queue);
	if (rc == SKUA_OK) {
		*min_r = skua_queue_min(b, queue);
		*max_r = skua_queue_max(b, queue);
	}
	skua_rcu_leave(entered);
	return rc;
}

int
skua_queue_by_time(struct skua_host *host, struct skua_str name, int32_t id,
    int64_t ms, bool upper, int64_t *offset_r)
{
	struct broker *b = host_broker(host);
	struct queue *queue;
	struct topic *topic;
	bool entered;
	int rc;

	*offset_r = 0;
	if (b == NULL)
		return SKUA_ENOTSUP;
	entered = skua_rcu_enter();
	rc = find_queue(b, name, id, &topic, &queue);
	if (rc == SKUA_OK && queue != NULL)
		*offset_r = skua_queue_offset_by_time(b, queue, ms, upper);
	skua_rcu_leave(entered);
	return rc;
}

/* --- reading --- */

struct skua_records {
	struct broker *broker;
	struct skua_read_info info;
	size_t slice, at; /* where the next one begins */
	struct get_result got;
};

static void
fill_info(struct skua_records *r)
{
	const struct get_result *g = &r->got;

	r->info = (struct skua_read_info){ .size = sizeof(r->info),
		.status = (enum skua_read_status)g->status,
		.next = g->next_offset,
		.min = g->min_offset,
		.max = g->max_offset,
		.count = g->messages,
		.bytes = g->bytes,
		.hidden = g->hidden };
}

static int
read_here(struct broker *b, const struct skua_read *read,
    struct skua_records *r, struct skua_error *e)
{
	struct loop *loop = skua_loop_here();
	struct loop_state *s = loop == NULL ? NULL : loop->data;
	struct check_cursor own = { .is_open = false };
	const struct chain *chain = NULL;
	struct queue *queue;
	struct topic *topic;
	int rc = find_queue(b, read->topic, read->queue, &topic, &queue);

	if (rc != SKUA_OK)
		return skua_fail(e, rc, "no such topic or queue");
	if (read->filter != NULL && s == NULL)
		return skua_fail(e, SKUA_EINVAL,
		    "a filter judges on a network loop only");
	if (read->filter != NULL)
		rc = skua_chain_get(s, read->filter, &chain, e);
	if (rc != SKUA_OK)
		return rc;
	skua_get_by(b, s == NULL ? &own : &s->checks, queue, read->offset,
	    read->max_messages, chain, &r->got);
	skua_check_cursor_close(&own);
	fill_info(r);
	return SKUA_OK;
}

int
skua_queue_read(struct skua_host *host, const struct skua_read *from,
    struct skua_records **records_r, struct skua_error *e)
{
	struct broker *b = host_broker(host);
	struct skua_read read;
	struct skua_records *r;
	bool entered;
	int rc;

	*records_r = NULL;
	if (b == NULL)
		return skua_fail(e, SKUA_ENOTSUP, "this process has no queues");
	if (from->size < offsetof(struct skua_read, filter) ||
	    from->offset < 0 || from->max_messages < 1)
		return skua_fail(e, SKUA_EINVAL, "not a read");
	memset(&read, 0, sizeof(read));
	memcpy(&read, from, from->size < sizeof(read) ? from->size :
							sizeof(read));
	r = malloc(sizeof(*r));
	if (r == NULL)
		return skua_fail(e, SKUA_ENOMEM, "out of memory");
	r->broker = b;
	r->slice = r->at = 0;
	r->got.slice_count = 0;
	entered = skua_rcu_enter();
	rc = read_here(b, &read, r, e);
	skua_rcu_leave(entered);
	if (rc == SKUA_OK)
		*records_r = r;
	else
		free(r);
	return rc;
}

const struct skua_read_info *
skua_records_info(const struct skua_records *records)
{
	return &records->info;
}

bool
skua_records_next(struct skua_records *r, struct skua_record *record_r)
{
	const struct skua_slice *slice;

	if (r->slice < r->got.slice_count &&
	    r->at == r->got.slices[r->slice].len) {
		r->slice++;
		r->at = 0;
	}
	if (r->slice == r->got.slice_count)
		return false;
	slice = &r->got.slices[r->slice];
	if (skua_record_decode(slice->bytes + r->at, slice->len - r->at,
		record_r) != SKUA_OK)
		return false;
	r->at += (size_t)record_r->size;
	return true;
}

void
skua_records_free(struct skua_records *records)
{
	if (records == NULL)
		return;
	skua_get_release(records->broker, &records->got);
	free(records);
}

void
skua_answer_records(struct skua_request *request, const char *remark,
    struct skua_records *records)
{
	struct answer_view views[GET_SLICES_MAX];
	struct broker *b = records->broker;
	const struct get_result *r = &records->got;
	size_t n = r->slice_count;

	ASSERT_LOOP(request->conn->loop);
	for (size_t i = 0; i < n; i++)
		views[i] = (struct answer_view){ r->slices[i].bytes,
			r->slices[i].len, r->slices[i].pin };
	free(records);
	skua_answer_views(request, remark, views, n, skua_log_release_pin, b);
}

/* --- waiting --- */

struct waiting {
	struct park park;
	struct broker *broker;
	struct skua_request *request;
	skua_wait_fn *fn;
	void *arg;
	struct place {
		char *topic;
		int32_t queue;
		int64_t offset;
	} *wanted;
	struct park_seen *seen;
	struct park_place places[];
};

static void
free_waiting(struct waiting *w)
{
	for (size_t i = 0; i < w->park.count; i++)
		free(w->wanted[i].topic);
	free(w->wanted);
	free(w->seen);
	free(w);
}

static void
end_waiting(struct waiting *w, enum skua_wait_end end)
{
	skua_wait_fn *fn = w->fn;
	void *arg = w->arg;
	struct skua_request *request = w->request;

	free_waiting(w);
	skua_request_unpark(request);
	fn(arg, request, end);
}

/* What each queue has, and whether one can be read; a topic that is gone is no
 * reason to wait. */
static int
look(struct waiting *w)
{
	struct broker *b = w->broker;
	int rc = SKUA_OK;

	w->park.hidden = false;
	for (size_t i = 0; i < w->park.count && rc == SKUA_OK; i++) {
		const struct place *p = &w->wanted[i];
		struct park_seen *seen = &w->seen[i];
		struct topic *topic;

		rc = find_queue(b, skua_str_z(p->topic), p->queue, &topic,
		    &seen->queue);
		if (rc == SKUA_OK && seen->queue == NULL) {
			(void)pthread_mutex_lock(&b->log.append_lock);
			seen->queue = skua_topic_need_queue(b, topic, p->queue);
			(void)pthread_mutex_unlock(&b->log.append_lock);
		}
		if (rc != SKUA_OK || seen->queue == NULL)
			return SKUA_ENOENT;
		seen->max_offset = skua_queue_max(b, seen->queue);
		if (skua_get_is_readable(b, seen->queue, p->offset))
			return SKUA_EAGAIN;
		w->park.hidden |= seen->max_offset > p->offset;
	}
	return rc;
}

static void
woken(struct loop_state *s, struct park *park, enum park_why why)
{
	struct waiting *w = sk_container(park, struct waiting, park);

	if (why == PARK_CLOSED || why == PARK_ENDING)
		end_waiting(w, SKUA_WAIT_CLOSED);
	else if (why == PARK_OVER || park->until_ms <= skua_mono_ms())
		end_waiting(w, SKUA_WAIT_OVER);
	else if (look(w) != SKUA_OK)
		end_waiting(w, SKUA_WAIT_MESSAGE);
	else
		skua_park(s, park, w->seen);
}

static struct waiting *
waiting_new(struct broker *b, const struct skua_queue_at *queues, size_t n)
{
	struct waiting *w = skua_mem_new(1,
	    sizeof(*w) + n * sizeof(w->places[0]));

	w->broker = b;
	w->wanted = sk_new_array(n, struct place);
	w->seen = sk_new_array(n, struct park_seen);
	for (size_t i = 0; i < n; i++)
		w->wanted[i] = (struct place){ skua_mem_dup(queues[i].topic),
			queues[i].queue, queues[i].offset };
	w->park.fn = woken;
	w->park.places = w->places;
	w->park.count = (uint32_t)n;
	return w;
}

int
skua_queue_wait(struct skua_host *host, struct skua_request *request,
    const struct skua_queue_at *queues, size_t n, int64_t ms, skua_wait_fn *fn,
    void *arg)
{
	struct broker *b = host_broker(host);
	struct waiting *w;
	int rc;

	if (b == NULL)
		return SKUA_ENOTSUP;
	if (n == 0 || n > SKUA_WAIT_QUEUES_MAX || ms < 0 || !request->deferred)
		return SKUA_EINVAL;
	ASSERT_LOOP(request->conn->loop);
	w = waiting_new(b, queues, n);
	rc = look(w);
	if (rc == SKUA_OK && !skua_request_park(request))
		rc = SKUA_EBUSY;
	if (rc != SKUA_OK) {
		free_waiting(w);
		return rc;
	}
	w->request = request;
	w->fn = fn;
	w->arg = arg;
	w->park.conn = request->conn;
	w->park.until_ms = skua_mono_ms() + skua_clamp_span(ms);
	skua_park(state_of(request->conn), &w->park, w->seen);
	return SKUA_OK;
}
