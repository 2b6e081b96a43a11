/* SPDX-License-Identifier: Apache-2.0 */
/*
 * INVOKE_BROKER_TO_RESET_OFFSET (222).  The broker keeps the new offsets and
 * sends the group's next pulls there; or, with useServerSideResetOffset off,
 * tells the clients (RESET_CONSUMER_CLIENT_OFFSET, 220).
 * Upstream: AdminBrokerProcessor.resetOffset, client.net.Broker2Client.
 */
#include <stdio.h>

#include "base/number.h"
#include "base/text.h"
#include "broker/admin.h"
#include "broker/handlers.h"
#include "broker/notice.h"

#define VERSION_3_0_7 28 /* _SNAPSHOT: clients understand 220 from then on */

struct reset {
	struct skua_str topic, group;
	const struct topic *found;
	int32_t queue_id; /* < 0: all */
	int64_t timestamp, offset;
};

static int64_t
offset_of_time(struct broker *b, const struct reset *r, int32_t id)
{
	const struct queue *q = skua_topic_queue(r->found, id);

	return r->timestamp < 0 ? skua_queue_max(b, q) :
				  skua_queue_offset_by_time(b, q, r->timestamp,
				      false);
}

static int32_t
queues_of(int32_t queues)
{
	return queues < TOPIC_QUEUES_MAX ? queues : TOPIC_QUEUES_MAX;
}

static void
begin_table(struct skua_jsonw *w, char bracket)
{
	skua_answer_json_begin(w);
	skua_jsonw_open(w, '{');
	skua_jsonw_key_z(w, "offsetTable");
	skua_jsonw_open(w, bracket);
}

static void
write_offset(struct skua_jsonw *w, struct broker *b, const struct reset *r,
    int32_t id, int64_t offset)
{
	skua_jsonw_queue_key(w, skua_str_z(broker_conf(b)->broker), id,
	    r->topic);
	skua_jsonw_int(w, offset);
}

static void
end_table(struct skua_jsonw *w, char bracket)
{
	skua_jsonw_close(w, bracket);
	skua_jsonw_close(w, '}');
}

/* --- the broker's way --- */

static bool
check(struct broker *b, struct skua_request *request, const struct reset *r)
{
	if (r->found == NULL)
		skua_answer(request, SKUA_CODE_TOPIC_NOT_EXIST,
		    "Topic " SKUA_STR_FMT " does not exist",
		    SKUA_STR_ARG(r->topic));
	else if (skua_group_find(&b->groups, r->group) == NULL)
		skua_answer(request, SKUA_CODE_GROUP_NOT_EXIST,
		    "Group " SKUA_STR_FMT " does not exist",
		    r->group.p == NULL ? 4 : (int)r->group.len,
		    r->group.p == NULL ? "null" : r->group.p);
	else if (r->queue_id >= TOPIC_QUEUES_MAX)
		skua_answer(request, SKUA_CODE_INVALID_PARAMETER,
		    "a topic has at most %d queues", TOPIC_QUEUES_MAX);
	else
		return true;
	return false;
}

/* A wanted offset must be one the queue has, or the one that comes next. */
static bool
choose_offset(struct broker *b, struct skua_request *request,
    const struct reset *r, int64_t *offset_r)
{
	int32_t id = r->queue_id;
	const struct queue *q = skua_topic_queue(r->found, id);
	int64_t min = skua_queue_min(b, q), max = skua_queue_max(b, q);

	*offset_r = r->offset;
	if (r->offset == OFFSET_NONE)
		*offset_r = offset_of_time(b, r, id);
	else if (r->offset < min || r->offset > max) {
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
		    "Target offset %lld not in consume queue range [%lld-%lld]",
		    (long long)r->offset, (long long)min, (long long)max);
		return false;
	}
	return true;
}

static void
reset_here(struct broker *b, struct skua_request *request,
    const struct reset *r)
{
	int32_t first = 0, end = queues_of(
	    r->found == NULL ? 0 : skua_topic_conf(r->found)->read_queues);
	int64_t offset = OFFSET_NONE;
	struct skua_jsonw w;

	if (!check(b, request, r))
		return;
	if (r->queue_id >= 0) {
		first = r->queue_id;
		end = first + 1;
		if (!choose_offset(b, request, r, &offset))
			return;
	}
	if (first >= end) {
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
		    "No queues to reset.");
		return;
	}
	begin_table(&w, '{');
	for (int32_t id = first; id < end; id++) {
		if (r->queue_id < 0)
			offset = offset_of_time(b, r, id);
		skua_offset_reset(&b->offsets, r->group, r->topic, id, offset);
		write_offset(&w, b, r, id, offset);
	}
	end_table(&w, '}');
	skua_log(SKUA_LOG_NOTICE, "broker",
	    "offsets of group " SKUA_STR_FMT " reset in topic " SKUA_STR_FMT,
	    SKUA_STR_ARG(r->group), SKUA_STR_ARG(r->topic));
	skua_answer_json(request, &w);
}

/* --- the clients' way --- */

/* Unforced, no offset moves forward. */
static int64_t
clients_offset(struct broker *b, const struct reset *r, int32_t id, bool force)
{
	int64_t now = skua_offset_get(&b->offsets, r->group, r->topic, id);
	int64_t offset = offset_of_time(b, r, id);

	if (offset < 0)
		offset = 0;
	return force || offset < now ? offset : now;
}

/* C++ clients read no keys that are objects. */
static void
write_for_cpp(struct skua_jsonw *w, struct broker *b, const struct reset *r,
    int32_t id, int64_t offset)
{
	skua_jsonw_open(w, '{');
	skua_jsonw_key_z(w, "brokerName");
	skua_jsonw_str_z(w, broker_conf(b)->broker);
	skua_jsonw_key_z(w, "offset");
	skua_jsonw_int(w, offset);
	skua_jsonw_key_z(w, "queueId");
	skua_jsonw_int(w, id);
	skua_jsonw_key_z(w, "topic");
	skua_jsonw_str(w, r->topic);
	skua_jsonw_close(w, '}');
}

static void
write_table(struct skua_jsonw *w, struct broker *b, const struct reset *r,
    bool force, bool cpp)
{
	int32_t n = queues_of(skua_topic_conf(r->found)->write_queues);

	begin_table(w, cpp ? '[' : '{');
	for (int32_t id = 0; id < n; id++) {
		int64_t offset = clients_offset(b, r, id, force);

		if (cpp)
			write_for_cpp(w, b, r, id, offset);
		else
			write_offset(w, b, r, id, offset);
	}
	end_table(w, cpp ? ']' : '}');
}

/* What the group's clients need to be told; false after answering. */
static bool
check_clients(struct broker *b, struct skua_request *request,
    const struct reset *r, const struct consumer_view *view)
{
	int32_t n = r->found == NULL ?
	    0 :
	    queues_of(skua_topic_conf(r->found)->write_queues);
	char version[ADMIN_VERSION_SIZE];

	if (r->found == NULL) {
		skua_answer(request, SKUA_CODE_TOPIC_NOT_EXIST,
		    "[reset-offset] reset offset failed, no topic in this "
		    "broker. topic=" SKUA_STR_FMT, SKUA_STR_ARG(r->topic));
		return false;
	}
	for (int32_t id = 0; id < n; id++)
		if (skua_offset_get(&b->offsets, r->group, r->topic, id) ==
		    OFFSET_NONE) {
			skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
			    "THe consumer group <" SKUA_STR_FMT "> not exist",
			    SKUA_STR_ARG(r->group));
			return false;
		}
	if (view == NULL || view->client_count == 0) {
		skua_answer(request, SKUA_CODE_CONSUMER_NOT_ONLINE,
		    "Consumer not online, so can not reset offset, Group: "
		    SKUA_STR_FMT " Topic: " SKUA_STR_FMT " Timestamp: %lld",
		    SKUA_STR_ARG(r->group), SKUA_STR_ARG(r->topic),
		    (long long)r->timestamp);
		return false;
	}
	for (size_t i = 0; i < view->client_count; i++)
		if (view->clients[i].version < VERSION_3_0_7) {
			skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
			    "the client does not support this feature. "
			    "version=%s", skua_admin_old_version(
				view->clients[i].version, version));
			return false;
		}
	return true;
}

static void
tell_clients(struct broker *b, struct skua_request *request,
    const struct reset *r, const struct consumer_view *view, bool force)
{
	bool cpp = request->command.language == LANGUAGE_CPP;
	char topic[SKUA_GROUP_NAME_SIZE], group[SKUA_GROUP_NAME_SIZE];
	char timestamp[TEXT_INT_MAX + 1];
	const char *const fields[] = { "topic", topic, "group", group,
		"queueId", "-1", "timestamp", timestamp, "isForce", "false",
		NULL };
	struct skua_str text;
	struct skua_jsonw w;

	(void)snprintf(topic, sizeof(topic), SKUA_STR_FMT,
	    SKUA_STR_ARG(r->topic));
	(void)snprintf(group, sizeof(group), SKUA_STR_FMT,
	    SKUA_STR_ARG(r->group));
	timestamp[skua_text_put_int(timestamp, r->timestamp)] = '\0';
	write_table(&w, b, r, force, cpp);
	if (skua_jsonw_finish(&w, &text) == SKUA_OK)
		for (size_t i = 0; i < view->client_count; i++)
			skua_notice_send(view->clients[i].conn,
			    REQUEST_RESET_CONSUMER_OFFSET, fields, text);
	skua_jsonw_free(&w);
	write_table(&w, b, r, force, false);
	skua_answer_json(request, &w);
}

void
handle_reset_offset(struct broker *b, struct skua_request *request)
{
	struct reset r = { .queue_id = -1, .offset = OFFSET_NONE };
	const struct consumer_view *view;
	int64_t queue_id;

	if (!skua_need_field(request, "topic", &r.topic))
		return;
	r.group = skua_request_field(request, "group");
	r.found = skua_topic_find(&b->topics, r.topic);
	if (skua_request_int(request, "queueId", &queue_id) &&
	    !skua_narrow_i32(queue_id, -1, TOPIC_QUEUES_MAX, &r.queue_id))
		r.queue_id = queue_id < 0 ? -1 : TOPIC_QUEUES_MAX;
	(void)skua_request_int(request, "timestamp", &r.timestamp);
	(void)skua_request_int(request, "offset", &r.offset);
	if (skua_str_eq_z(skua_str_z(skua_settings_get(b->settings,
			      "brokerRole")), "SLAVE")) {
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
		    "Can not reset offset in slave broker");
		return;
	}
	if (skua_admin_is_set(b, "useServerSideResetOffset")) {
		reset_here(b, request, &r);
		return;
	}
	view = skua_session_view(&b->sessions, r.group);
	if (check_clients(b, request, &r, view))
		tell_clients(b, request, &r, view,
		    skua_request_bool(request, "isForce", false));
}
