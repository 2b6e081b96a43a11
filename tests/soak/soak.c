/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Producers and consumers for hours: soak NAMESRV SECONDS.  Every message
 * carries its number; every number must arrive, and memory must not grow.
 * Members of the group come and go all the while.  Prints a line a minute.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <skua/admin.h>
#include <skua/consumer.h>
#include <skua/producer.h>

#define TOPIC "Soak"
#define GROUP "soak"
#define WINDOW (1 << 22) /* numbers that may be under way */
#define RATE 2000        /* messages a second */
#define MEMBERS 3
#define PATIENCE_S 120

/* What happened to a number; its place is used again WINDOW numbers later. */
enum { ACKNOWLEDGED = 1, ARRIVED = 2 };
static _Atomic unsigned char fate[WINDOW];
static atomic_long acknowledged, distinct, repeated, failures;
static atomic_bool ending;

static long
seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (long)t.tv_sec;
}

static void
nap(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	(void)nanosleep(&t, NULL);
}

static long
memory_kib(void)
{
	long pages = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f != NULL) {
		if (fscanf(f, "%ld %ld", &pages, &resident) != 2)
			resident = 0;
		(void)fclose(f);
	}
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static enum skua_consumed
consume(void *arg, const struct skua_received *m, size_t n)
{
	(void)arg;
	for (size_t i = 0; i < n; i++) {
		char text[24] = "";
		long number;

		memcpy(text, m[i].body.p, m[i].body.len < 23 ? m[i].body.len : 23);
		number = strtol(text, NULL, 10);
		if ((atomic_fetch_or(&fate[number % WINDOW], ARRIVED) &
			ARRIVED) == 0)
			atomic_fetch_add(&distinct, 1);
		else
			atomic_fetch_add(&repeated, 1);
	}
	return SKUA_CONSUMED;
}

static struct skua_push *
join_group(struct skua_client *client, struct skua_error *e)
{
	struct skua_push_options o = { .size = sizeof(o),
		.group = { .group = GROUP, .from = SKUA_FROM_FIRST },
		.threads = 2,
		.batch = 16,
		.consume = consume };
	struct skua_push *push = NULL;

	if (skua_push_new(client, &o, &push, e) == SKUA_OK &&
	    (skua_push_subscribe(push, TOPIC, NULL, NULL, e) != SKUA_OK ||
		skua_push_start(push, e) != SKUA_OK))
		skua_push_free(&push);
	return push;
}

/* A member that leaves and comes back, or stays. */
static void *
be_a_member(void *arg)
{
	const char *namesrv = arg;
	unsigned seed = (unsigned)(uintptr_t)pthread_self();

	while (!atomic_load(&ending)) {
		struct skua_client *client = NULL;
		struct skua_push *push = NULL;
		struct skua_error e;
		long until = seconds() + 5 + rand_r(&seed) % 20;

		if (skua_client_new(namesrv, &client, &e) == SKUA_OK)
			push = join_group(client, &e);
		if (push == NULL)
			(void)fprintf(stderr, "soak: %s\n", e.text);
		while (seconds() < until && !atomic_load(&ending))
			nap(100);
		skua_push_free(&push);
		skua_client_free(&client);
	}
	return NULL;
}

static void
on_sent(void *arg, int status, const struct skua_sent *sent,
    const struct skua_error *e)
{
	(void)sent;
	(void)e;
	atomic_fetch_add(status == SKUA_OK ? &acknowledged : &failures, 1);
	if (status == SKUA_OK)
		atomic_fetch_or(&fate[(uintptr_t)arg % WINDOW], ACKNOWLEDGED);
}

static long
missing(void)
{
	long n = 0;

	for (size_t i = 0; i < WINDOW; i++)
		n += atomic_load(&fate[i]) == ACKNOWLEDGED;
	return n;
}

/* Messages whose number came round again before they arrived. */
static long
produce(struct skua_producer *producer, long until)
{
	long number = 0, lost = 0, next_line = seconds() + 60;

	while (seconds() < until) {
		for (int i = 0; i < RATE / 100; i++) {
			char body[512];
			struct skua_outgoing m = { .topic = TOPIC };

			memset(body, ' ', sizeof(body));
			(void)snprintf(body, sizeof(body), "%ld", number);
			m.body = skua_str_n(body, 24 + (size_t)number % 488);
			lost += atomic_exchange(&fate[number % WINDOW], 0) ==
			    ACKNOWLEDGED;
			if (skua_producer_send_async(producer, &m, on_sent,
				(void *)(uintptr_t)number) == SKUA_OK)
				number++;
		}
		nap(10);
		if (seconds() < next_line)
			continue;
		next_line += 60;
		(void)printf("%ld sent, %ld acknowledged, %ld failed, %ld "
			     "arrived, %ld again, %ld KiB\n", number,
		    atomic_load(&acknowledged), atomic_load(&failures),
		    atomic_load(&distinct), atomic_load(&repeated),
		    memory_kib());
		(void)fflush(stdout);
	}
	return lost;
}

int
main(int argc, char **argv)
{
	struct skua_topic topic = { .name = TOPIC, .read_queues = 8,
		.write_queues = 8, .perm = 6 };
	struct skua_client *client;
	struct skua_producer *producer;
	struct skua_error e;
	pthread_t members[MEMBERS];
	struct skua_push *last;
	long patience, lost;

	if (argc != 3) {
		(void)fprintf(stderr, "usage: soak NAMESRV SECONDS\n");
		return 2;
	}
	if (skua_client_new(argv[1], &client, &e) != SKUA_OK ||
	    skua_admin_topic_put(client, NULL, &topic, &e) != SKUA_OK ||
	    skua_producer_new(client, NULL, &producer, &e) != SKUA_OK) {
		(void)fprintf(stderr, "soak: %s\n", e.text);
		return 1;
	}
	for (int i = 0; i < MEMBERS; i++)
		(void)pthread_create(&members[i], NULL, be_a_member, argv[1]);
	lost = produce(producer, seconds() + strtol(argv[2], NULL, 10));
	(void)!skua_producer_drain(producer, 10000);
	atomic_store(&ending, true);
	for (int i = 0; i < MEMBERS; i++)
		(void)pthread_join(members[i], NULL);
	last = join_group(client, &e); /* what they left */
	patience = seconds() + PATIENCE_S;
	while (missing() > 0 && seconds() < patience)
		nap(100);
	skua_push_free(&last);
	skua_producer_free(&producer);
	skua_client_free(&client);
	lost += missing();
	(void)printf("%ld acknowledged, %ld arrived, %ld again, %ld failed, "
		     "%ld missing, %ld KiB\n", atomic_load(&acknowledged),
	    atomic_load(&distinct), atomic_load(&repeated),
	    atomic_load(&failures), lost, memory_kib());
	return lost == 0 ? 0 : 1;
}
