/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Load for a broker, cheap enough to share a machine with it: frames are
 * prepared once and patched in place, many leave in one writev, and answers
 * are only looked at as far as needed to trust them.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum {
	CODE_PULL = 11,
	CODE_CREATE_TOPIC = 17,
	CODE_MAX_OFFSET = 30,
	CODE_ROUTE = 105,
	CODE_SEND = 310,
	ANSWER_OK = 0,
	ANSWER_BUSY = 2,
	ANSWER_NOT_FOUND = 19,
	ANSWER_RETRY = 20,
	ANSWER_MOVED = 21,
	PULL_SUBSCRIBES = 4,
	PULL_SUSPENDS = 2,
	OPAQUE_BASE = 1000000000,
	OPAQUE_SPAN = 1000000000,
	MAX_IOV = 256,
	READ_SIZE = 1 << 20,
	HEAD_SIZE = 1024,
	STAMP_SIZE = 8,		/* of the send time inside a body */
	PATIENCE_MS = 10000
};

struct options {
	const char *mode;
	const char *namesrv;
	const char *topic;
	unsigned connections;
	unsigned inflight;	/* per connection */
	unsigned size;		/* of a body */
	unsigned queues;
	uint64_t messages;	/* that are measured */
	uint64_t warmup;	/* that come before */
	double rate;		/* per second; 0 is as fast as it goes */
	long pid;		/* of the server, 0 if it is not watched */
	bool json;
};

/* Log-linear: 32 steps to every power of two, so about 3 % wide. */
enum { STEP_BITS = 5, STEPS = 1 << STEP_BITS, POWERS = 40 };

struct histogram {
	uint64_t count;
	uint64_t max;
	uint64_t steps[POWERS * STEPS];
};

struct cpu {
	uint64_t self_us;
	uint64_t server_us;
};

/* What one side of the load measured. */
struct result {
	uint64_t start_ns;
	uint64_t end_ns;
	uint64_t messages;
	uint64_t busy;		/* refused for now, sent again */
	struct histogram latency;
};

struct buffer {
	char *data;
	size_t len;
	size_t room;
};

/* A request that may be on its way, with its frame ready to be patched. */
struct slot {
	char *frame;
	size_t len;
	char *opaque;
	char *born;
	char *key;
	char *body;
	uint64_t sent_ns;
	uint32_t expected;	/* opaque of the answer, 0 if none is due */
};

struct link {
	int fd;
	bool blocked;		/* the socket took no more */
	struct buffer in;
	struct slot *slots;
	unsigned *waiting;	/* ring of slots to be written */
	unsigned first;
	unsigned n_waiting;
	size_t written;		/* of the first of them */
};

struct producer {
	const struct options *opt;
	struct link *links;
	int poll;
	int timer;
	uint64_t sequence;
	uint64_t sent;		/* first tries only */
	uint64_t done;
	uint64_t begin_ns;
	struct cpu cpu;
	struct result result;
};

struct reader {
	struct buffer in;
	int fd;
};

/* One queue has one pull under way, as clients do it. */
struct queue {
	unsigned id;
	int64_t offset;
	struct reader *reader;
	bool drained;
};

struct consumer {
	const struct options *opt;
	struct reader *readers;
	unsigned n_readers;
	struct queue *queues;
	unsigned n_drained;
	int poll;
	bool waits;		/* for messages that are still to come */
	bool stamped;		/* bodies start with their send time */
	uint64_t done;
	struct cpu cpu;
	struct result result;
};

/* ---- small things ------------------------------------------------------ */

static void fail(const char *format, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

static void
fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("load: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

static void *
allocate(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (p == NULL)
		fail("out of memory");
	return p;
}

static uint64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec;
}

static uint64_t
wall_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000U + (uint64_t)ts.tv_nsec / 1000000U;
}

static uint32_t
get_u32(const char *at)
{
	uint32_t v;

	memcpy(&v, at, sizeof(v));
	return ntohl(v);
}

static void
put_u32(char *at, uint32_t v)
{
	v = htonl(v);
	memcpy(at, &v, sizeof(v));
}

/* Writes v right-aligned into len digits. */
static void
put_digits(char *at, size_t len, uint64_t v)
{
	while (len > 0) {
		at[--len] = (char)('0' + v % 10);
		v /= 10;
	}
}

static void
put_hex(char *at, size_t len, uint64_t v)
{
	while (len > 0) {
		at[--len] = "0123456789ABCDEF"[v & 15];
		v >>= 4;
	}
}

/* ---- measuring --------------------------------------------------------- */

static void
histogram_add(struct histogram *h, uint64_t v)
{
	unsigned power = 0;

	while (v >> power >= 2 * STEPS && power < POWERS - 2)
		power++;
	h->steps[v < STEPS ? v : (size_t)power * STEPS + (v >> power)]++;
	h->count++;
	if (v > h->max)
		h->max = v;
}

static uint64_t
histogram_at(const struct histogram *h, double part)
{
	uint64_t want = (uint64_t)((double)h->count * part), seen = 0;

	for (size_t i = 0; i < POWERS * STEPS; i++) {
		seen += h->steps[i];
		if (seen > want) {
			size_t power = i < 2 * STEPS ? 0 : i / STEPS - 1;

			return (uint64_t)(i - power * STEPS) << power;
		}
	}
	return h->max;
}

/* utime and stime of a process, all its threads. */
static uint64_t
process_cpu_us(long pid)
{
	char path[64], line[1024];
	unsigned long user, kernel;
	FILE *file;
	char *at;

	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	file = fopen(path, "r");
	if (file == NULL || fgets(line, sizeof(line), file) == NULL)
		fail("cannot read %s", path);
	fclose(file);
	at = strrchr(line, ')');	/* the name may have anything in it */
	if (at == NULL || sscanf(at + 2, "%*c %*d %*d %*d %*d %*d %*u %*u "
	    "%*u %*u %*u %lu %lu", &user, &kernel) != 2)
		fail("cannot understand %s", path);
	return (uint64_t)(user + kernel) * 1000000U /
	    (uint64_t)sysconf(_SC_CLK_TCK);
}

static long
process_anonymous_kib(long pid)
{
	char path[64], line[256];
	long kib = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/smaps_rollup", pid);
	file = fopen(path, "r");
	if (file == NULL)
		return -1;
	while (fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "Anonymous: %ld kB", &kib) == 1)
			break;
	fclose(file);
	return kib;
}

static struct cpu
cpu_now(const struct options *opt)
{
	struct rusage use;
	struct cpu cpu;

	getrusage(RUSAGE_SELF, &use);
	cpu.self_us = (uint64_t)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) *
	    1000000U + (uint64_t)(use.ru_utime.tv_usec +
	    use.ru_stime.tv_usec);
	cpu.server_us = opt->pid != 0 ? process_cpu_us(opt->pid) : 0;
	return cpu;
}

/* Called for every message: the measured part begins after the warm-up. */
static void
result_begin(struct result *r, struct cpu *cpu, const struct options *opt)
{
	memset(r, 0, sizeof(*r));
	*cpu = cpu_now(opt);
	r->start_ns = now_ns();
}

/* ---- connections and frames -------------------------------------------- */

/* -1 when nobody listens there. */
static int
try_connect(const char *address)
{
	char host[256];
	const char *colon = strrchr(address, ':');
	struct addrinfo hint = { .ai_socktype = SOCK_STREAM }, *info;
	int fd, on = 1;

	if (colon == NULL || (size_t)(colon - address) >= sizeof(host))
		fail("%s is not HOST:PORT", address);
	snprintf(host, sizeof(host), "%.*s", (int)(colon - address), address);
	if (getaddrinfo(host, colon + 1, &hint, &info) != 0)
		fail("cannot resolve %s", address);
	fd = socket(info->ai_family, info->ai_socktype, 0);
	if (fd < 0)
		fail("no socket: %s", strerror(errno));
	if (connect(fd, info->ai_addr, info->ai_addrlen) != 0) {
		close(fd);
		fd = -1;
	} else {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	}
	freeaddrinfo(info);
	return fd;
}

static int
connect_to(const char *address)
{
	int fd = try_connect(address);

	if (fd < 0)
		fail("cannot connect to %s: %s", address, strerror(errno));
	return fd;
}

static size_t
frame_head(char *to, size_t room, int code, const char *ext)
{
	int n = snprintf(to + 8, room - 8, "{\"code\":%d,\"extFields\":{%s},"
	    "\"flag\":0,\"language\":\"JAVA\",\"opaque\":%d,"
	    "\"serializeTypeCurrentRPC\":\"JSON\",\"version\":493}",
	    code, ext, OPAQUE_BASE);

	if (n < 0 || (size_t)n >= room - 8)
		fail("a header of code %d is too long", code);
	put_u32(to, 4 + (uint32_t)n);
	put_u32(to + 4, (uint32_t)n);
	return 8 + (size_t)n;
}

static void
write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n < 0)
			fail("cannot send: %s", strerror(errno));
		data += n;
		len -= (size_t)n;
	}
}

/* Reads once what there is; grows the buffer for a frame that needs it. */
static void
buffer_read(struct buffer *b, int fd)
{
	ssize_t n;

	if (b->room - b->len < READ_SIZE / 4) {
		b->room = b->room == 0 ? READ_SIZE : b->room * 2;
		b->data = realloc(b->data, b->room);
		if (b->data == NULL)
			fail("out of memory");
	}
	n = recv(fd, b->data + b->len, b->room - b->len, 0);
	if (n == 0)
		fail("the server closed the connection");
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		fail("cannot receive: %s", strerror(errno));
	if (n > 0)
		b->len += (size_t)n;
}

static void
buffer_drop(struct buffer *b, size_t n)
{
	b->len -= n;
	memmove(b->data, b->data + n, b->len);
}

struct answer {
	const char *head;
	size_t head_len;
	const char *body;
	size_t body_len;
	size_t frame_len;
};

/* False while the frame at the position is not complete. */
static bool
answer_next(const struct buffer *b, size_t at, struct answer *a)
{
	size_t left = b->len - at, len;
	const char *data = b->data + at;

	if (left < 8 || left < (len = get_u32(data)) + 4)
		return false;
	a->head = data + 8;
	a->head_len = get_u32(data + 4) & 0xFFFFFF;
	if (data[4] != 0 || a->head_len + 4 > len)
		fail("an answer with a header that is no JSON");
	a->body = a->head + a->head_len;
	a->body_len = len - 4 - a->head_len;
	a->frame_len = len + 4;
	return true;
}

/* A number of the header, with or without quotes. */
static int64_t
answer_number(const struct answer *a, const char *name, int64_t otherwise)
{
	const char *at = memmem(a->head, a->head_len, name, strlen(name));
	const char *end = a->head + a->head_len;
	bool negative;
	int64_t v = 0;

	if (at == NULL)
		return otherwise;
	at += strlen(name);
	if (at < end && *at == '"')
		at++;
	negative = at < end && *at == '-';
	for (at += negative; at < end && *at >= '0' && *at <= '9'; at++)
		v = v * 10 + (*at - '0');
	return negative ? -v : v;
}

static int
answer_code(const struct answer *a)
{
	return (int)answer_number(a, "\"code\":", -1);
}

/* Asks once on a connection of its own. The caller frees the answer's text,
 * its header with the body behind. */
static int
ask(const char *address, int code, const char *ext, char **text)
{
	char frame[HEAD_SIZE];
	struct buffer in = { 0 };
	struct answer a;
	int fd = connect_to(address), result;

	write_all(fd, frame, frame_head(frame, sizeof(frame), code, ext));
	while (!answer_next(&in, 0, &a))
		buffer_read(&in, fd);
	result = answer_code(&a);
	if (text != NULL) {
		*text = allocate(1, a.head_len + a.body_len + 1);
		memcpy(*text, a.head, a.head_len + a.body_len);
	}
	free(in.data);
	close(fd);
	return result;
}

/* ---- the topic --------------------------------------------------------- */

/* Address of the master in a route. */
static void
route_master(const char *text, char *to, size_t room)
{
	const char *at = strstr(text, "\"brokerAddrs\":{");
	const char *end;

	if (at != NULL)
		at = strstr(at, ":\"");
	end = at != NULL ? strchr(at + 2, '"') : NULL;
	if (end == NULL)
		fail("no broker in the route: %s", text);
	snprintf(to, room, "%.*s", (int)(end - at - 2), at + 2);
}

static bool
find_route(const char *namesrv, const char *topic, char *broker, size_t room)
{
	char ext[300], *text;
	bool found;

	snprintf(ext, sizeof(ext), "\"topic\":\"%s\"", topic);
	found = ask(namesrv, CODE_ROUTE, ext, &text) == ANSWER_OK;
	if (found)
		route_master(text, broker, room);
	free(text);
	return found;
}

static void
sleep_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

/* Brokers take a moment to register; so do their topics. */
static void
wait_route(const struct options *opt, const char *topic, char *broker,
    size_t room)
{
	for (int i = 0; i < 200; i++) {
		if (find_route(opt->namesrv, topic, broker, room))
			return;
		sleep_ms(50);
	}
	fail("%s knows no broker with topic %s", opt->namesrv, topic);
}

/* The template topic is known wherever a broker is. */
static void
make_topic(const struct options *opt, char *broker, size_t room)
{
	char ext[600];

	wait_route(opt, "TBW102", broker, room);
	if (find_route(opt->namesrv, opt->topic, broker, room))
		return;
	snprintf(ext, sizeof(ext), "\"topic\":\"%s\",\"defaultTopic\":"
	    "\"TBW102\",\"readQueueNums\":\"%u\",\"writeQueueNums\":\"%u\","
	    "\"perm\":\"6\",\"topicFilterType\":\"SINGLE_TAG\","
	    "\"topicSysFlag\":\"0\",\"order\":\"false\"", opt->topic,
	    opt->queues, opt->queues);
	if (ask(broker, CODE_CREATE_TOPIC, ext, NULL) != ANSWER_OK)
		fail("the broker refused the topic %s", opt->topic);
	wait_route(opt, opt->topic, broker, room);
}

/* ---- producing --------------------------------------------------------- */

#define KEY_LEN 32

/* The header a Java client sends, field for field. */
static size_t
send_head(const struct options *opt, unsigned queue, char *to)
{
	char ext[HEAD_SIZE / 2];

	snprintf(ext, sizeof(ext), "\"a\":\"load\",\"b\":\"%s\",\"c\":"
	    "\"TBW102\",\"d\":\"4\",\"e\":\"%u\",\"f\":\"0\",\"g\":"
	    "\"0000000000000\",\"h\":\"0\",\"i\":\"UNIQ_KEY\\u0001"
	    "7F0000010000000000000000%08X\\u0002WAIT\\u0001true\\u0002\","
	    "\"j\":\"0\",\"k\":\"false\",\"m\":\"false\"",
	    opt->topic, queue, 0U);
	return frame_head(to, HEAD_SIZE, CODE_SEND, ext);
}

static char *
find_in(char *data, const char *word)
{
	char *at = strstr(data, word);

	assert(at != NULL);
	return at + strlen(word);
}

static void
slot_init(struct slot *s, const struct options *opt, unsigned queue)
{
	char head[HEAD_SIZE];
	size_t n = send_head(opt, queue, head);

	s->len = n + opt->size;
	s->frame = allocate(1, s->len + 1);
	memcpy(s->frame, head, n);
	put_u32(s->frame, (uint32_t)s->len - 4);
	s->body = s->frame + n;
	s->opaque = find_in(s->frame + 8, "\"opaque\":");
	s->born = find_in(s->frame + 8, "\"g\":\"");
	s->key = find_in(s->frame + 8, "UNIQ_KEY\\u0001");
	for (unsigned i = 0; i < opt->size; i++)
		s->body[i] = (char)('a' + i % 26);
}

static void
link_init(struct link *l, const struct options *opt, unsigned index,
    const char *broker, int poll)
{
	struct epoll_event event = { .events = EPOLLIN };

	l->fd = connect_to(broker);
	l->slots = allocate(opt->inflight, sizeof(*l->slots));
	l->waiting = allocate(opt->inflight, sizeof(*l->waiting));
	for (unsigned i = 0; i < opt->inflight; i++)
		slot_init(&l->slots[i], opt, (index + i) % opt->queues);
	event.data.ptr = l;
	if (epoll_ctl(poll, EPOLL_CTL_ADD, l->fd, &event) != 0)
		fail("epoll: %s", strerror(errno));
}

static void
link_block(struct link *l, int poll, bool blocked)
{
	struct epoll_event event = { .events = EPOLLIN };

	if (l->blocked == blocked)
		return;
	if (blocked)
		event.events |= EPOLLOUT;
	event.data.ptr = l;
	epoll_ctl(poll, EPOLL_CTL_MOD, l->fd, &event);
	l->blocked = blocked;
}

/* Takes what the socket took off the ring. */
static void
link_advance(struct link *l, unsigned inflight, size_t n)
{
	n += l->written;
	while (l->n_waiting > 0 && n >= l->slots[l->waiting[l->first]].len) {
		n -= l->slots[l->waiting[l->first]].len;
		l->first = (l->first + 1) % inflight;
		l->n_waiting--;
	}
	l->written = n;
}

static void
link_flush(struct link *l, unsigned inflight, int poll)
{
	while (l->n_waiting > 0) {
		struct iovec iov[MAX_IOV];
		struct msghdr message = { .msg_iov = iov };
		ssize_t n;

		for (unsigned i = 0; i < l->n_waiting && i < MAX_IOV; i++) {
			unsigned at = (l->first + i) % inflight;
			struct slot *s = &l->slots[l->waiting[at]];
			size_t skip = i == 0 ? l->written : 0;

			iov[i].iov_base = s->frame + skip;
			iov[i].iov_len = s->len - skip;
			message.msg_iovlen++;
		}
		n = sendmsg(l->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN) {
			link_block(l, poll, true);
			return;
		}
		if (n < 0)
			fail("cannot send: %s", strerror(errno));
		link_advance(l, inflight, (size_t)n);
	}
	link_block(l, poll, false);
}

/* Puts a slot on the ring. The opaque tells the slot: it is its number
 * modulo the slots of the link, and differs with each use. */
static void
producer_put(struct producer *p, struct link *l, unsigned index,
    uint64_t time_ns, uint64_t time_ms)
{
	unsigned inflight = p->opt->inflight;
	struct slot *s = &l->slots[index];
	uint64_t use = p->sequence++ % (OPAQUE_SPAN / inflight);

	s->expected = OPAQUE_BASE + (uint32_t)(use * inflight + index);
	s->sent_ns = time_ns;
	put_digits(s->opaque, 10, s->expected);
	put_digits(s->born, 13, time_ms);
	put_hex(s->key + 16, 16, p->sequence);
	if (p->opt->size >= STAMP_SIZE)
		memcpy(s->body, &time_ns, STAMP_SIZE);
	l->waiting[(l->first + l->n_waiting++) % inflight] = index;
}

/* How many more may leave now. */
static uint64_t
producer_allowance(const struct producer *p, uint64_t time_ns)
{
	uint64_t all = p->opt->warmup + p->opt->messages, due = all;

	if (p->opt->rate > 0)
		due = (uint64_t)((double)(time_ns - p->begin_ns) / 1e9 *
		    p->opt->rate);
	return (due < all ? due : all) > p->sent ?
	    (due < all ? due : all) - p->sent : 0;
}

static void
producer_fill(struct producer *p, struct link *l)
{
	uint64_t time_ns = now_ns(), time_ms = wall_ms();
	uint64_t allowance = producer_allowance(p, time_ns);

	for (unsigned i = 0; i < p->opt->inflight && allowance > 0; i++) {
		if (l->slots[i].expected != 0)
			continue;
		producer_put(p, l, i, time_ns, time_ms);
		p->sent++;
		allowance--;
	}
	link_flush(l, p->opt->inflight, p->poll);
}

static void
producer_take(struct producer *p, struct link *l, const struct answer *a,
    uint64_t time_ns)
{
	int64_t opaque = answer_number(a, "\"opaque\":", -1);
	unsigned index = (unsigned)(opaque - OPAQUE_BASE) % p->opt->inflight;
	struct slot *s = &l->slots[index];
	int code = answer_code(a);

	if (opaque != (int64_t)s->expected)
		fail("an answer to a request that is not open: %.*s",
		    (int)a->head_len, a->head);
	if (code == ANSWER_BUSY) {
		p->result.busy++;
		producer_put(p, l, index, s->sent_ns, wall_ms());
		return;
	}
	if (code != ANSWER_OK)
		fail("a message was refused: %.*s", (int)a->head_len,
		    a->head);
	s->expected = 0;
	histogram_add(&p->result.latency, time_ns - s->sent_ns);
	p->result.messages++;
	if (++p->done == p->opt->warmup)
		result_begin(&p->result, &p->cpu, p->opt);
}

static void
producer_read(struct producer *p, struct link *l)
{
	size_t at = 0;
	struct answer a;
	uint64_t time_ns;

	buffer_read(&l->in, l->fd);
	time_ns = now_ns();
	for (; answer_next(&l->in, at, &a); at += a.frame_len)
		producer_take(p, l, &a, time_ns);
	buffer_drop(&l->in, at);
}

/* With a rate the timer gives the beat: every message, or 20 kHz. */
static void
producer_timer(struct producer *p)
{
	struct epoll_event event = { .events = EPOLLIN };
	long beat = (long)(1e9 / p->opt->rate);
	struct itimerspec spec;

	if (beat < 50000)
		beat = 50000;
	spec.it_interval.tv_sec = beat / 1000000000;
	spec.it_interval.tv_nsec = beat % 1000000000;
	spec.it_value = spec.it_interval;
	p->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	if (p->timer < 0 || timerfd_settime(p->timer, 0, &spec, NULL) != 0)
		fail("timer: %s", strerror(errno));
	event.data.ptr = &p->timer;
	epoll_ctl(p->poll, EPOLL_CTL_ADD, p->timer, &event);
}

static void
producer_event(struct producer *p, const struct epoll_event *event)
{
	struct link *l = event->data.ptr;
	uint64_t beats;

	if (event->data.ptr == &p->timer) {
		if (read(p->timer, &beats, sizeof(beats)) < 0)
			return;
		for (unsigned i = 0; i < p->opt->connections; i++)
			producer_fill(p, &p->links[i]);
		return;
	}
	if (event->events & EPOLLOUT)
		link_flush(l, p->opt->inflight, p->poll);
	if (event->events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
		producer_read(p, l);
		producer_fill(p, l);
	}
}

static void
producer_init(struct producer *p, const struct options *opt,
    const char *broker)
{
	memset(p, 0, sizeof(*p));
	p->opt = opt;
	p->timer = -1;
	p->poll = epoll_create1(0);
	p->links = allocate(opt->connections, sizeof(*p->links));
	for (unsigned i = 0; i < opt->connections; i++)
		link_init(&p->links[i], opt, i, broker, p->poll);
	if (opt->rate > 0)
		producer_timer(p);
}

static void
producer_free(struct producer *p)
{
	for (unsigned i = 0; i < p->opt->connections; i++) {
		struct link *l = &p->links[i];

		for (unsigned k = 0; k < p->opt->inflight; k++)
			free(l->slots[k].frame);
		free(l->slots);
		free(l->waiting);
		free(l->in.data);
		close(l->fd);
	}
	if (p->timer >= 0)
		close(p->timer);
	close(p->poll);
	free(p->links);
	free(p);
}

static void *
producer_run(void *argument)
{
	struct producer *p = argument;
	uint64_t all = p->opt->warmup + p->opt->messages;

	result_begin(&p->result, &p->cpu, p->opt);
	p->begin_ns = now_ns();
	for (unsigned i = 0; i < p->opt->connections; i++)
		producer_fill(p, &p->links[i]);
	while (p->done < all) {
		struct epoll_event events[64];
		int n = epoll_wait(p->poll, events, 64, PATIENCE_MS);

		if (n == 0)
			fail("no answer for %d s, %" PRIu64 " of %" PRIu64
			    " messages sent", PATIENCE_MS / 1000, p->done,
			    all);
		for (int i = 0; i < n; i++)
			producer_event(p, &events[i]);
	}
	p->result.end_ns = now_ns();
	return NULL;
}

/* ---- consuming --------------------------------------------------------- */

static void
consumer_pull(struct consumer *c, struct queue *q)
{
	char ext[600], frame[HEAD_SIZE];
	size_t n;

	snprintf(ext, sizeof(ext), "\"consumerGroup\":\"load\",\"topic\":"
	    "\"%s\",\"queueId\":\"%u\",\"queueOffset\":\"%" PRId64 "\","
	    "\"maxMsgNums\":\"32\",\"sysFlag\":\"%d\",\"commitOffset\":"
	    "\"0\",\"suspendTimeoutMillis\":\"15000\",\"subscription\":"
	    "\"*\",\"subVersion\":\"0\",\"expressionType\":\"TAG\"",
	    c->opt->topic, q->id, q->offset,
	    PULL_SUBSCRIBES | (c->waits ? PULL_SUSPENDS : 0));
	n = frame_head(frame, sizeof(frame), CODE_PULL, ext);
	put_digits(find_in(frame + 8, "\"opaque\":"), 10,
	    OPAQUE_BASE + q->id);
	write_all(q->reader->fd, frame, n);
}

/* Offset of the body length in a stored message. */
static size_t
body_at(const char *record)
{
	uint32_t flags = get_u32(record + 36);

	return 84U + (flags & 0x10 ? 12 : 0) + (flags & 0x20 ? 12 : 0);
}

static void
consumer_count(struct consumer *c, const struct answer *a)
{
	uint64_t time_ns = now_ns(), sent_ns;
	size_t at = 0;

	while (at + 91 <= a->body_len) {
		const char *record = a->body + at, *body;
		uint32_t size = get_u32(record);

		if (size < 91 || size > a->body_len - at)
			fail("a stored message of %u bytes", size);
		body = record + body_at(record);
		if (c->stamped && get_u32(body) >= STAMP_SIZE) {
			memcpy(&sent_ns, body + 4, STAMP_SIZE);
			histogram_add(&c->result.latency, time_ns - sent_ns);
		}
		c->result.messages++;
		if (++c->done == c->opt->warmup)
			result_begin(&c->result, &c->cpu, c->opt);
		at += size;
	}
}

static void
consumer_take(struct consumer *c, const struct answer *a)
{
	int code = answer_code(a);
	int64_t id = answer_number(a, "\"opaque\":", -1) - OPAQUE_BASE;
	struct queue *q = &c->queues[id];

	if (id < 0 || id >= c->opt->queues)
		fail("an answer to a request that is not open");
	if (code != ANSWER_OK && code != ANSWER_NOT_FOUND &&
	    code != ANSWER_RETRY && code != ANSWER_MOVED &&
	    code != ANSWER_BUSY)
		fail("a pull was refused: %.*s", (int)a->head_len, a->head);
	if (code == ANSWER_OK)
		consumer_count(c, a);
	q->offset = answer_number(a, "\"nextBeginOffset\":", q->offset);
	if (code == ANSWER_NOT_FOUND && !c->waits) {
		q->drained = true;
		c->n_drained++;
	} else {
		consumer_pull(c, q);
	}
}

static void
consumer_read(struct consumer *c, struct reader *r)
{
	size_t at = 0;
	struct answer a;

	buffer_read(&r->in, r->fd);
	for (; answer_next(&r->in, at, &a); at += a.frame_len)
		consumer_take(c, &a);
	buffer_drop(&r->in, at);
}

static int64_t
max_offset(const struct options *opt, const char *broker, unsigned queue)
{
	char ext[300], *text, *at;
	int64_t offset;

	snprintf(ext, sizeof(ext), "\"topic\":\"%s\",\"queueId\":\"%u\"",
	    opt->topic, queue);
	if (ask(broker, CODE_MAX_OFFSET, ext, &text) != ANSWER_OK)
		fail("no offset of %s: %s", opt->topic, text);
	at = strstr(text, "\"offset\":\"");
	if (at == NULL || sscanf(at, "\"offset\":\"%" SCNd64, &offset) != 1)
		fail("no offset in %s", text);
	free(text);
	return offset;
}

/* One that waits begins where the topic ends. */
static void
consumer_init(struct consumer *c, const struct options *opt,
    const char *broker, bool waits)
{
	unsigned n = opt->connections < opt->queues ? opt->connections :
	    opt->queues;

	memset(c, 0, sizeof(*c));
	c->opt = opt;
	c->waits = waits;
	c->stamped = waits;
	c->poll = epoll_create1(0);
	c->n_readers = n;
	c->readers = allocate(n, sizeof(*c->readers));
	for (unsigned i = 0; i < n; i++) {
		struct epoll_event event = { .events = EPOLLIN };

		c->readers[i].fd = connect_to(broker);
		event.data.ptr = &c->readers[i];
		epoll_ctl(c->poll, EPOLL_CTL_ADD, c->readers[i].fd, &event);
	}
	c->queues = allocate(opt->queues, sizeof(*c->queues));
	for (unsigned i = 0; i < opt->queues; i++) {
		c->queues[i].id = i;
		c->queues[i].reader = &c->readers[i % n];
		if (waits)
			c->queues[i].offset = max_offset(opt, broker, i);
	}
}

static void
consumer_free(struct consumer *c)
{
	for (unsigned i = 0; i < c->n_readers; i++) {
		free(c->readers[i].in.data);
		close(c->readers[i].fd);
	}
	close(c->poll);
	free(c->readers);
	free(c->queues);
	free(c);
}

static void *
consumer_run(void *argument)
{
	struct consumer *c = argument;
	uint64_t all = c->opt->warmup + c->opt->messages;

	result_begin(&c->result, &c->cpu, c->opt);
	for (unsigned i = 0; i < c->opt->queues; i++)
		consumer_pull(c, &c->queues[i]);
	while (c->done < all && c->n_drained < c->opt->queues) {
		struct epoll_event events[64];
		int n = epoll_wait(c->poll, events, 64, 2 * PATIENCE_MS);

		if (n == 0)
			fail("no answer to any pull, %" PRIu64 " of %" PRIu64
			    " messages had", c->done, all);
		for (int i = 0; i < n; i++)
			consumer_read(c, events[i].data.ptr);
	}
	c->result.end_ns = now_ns();
	return NULL;
}

/* ---- reporting --------------------------------------------------------- */

static double
result_rate(const struct result *r)
{
	return (double)r->messages * 1e9 /
	    (double)(r->end_ns - r->start_ns);
}

static double
in_us(uint64_t ns)
{
	return (double)ns / 1000;
}

static void
report_side(const struct options *opt, const char *name,
    const struct result *r)
{
	const struct histogram *h = &r->latency;
	double rate = result_rate(r);

	if (opt->json) {
		printf("\"%s\":{\"messages\":%" PRIu64 ",\"rate\":%.0f,"
		    "\"busy\":%" PRIu64, name, r->messages, rate, r->busy);
		if (h->count > 0)
			printf(",\"p50_us\":%.1f,\"p99_us\":%.1f,"
			    "\"max_us\":%.1f", in_us(histogram_at(h, 0.5)),
			    in_us(histogram_at(h, 0.99)), in_us(h->max));
		printf("},");
		return;
	}
	printf("%s: %" PRIu64 " messages, %.0f a second, %.1f MiB/s", name,
	    r->messages, rate, rate * opt->size / 1048576);
	if (h->count > 0)
		printf(", p50 %.1f us, p99 %.1f us, max %.1f us",
		    in_us(histogram_at(h, 0.5)), in_us(histogram_at(h, 0.99)),
		    in_us(h->max));
	if (r->busy > 0)
		printf(", %" PRIu64 " refused and sent again", r->busy);
	putchar('\n');
}

static void
report_costs(const struct options *opt, const struct cpu *start,
    uint64_t messages)
{
	struct cpu end = cpu_now(opt);
	double n = (double)messages;
	double own = (double)(end.self_us - start->self_us) / n;
	double server = (double)(end.server_us - start->server_us) / n;
	long kib = opt->pid != 0 ? process_anonymous_kib(opt->pid) : 0;

	if (opt->json) {
		printf("\"load_cpu_us\":%.3f", own);
		if (opt->pid != 0)
			printf(",\"server_cpu_us\":%.3f,"
			    "\"server_anonymous_kib\":%ld", server, kib);
		return;
	}
	printf("CPU per message: load %.2f us", own);
	if (opt->pid != 0)
		printf(", server %.2f us; server's anonymous memory %.1f MiB",
		    server, (double)kib / 1024);
	putchar('\n');
}

/* ---- modes ------------------------------------------------------------- */

static void
run_produce(const struct options *opt, const char *broker)
{
	struct producer *p = allocate(1, sizeof(*p));

	producer_init(p, opt, broker);
	producer_run(p);
	report_side(opt, "produce", &p->result);
	report_costs(opt, &p->cpu, p->result.messages);
	producer_free(p);
}

static void
run_consume(const struct options *opt, const char *broker)
{
	struct consumer *c = allocate(1, sizeof(*c));

	consumer_init(c, opt, broker, false);
	consumer_run(c);
	if (c->result.messages == 0)
		fail("there was nothing to consume");
	report_side(opt, "consume", &c->result);
	report_costs(opt, &c->cpu, c->result.messages);
	consumer_free(c);
}

/* Both at once; the consumer's latency is from send to receipt. */
static void
run_both(const struct options *opt, const char *broker)
{
	struct producer *p = allocate(1, sizeof(*p));
	struct consumer *c = allocate(1, sizeof(*c));
	pthread_t thread;

	if (opt->size < STAMP_SIZE)
		fail("a body needs %d bytes for its send time", STAMP_SIZE);
	producer_init(p, opt, broker);
	consumer_init(c, opt, broker, true);
	if (pthread_create(&thread, NULL, producer_run, p) != 0)
		fail("cannot start a thread");
	consumer_run(c);
	pthread_join(thread, NULL);
	report_side(opt, "produce", &p->result);
	report_side(opt, "consume", &c->result);
	report_costs(opt, &p->cpu, p->result.messages);
	consumer_free(c);
	producer_free(p);
}

/* Without a rate: how long one message at a time takes. */
static void
run_latency(struct options *opt, const char *broker)
{
	if (opt->rate > 0) {
		run_both(opt, broker);
		return;
	}
	opt->connections = opt->inflight = 1;
	run_produce(opt, broker);
}

static bool
is_listening(const char *address)
{
	int fd = try_connect(address);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Returns when a message could be sent: for start-up times. */
static void
run_ready(const struct options *opt)
{
	char broker[256];

	for (int i = 0; i < 12000; i++) {
		if (is_listening(opt->namesrv) && find_route(opt->namesrv,
		    "TBW102", broker, sizeof(broker)) && is_listening(broker))
			return;
		sleep_ms(5);
	}
	fail("nothing is ready at %s", opt->namesrv);
}

static const char usage[] =
    "load produce|consume|both|latency|ready -n NAMESRV [-t TOPIC]\n"
    "  --connections N  (4)       --inflight N  per connection (64)\n"
    "  --size BYTES     (1024)    --queues N    of a new topic (4)\n"
    "  --messages N     (1000000) --warmup N    not measured (0)\n"
    "  --rate R         messages a second (as fast as it goes)\n"
    "  --pid PID        of the server, for its CPU and memory\n"
    "  --json           one object on one line\n";

static const struct option long_options[] = {
	{ "connections", required_argument, NULL, 'c' },
	{ "inflight", required_argument, NULL, 'i' },
	{ "size", required_argument, NULL, 's' },
	{ "queues", required_argument, NULL, 'q' },
	{ "messages", required_argument, NULL, 'm' },
	{ "warmup", required_argument, NULL, 'w' },
	{ "rate", required_argument, NULL, 'r' },
	{ "pid", required_argument, NULL, 'p' },
	{ "json", no_argument, NULL, 'j' },
	{ NULL, 0, NULL, 0 }
};

static uint64_t
number(const char *text, uint64_t least, uint64_t most)
{
	char *end;
	uint64_t v;

	errno = 0;
	v = strtoull(text, &end, 10);
	if (errno != 0 || *end != '\0' || end == text || v < least || v > most)
		fail("%s is not a number from %" PRIu64 " to %" PRIu64, text,
		    least, most);
	return v;
}

static void
read_option(struct options *opt, int letter)
{
	switch (letter) {
	case 'n': opt->namesrv = optarg; break;
	case 't': opt->topic = optarg; break;
	case 'c': opt->connections = (unsigned)number(optarg, 1, 10000); break;
	case 'i': opt->inflight = (unsigned)number(optarg, 1, 100000); break;
	case 's': opt->size = (unsigned)number(optarg, 1, 4194304); break;
	case 'q': opt->queues = (unsigned)number(optarg, 1, 10000); break;
	case 'm': opt->messages = number(optarg, 1, UINT32_MAX); break;
	case 'w': opt->warmup = number(optarg, 0, UINT32_MAX); break;
	case 'r': opt->rate = (double)number(optarg, 1, 100000000); break;
	case 'p': opt->pid = (long)number(optarg, 1, INT32_MAX); break;
	case 'j': opt->json = true; break;
	default:
		fputs(usage, stderr);
		exit(2);
	}
}

static void
read_options(struct options *opt, int argc, char **argv)
{
	int letter;

	while ((letter = getopt_long(argc, argv, "n:t:", long_options,
	    NULL)) != -1)
		read_option(opt, letter);
	if (optind + 1 != argc || opt->namesrv == NULL) {
		fputs(usage, stderr);
		exit(2);
	}
	opt->mode = argv[optind];
	if (strlen(opt->topic) > 127)
		fail("a topic has at most 127 characters");
}

int
main(int argc, char **argv)
{
	struct options opt = { .topic = "load", .connections = 4,
		.inflight = 64, .size = 1024, .queues = 4,
		.messages = 1000000 };
	char broker[256];

	signal(SIGPIPE, SIG_IGN);
	read_options(&opt, argc, argv);
	if (strcmp(opt.mode, "ready") == 0) {
		run_ready(&opt);
		return 0;
	}
	make_topic(&opt, broker, sizeof(broker));
	if (opt.json)
		printf("{\"mode\":\"%s\",", opt.mode);
	if (strcmp(opt.mode, "produce") == 0)
		run_produce(&opt, broker);
	else if (strcmp(opt.mode, "consume") == 0)
		run_consume(&opt, broker);
	else if (strcmp(opt.mode, "both") == 0)
		run_both(&opt, broker);
	else if (strcmp(opt.mode, "latency") == 0)
		run_latency(&opt, broker);
	else
		fail("unknown mode %s", opt.mode);
	if (opt.json)
		puts("}");
	return 0;
}
