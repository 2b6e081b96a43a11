/* SPDX-License-Identifier: Apache-2.0 */
#include <skua/selector.h>

#include "rig.h"
#include "test.h"

struct chooser {
	struct rig rig;
	const struct skua_selector *ops;
	void *state;
};

static void
chooser_open(struct chooser *c, const char *plugin, const char *name)
{
	const struct provider *p = rig_load(&c->rig, plugin, NULL,
	    PLUGIN_SELECTOR, name);

	c->ops = p->ops;
	c->state = calloc(1, c->ops->state_size);
	assert_non_null(c->state);
	if (c->ops->init != NULL)
		assert_ok(c->ops->init(c->state, skua_host_conf(p->host),
		    &c->rig.e));
}

static void
chooser_shut(struct chooser *c)
{
	if (c->ops->fini != NULL)
		c->ops->fini(c->state);
	free(c->state);
	rig_free(&c->rig);
}

static void
round_robin_takes_every_queue_in_turn(void **state)
{
	struct skua_message m = { .queue_id = -1 };
	struct chooser c;

	(void)state;
	chooser_open(&c, "selector-roundrobin", "round-robin");
	for (uint32_t i = 0; i < 12; i++)
		assert_int_equal(i % 4, c.ops->pick(c.state, &m, 4));
	assert_int_equal(0, c.ops->pick(c.state, &m, 1));
	chooser_shut(&c);
}

static uint32_t
pick(struct chooser *c, const char *properties, const char *keys,
    const char *body, uint32_t n)
{
	struct skua_message m = { .properties = skua_str_z(properties),
		.keys = skua_str_z(keys), .body = skua_str_z(body) };
	uint32_t q = c->ops->pick(c->state, &m, n);

	assert_true(q < n);
	return q;
}

static void
one_key_stays_on_one_queue(void **state)
{
	struct chooser c;
	uint32_t q;

	(void)state;
	chooser_open(&c, "selector-hash", "hash");
	q = pick(&c, "__SHARDINGKEY\1order-7\2", "k1", "x", 64);
	assert_int_equal(q,
	    pick(&c, "A\1b\2__SHARDINGKEY\1order-7\2", "k2", "y", 64));
	q = pick(&c, "", "k1", "x", 64);
	assert_int_equal(q, pick(&c, "A\1b\2", "k1", "y", 64));
	assert_int_equal(0, pick(&c, "", "", "", 1));
	chooser_shut(&c);
}

static void
a_new_queue_takes_only_its_share(void **state)
{
	unsigned moved = 0, used[9] = { 0 };
	struct chooser c;

	(void)state;
	chooser_open(&c, "selector-hash", "hash");
	for (int i = 0; i < 9000; i++) {
		char key[16];
		uint32_t before, after;

		(void)snprintf(key, sizeof(key), "key-%d", i);
		before = pick(&c, "", key, "", 8);
		after = pick(&c, "", key, "", 9);
		assert_true(before == after || after == 8);
		moved += before != after;
		used[after]++;
	}
	assert_in_range(moved, 800, 1200);
	for (int i = 0; i < 9; i++)
		assert_in_range(used[i], 800, 1200);
	chooser_shut(&c);
}

RUN(T(round_robin_takes_every_queue_in_turn), T(one_key_stays_on_one_queue),
    T(a_new_queue_takes_only_its_share))
