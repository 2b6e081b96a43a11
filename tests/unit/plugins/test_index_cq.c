/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include <skua/index.h>
#include <skua/io.h>

#include "rig.h"
#include "test.h"

struct index {
	struct rig rig;
	const struct skua_index *ops;
	void *state, *queue;
	unsigned queues;
};

static int
found(void *arg, struct skua_str topic, int32_t queue_id, void *queue)
{
	struct index *x = arg;

	assert_text("T", topic);
	assert_int_equal(3, queue_id);
	x->queue = queue;
	x->queues++;
	return SKUA_OK;
}

/* Files of 100 entries; the ring has 8, then 16, then 64. */
static void
index_open(struct index *x, const char *folder)
{
	static const char *const settings[] = { "mappedFileSizeConsumeQueue",
		"2000", NULL };
	const struct provider *p;

	memset(x, 0, sizeof(*x));
	p = rig_load(&x->rig, "index-cq", settings, PLUGIN_INDEX, "cq");
	x->ops = p->ops;
	x->state = calloc(1, x->ops->state_size);
	assert_non_null(x->state);
	assert_ok(x->ops->open(x->state, p->host, folder, INT64_MAX, found, x,
	    &x->rig.e));
	if (x->queue == NULL)
		assert_ok(x->ops->queue(x->state, skua_str_z("T"), 3,
		    &x->queue));
}

static void
index_shut(struct index *x)
{
	x->ops->close(x->state);
	free(x->state);
	rig_free(&x->rig);
}

static void
put(struct index *x, int64_t from, int64_t n)
{
	for (int64_t i = from; i < from + n; i++) {
		struct skua_index_entry e = { i * 100, (int32_t)i + 1, -i };

		assert_ok(x->ops->append(x->state, x->queue, i, &e, 1));
	}
}

/* Every entry of [from, to) by reads of at most n. */
static void
has(struct index *x, int64_t from, int64_t to, size_t n)
{
	struct skua_index_entry e[128];
	size_t got;

	for (int64_t at = from; at < to; at += (int64_t)got) {
		assert_ok(x->ops->read(x->state, x->queue, at, n, e, &got));
		if (got == 0 || got > n)
			fail_msg("%zu entries at %d", got, (int)at);
		for (size_t i = 0; i < got; i++) {
			assert_int_equal((at + (int64_t)i) * 100, e[i].pos);
			assert_int_equal(at + (int64_t)i + 1, e[i].len);
			assert_int_equal(-(at + (int64_t)i), e[i].tags_code);
		}
	}
}

static void
range_is(struct index *x, int64_t min, int64_t max)
{
	struct skua_index_entry e;
	size_t n;

	assert_int_equal(min, x->ops->min(x->state, x->queue));
	assert_int_equal(max, x->ops->max(x->state, x->queue));
	assert_ok(x->ops->read(x->state, x->queue, max, 1, &e, &n));
	assert_int_equal(0, n);
	assert_ok(x->ops->read(x->state, x->queue, min - 1, 1, &e, &n));
	assert_int_equal(0, n);
}

static void
entries_are_read_across_ring_and_files(void **state)
{
	static const int64_t counts[] = { 1, 7, 8, 9, 15, 16, 17, 63, 64, 65,
		99, 100, 101, 128, 163, 164, 165, 250, 300 };
	(void)state;

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		char *folder = test_folder();
		struct index x;

		index_open(&x, folder);
		put(&x, 0, counts[i]);
		range_is(&x, 0, counts[i]);
		has(&x, 0, counts[i], 1);
		has(&x, 0, counts[i], 7);
		has(&x, 0, counts[i], 128);
		index_shut(&x);
		test_folder_remove(folder);
	}
}

static void
flushed_entries_are_there_after_a_restart(void **state)
{
	char *folder = test_folder();
	struct index x;

	(void)state;
	index_open(&x, folder);
	put(&x, 0, 230);
	assert_ok(x.ops->flush(x.state, true));
	index_shut(&x);
	index_open(&x, folder);
	assert_int_equal(1, x.queues);
	range_is(&x, 0, 230);
	has(&x, 0, 230, 32);
	put(&x, 230, 100);
	has(&x, 0, 330, 32);
	index_shut(&x);
	test_folder_remove(folder);
}

static void
a_cut_queue_goes_on_where_it_was_cut(void **state)
{
	static const int64_t cuts[] = { 0, 1, 99, 100, 101, 199, 200, 229 };

	(void)state;
	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		char *folder = test_folder();
		struct index x;

		index_open(&x, folder);
		put(&x, 0, 230);
		assert_ok(x.ops->flush(x.state, true));
		index_shut(&x);
		index_open(&x, folder);
		assert_ok(x.ops->cut(x.state, x.queue, cuts[i]));
		range_is(&x, 0, cuts[i]);
		has(&x, 0, cuts[i], 32);
		assert_ok(x.ops->flush(x.state, true));
		index_shut(&x);
		index_open(&x, folder);
		range_is(&x, 0, cuts[i]);
		put(&x, cuts[i], 70);
		has(&x, 0, cuts[i] + 70, 32);
		index_shut(&x);
		test_folder_remove(folder);
	}
}

static void
a_trimmed_queue_begins_later(void **state)
{
	char *folder = test_folder();
	struct index x;

	(void)state;
	index_open(&x, folder);
	put(&x, 0, 330);
	assert_ok(x.ops->flush(x.state, true));
	assert_ok(x.ops->trim(x.state, x.queue, 150 * 100));
	range_is(&x, 150, 330);
	has(&x, 150, 330, 32);
	assert_ok(x.ops->trim(x.state, x.queue, 0));
	range_is(&x, 150, 330);
	index_shut(&x);
	test_folder_remove(folder);
}

static void
a_queue_can_begin_in_the_middle(void **state)
{
	char *folder = test_folder();
	struct index x;

	(void)state;
	index_open(&x, folder);
	put(&x, 1234, 90);
	range_is(&x, 1234, 1324);
	has(&x, 1234, 1324, 32);
	assert_ok(x.ops->flush(x.state, true));
	index_shut(&x);
	index_open(&x, folder);
	range_is(&x, 1234, 1324);
	has(&x, 1234, 1324, 32);
	index_shut(&x);
	test_folder_remove(folder);
}

static void
without_a_folder_all_stays_in_memory(void **state)
{
	struct index x;

	(void)state;
	index_open(&x, NULL);
	put(&x, 0, 5000);
	range_is(&x, 0, 5000);
	has(&x, 0, 5000, 32);
	assert_ok(x.ops->trim(x.state, x.queue, 2500 * 100));
	range_is(&x, 2500, 5000);
	index_shut(&x);
}

static void
a_removed_queue_leaves_no_file(void **state)
{
	char *folder = test_folder();
	struct index x;

	(void)state;
	index_open(&x, folder);
	put(&x, 0, 150);
	assert_ok(x.ops->remove(x.state, x.queue));
	index_shut(&x);
	index_open(&x, folder);
	assert_int_equal(0, x.queues);
	range_is(&x, 0, 0);
	index_shut(&x);
	test_folder_remove(folder);
}

/* --- very many queues --- */

static struct skua_io counting;
static unsigned syncs, syncs_of_all;
static int sync_all_fails;

static int
counted_sync(int fd)
{
	(void)fd;
	syncs++;
	return SKUA_OK;
}

static int
counted_sync_all(const char *path)
{
	(void)path;
	syncs_of_all++;
	return sync_all_fails;
}

static void
fill_queues(struct index *x, void **queues, int32_t n, int64_t offset)
{
	struct skua_index_entry e = { 7, 8, 9 };

	for (int32_t i = 0; i < n; i++) {
		if (queues[i] == NULL)
			assert_ok(x->ops->queue(x->state, skua_str_z("M"), i,
			    &queues[i]));
		assert_ok(x->ops->append(x->state, queues[i], offset, &e, 1));
	}
}

static void
very_many_queues_are_synced_as_one(void **state)
{
	char *folder = test_folder();
	void *queues[200] = { NULL };
	struct index x;

	(void)state;
	index_open(&x, folder);
	counting = *skua_io();
	counting.sync = counted_sync;
	counting.sync_all = counted_sync_all;
	skua_io_replace(&counting);
	syncs = syncs_of_all = 0;
	fill_queues(&x, queues, 10, 0);
	assert_ok(x.ops->flush(x.state, true));
	assert_int_equal(10, syncs);
	assert_int_equal(0, syncs_of_all);
	fill_queues(&x, queues + 10, 190, 0);
	assert_ok(x.ops->flush(x.state, true));
	assert_int_equal(10, syncs);
	assert_int_equal(1, syncs_of_all);
	/* Nothing is left for the next one. */
	assert_ok(x.ops->flush(x.state, true));
	assert_int_equal(10, syncs);
	assert_int_equal(1, syncs_of_all);
	/* What a failed sync forgot is not found by another one. */
	fill_queues(&x, queues, 200, 1);
	sync_all_fails = SKUA_EIO;
	assert_int_equal(SKUA_EIO, x.ops->flush(x.state, true));
	sync_all_fails = SKUA_OK;
	assert_int_equal(SKUA_EPOISONED, x.ops->flush(x.state, true));
	skua_io_replace(NULL);
	index_shut(&x);
	test_folder_remove(folder);
}

/* --- the worker beside the appender --- */

static struct skua_io slow;
static _Thread_local bool is_worker;
static sem_t worker_writes, worker_goes_on;
static bool worker_waited_long;

static int
slow_pwrite(int fd, const void *bytes, size_t len, int64_t at)
{
	struct timespec until;

	if (is_worker) {
		(void)sem_post(&worker_writes);
		(void)clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += 10;
		worker_waited_long |=
		    sem_timedwait(&worker_goes_on, &until) != 0;
	}
	return counting.pwrite(fd, bytes, len, at);
}

static void *
flush_once(void *arg)
{
	struct index *x = arg;

	is_worker = true;
	return (void *)(intptr_t)x->ops->flush(x->state, false);
}

static void
appending_does_not_wait_for_the_worker(void **state)
{
	const struct skua_index_entry e = { 7, 8, 9 };
	char *folder = test_folder();
	void *queues[2] = { NULL };
	pthread_t worker;
	struct index x;
	void *rc;

	(void)state;
	(void)sem_init(&worker_writes, 0, 0);
	(void)sem_init(&worker_goes_on, 0, 0);
	index_open(&x, folder);
	fill_queues(&x, queues, 2, 0);
	assert_ok(x.ops->flush(x.state, false));
	assert_ok(x.ops->append(x.state, queues[0], 1, &e, 1));
	counting = slow = *skua_io();
	slow.pwrite = slow_pwrite;
	skua_io_replace(&slow);
	assert_int_equal(0, pthread_create(&worker, NULL, flush_once, &x));
	(void)sem_wait(&worker_writes);
	/* More than its ring holds: this writes as well. */
	for (int64_t i = 1; i < 200; i++)
		assert_ok(x.ops->append(x.state, queues[1], i, &e, 1));
	(void)sem_post(&worker_goes_on);
	assert_int_equal(0, pthread_join(worker, &rc));
	assert_null(rc);
	assert_false(worker_waited_long);
	skua_io_replace(NULL);
	index_shut(&x);
	(void)sem_destroy(&worker_writes);
	(void)sem_destroy(&worker_goes_on);
	test_folder_remove(folder);
}

static _Atomic bool ended;

static void *
flush_on(void *arg)
{
	struct index *x = arg;
	int rc = SKUA_OK;

	for (unsigned n = 0; !atomic_load(&ended) && rc == SKUA_OK; n++)
		rc = x->ops->flush(x->state, n % 16 == 0);
	return (void *)(intptr_t)rc;
}

static void *
read_on(void *arg)
{
	struct index *x = arg;
	intptr_t wrong = 0;
	int64_t at = 0;

	while (!atomic_load(&ended)) {
		int64_t max = x->ops->max(x->state, x->queue);
		struct skua_index_entry e[32];
		size_t n = 0;

		if (max == 0)
			continue; /* at must not become negative */
		at = at * 31 % 9973;
		at = max > 70 ? max - 1 - at % 70 : max - 1;
		if (x->ops->read(x->state, x->queue, at, 32, e, &n))
			continue;
		wrong += n == 0;
		for (size_t i = 0; i < n; i++)
			wrong += e[i].pos != (at + (int64_t)i) * 100 ||
			    e[i].tags_code != -(at + (int64_t)i);
		at++;
	}
	return (void *)wrong;
}

static void
readers_beside_the_appender_see_whole_entries(void **state)
{
	char *folder = test_folder();
	pthread_t thread[3];
	struct index x;
	void *wrong;

	(void)state;
	index_open(&x, folder);
	for (int i = 0; i < 3; i++)
		assert_int_equal(0,
		    pthread_create(&thread[i], NULL,
			i == 2 ? flush_on : read_on, &x));
	for (int64_t i = 0; i < 40000; i += 8)
		put(&x, i, 8);
	atomic_store(&ended, true);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(0, pthread_join(thread[i], &wrong));
		assert_null(wrong);
	}
	index_shut(&x);
	test_folder_remove(folder);
}

/* Names become folders. */
static void
a_name_that_is_no_topic_is_refused(void **state)
{
	static const char *const names[] = { "../../x", "a/b", "..", ".", "",
		"a\nb" };
	char *folder = test_folder();
	struct index x;
	void *queue;

	(void)state;
	index_open(&x, folder);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(SKUA_EINVAL,
		    x.ops->queue(x.state, skua_str_z(names[i]), 0, &queue));
	index_shut(&x);
	test_folder_remove(folder);
}

/* What is not a queue's, or behind a link, stays when the queue goes. */
static void
a_removal_takes_only_what_is_ours(void **state)
{
	char *folder = test_folder(), *text;
	struct index x;
	size_t len;

	(void)state;
	assert_ok(skua_io()->mkdir(test_path(folder, "elsewhere")));
	test_write_file(test_path(folder,
			    "elsewhere/00000000000000000000"), "mine", 4);
	index_open(&x, folder);
	put(&x, 0, 10);
	assert_ok(x.ops->flush(x.state, true));
	test_write_file(test_path(folder, "consumequeue/T/3/notes"), "n", 1);
	assert_ok(x.ops->remove(x.state, x.queue));
	text = test_read_file(test_path(folder, "consumequeue/T/3/notes"),
	    &len);
	free(text);
	assert_int_equal(-1, access(test_path(folder,
		"consumequeue/T/3/00000000000000000000"), F_OK));

	assert_int_equal(0, unlink(test_path(folder,
		"consumequeue/T/3/notes")));
	assert_int_equal(0, rmdir(test_path(folder, "consumequeue/T/3")));
	assert_int_equal(0, symlink("../../elsewhere",
		test_path(folder, "consumequeue/T/3")));
	assert_ok(x.ops->queue(x.state, skua_str_z("T"), 3, &x.queue));
	assert_int_equal(SKUA_ENOTFILE, x.ops->remove(x.state, x.queue));
	text = test_read_file(test_path(folder,
		"elsewhere/00000000000000000000"), &len);
	assert_int_equal(4, len);
	free(text);
	index_shut(&x);
	test_folder_remove(folder);
}

RUN(T(entries_are_read_across_ring_and_files),
    T(flushed_entries_are_there_after_a_restart),
    T(a_cut_queue_goes_on_where_it_was_cut), T(a_trimmed_queue_begins_later),
    T(a_queue_can_begin_in_the_middle),
    T(without_a_folder_all_stays_in_memory),
    T(a_removed_queue_leaves_no_file),
    T(a_name_that_is_no_topic_is_refused),
    T(a_removal_takes_only_what_is_ours),
    T(very_many_queues_are_synced_as_one),
    T(appending_does_not_wait_for_the_worker),
    T(readers_beside_the_appender_see_whole_entries))
