/* SPDX-License-Identifier: Apache-2.0 */
/* Brokers that come and go, and what becomes of the tables. */
#include "fixture.h"
#include "topics.h"

static int
make_tables(void **state)
{
	struct tables *t = malloc(sizeof(*t));

	tables_init(t);
	*state = t;
	return 0;
}

static int
free_tables(void **state)
{
	check_invariants(*state);
	tables_fini(*state);
	free(*state);
	return 0;
}

static void
a_master_brings_its_topics(void **state)
{
	struct tables *t = *state;
	struct enrolment who = someone("b", 0, "a:1");

	assert_int_equal(ENROLLED, enrol_topics(t, &who, "T:6 U:4", 1));

	assert_int_equal(6, perm_of(t, "T", "b"));
	assert_int_equal(4, perm_of(t, "U", "b"));
}

static void
one_topic_of_an_unknown_id_is_refused(void **state)
{
	struct tables *t = *state;
	struct enrolment who = someone("b", 0, "a:1");

	assert_int_equal(ENROL_REFUSED, enrol_topics(t, &who, "T:6", 1));

	assert_null(t->groups);
	assert_null(t->lives);
	assert_int_equal(ENROLLED, enrol_topics(t, &who, "T:6 U:6", 1));
	assert_int_equal(ENROLLED, enrol_topics(t, &who, "V:6", 2));
	assert_int_equal(6, perm_of(t, "V", "b"));
	assert_int_equal(6, perm_of(t, "T", "b"));
}

static void
a_slave_brings_none_unless_it_is_the_first(void **state)
{
	struct tables *t = *state;
	struct enrolment old = someone("b", 1, "a:1");
	struct enrolment new = someone("b", 2, "a:2");

	new.knows_acting = true;
	enrol_topics(t, &old, "T:6 U:6", 1);
	enrol_topics(t, &new, "V:6 W:6", 1);
	assert_null(t->topics);

	old.knows_acting = true;
	enrol_topics(t, &old, "T:6 U:6", 2);

	assert_int_equal(6, perm_of(t, "T", "b"));
	assert_int_equal(-1, perm_of(t, "V", "b"));
}

static void
an_acting_slave_has_no_write_permission(void **state)
{
	struct tables *t = *state;
	struct enrolment master = someone("b", 0, "a:1");
	struct enrolment slave = someone("b", 1, "a:2");
	struct outcome outcome;

	master.acting_master = master.knows_acting = true;
	slave.acting_master = slave.knows_acting = true;
	enrol_topics(t, &master, "T:6 U:6", 1);
	enrol_topics(t, &slave, "T:6 U:6", 1);
	memset(&outcome, 0, sizeof(outcome));
	leave(t, master.cluster, master.broker, master.addr, true, &outcome);

	assert_int_equal(4, perm_of(t, "T", "b"));
	assert_int_equal(1, outcome.n_notices);
	assert_int_equal(1, outcome.notices[0].min_id);
	assert_string_equal("a:1", outcome.notices[0].offline_addr);
	assert_int_equal(1, outcome.notices[0].n_connections);
	outcome_free(&outcome);
	enrol_topics(t, &master, "T:6 U:6", 1);
	assert_int_equal(6, perm_of(t, "T", "b"));
}

static void
a_slave_learns_where_its_master_is(void **state)
{
	struct tables *t = *state;
	struct enrolment master = someone("b", 0, "a:1");
	struct enrolment slave = someone("b", 1, "a:2");
	struct body body = topics_of("T:6 U:6", 1);
	struct outcome outcome;

	enrol(t, &master, &body, &outcome);
	assert_null(outcome.master_addr);
	outcome_free(&outcome);
	enrol(t, &slave, &body, &outcome);

	assert_string_equal("a:1", outcome.master_addr);
	assert_string_equal("ha", outcome.ha_addr);
	outcome_free(&outcome);
	body_free(&body);
}

static void
a_new_smallest_id_is_told_to_the_others(void **state)
{
	struct tables *t = *state;
	struct enrolment slave = someone("b", 1, "a:2");
	struct enrolment master = someone("b", 0, "a:1");
	struct body body = topics_of("T:6 U:6", 1);
	struct outcome outcome;

	enrol_topics(t, &slave, "T:6 U:6", 1);
	master.notify = true;
	enrol(t, &master, &body, &outcome);

	assert_int_equal(1, outcome.n_notices);
	assert_int_equal(0, outcome.notices[0].min_id);
	assert_string_equal("ha", outcome.notices[0].ha_addr);
	assert_null(outcome.notices[0].offline_addr);
	assert_int_equal(1, outcome.notices[0].n_connections);
	assert_int_equal(2, outcome.notices[0].connections[0]);
	outcome_free(&outcome);
	body_free(&body);
}

static void
an_address_has_one_id(void **state)
{
	struct tables *t = *state;
	struct enrolment slave = someone("b", 1, "a:1");
	struct enrolment master = someone("b", 0, "a:1");
	const struct group *group;

	enrol_topics(t, &slave, "T:6 U:6", 1);
	enrol_topics(t, &master, "T:6 U:6", 1);

	group = tables_group(t, skua_str_z("b"));
	assert_int_equal(1, group->n_members);
	assert_int_equal(0, group->members[0].id);
}

static void
an_address_has_one_broker_name(void **state)
{
	struct tables *t = *state;
	struct enrolment was = someone("b", 0, "a:1");
	struct enrolment is = someone("d", 0, "a:1");

	enrol_topics(t, &was, "T:6 U:6", 1);
	enrol_topics(t, &is, "T:6 U:6", 2);

	assert_null(tables_group(t, skua_str_z("b")));
	assert_int_equal(-1, perm_of(t, "T", "b"));
	assert_int_equal(6, perm_of(t, "T", "d"));
}

static void
a_newer_holder_keeps_its_id(void **state)
{
	struct tables *t = *state;
	struct enrolment holder = someone("b", 0, "a:1");
	struct enrolment late = someone("b", 0, "a:2");
	struct body body = topics_of("T:6 U:6", 1);
	struct outcome outcome;

	body.version.state = 2;
	assert_int_equal(ENROLLED, enrol(t, &holder, &body, &outcome));
	body.version.state = 1;
	assert_int_equal(ENROL_IGNORED, enrol(t, &late, &body, &outcome));
	assert_null(tables_live(t, late.cluster, late.addr));
	body.version.state = 2;
	assert_int_equal(ENROLLED, enrol(t, &late, &body, &outcome));

	assert_string_equal("a:2",
	    tables_group(t, skua_str_z("b"))->members[0].addr);
	body_free(&body);
}

static void
an_unchanged_version_keeps_what_was_wiped(void **state)
{
	struct tables *t = *state;
	struct enrolment who = someone("b", 0, "a:1");

	enrol_topics(t, &who, "T:6 U:6", 1);
	assert_int_equal(2, broker_permit_write(t, skua_str_z("b"), false));
	topic_delete(t, skua_str_z("U"), skua_str_n(NULL, 0));
	enrol_topics(t, &who, "T:6 U:6", 1);

	assert_int_equal(4, perm_of(t, "T", "b"));
	assert_int_equal(6, perm_of(t, "U", "b"));
	enrol_topics(t, &who, "T:6 U:6", 2);
	assert_int_equal(6, perm_of(t, "T", "b"));
}

static void
a_dropped_topic_goes_only_when_asked(void **state)
{
	struct tables *t = *state;
	struct enrolment who = someone("b", 0, "a:1");
	struct enrolment other = someone("d", 0, "a:2");

	enrol_topics(t, &other, "T:6 U:6", 1);
	enrol_topics(t, &who, "T:6 U:6 V:6", 1);
	enrol_topics(t, &who, "T:6 W:6", 2);
	assert_int_equal(6, perm_of(t, "U", "b"));

	who.delete_missing = true;
	enrol_topics(t, &who, "T:6 W:6", 3);

	assert_int_equal(-1, perm_of(t, "U", "b"));
	assert_int_equal(-1, perm_of(t, "V", "b"));
	assert_int_equal(6, perm_of(t, "U", "d"));
	assert_int_equal(6, perm_of(t, "W", "b"));
}

static void
the_same_again_is_recognised_until_something_happens(void **state)
{
	struct tables *t = *state;
	struct enrolment who = someone("b", 0, "a:1");
	struct enrolment slave = someone("b", 1, "a:2");
	struct outcome outcome;

	who.body_len = 10;
	who.body_sum = 77;
	assert_false(enrol_again(t, &who, &outcome));
	enrol_topics(t, &who, "T:6 U:6", 1);
	who.now_ms = 99;
	assert_true(enrol_again(t, &who, &outcome));
	assert_int_equal(99, tables_live(t, who.cluster, who.addr)->last_ms);

	topic_delete(t, skua_str_z("U"), skua_str_n(NULL, 0));
	assert_false(enrol_again(t, &who, &outcome));
	enrol_topics(t, &who, "T:6 U:6", 1);
	assert_true(enrol_again(t, &who, &outcome));
	enrol_topics(t, &slave, "T:6 U:6", 1);
	assert_false(enrol_again(t, &who, &outcome));
	who.body_sum = 78;
	enrol_topics(t, &who, "T:6 U:6", 1);
	who.body_sum = 77;
	assert_false(enrol_again(t, &who, &outcome));
}

static void
the_last_broker_takes_everything_along(void **state)
{
	struct tables *t = *state;
	struct enrolment who = someone("b", 0, "a:1");
	struct enrolment other = someone("d", 0, "a:2");
	struct outcome outcome;

	memset(&outcome, 0, sizeof(outcome));
	enrol_topics(t, &who, "T:6 U:6", 1);
	enrol_topics(t, &other, "T:6 V:6", 1);
	leave(t, who.cluster, who.broker, who.addr, false, &outcome);
	check_invariants(t);
	assert_int_equal(-1, perm_of(t, "U", "b"));
	assert_int_equal(6, perm_of(t, "T", "d"));
	leave(t, other.cluster, other.broker, other.addr, false, &outcome);

	assert_null(t->topics);
	assert_null(t->groups);
	assert_null(t->clusters);
	assert_null(t->lives);
}

static void
a_lost_connection_takes_all_brokers_on_it(void **state)
{
	struct tables *t = *state;
	struct enrolment one = someone("b", 0, "a:1");
	struct enrolment two = someone("d", 0, "a:2");
	struct enrolment moved = someone("e", 0, "a:3");
	struct outcome outcome;

	memset(&outcome, 0, sizeof(outcome));
	one.connection = two.connection = moved.connection = 5;
	enrol_topics(t, &one, "T:6 U:6", 1);
	enrol_topics(t, &two, "T:6 U:6", 1);
	enrol_topics(t, &moved, "T:6 U:6", 1);
	moved.connection = 6;
	enrol_topics(t, &moved, "T:6 U:6", 1);

	assert_int_equal(2, leave_connection(t, 5, false, &outcome));
	assert_int_equal(1, HASH_COUNT(t->lives));
	assert_int_equal(6, perm_of(t, "T", "e"));
}

static void
a_silent_broker_expires_after_its_own_timeout(void **state)
{
	struct tables *t = *state;
	struct enrolment slow = someone("b", 0, "a:1");
	struct enrolment quick = someone("d", 0, "a:2");
	struct data_version version;
	struct outcome outcome;
	struct expired expired;

	memset(&outcome, 0, sizeof(outcome));
	quick.timeout_ms = 1000;
	quick.connection = 9;
	enrol_topics(t, &slow, "T:6 U:6", 1);
	enrol_topics(t, &quick, "T:6 U:6", 1);

	assert_int_equal(0, leave_expired(t, 1000, false, &outcome, &expired));
	assert_true(enrol_heard(t, quick.cluster, quick.addr, 500, &version));
	assert_int_equal(0, leave_expired(t, 1500, false, &outcome, &expired));
	assert_int_equal(1, leave_expired(t, 1501, false, &outcome, &expired));
	assert_int_equal(1, expired.n_connections);
	assert_int_equal(9, expired.connections[0]);
	free(expired.connections);
	assert_int_equal(0, leave_expired(t, 120000, false, &outcome,
	    &expired));
	assert_int_equal(1, leave_expired(t, 120001, false, &outcome,
	    &expired));
	free(expired.connections);
	assert_null(t->topics);
}

static void
an_expired_address_does_not_close_a_living_connection(void **state)
{
	struct tables *t = *state;
	struct enrolment was = someone("b", 0, "a:1");
	struct enrolment is = someone("b", 0, "a:2");
	struct outcome outcome;
	struct expired expired;

	memset(&outcome, 0, sizeof(outcome));
	enrol_topics(t, &was, "T:6 U:6", 1);
	is.now_ms = 100000;
	enrol_topics(t, &is, "T:6 U:6", 2);

	assert_int_equal(1, leave_expired(t, 130000, false, &outcome,
	    &expired));
	assert_int_equal(0, expired.n_connections);
	assert_int_equal(6, perm_of(t, "T", "b"));
	free(expired.connections);
}

static void
topics_are_deleted_by_cluster_or_everywhere(void **state)
{
	struct tables *t = *state;
	struct enrolment one = someone("b", 0, "a:1");
	struct enrolment two = someone("d", 0, "a:2");

	two.cluster = skua_str_z("x");
	enrol_topics(t, &one, "T:6 U:6", 1);
	enrol_topics(t, &two, "T:6 U:6", 1);

	topic_delete(t, skua_str_z("T"), skua_str_z("x"));
	assert_int_equal(-1, perm_of(t, "T", "d"));
	assert_int_equal(6, perm_of(t, "T", "b"));
	topic_delete(t, skua_str_z("T"), skua_str_z("nowhere"));
	assert_int_equal(6, perm_of(t, "T", "b"));
	topic_delete(t, skua_str_z("T"), skua_str_z("c"));
	topic_delete(t, skua_str_z("U"), skua_str_n(NULL, 0));
	assert_null(t->topics);
}

/* More topics than are looked at while the lock is held. */
static struct body
many_topics(size_t n)
{
	static char names[5000][32];
	struct body body = { .version = { 0, 7, 1 } };

	body.topics = must_alloc(n, sizeof(*body.topics));
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "many-%zu", i);
		body.topics[i].name = skua_str_z(names[i]);
		body.topics[i].hash = topic_hash(body.topics[i].name);
		body.topics[i].conf = (struct queue_conf){ 1, 1, 6, 0 };
	}
	body.n_topics = n;
	return body;
}

static void
many_topics_come_and_go_in_slices(void **state)
{
	struct tables *t = *state;
	struct enrolment who = someone("b", 0, "a:1");
	struct body body = many_topics(5000);
	struct outcome outcome;

	assert_int_equal(ENROLLED, enrol(t, &who, &body, &outcome));
	outcome_free(&outcome);
	assert_int_equal(5000, HASH_COUNT(t->topics));
	assert_int_equal(5000, t->n_queues);
	check_invariants(t);
	memset(&outcome, 0, sizeof(outcome));
	assert_int_equal(1, leave_connection(t, who.connection, false,
	    &outcome));
	outcome_free(&outcome);
	assert_int_equal(0, HASH_COUNT(t->topics));
	assert_int_equal(0, t->n_queues);
	body_free(&body);
}

static void
the_tables_have_limits(void **state)
{
	struct tables *t = *state;
	struct enrolment who = someone("b", 0, "a:1");
	struct enrolment other = someone("c", 0, "c:1");
	struct body body = many_topics(3000);
	struct outcome outcome;

	who.limits = (struct tables_limits){ 1, 2000, 5000 };
	assert_int_equal(ENROL_FULL, enrol(t, &who, &body, &outcome));
	outcome_free(&outcome);
	assert_int_equal(2000, HASH_COUNT(t->topics));
	check_invariants(t);
	other.limits = who.limits;
	assert_int_equal(ENROL_FULL, enrol(t, &other, &body, &outcome));
	assert_null(tables_group(t, skua_str_z("c")));
	other.limits.brokers = 2;
	other.limits.queues = 2500;
	assert_int_equal(ENROL_FULL, enrol(t, &other, &body, &outcome));
	outcome_free(&outcome);
	assert_int_equal(2000, HASH_COUNT(t->topics));
	assert_int_equal(2500, t->n_queues);
	check_invariants(t);
	body_free(&body);
}

/* Topics that go while somebody walks over all of them. */
static void
a_walk_survives_what_goes(void **state)
{
	struct tables *t = *state;
	struct enrolment who = someone("b", 0, "a:1");
	struct topic_walk walk;

	enrol_topics(t, &who, "T:6 U:6 V:6", 1);
	tables_walk_begin(t, &walk);
	assert_string_equal("T", walk.at->name);
	topic_delete(t, skua_str_z("T"), skua_str_n(NULL, 0));
	assert_string_equal("U", walk.at->name);
	walk.at = walk.at->hh.next;
	topic_delete(t, skua_str_z("U"), skua_str_n(NULL, 0));
	assert_string_equal("V", walk.at->name);
	topic_delete(t, skua_str_z("V"), skua_str_n(NULL, 0));
	assert_null(walk.at);
	tables_walk_end(t, &walk);
}

static void
a_topic_is_registered_on_known_brokers_only(void **state)
{
	struct tables *t = *state;
	struct enrolment who = someone("b", 0, "a:1");
	struct topic_queue_data queues[] = { { "b", { 1, 1, 6, 0 } },
		{ "nobody", { 1, 1, 6, 0 } } };
	const struct tables_limits none = { 0, 0, 0 }, few = { 0, 3, 0 };
	bool full;

	enrol_topics(t, &who, "T:6 U:6", 1);

	assert_string_equal("nobody",
	    topic_register(t, skua_str_z("N"), queues, 2, who.connection, &none,
		&full));
	assert_int_equal(-1, perm_of(t, "N", "b"));
	/* Another's word for it does not count. */
	assert_string_equal("b", topic_register(t, skua_str_z("N"), queues, 1,
	    who.connection + 1, &none, &full));
	assert_int_equal(-1, perm_of(t, "N", "b"));
	assert_null(topic_register(t, skua_str_z("N"), queues, 1,
	    who.connection, &none, &full));
	assert_false(full);
	assert_int_equal(6, perm_of(t, "N", "b"));
	assert_null(topic_register(t, skua_str_z("M"), queues, 1,
	    who.connection, &few, &full));
	assert_true(full);
	assert_int_equal(-1, perm_of(t, "M", "b"));
}

/* Anything in any order leaves the tables consistent. */
static void
any_sequence_keeps_the_invariants(void **state)
{
	static const char *const names[] = { "b", "d", "e" };
	static const char *const addrs[] = { "a:1", "a:2", "a:3", "a:4" };
	static const char *const lists[] = { "T:6 U:6", "T:4", "V:6 W:2 T:6",
		"" };
	struct tables *t = *state;
	unsigned seed = 1;

	for (int i = 0; i < 20000; i++) {
		struct outcome outcome;
		struct enrolment who;
		struct expired expired;

		seed = seed * 1103515245 + 12345;
		who = someone(names[seed >> 8 & 1], seed >> 10 & 3,
		    addrs[seed >> 12 & 3]);
		who.cluster = skua_str_z(seed >> 14 & 1 ? "c" : "x");
		who.knows_acting = seed >> 15 & 1;
		who.acting_master = who.knows_acting && (seed >> 16 & 1);
		who.delete_missing = seed >> 17 & 1;
		who.notify = true;
		who.now_ms = i;
		who.timeout_ms = 50;
		memset(&outcome, 0, sizeof(outcome));
		switch (seed >> 20 & 7) {
		case 0:
			leave(t, who.cluster, who.broker, who.addr, true,
			    &outcome);
			break;
		case 1:
			leave_connection(t, who.connection, true, &outcome);
			break;
		case 2:
			leave_expired(t, i, true, &outcome, &expired);
			free(expired.connections);
			break;
		case 3:
			topic_delete(t, skua_str_z("T"), seed >> 24 & 1 ?
				who.cluster : skua_str_n(NULL, 0));
			break;
		default:
			enrol_topics(t, &who, lists[seed >> 24 & 3],
			    seed >> 26 & 3);
		}
		outcome_free(&outcome);
		if (i % 16 == 0)
			check_invariants(t);
	}
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, make_tables, free_tables)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_master_brings_its_topics),
		TEST(many_topics_come_and_go_in_slices),
		TEST(the_tables_have_limits),
		TEST(a_walk_survives_what_goes),
		TEST(one_topic_of_an_unknown_id_is_refused),
		TEST(a_slave_brings_none_unless_it_is_the_first),
		TEST(an_acting_slave_has_no_write_permission),
		TEST(a_slave_learns_where_its_master_is),
		TEST(a_new_smallest_id_is_told_to_the_others),
		TEST(an_address_has_one_id),
		TEST(an_address_has_one_broker_name),
		TEST(a_newer_holder_keeps_its_id),
		TEST(an_unchanged_version_keeps_what_was_wiped),
		TEST(a_dropped_topic_goes_only_when_asked),
		TEST(the_same_again_is_recognised_until_something_happens),
		TEST(the_last_broker_takes_everything_along),
		TEST(a_lost_connection_takes_all_brokers_on_it),
		TEST(a_silent_broker_expires_after_its_own_timeout),
		TEST(an_expired_address_does_not_close_a_living_connection),
		TEST(topics_are_deleted_by_cluster_or_everywhere),
		TEST(a_topic_is_registered_on_known_brokers_only),
		TEST(any_sequence_keeps_the_invariants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
