/* SPDX-License-Identifier: Apache-2.0 */
/* Which names and topics there may be: system topics, characters, lengths,
 * attributes. */
#include <stdio.h>

#include <skua/message.h>
#include <skua/name.h>

#include "base/text.h"
#include "broker/broker.h"

/* %c: the cluster's name, %b: the broker's. */
static const struct system_topic {
	const char *name;
	int32_t queues, perm;
	bool sendable;
} system_topics[] = {
	{ "SELF_TEST_TOPIC", 1, 6, false },
	{ "TBW102", 8, 7, true },
	{ "BenchmarkTest", 1024, 6, true },
	{ "%c", 16, 7, true },
	{ "%b", 1, 7, true },
	{ "OFFSET_MOVED_EVENT", 1, 6, false },
	{ "SCHEDULE_TOPIC_XXXX", 18, 6, false },
	{ "RMQ_SYS_TRACE_TOPIC", 1, 6, true },
	{ "%c_REPLY_TOPIC", 1, 6, true },
	{ "rmq_sys_REVIVE_LOG_%c", 8, 6, true },
	{ "rmq_sys_SYNC_BROKER_MEMBER_%b", 1, 1, true },
	{ "RMQ_SYS_TRANS_HALF_TOPIC", 1, 6, false },
	{ "RMQ_SYS_TRANS_OP_HALF_TOPIC", 1, 6, false },
	{ "RMQ_SYS_ROCKSDB_TRANS_HALF_TOPIC", 1, 6, true },
	{ "RMQ_SYS_ROCKSDB_TRANS_OP_HALF_TOPIC", 1, 6, true },
	{ "TRANS_CHECK_MAX_TIME_TOPIC", 1, 6, false },
	{ "rmq_sys_wheel_timer", 1, 6, true },
};
#define SYSTEM_COUNT (sizeof(system_topics) / sizeof(system_topics[0]))

static struct skua_str
system_name(const struct conf *conf, const char *name, char *to, size_t size)
{
	const char *mark = strchr(name, '%');
	int n;

	if (mark == NULL || (mark[1] != 'c' && mark[1] != 'b'))
		return skua_str_z(name);
	n = snprintf(to, size, "%.*s%s%s", (int)(mark - name), name,
	    mark[1] == 'c' ? conf->cluster : conf->broker, mark + 2);
	return skua_str_n(to, n < 0 ? 0 : (size_t)n < size ? (size_t)n :
							     size - 1);
}

/* The row by which a plug-in has made the topic its own, or NULL. */
static const struct declared *
find_declared(const struct broker *b, struct skua_str name)
{
	char text[256];

	for (size_t i = 0; i < b->plugins.declared_count; i++) {
		const struct declared *d = &b->plugins.declared[i];

		if (!d->is_group &&
		    skua_str_eq(system_name(broker_conf(b), d->name, text,
				    sizeof(text)), name))
			return d;
	}
	return NULL;
}

bool
skua_topic_is_system(const struct broker *b, struct skua_str name)
{
	char text[256];

	if (skua_str_starts(name, "rmq_sys_") || find_declared(b, name) != NULL)
		return true;
	for (size_t i = 0; i < SYSTEM_COUNT; i++)
		if (skua_str_eq(system_name(broker_conf(b),
				    system_topics[i].name,
				    text, sizeof(text)),
			name))
			return true;
	return false;
}

bool
skua_topic_is_sendable(const struct broker *b, struct skua_str name)
{
	const struct declared *d = find_declared(b, name);

	if (d != NULL)
		return d->sendable;
	for (size_t i = 0; i < SYSTEM_COUNT; i++)
		if (!system_topics[i].sendable &&
		    skua_str_eq_z(name, system_topics[i].name))
			return false;
	return true;
}

/* Made on demand only, or only when a setting asks for it. */
static bool
is_created(const struct conf *conf, const struct system_topic *t)
{
	if (strcmp(t->name, "TBW102") == 0)
		return conf->auto_create_topic;
	if (strcmp(t->name, "RMQ_SYS_TRACE_TOPIC") == 0)
		return conf->trace_topic;
	if (strcmp(t->name, "rmq_sys_wheel_timer") == 0)
		return conf->timer_wheel;
	return strcmp(t->name, "TRANS_CHECK_MAX_TIME_TOPIC") != 0;
}

static void
add_declared(struct broker *b)
{
	char text[256];

	for (size_t i = 0; i < b->plugins.declared_count; i++) {
		const struct declared *d = &b->plugins.declared[i];
		struct skua_str name = system_name(broker_conf(b), d->name,
		    text, sizeof(text));
		struct topic_conf tc = { .read_queues = d->read_queues,
			.write_queues = d->write_queues, .perm = d->perm };

		if (!d->is_group && !d->on_demand &&
		    skua_topic_find(&b->topics, name) == NULL)
			(void)skua_topic_put(b, name, &tc);
	}
}

void
skua_topics_add_system(struct broker *b)
{
	const struct conf *conf = broker_conf(b);
	char text[256];

	for (size_t i = 0; i < SYSTEM_COUNT; i++) {
		const struct system_topic *t = &system_topics[i];
		struct skua_str name =
		    system_name(conf, t->name, text, sizeof(text));
		struct topic_conf tc = { .read_queues = t->queues,
			.write_queues = t->queues, .perm = t->perm };

		if (!is_created(conf, t) ||
		    skua_topic_find(&b->topics, name) != NULL)
			continue;
		if ((strcmp(t->name, "%c") == 0 && !conf->cluster_topic) ||
		    (strcmp(t->name, "%b") == 0 && !conf->broker_topic))
			tc.perm = PERM_INHERIT;
		if (strcmp(t->name, "TBW102") == 0 && conf->default_queues > 0)
			tc.read_queues = tc.write_queues =
			    (int32_t)conf->default_queues;
		(void)skua_topic_put(b, name, &tc);
	}
	add_declared(b);
}

int
skua_topic_check_name(struct skua_str name, struct skua_error *e)
{
	return skua_name_check(SKUA_NAME_TOPIC, name, e);
}

int
skua_group_check_name(struct skua_str name, struct skua_error *e)
{
	return skua_name_check(SKUA_NAME_GROUP, name, e);
}

/* --- attributes --- */

static const struct attribute {
	const char *name;
	bool changeable;
	const char *values; /* " A B C " or NULL: a plug-in's name or a number */
} attributes[] = {
	{ "queue.type", false, " SimpleCQ " },
	{ "cleanup.policy", false, " DELETE " },
	{ "message.type", true,
	    " UNSPECIFIED NORMAL FIFO DELAY TRANSACTION MIXED " },
	{ "reserve.time", true, NULL },
	{ "queue.selector", true, NULL },
};
#define ATTRIBUTE_COUNT (sizeof(attributes) / sizeof(attributes[0]))

static const struct attribute *
find_attribute(const char *name)
{
	for (size_t i = 0; i < ATTRIBUTE_COUNT; i++)
		if (strcmp(attributes[i].name, name) == 0)
			return &attributes[i];
	return NULL;
}

static bool
is_legal_value(const struct broker *b, const struct attribute *a,
    const char *value)
{
	char padded[128];
	int64_t number;

	if (a->values == NULL)
		return strcmp(a->name, "queue.selector") == 0 ?
		    skua_registry_find(&b->plugins.registry, PLUGIN_SELECTOR,
			value) != NULL :
		    skua_text_int(skua_str_z(value), &number);
	(void)snprintf(padded, sizeof(padded), " %s ", value);
	return strstr(a->values, padded) != NULL;
}

/* One "+key=value" or "-key". */
static int
change_attribute(const struct broker *b, bool is_new, json_t *all, char *change,
    struct skua_error *e)
{
	char *value = strchr(change, '=');
	const struct attribute *a;

	if (value != NULL)
		*value++ = '\0';
	if (*change != '+' && *change != '-')
		return skua_fail(e, SKUA_EINVAL,
		    "kv string format wrong, attribute key and value must have "
		    "+ or - prefix: %s",
		    change);
	if (is_new && *change == '-')
		return skua_fail(e, SKUA_EINVAL,
		    "only add attribute is supported while creating topic. "
		    "key: %s",
		    change + 1);
	a = find_attribute(change + 1);
	if (a == NULL)
		return skua_fail(e, SKUA_EINVAL, "unsupported key: %s",
		    change + 1);
	if (!is_new && !a->changeable)
		return skua_fail(e, SKUA_EINVAL,
		    "attempt to update an unchangeable attribute. key: %s",
		    a->name);
	if (*change == '-') {
		(void)json_object_del(all, a->name);
		return SKUA_OK;
	}
	if (value == NULL || !is_legal_value(b, a, value))
		return skua_fail(e, SKUA_EINVAL,
		    "value is not in set: %s = %s", a->name,
		    value == NULL ? "" : value);
	return json_object_set_new(all, a->name, json_string(value)) == 0 ?
	    SKUA_OK :
	    skua_fail(e, SKUA_EINVAL, "value of %s is not UTF-8", a->name);
}

int
skua_topic_change_attributes(const struct broker *b, bool is_new, json_t *all,
    struct skua_str changes, struct skua_error *e)
{
	char *text = skua_mem_dup(changes), *save = NULL;
	int rc = SKUA_OK;

	for (char *one = strtok_r(text, ",", &save);
	     one != NULL && rc == SKUA_OK; one = strtok_r(NULL, ",", &save))
		rc = change_attribute(b, is_new, all, one, e);
	free(text);
	return rc;
}
