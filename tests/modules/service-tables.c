/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A service that shows tables, makes topics and groups and keeps a state, for
 * the scenarios.  It owns the topics OWN_%b (of clients, too) and OWN_HIDDEN and
 * the group OWN_GROUP.
 *
 *	9921 topic	what it is, and its attribute message.type
 *	9922 topic, queues	makes it
 *	9923 group	what it is
 *	9924 group	makes it
 *	9925 group, topic, queue, offset	sets it, and says all of the group
 *	9926		how often it was asked, which is kept
 *	9927		how many topics and groups there are, on a thread
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <skua/group.h>
#include <skua/offset.h>
#include <skua/service.h>
#include <skua/state.h>
#include <skua/topic.h>

#define STATE "testState.json"

struct state {
	int64_t asked;
	char *folder;
};
static struct state state;

static void
say(struct skua_request *request, const char *text)
{
	skua_answer_body(request, text, strlen(text));
	skua_answer(request, SKUA_CODE_SUCCESS, NULL);
}

static void
fails(struct skua_request *request, int rc)
{
	skua_answer(request, SKUA_CODE_SYSTEM_ERROR, "%s", skua_strerror(rc));
}

static void
show_topic(struct skua_host *host, struct skua_request *request)
{
	struct skua_topic_info info = { .size = sizeof(info) };
	struct skua_str topic = skua_request_field(request, "topic");
	char type[16] = "-", text[128];
	int rc = skua_topic_get(host, topic, &info);

	if (rc != SKUA_OK) {
		fails(request, rc);
		return;
	}
	(void)skua_topic_attribute(host, topic, "message.type", type,
	    sizeof(type));
	(void)snprintf(text, sizeof(text), "%d %d %d %s %s", info.read_queues,
	    info.write_queues, info.perm, info.is_system ? "system" : "user",
	    type);
	say(request, text);
}

static void
made(void *arg, int rc)
{
	if (rc == SKUA_OK)
		say(arg, "made");
	else
		fails(arg, rc);
}

static void
make_topic(struct skua_host *host, struct skua_request *request)
{
	struct skua_topic_info info = { .size = sizeof(info), .perm = 6 };
	struct skua_request *copy;
	int64_t queues = 1;
	int rc;

	(void)skua_request_int(request, "queues", &queues);
	info.read_queues = info.write_queues = (int32_t)queues;
	copy = skua_request_defer(request);
	if (copy == NULL)
		return;
	rc = skua_topic_ensure(host, skua_request_field(copy, "topic"), &info,
	    made, copy);
	if (rc != SKUA_OK)
		fails(copy, rc);
}

static void
show_group(struct skua_host *host, struct skua_request *request)
{
	struct skua_group_info info = { .size = sizeof(info) };
	char text[64];
	int rc = skua_group_get(host, skua_request_field(request, "group"),
	    &info);

	if (rc != SKUA_OK) {
		fails(request, rc);
		return;
	}
	(void)snprintf(text, sizeof(text), "%d %d %s", info.retry_queues,
	    info.retry_max, info.consume_enable ? "on" : "off");
	say(request, text);
}

static void
make_group(struct skua_host *host, struct skua_request *request)
{
	struct skua_request *copy = skua_request_defer(request);
	int rc;

	if (copy == NULL)
		return;
	rc = skua_group_ensure(host, skua_request_field(copy, "group"), made,
	    copy);
	if (rc != SKUA_OK)
		fails(copy, rc);
}

struct list {
	char text[256];
	size_t len;
};

static bool
add_offset(void *arg, struct skua_str group, struct skua_str topic,
    int32_t queue, int64_t offset)
{
	struct list *l = arg;

	l->len += (size_t)snprintf(l->text + l->len, sizeof(l->text) - l->len,
	    SKUA_STR_FMT "/" SKUA_STR_FMT "/%d=%" PRId64 " ",
	    SKUA_STR_ARG(group), SKUA_STR_ARG(topic), queue, offset);
	return l->len < 128;
}

static void
set_offset(struct skua_host *host, struct skua_request *request)
{
	struct skua_str group = skua_request_field(request, "group");
	struct skua_str topic = skua_request_field(request, "topic");
	int64_t queue = 0, offset = 0;
	struct list l = { .len = 0 };
	int rc;

	(void)skua_request_int(request, "queue", &queue);
	(void)skua_request_int(request, "offset", &offset);
	rc = skua_consumer_offset_set(host, group, topic, (int32_t)queue,
	    offset);
	if (rc == SKUA_OK &&
	    skua_consumer_offset(host, group, topic, (int32_t)queue) != offset)
		rc = SKUA_EIO;
	if (rc != SKUA_OK) {
		fails(request, rc);
		return;
	}
	skua_consumer_offsets_each(host, group, skua_str_n(NULL, 0), add_offset,
	    &l);
	say(request, l.text);
}

static void
count_asked(struct skua_host *host, struct skua_request *request)
{
	char text[320];

	(void)host;
	(void)snprintf(text, sizeof(text), "%" PRId64 " %s", ++state.asked,
	    state.folder == NULL ? "-" : state.folder);
	say(request, text);
}

/* --- on a thread of its own --- */

struct counting {
	struct skua_host *host;
	struct skua_request *request;
	int topics, groups;
};

static bool
count_topic(void *arg, struct skua_str topic,
    const struct skua_topic_info *info)
{
	struct counting *c = arg;

	c->topics += topic.len > 0 && info->read_queues > 0;
	return true;
}

static bool
count_group(void *arg, struct skua_str group,
    const struct skua_group_info *info)
{
	struct counting *c = arg;

	c->groups += group.len > 0 && info->retry_max > 0;
	return true;
}

static void *
count_all(void *arg)
{
	struct counting *c = arg;
	char text[64];

	(void)skua_topics_each(c->host, count_topic, c);
	(void)skua_groups_each(c->host, count_group, c);
	(void)snprintf(text, sizeof(text), "%d %d", c->topics, c->groups);
	say(c->request, text);
	return NULL;
}

static void
count_tables(struct skua_host *host, struct skua_request *request)
{
	struct counting c = { .host = host };
	pthread_t thread;

	c.request = skua_request_defer(request);
	if (c.request == NULL)
		return;
	if (pthread_create(&thread, NULL, count_all, &c) != 0)
		fails(c.request, SKUA_EIO);
	else
		(void)pthread_join(thread, NULL);
}

/* --- its life --- */

static int
start(struct skua_host *host, struct skua_error *e)
{
	json_t *root;
	int rc = skua_state_load(host, "topics.json", &root, e);

	if (rc == SKUA_ENOTSUP)
		return SKUA_OK;
	if (rc != SKUA_EEXIST ||
	    skua_state_load(host, "../topics.json", &root, e) != SKUA_EINVAL ||
	    skua_topic_declare(host, "LATE", NULL, 0) == SKUA_OK)
		return skua_fail(e, SKUA_EINVAL, "what is not mine was taken");
	rc = skua_state_load(host, STATE, &root, e);
	if (rc == SKUA_OK)
		rc = skua_host_folder(host, &state.folder, e);
	if (rc != SKUA_OK)
		return rc;
	state.asked = skua_json_int(root, "asked", 0);
	json_decref(root);
	return SKUA_OK;
}

static void
stop(struct skua_host *host)
{
	struct skua_jsonw w;

	free(state.folder);
	skua_jsonw_init(&w);
	skua_jsonw_open(&w, '{');
	skua_jsonw_key_z(&w, "asked");
	skua_jsonw_int(&w, state.asked);
	skua_jsonw_close(&w, '}');
	if (skua_state_keep(host, STATE, &w) != SKUA_OK)
		skua_log(SKUA_LOG_WARNING, "tables", "nothing is kept");
	skua_jsonw_free(&w);
}

static const struct skua_service_code codes[] = {
	{ .code = 9921, .handle = show_topic, .operation = SKUA_OP_READ },
	{ .code = 9922, .handle = make_topic, .operation = SKUA_OP_READ },
	{ .code = 9923, .handle = show_group, .operation = SKUA_OP_READ },
	{ .code = 9924, .handle = make_group, .operation = SKUA_OP_READ },
	{ .code = 9925, .handle = set_offset, .operation = SKUA_OP_READ },
	{ .code = 9926, .handle = count_asked, .operation = SKUA_OP_READ },
	{ .code = 9927, .handle = count_tables, .operation = SKUA_OP_READ },
	{ .handle = NULL },
};

static const struct skua_service ops = {
	.size = sizeof(struct skua_service),
	.role = "broker",
	.codes = codes,
	.code_size = sizeof(codes[0]),
	.start = start,
	.stop = stop,
};

static int
load(struct skua_host *host, struct skua_error *e)
{
	struct skua_topic_info info = { .size = sizeof(info), .read_queues = 3,
		.write_queues = 3, .perm = 6 };
	int rc = skua_topic_declare(host, "OWN_%b", &info,
	    SKUA_SYSTEM_SENDABLE);

	if (rc == SKUA_OK)
		rc = skua_topic_declare(host, "OWN_HIDDEN", &info, 0);
	if (rc == SKUA_OK)
		rc = skua_topic_declare(host, "OWN_LATER", &info,
		    SKUA_SYSTEM_ON_DEMAND);
	if (rc == SKUA_OK)
		rc = skua_group_declare(host, "OWN_GROUP");
	if (rc == SKUA_OK && skua_topic_declare(host, "OWN_HIDDEN", &info,
				 0) != SKUA_EEXIST)
		return skua_fail(e, SKUA_EINVAL, "one topic twice");
	return rc != SKUA_OK ? rc : skua_provide_service(host, "tables", &ops);
}

SKUA_PLUGIN_EXPORT = {
	SKUA_ABI,
	.name = "service-tables",
	.version = "1",
	.descr = "show tables, make topics and groups, keep a state",
	.license = "Apache-2.0",
	.load = load,
};
