/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/mem.h"
#include "bench/link.h"
#include "net/addr.h"
#include "wire/command.h"

enum { READ_SIZE = 256 * 1024, IOV_COUNT = 256 };

int
skua_bench_link_open(struct bench_link *link, const char *address, int poll,
    size_t ring_size, struct skua_error *e)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = link };
	struct sockaddr_storage to;
	struct skua_addr addr;
	socklen_t len;
	int on = 1, rc = skua_addr_parse(skua_str_z(address), &addr);

	memset(link, 0, sizeof(*link));
	link->fd = -1;
	link->poll = poll;
	if (rc != SKUA_OK)
		return skua_fail(e, rc, "%s is not an address", address);
	skua_addr_to_sockaddr(&addr, &to, &len);
	link->fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (link->fd < 0 ||
	    connect(link->fd, (struct sockaddr *)&to, len) != 0 ||
	    epoll_ctl(poll, EPOLL_CTL_ADD, link->fd, &event) != 0) {
		rc = skua_fail(e, skua_from_errno(errno),
		    "cannot connect to %s: %s", address, strerror(errno));
		skua_bench_link_close(link);
		return rc;
	}
	(void)setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	link->ring_size = ring_size;
	link->ring = sk_new_array(ring_size, struct bench_out);
	return SKUA_OK;
}

void
skua_bench_link_close(struct bench_link *link)
{
	if (link->fd >= 0)
		(void)close(link->fd);
	link->fd = -1;
	free(link->ring);
	free(link->in);
	link->ring = NULL;
	link->in = NULL;
}

/* --- out --- */

void
skua_bench_link_put(struct bench_link *link, const char *frame, size_t len)
{
	sk_assert(link->waiting < link->ring_size);
	link->ring[(link->first + link->waiting++) % link->ring_size] =
	    (struct bench_out){ frame, len };
}

static void
want_room(struct bench_link *link, bool wanted)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = link };

	if (link->blocked == wanted)
		return;
	if (wanted)
		event.events |= EPOLLOUT;
	(void)epoll_ctl(link->poll, EPOLL_CTL_MOD, link->fd, &event);
	link->blocked = wanted;
}

/* Takes what the socket took off the ring. */
static void
advance(struct bench_link *link, size_t n)
{
	n += link->written;
	while (link->waiting > 0 && n >= link->ring[link->first].len) {
		n -= link->ring[link->first].len;
		link->first = (link->first + 1) % link->ring_size;
		link->waiting--;
	}
	link->written = n;
}

int
skua_bench_link_flush(struct bench_link *link, struct skua_error *e)
{
	while (link->waiting > 0) {
		struct iovec iov[IOV_COUNT];
		struct msghdr message = { .msg_iov = iov };
		ssize_t n;

		for (size_t i = 0; i < link->waiting && i < IOV_COUNT; i++) {
			const struct bench_out *o =
			    &link->ring[(link->first + i) % link->ring_size];
			size_t skip = i == 0 ? link->written : 0;

			iov[i].iov_base = (void *)(uintptr_t)(o->frame + skip);
			iov[i].iov_len = o->len - skip;
			message.msg_iovlen++;
		}
		n = sendmsg(link->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
			want_room(link, true);
			return SKUA_OK;
		}
		if (n < 0)
			return skua_fail(e, skua_from_errno(errno),
			    "cannot send: %s", strerror(errno));
		advance(link, (size_t)n);
	}
	want_room(link, false);
	return SKUA_OK;
}

/* --- in --- */

/* Room for what the frame at the front needs, and for a good read. */
static void
make_room(struct bench_link *link)
{
	int64_t frame = skua_frame_size((const uint8_t *)link->in,
	    link->in_len);
	size_t wanted = link->in_len + READ_SIZE / 4;

	if (frame > 0 && (size_t)frame > wanted)
		wanted = (size_t)frame;
	if (wanted <= link->in_size)
		return;
	link->in_size = wanted < READ_SIZE ? READ_SIZE : wanted;
	link->in = skua_mem_grow(link->in, link->in_size, 1);
}

static int
receive(struct bench_link *link, struct skua_error *e)
{
	ssize_t n;

	make_room(link);
	n = recv(link->fd, link->in + link->in_len,
	    link->in_size - link->in_len, MSG_DONTWAIT);
	if (n == 0)
		return skua_fail(e, SKUA_ECLOSED,
		    "the server closed the connection");
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return SKUA_OK;
	if (n < 0)
		return skua_fail(e, skua_from_errno(errno),
		    "cannot receive: %s", strerror(errno));
	link->in_len += (size_t)n;
	return SKUA_OK;
}

static int
split(const char *frame, size_t size, struct bench_answer *answer_r,
    struct skua_error *e)
{
	size_t head = get_be32((const uint8_t *)frame + 4) & 0xffffff;

	if (size < 8 || head > size - 8 || frame[4] != CODEC_JSON)
		return skua_fail(e, SKUA_EPROTO,
		    "an answer whose header is not valid JSON");
	answer_r->head = skua_str_n(frame + 8, head);
	answer_r->body = skua_str_n(frame + 8 + head, size - 8 - head);
	return SKUA_OK;
}

int
skua_bench_link_read(struct bench_link *link, bench_answer_fn *fn, void *arg,
    struct skua_error *e)
{
	size_t at = 0;
	int rc = receive(link, e);

	while (rc == SKUA_OK) {
		int64_t size = skua_frame_size((uint8_t *)link->in + at,
		    link->in_len - at);
		struct bench_answer answer;

		if (size < 0)
			return skua_fail(e, (int)size, "an answer that is %s",
			    skua_strerror((int)size));
		if (size == 0 || (size_t)size > link->in_len - at)
			break;
		rc = split(link->in + at, (size_t)size, &answer, e);
		if (rc == SKUA_OK)
			rc = fn(arg, link, &answer);
		at += (size_t)size;
	}
	link->in_len -= at;
	memmove(link->in, link->in + at, link->in_len);
	return rc;
}

static int64_t
number_at(const char *at, const char *end)
{
	bool negative;
	uint64_t v = 0;

	if (at < end && *at == '"')
		at++;
	negative = at < end && *at == '-';
	for (at += negative; at < end && *at >= '0' && *at <= '9'; at++)
		v = v * 10 + (uint64_t)(*at - '0');
	return (int64_t)(negative ? 0 - v : v);
}

int64_t
skua_bench_number(const struct bench_answer *answer, const char *name,
    int64_t otherwise)
{
	const char *at = memmem(answer->head.p, answer->head.len, name,
	    strlen(name));

	return at == NULL ? otherwise :
			    number_at(at + strlen(name),
				answer->head.p + answer->head.len);
}

/* Brokers write the code first. */
int32_t
skua_bench_code(const struct bench_answer *answer)
{
	static const char first[] = "{\"code\":";
	size_t len = sizeof(first) - 1;

	if (skua_str_starts(answer->head, first))
		return (int32_t)number_at(answer->head.p + len,
		    answer->head.p + answer->head.len);
	return (int32_t)skua_bench_number(answer, first + 1, -1);
}

/* It stands near the end, and few other texts have a q. */
int64_t
skua_bench_opaque(const struct bench_answer *answer)
{
	static const char name[] = "\"opaque\":";
	const char *p = answer->head.p, *end = p + answer->head.len, *q = end;

	while ((q = memrchr(p, 'q', (size_t)(q - p))) != NULL)
		if (q - p >= 4 && end - q > 5 &&
		    memcmp(q - 4, name, sizeof(name) - 1) == 0)
			return number_at(q + 5, end);
	return -1;
}
