/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QUERY_TOPIC_CONSUME_BY_WHO (300), QUERY_TOPICS_BY_CONSUMER (343),
 * QUERY_SUBSCRIPTION_BY_CONSUMER (345): which group reads which topic.
 * Upstream: broker.processor.AdminBrokerProcessor.
 */
#include "broker/admin.h"
#include "broker/handlers.h"

static const struct session_subscription *
find_subscription(const struct broker *b, struct skua_str group,
    struct skua_str topic)
{
	const struct consumer_view *view =
	    skua_session_view(&b->sessions, group);

	return view == NULL ? NULL : skua_view_subscription(view, topic);
}

struct writing {
	struct skua_jsonw w;
	const struct broker *b;
	struct skua_str topic, group;
};

/* Groups online are in the list already. */
static void
write_offline(void *arg, struct skua_str group)
{
	struct writing *to = arg;

	if (find_subscription(to->b, group, to->topic) == NULL)
		skua_jsonw_str(&to->w, group);
}

void
handle_who_consumes(struct broker *b, struct skua_request *request)
{
	struct writing to = { .b = b };
	struct map_entry *e;

	if (!skua_need_field(request, "topic", &to.topic))
		return;
	skua_answer_json_begin(&to.w);
	skua_jsonw_open(&to.w, '{');
	skua_jsonw_key_z(&to.w, "groupList");
	skua_jsonw_open(&to.w, '[');
	for (size_t at = 0;
	     (e = skua_map_next(&b->sessions.consumers, &at)) != NULL;)
		if (find_subscription(b, e->key, to.topic) != NULL)
			skua_jsonw_str(&to.w, e->key);
	skua_admin_groups_of(b, to.topic, write_offline, &to);
	skua_jsonw_close(&to.w, ']');
	skua_jsonw_close(&to.w, '}');
	skua_answer_json(request, &to.w);
}

static bool
write_topic(void *arg, struct skua_str topic, struct skua_str group,
    const struct offset_row *row)
{
	struct writing *to = arg;

	(void)row;
	if (skua_str_eq(group, to->group))
		skua_jsonw_str(&to->w, topic);
	return true;
}

void
handle_topics_of_group(struct broker *b, struct skua_request *request)
{
	struct writing to = { .b = b };

	if (!skua_need_field(request, "group", &to.group))
		return;
	skua_answer_json_begin(&to.w);
	skua_jsonw_open(&to.w, '{');
	skua_jsonw_key_z(&to.w, "brokerAddr");
	skua_jsonw_str_z(&to.w, b->store_host_text);
	skua_jsonw_key_z(&to.w, "topicList");
	skua_jsonw_open(&to.w, '[');
	skua_offset_visit(&b->offsets, write_topic, &to);
	skua_jsonw_close(&to.w, ']');
	skua_jsonw_close(&to.w, '}');
	skua_answer_json(request, &to.w);
}

void
handle_subscription_of_group(struct broker *b, struct skua_request *request)
{
	const struct session_subscription *s;
	struct skua_str group, topic;
	struct skua_jsonw w;

	if (!skua_need_field(request, "group", &group) ||
	    !skua_need_field(request, "topic", &topic))
		return;
	s = find_subscription(b, group, topic);
	skua_answer_json_begin(&w);
	skua_jsonw_open(&w, '{');
	skua_jsonw_key_z(&w, "group");
	skua_jsonw_str(&w, group);
	if (s != NULL) {
		skua_jsonw_key_z(&w, "subscriptionData");
		skua_jsonw_tree(&w, s->json);
	}
	skua_jsonw_key_z(&w, "topic");
	skua_jsonw_str(&w, topic);
	skua_jsonw_close(&w, '}');
	skua_answer_json(request, &w);
}
