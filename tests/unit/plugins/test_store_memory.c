/* SPDX-License-Identifier: Apache-2.0 */
#include "store_rig.h"
#include "test.h"

#define CHUNK 8388608

static void
what_is_appended_is_read(void **state)
{
	struct store_rig s;
	int64_t pos[20];

	(void)state;
	store_open(&s, "memory", NULL);
	for (unsigned i = 0; i < 20; i++)
		pos[i] = store_put(&s, i, 150 + i);
	for (unsigned i = 0; i < 20; i++)
		assert_true(store_has(&s, pos[i], i));
	assert_false(store_has(&s, pos[19] + 1000, 0));
	assert_false(store_has(&s, -1, 0));
	assert_false(s.ops->durable);
	store_shut(&s);
}

static void
beyond_the_limit_the_oldest_goes(void **state)
{
	struct skua_store_state r;
	struct store_rig s;
	int64_t last = 0;

	(void)state;
	store_open(&s, "memory", NULL);
	for (unsigned i = 0; i < 40; i++)
		last = store_put(&s, i, 1000000);
	s.ops->get_state(s.state, &r);
	assert_true(r.min_pos > 0 && r.min_pos % CHUNK == 0);
	assert_true(r.max_pos - r.min_pos <= 2 * CHUNK);
	assert_false(store_has(&s, 0, 0));
	assert_true(store_has(&s, last, 39));
	assert_true(store_has(&s, r.min_pos, 24));
	store_shut(&s);
}

static void
a_pinned_record_outlives_its_chunk(void **state)
{
	struct skua_slice slice;
	struct skua_record r;
	struct store_rig s;

	(void)state;
	store_open(&s, "memory", NULL);
	(void)store_put(&s, 7, 1000);
	assert_ok(s.ops->read(s.state, 0, 0, &slice));
	for (unsigned i = 0; i < 40; i++)
		(void)store_put(&s, i, 1000000);
	assert_false(store_has(&s, 0, 7));
	assert_ok(skua_record_decode(slice.bytes, slice.len, &r));
	assert_true(skua_record_crc_ok(&r));
	s.ops->release(s.state, &slice);
	store_shut(&s);
}

static void
a_record_larger_than_a_chunk_is_refused(void **state)
{
	struct skua_append a;
	struct store_rig s;
	size_t len;

	(void)state;
	store_open(&s, "memory", NULL);
	a.bytes = test_record(0, CHUNK + 1000, &len);
	a.len = (uint32_t)len;
	assert_int_equal(SKUA_ELIMIT, s.ops->append(s.state, &a, 1));
	free(a.bytes);
	assert_int_equal(0, store_put(&s, 1, 200));
	store_shut(&s);
}

RUN(T(what_is_appended_is_read), T(beyond_the_limit_the_oldest_goes),
    T(a_pinned_record_outlives_its_chunk),
    T(a_record_larger_than_a_chunk_is_refused))
