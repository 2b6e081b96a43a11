/* SPDX-License-Identifier: Apache-2.0 */
/* Connections: reading frames, opening, closing. */
#include <unistd.h>

#include <skua/host.h>

#include "base/log.h"
#include "net/addr.h"
#include "net/conn.h"
#include "net/request.h"

#define DIRECT_READ_MIN 65536 /* larger partial frames get their own buffer */
/* An answer of this size is written at once: the peer, which is a consumer,
 * works on it and asks for more while the turn goes on. */
#define WRITE_EARLY_BYTES (16 * 1024)

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
	/* A large frame grows with the bytes that arrive, not with the length
	 * it declares. */
	if (conn->partial_size - conn->partial_len < DIRECT_READ_MIN) {
		size_t size = conn->partial_size * 2;
		uint8_t *p = realloc(conn->partial, size);

		if (p == NULL) {
			*buf = uv_buf_init(NULL, 0);
			return;
		}
		conn->partial = p;
		conn->partial_size = size;
	}
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

/* Handles every whole frame; returns how many bytes they took. */
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
		command = skua_request_command(loop->request);
		rc = skua_command_decode(bytes + at, (size_t)size, &loop->arena,
		    command);
		if (rc != SKUA_OK) {
			malformed(conn, rc);
			break;
		}
		conn->user->command(conn, command);
		at += (size_t)size;
	}
	return at;
}

/* Keeps the unfinished frame; bytes may be the partial buffer itself. */
static void
keep_rest(struct conn *conn, const uint8_t *bytes, size_t len)
{
	size_t want;

	if (len == 0 || conn->closing) {
		free(conn->partial);
		conn->partial = NULL;
		conn->partial_len = conn->partial_size = 0;
		return;
	}
	if (conn->partial != NULL && bytes >= conn->partial &&
	    bytes < conn->partial + conn->partial_size) {
		memmove(conn->partial, bytes, len);
		conn->partial_len = len;
		/* What a large frame needed is not kept for small ones. */
		if (len < DIRECT_READ_MIN &&
		    conn->partial_size > 4 * DIRECT_READ_MIN) {
			uint8_t *p = realloc(conn->partial, len);

			if (p != NULL) {
				conn->partial = p;
				conn->partial_size = len;
			}
		}
		return;
	}
	want = len < DIRECT_READ_MIN ? len : 2 * len;
	if (conn->partial_size < want) {
		uint8_t *p = realloc(conn->partial, want);

		if (p == NULL) {
			skua_conn_close(conn, "out of memory");
			return;
		}
		conn->partial = p;
		conn->partial_size = want;
	}
	memcpy(conn->partial, bytes, len);
	conn->partial_len = len;
}

static void
on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct conn *conn = stream->data;
	const uint8_t *bytes;
	size_t len, taken;

	if (n == 0)
		return;
	if (n < 0) {
		skua_conn_close(conn, uv_strerror((int)n));
		return;
	}
	conn->active_ms = (int64_t)uv_now(&conn->loop->uv);
	bytes = (const uint8_t *)buf->base - conn->partial_len;
	len = conn->partial_len + (size_t)n;
	(void)skua_conn_ref(conn);
	taken = take_frames(conn, bytes, len);
	keep_rest(conn, bytes + taken, len - taken);
	if (conn->out_bytes >= WRITE_EARLY_BYTES)
		skua_conn_flush(conn);
	skua_conn_unref(conn);
}

void
skua_conn_read_start(struct conn *conn)
{
	(void)uv_read_start((uv_stream_t *)&conn->tcp, on_alloc, on_read);
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
	free(conn->partial);
	conn->partial = NULL;
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
	(void)uv_tcp_init(&loop->uv, &conn->tcp);
	conn->tcp.data = conn;
	rc = uv_tcp_open(&conn->tcp, fd);
	if (rc != 0) {
		(void)close(fd);
		uv_close((uv_handle_t *)&conn->tcp, on_never_opened);
		return SKUA_EIO;
	}
	(void)uv_tcp_nodelay(&conn->tcp, 1);
	skua_addr_of_socket(fd, &conn->local, &conn->peer);
	introduce(conn);
	skua_conn_read_start(conn);
	*conn_r = conn;
	return SKUA_OK;
}
