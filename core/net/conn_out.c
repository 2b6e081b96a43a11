/* SPDX-License-Identifier: Apache-2.0 */
/* What leaves by a connection: collected in segments, written as one. */
#include "net/conn.h"

#define WRITE_BUFS_MAX 512
#define SPARE_CHUNKS_MAX 256
#define OUT_FIRST 2 /* segments */

static struct out_chunk *
chunk_new(struct loop *loop, size_t size)
{
	struct out_chunk *chunk = loop->spare_chunks;

	if (size <= OUT_CHUNK_SIZE && chunk != NULL) {
		loop->spare_chunks = chunk->next;
		loop->spare_count--;
	} else {
		if (size < OUT_CHUNK_SIZE)
			size = OUT_CHUNK_SIZE;
		chunk = malloc(sizeof(*chunk) + size);
		if (chunk == NULL)
			return NULL;
		chunk->size = size;
	}
	chunk->next = NULL;
	chunk->used = 0;
	chunk->refs = 1; /* the connection that fills it */
	return chunk;
}

static void
chunk_unref(struct loop *loop, struct out_chunk *chunk)
{
	if (--chunk->refs > 0)
		return;
	if (chunk->size > OUT_CHUNK_SIZE ||
	    loop->spare_count >= SPARE_CHUNKS_MAX) {
		free(chunk);
		return;
	}
	chunk->next = loop->spare_chunks;
	loop->spare_chunks = chunk;
	loop->spare_count++;
}

static void
mark_unflushed(struct conn *conn)
{
	if (conn->is_unflushed)
		return;
	conn->is_unflushed = true;
	conn->next_unflushed = conn->loop->unflushed;
	conn->loop->unflushed = conn;
}

static struct out_segment *
add_segment(struct conn *conn)
{
	if (conn->out_first + conn->out_count == conn->out_size) {
		if (conn->out_first > conn->out_size / 2) {
			memmove(conn->out, conn->out + conn->out_first,
			    conn->out_count * sizeof(conn->out[0]));
			conn->out_first = 0;
		} else {
			conn->out_size = conn->out_size == 0 ?
			    OUT_FIRST :
			    conn->out_size * 2;
			conn->out = skua_mem_grow(conn->out, conn->out_size,
			    sizeof(conn->out[0]));
		}
	}
	mark_unflushed(conn);
	return &conn->out[conn->out_first + conn->out_count++];
}

uint8_t *
skua_conn_reserve(struct conn *conn, size_t n)
{
	struct out_chunk *chunk = conn->chunk;

	if (chunk == NULL || chunk->size - chunk->used < n) {
		if (chunk != NULL)
			chunk_unref(conn->loop, chunk);
		conn->chunk = chunk = chunk_new(conn->loop, n);
		if (chunk == NULL) {
			skua_conn_close(conn, "out of memory");
			return NULL;
		}
	}
	return chunk->bytes + chunk->used;
}

void
skua_conn_commit(struct conn *conn, size_t n)
{
	struct out_chunk *chunk = conn->chunk;
	const uint8_t *bytes = chunk->bytes + chunk->used;
	struct out_segment *last;

	chunk->used += n;
	conn->out_bytes += n;
	conn->copied += n;
	held_add(&conn->loop->held.unsent, (int64_t)n);
	/* Grow the last segment, unless the kernel was given it already. */
	if (conn->out_count > conn->writing) {
		last = &conn->out[conn->out_first + conn->out_count - 1];
		if (last->chunk == chunk && last->bytes + last->len == bytes) {
			last->len += n;
			return;
		}
	}
	last = add_segment(conn);
	*last = (struct out_segment){ .bytes = bytes, .len = n, .chunk = chunk };
	chunk->refs++;
}

void
skua_conn_send_pinned(struct conn *conn, const void *bytes, size_t len,
    out_release_fn *release, void *owner, void *pin)
{
	struct out_segment *s = add_segment(conn);

	*s = (struct out_segment){ .bytes = bytes, .len = len,
		.release = release, .owner = owner, .pin = pin };
	conn->out_bytes += len;
}

void
skua_conn_send(struct conn *conn, const void *bytes, size_t len)
{
	uint8_t *p;

	if (len == 0 || (p = skua_conn_reserve(conn, len)) == NULL)
		return;
	memcpy(p, bytes, len);
	skua_conn_commit(conn, len);
}

void
skua_conn_send_command(struct conn *conn, const struct command_out *out,
    struct skua_str body)
{
	uint8_t *p = skua_conn_reserve(conn, skua_command_bound(out));

	if (p == NULL)
		return;
	skua_conn_commit(conn, skua_command_encode(p, out, body.len));
	skua_conn_send(conn, body.p, body.len);
}

static void
release_segment(struct conn *conn, struct out_segment *s)
{
	if (s->chunk != NULL)
		chunk_unref(conn->loop, s->chunk);
	else if (s->release != NULL)
		s->release(s->owner, s->pin);
}

/* n bytes of a segment have left, or never will. */
static void
count_left(struct conn *conn, const struct out_segment *s, size_t n)
{
	conn->out_bytes -= n;
	if (s->chunk == NULL)
		return;
	conn->copied -= n;
	held_add(&conn->loop->held.unsent, -(int64_t)n);
}

/* The first n bytes have left. */
static void
drop_written(struct conn *conn, size_t n)
{
	while (n > 0) {
		struct out_segment *s = &conn->out[conn->out_first];

		if (n < s->len) {
			count_left(conn, s, n);
			s->bytes += n;
			s->len -= n;
			return;
		}
		count_left(conn, s, s->len);
		n -= s->len;
		release_segment(conn, s);
		conn->out_first++;
		conn->out_count--;
	}
	if (conn->out_count == 0)
		conn->out_first = 0;
}

void
skua_conn_drop_output(struct conn *conn)
{
	for (size_t i = 0; i < conn->out_count; i++) {
		struct out_segment *s = &conn->out[conn->out_first + i];

		count_left(conn, s, s->len);
		release_segment(conn, s);
	}
	conn->out_first = conn->out_count = 0;
	if (conn->chunk != NULL)
		chunk_unref(conn->loop, conn->chunk);
	conn->chunk = NULL;
	free(conn->out);
	conn->out = NULL;
}

static void
on_written(uv_write_t *write, int status)
{
	struct conn *conn = write->data;
	size_t n = 0;

	skua_loop_enter(conn->loop);
	for (size_t i = 0; i < conn->writing; i++)
		n += conn->out[conn->out_first + i].len;
	conn->writing = 0;
	drop_written(conn, n);
	if (status != 0)
		skua_conn_close(conn, uv_strerror(status));
	conn->active_ms = (int64_t)uv_now(&conn->loop->uv);
	if (!conn->closing)
		skua_conn_flush(conn);
}

static size_t
gather(const struct conn *conn, uv_buf_t bufs[WRITE_BUFS_MAX])
{
	size_t n = conn->out_count < WRITE_BUFS_MAX ? conn->out_count :
						      WRITE_BUFS_MAX;

	for (size_t i = 0; i < n; i++) {
		const struct out_segment *s = &conn->out[conn->out_first + i];

		bufs[i].base = (char *)(uintptr_t)s->bytes;
		bufs[i].len = s->len;
	}
	return n;
}

void
skua_conn_flush(struct conn *conn)
{
	uv_buf_t bufs[WRITE_BUFS_MAX];
	size_t n;
	int rc;

	while (conn->out_count > 0 && conn->writing == 0 && !conn->closing) {
		size_t total = 0;

		n = gather(conn, bufs);
		for (size_t i = 0; i < n; i++)
			total += bufs[i].len;
		rc = uv_try_write((uv_stream_t *)&conn->tcp, bufs, (unsigned)n);
		if (rc > 0) {
			drop_written(conn, (size_t)rc);
			if ((size_t)rc == total)
				continue;
			n = gather(conn, bufs);
		} else if (rc != UV_EAGAIN) {
			skua_conn_close(conn, uv_strerror(rc));
			return;
		}
		conn->writing = n;
		conn->write.data = conn;
		rc = uv_write(&conn->write, (uv_stream_t *)&conn->tcp, bufs,
		    (unsigned)n, on_written);
		if (rc != 0) {
			conn->writing = 0;
			skua_conn_close(conn, uv_strerror(rc));
			return;
		}
	}
	/* What is written leaves nothing behind: most connections are idle. */
	if (conn->out_count == 0 && conn->chunk != NULL) {
		chunk_unref(conn->loop, conn->chunk);
		conn->chunk = NULL;
	}
	skua_conn_balance(conn);
}
