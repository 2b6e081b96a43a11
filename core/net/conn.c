/* SPDX-License-Identifier: Apache-2.0 */
/* Connections: reading frames, opening, closing. */
#include <unistd.h>

#include <skua/host.h>

#include "base/log.h"
#include "net/addr.h"
#include "net/address_count.h"
#include "net/conn.h"
#include "net/request.h"

#define DIRECT_READ_MIN 65536 /* larger partial frames get their own buffer */
/* An answer of this size is written at once: the peer, which is a consumer,
 * works on it and asks for more while the turn goes on. */
#define WRITE_EARLY_BYTES (16 * 1024)
/* A turn that has kept more than this for its answers ends early. */
#define TURN_BYTES_MAX (1024 * 1024)
/* What a connection always may. */
#define PART_MIN 4096
#define SMALL_REQUEST (16 * 1024)
#define UNFINISHED_MAX_MS 5000

/* --- input --- */

static void
on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct conn *conn = handle->data;
	char *shared = conn->loop->read_buffer;

	(void)suggested;
	skua_loop_enter(conn->loop);
	if (conn->partial_len < DIRECT_READ_MIN) {
		/* The shared buffer, with what is left over in front. */
		if (conn->partial_len > 0)
			memcpy(shared, conn->partial, conn->partial_len);
		*buf = uv_buf_init(shared + conn->partial_len,
		    (unsigned)(LOOP_READ_SIZE - conn->partial_len));
		return;
	}
	/* A large frame has its own, which keep_rest made room in. */
	*buf = uv_buf_init((char *)conn->partial + conn->partial_len,
	    (unsigned)(conn->partial_size - conn->partial_len));
}

static void
malformed(struct conn *conn, int rc)
{
	static _Thread_local struct log_limit limit;
	char peer[ADDR_TEXT_SIZE];

	if (skua_log_allowed(&limit, 10))
		skua_log(SKUA_LOG_WARNING, "net",
		    "%s: closed the connection: %s",
		    skua_addr_format(&conn->peer, peer), skua_strerror(rc));
	skua_conn_close(conn, "malformed frame");
}

/* --- resting: what a peer may make us hold (net/budget.h) --- */

/* A connection's part of its loop's. */
static int64_t
part_of(const struct loop *loop, int64_t share)
{
	int64_t part = share / (int64_t)(loop->conn_count + 1);

	return part > PART_MIN ? part : PART_MIN;
}

/* Whether another request may be taken; divisor 2 when it rests, so that it does
 * not rest again at once. */
static bool
may_take(const struct conn *conn, int64_t divisor)
{
	const struct loop *loop = conn->loop;
	const struct limits *l = loop->limits;
	int64_t unsent = held_get(&l->unsent) / divisor;
	int64_t all = held_get(&l->unsent_all);

	return (int64_t)conn->out_bytes <= unsent &&
	    conn->deferred <= held_get(&l->deferred) / divisor &&
	    conn->deferred_bytes <= held_get(&l->deferred_bytes) / divisor &&
	    (held_get(&loop->held.unsent) <= all ||
		(int64_t)conn->copied <= part_of(loop, all) / divisor);
}

bool
skua_conn_is_full(const struct conn *conn)
{
	return (int64_t)conn->out_bytes > held_get(&conn->loop->limits->unsent);
}

static void
rest(struct conn *conn)
{
	if (conn->rests)
		return;
	conn->rests = true;
	conn->loop->resting++;
	held_add(&conn->loop->held.rested, 1);
	(void)uv_read_stop((uv_stream_t *)&conn->tcp);
}

/* Handles whole frames while it may; returns how many bytes they took. */
static size_t
take_frames(struct conn *conn, const uint8_t *bytes, size_t len)
{
	struct loop *loop = conn->loop;
	size_t at = 0;

	while (!conn->closing) {
		int64_t size = skua_frame_size(bytes + at, len - at);
		struct command *command;
		int rc;

		if (size < 0) {
			malformed(conn, (int)size);
			break;
		}
		if (size == 0 || (size_t)size > len - at)
			break;
		if (!may_take(conn, 1)) {
			skua_conn_flush(conn);
			if (!may_take(conn, 1)) {
				rest(conn);
				break;
			}
		}
		command = skua_request_command(loop->request);
		rc = skua_command_decode(bytes + at, (size_t)size, &loop->arena,
		    command);
		if (rc != SKUA_OK) {
			malformed(conn, rc);
			break;
		}
		conn->user->command(conn, command);
		at += (size_t)size;
		/* What a turn keeps is bounded, however much it was sent. */
		if (loop->arena.more > TURN_BYTES_MAX)
			skua_loop_flush(loop);
	}
	return at;
}

static bool
set_partial_size(struct conn *conn, size_t size)
{
	uint8_t *p = NULL;

	if (size > 0) {
		p = realloc(conn->partial, size);
		if (p == NULL)
			return false;
	} else {
		free(conn->partial);
	}
	held_add(&conn->loop->held.reading,
	    (int64_t)size - (int64_t)conn->partial_size);
	conn->partial = p;
	conn->partial_size = size;
	return true;
}

static bool
may_grow(const struct conn *conn, size_t more)
{
	const struct loop *loop = conn->loop;

	return held_get(&loop->held.reading) + (int64_t)more <=
	    held_get(&loop->limits->reading_all);
}

/* A large frame grows with the bytes that arrive, not with the length that it
 * declares.  What is wanted next; 0: there is room. */
static size_t
wanted_size(const struct conn *conn)
{
	int64_t frame = skua_frame_size(conn->partial, conn->partial_len);

	if (conn->partial_len < DIRECT_READ_MIN ||
	    conn->partial_len < conn->partial_size ||
	    frame <= (int64_t)conn->partial_len)
		return 0;
	return frame < (int64_t)conn->partial_size * 2 ?
	    (size_t)frame :
	    conn->partial_size * 2;
}

static void
make_room(struct conn *conn)
{
	size_t want = wanted_size(conn);

	if (want == 0)
		return;
	if (conn->partial_since_ms == 0)
		conn->partial_since_ms = (int64_t)uv_now(&conn->loop->uv);
	if (!may_grow(conn, want - conn->partial_size))
		rest(conn);
	else if (!set_partial_size(conn, want))
		skua_conn_close(conn, "out of memory");
}

/* Bytes that were read must be kept or the connection is lost: a small part is
 * always kept. */
static bool
keep_new(struct conn *conn, const uint8_t *bytes, size_t len)
{
	if (conn->partial_size < len) {
		size_t more = len - conn->partial_size;

		if (!may_grow(conn, more) &&
		    (int64_t)len > part_of(conn->loop,
			held_get(&conn->loop->limits->reading_all)))
			return false;
		if (!set_partial_size(conn, len))
			return false;
	}
	memcpy(conn->partial, bytes, len);
	conn->partial_len = len;
	return true;
}

/* Keeps what was not taken; bytes may be the partial buffer itself. */
static void
keep_rest(struct conn *conn, const uint8_t *bytes, size_t len, bool took)
{
	if (took || len == 0)
		conn->partial_since_ms = 0;
	if (len == 0 || conn->closing) {
		conn->partial_len = 0;
		(void)set_partial_size(conn, 0);
		return;
	}
	if (conn->partial != NULL && bytes >= conn->partial &&
	    bytes < conn->partial + conn->partial_size) {
		memmove(conn->partial, bytes, len);
		conn->partial_len = len;
		/* What a large frame needed is not kept for small ones. */
		if (len < DIRECT_READ_MIN &&
		    conn->partial_size > 4 * DIRECT_READ_MIN)
			(void)set_partial_size(conn, len);
	} else if (!keep_new(conn, bytes, len)) {
		held_add(&conn->loop->held.closed, 1);
		skua_conn_close(conn, "too many unfinished frames");
		return;
	}
	make_room(conn);
}

static void
process(struct conn *conn, const uint8_t *bytes, size_t len)
{
	size_t taken;

	(void)skua_conn_ref(conn);
	conn->cutting = true;
	taken = take_frames(conn, bytes, len);
	keep_rest(conn, bytes + taken, len - taken, taken > 0);
	conn->cutting = false;
	if (conn->out_bytes >= WRITE_EARLY_BYTES)
		skua_conn_flush(conn);
	else
		skua_conn_balance(conn);
	skua_conn_unref(conn);
}

static void
on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct conn *conn = stream->data;

	if (n == 0)
		return;
	if (n < 0) {
		skua_conn_close(conn, uv_strerror((int)n));
		return;
	}
	conn->active_ms = (int64_t)uv_now(&conn->loop->uv);
	process(conn, (const uint8_t *)buf->base - conn->partial_len,
	    conn->partial_len + (size_t)n);
}

static void
read_start(struct conn *conn)
{
	int rc = uv_read_start((uv_stream_t *)&conn->tcp, on_alloc, on_read);

	if (rc != 0)
		skua_conn_close(conn, uv_strerror(rc));
}

static void
wake_up(struct conn *conn)
{
	conn->rests = false;
	conn->loop->resting--;
}

static void
resume(struct loop *loop, struct loop_msg *msg)
{
	struct conn *conn = sk_container(msg, struct conn, resume);

	(void)loop;
	conn->resume_posted = false;
	if (!conn->closing && conn->rests) {
		wake_up(conn);
		process(conn, conn->partial, conn->partial_len);
		if (!conn->rests && !conn->closing)
			read_start(conn);
	}
	skua_conn_unref(conn);
}

/* In a turn of its own: whoever frees what it waits for is in the middle of
 * something. */
void
skua_conn_balance(struct conn *conn)
{
	size_t want;

	if (!conn->rests || conn->closing || conn->cutting ||
	    conn->resume_posted || !may_take(conn, 2))
		return;
	want = wanted_size(conn);
	if (want > 0 && !may_grow(conn, want - conn->partial_size))
		return;
	conn->resume_posted = true;
	conn->resume.fn = resume;
	(void)skua_conn_ref(conn);
	skua_loop_post(conn->loop, &conn->resume);
}

/* Unfinished frames that leave no room for others do not stay for long. */
static bool
is_in_the_way(const struct conn *conn, int64_t now)
{
	const struct loop *loop = conn->loop;

	return conn->partial_since_ms != 0 &&
	    now - conn->partial_since_ms > UNFINISHED_MAX_MS &&
	    held_get(&loop->held.reading) >
	    held_get(&loop->limits->reading_all) / 4 * 3;
}

void
skua_conns_tick(struct loop *loop)
{
	int64_t now = (int64_t)uv_now(&loop->uv);

	for (struct conn *c = loop->conns, *next; c != NULL; c = next) {
		next = c->next;
		if (is_in_the_way(c, now)) {
			held_add(&loop->held.closed, 1);
			skua_conn_close(c, "a frame that does not end");
		} else {
			skua_conn_balance(c);
		}
	}
}

bool
skua_conn_hold(struct conn *conn, int64_t bytes)
{
	struct held *h = &conn->loop->held;
	int64_t all = held_get(&conn->loop->limits->deferred_all);

	/* The last quarter is for small ones. */
	if (bytes > SMALL_REQUEST)
		all = all / 4 * 3;
	if (held_get(&h->deferred_bytes) + bytes > all) {
		held_add(&h->busy, 1);
		return false;
	}
	conn->deferred++;
	conn->deferred_bytes += bytes;
	held_add(&h->deferred, 1);
	held_add(&h->deferred_bytes, bytes);
	return true;
}

void
skua_conn_unhold(struct conn *conn, int64_t bytes)
{
	conn->deferred--;
	conn->deferred_bytes -= bytes;
	held_add(&conn->loop->held.deferred, -1);
	held_add(&conn->loop->held.deferred_bytes, -bytes);
	skua_conn_balance(conn);
}

void
skua_conn_hold_answer(struct conn *conn, int64_t bytes)
{
	conn->deferred_bytes += bytes;
	held_add(&conn->loop->held.deferred_bytes, bytes);
}

void
skua_conn_unhold_answer(struct conn *conn, int64_t bytes)
{
	conn->deferred_bytes -= bytes;
	held_add(&conn->loop->held.deferred_bytes, -bytes);
	skua_conn_balance(conn);
}

bool
skua_conn_hold_parked(struct conn *conn)
{
	struct held *h = &conn->loop->held;

	if (conn->parked >= held_get(&conn->loop->limits->parked)) {
		held_add(&h->busy, 1);
		return false;
	}
	conn->deferred--;
	conn->parked++;
	held_add(&h->deferred, -1);
	held_add(&h->parked, 1);
	return true;
}

void
skua_conn_unhold_parked(struct conn *conn)
{
	conn->deferred++;
	conn->parked--;
	held_add(&conn->loop->held.deferred, 1);
	held_add(&conn->loop->held.parked, -1);
}

/* --- life --- */

struct conn *
skua_conn_ref(struct conn *conn)
{
	atomic_fetch_add_explicit(&conn->refs, 1, memory_order_relaxed);
	return conn;
}

void
skua_conn_unref(struct conn *conn)
{
	if (atomic_fetch_sub_explicit(&conn->refs, 1, memory_order_acq_rel) ==
	    1)
		free(conn);
}

static void
forget_unflushed(struct conn *conn)
{
	struct conn **at = &conn->loop->unflushed;

	if (!conn->is_unflushed)
		return;
	while (*at != conn)
		at = &(*at)->next_unflushed;
	*at = conn->next_unflushed;
	conn->is_unflushed = false;
}

static void
on_closed(uv_handle_t *handle)
{
	struct conn *conn = handle->data;
	struct loop *loop = conn->loop;

	skua_loop_enter(loop);
	if (conn->user->closed != NULL)
		conn->user->closed(conn);
	forget_unflushed(conn);
	skua_conn_drop_output(conn);
	conn->partial_len = 0;
	(void)set_partial_size(conn, 0);
	if (conn->rests)
		wake_up(conn);
	if (conn->is_counted)
		skua_address_count_drop(&conn->peer);
	skua_conn_unref(conn);
}

static void
forget(struct conn *conn)
{
	struct loop *loop = conn->loop;

	HASH_DEL(loop->by_id, conn);
	if (conn->prev != NULL)
		conn->prev->next = conn->next;
	else
		loop->conns = conn->next;
	if (conn->next != NULL)
		conn->next->prev = conn->prev;
	loop->conn_count--;
}

void
skua_conn_close(struct conn *conn, const char *why)
{
	char peer[ADDR_TEXT_SIZE];

	if (conn->closing)
		return;
	conn->closing = true;
	skua_log(SKUA_LOG_DEBUG, "net", "%s: closed: %s",
	    skua_addr_format(&conn->peer, peer), why);
	forget(conn);
	uv_close((uv_handle_t *)&conn->tcp, on_closed);
}

struct conn *
skua_conn_find(struct loop *loop, uint64_t id)
{
	struct conn *conn;

	HASH_FIND(hh, loop->by_id, &id, sizeof(id), conn);
	return conn;
}

static void
introduce(struct conn *conn)
{
	struct loop *loop = conn->loop;

	conn->id = ++loop->next_conn | (uint64_t)loop->id << 48;
	HASH_ADD(hh, loop->by_id, id, sizeof(conn->id), conn);
	conn->next = loop->conns;
	if (conn->next != NULL)
		conn->next->prev = conn;
	loop->conns = conn;
	loop->conn_count++;
}

static void
on_never_opened(uv_handle_t *handle)
{
	free(handle->data);
}

int
skua_conn_open(struct loop *loop, int fd, const struct conn_user *user,
    void *data, struct conn **conn_r)
{
	struct conn *conn = sk_new(struct conn);
	int rc;

	conn->loop = loop;
	conn->user = user;
	conn->data = data;
	atomic_init(&conn->refs, 1);
	conn->active_ms = (int64_t)uv_now(&loop->uv);
	rc = uv_tcp_init(&loop->uv, &conn->tcp);
	if (rc != 0) {
		(void)close(fd);
		free(conn);
		return SKUA_EIO;
	}
	conn->tcp.data = conn;
	rc = uv_tcp_open(&conn->tcp, fd);
	if (rc != 0) {
		(void)close(fd);
		uv_close((uv_handle_t *)&conn->tcp, on_never_opened);
		return SKUA_EIO;
	}
	/* Without it answers are late, not lost. */
	rc = uv_tcp_nodelay(&conn->tcp, 1);
	if (rc != 0)
		skua_log(SKUA_LOG_DEBUG, "net", "TCP_NODELAY: %s",
		    uv_strerror(rc));
	skua_addr_of_socket(fd, &conn->local, &conn->peer);
	introduce(conn);
	read_start(conn);
	*conn_r = conn;
	return SKUA_OK;
}
