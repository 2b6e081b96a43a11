/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET_CONSUMER_CONNECTION_LIST (203), GET_PRODUCER_CONNECTION_LIST (204),
 * GET_ALL_PRODUCER_INFO (328), GET_CONSUMER_RUNNING_INFO (307).
 * Upstream: broker.processor.AdminBrokerProcessor, broker.client.ClientManager.
 */
#include <stdio.h>

#include "broker/admin.h"
#include "broker/handlers.h"
#include "broker/notice.h"
#include "net/addr.h"

#define RELAY_TIMEOUT_MS 10000
#define VERSION_3_1_8 62 /* _SNAPSHOT: clients answer requests from then on */

static void
write_text(struct skua_jsonw *w, const char *name, const char *value)
{
	if (value == NULL)
		return;
	skua_jsonw_key_z(w, name);
	skua_jsonw_str_z(w, value);
}

static void
write_connection(struct skua_jsonw *w, const struct conn *conn, const char *id,
    uint8_t language, int32_t version)
{
	char peer[ADDR_TEXT_SIZE];

	skua_jsonw_open(w, '{');
	write_text(w, "clientAddr", skua_addr_format(&conn->peer, peer));
	write_text(w, "clientId", id);
	write_text(w, "language", skua_language_name(language));
	skua_jsonw_key_z(w, "version");
	skua_jsonw_int(w, version);
	skua_jsonw_close(w, '}');
}

static void
write_view(struct skua_jsonw *w, const struct consumer_view *view)
{
	skua_jsonw_open(w, '{');
	skua_jsonw_key_z(w, "connectionSet");
	skua_jsonw_open(w, '[');
	for (size_t i = 0; i < view->client_count && w->error == SKUA_OK; i++)
		write_connection(w, view->clients[i].conn, view->clients[i].id,
		    view->clients[i].language, view->clients[i].version);
	skua_jsonw_close(w, ']');
	write_text(w, "consumeFromWhere", view->from_where);
	write_text(w, "consumeType", view->consume_type);
	write_text(w, "messageModel", view->model);
	skua_jsonw_key_z(w, "subscriptionTable");
	skua_jsonw_open(w, '{');
	for (size_t i = 0;
	     i < view->subscription_count && w->error == SKUA_OK; i++) {
		skua_jsonw_key(w, view->subscriptions[i].topic);
		skua_jsonw_tree(w, view->subscriptions[i].json);
	}
	skua_jsonw_close(w, '}');
	skua_jsonw_close(w, '}');
}

void
handle_consumer_connections(struct broker *b, struct skua_request *request)
{
	const struct consumer_view *view;
	struct skua_str group;
	struct skua_jsonw w;

	if (!skua_need_field(request, "consumerGroup", &group))
		return;
	view = skua_session_view(&b->sessions, group);
	if (view == NULL) {
		skua_answer(request, SKUA_CODE_CONSUMER_NOT_ONLINE,
		    "the consumer group[" SKUA_STR_FMT "] not online",
		    SKUA_STR_ARG(group));
		return;
	}
	skua_answer_json_begin(&w);
	write_view(&w, view);
	skua_answer_json(request, &w);
}

void
handle_producer_connections(struct broker *b, struct skua_request *request)
{
	const struct session_client *c = NULL;
	struct map_entry *e;
	struct skua_str group;
	struct skua_jsonw w;

	if (!skua_need_field(request, "producerGroup", &group))
		return;
	e = skua_map_get(&b->sessions.producers, group);
	if (e != NULL)
		c = sk_container(e, struct producer_group, entry)
			->members.first;
	if (c == NULL) {
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
		    "the producer group[" SKUA_STR_FMT "] not exist",
		    SKUA_STR_ARG(group));
		return;
	}
	skua_answer_json_begin(&w);
	skua_jsonw_open(&w, '{');
	skua_jsonw_key_z(&w, "connectionSet");
	skua_jsonw_open(&w, '[');
	for (; c != NULL && w.error == SKUA_OK; c = session_client_next(c))
		write_connection(&w, c->conn, c->id, c->language, c->version);
	skua_jsonw_close(&w, ']');
	skua_jsonw_close(&w, '}');
	skua_answer_json(request, &w);
}

static void
write_producer(struct skua_jsonw *w, const struct session_client *c)
{
	char peer[ADDR_TEXT_SIZE], remote[ADDR_TEXT_SIZE + 1];

	(void)snprintf(remote, sizeof(remote), "/%s",
	    skua_addr_format(&c->conn->peer, peer));
	skua_jsonw_open(w, '{');
	write_text(w, "clientId", c->id);
	write_text(w, "language", skua_language_name(c->language));
	skua_jsonw_key_z(w, "lastUpdateTimestamp");
	/* seen_ms is monotonic. */
	skua_jsonw_int(w, skua_now_ms() - (skua_mono_ms() - c->seen_ms));
	write_text(w, "remoteIP", remote);
	skua_jsonw_key_z(w, "version");
	skua_jsonw_int(w, c->version);
	skua_jsonw_close(w, '}');
}

void
handle_all_producers(struct broker *b, struct skua_request *request)
{
	struct map_entry *e;
	struct skua_jsonw w;

	skua_answer_json_begin(&w);
	skua_jsonw_open(&w, '{');
	skua_jsonw_key_z(&w, "data");
	skua_jsonw_open(&w, '{');
	for (size_t at = 0;
	     (e = skua_map_next(&b->sessions.producers, &at)) != NULL;) {
		const struct session_client *c =
		    sk_container(e, struct producer_group, entry)
			->members.first;

		if (c == NULL)
			continue;
		skua_jsonw_key(&w, e->key);
		skua_jsonw_open(&w, '[');
		for (; c != NULL && w.error == SKUA_OK;
		     c = session_client_next(c))
			write_producer(&w, c);
		skua_jsonw_close(&w, ']');
	}
	skua_jsonw_close(&w, '}');
	skua_jsonw_close(&w, '}');
	skua_answer_json(request, &w);
}

static const struct view_client *
find_client(const struct consumer_view *view, struct skua_str id)
{
	for (size_t i = 0; view != NULL && i < view->client_count; i++)
		if (skua_str_eq_z(id, view->clients[i].id))
			return &view->clients[i];
	return NULL;
}

void
handle_running_info(struct broker *b, struct skua_request *request)
{
	struct skua_str id = skua_request_field(request, "clientId");
	char version[ADMIN_VERSION_SIZE];
	const struct view_client *client;
	struct skua_str group;

	if (!skua_need_field(request, "consumerGroup", &group))
		return;
	client = find_client(skua_session_view(&b->sessions, group), id);
	if (client == NULL)
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
		    "The Consumer <" SKUA_STR_FMT "> <" SKUA_STR_FMT
		    "> not online", SKUA_STR_ARG(group),
		    id.p == NULL ? 4 : (int)id.len,
		    id.p == NULL ? "null" : id.p);
	else if (client->version < VERSION_3_1_8)
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
		    "The Consumer <" SKUA_STR_FMT "> Version <%s> too low to "
		    "finish, please upgrade it to V3_1_8_SNAPSHOT",
		    SKUA_STR_ARG(id),
		    skua_admin_old_version(client->version, version));
	else
		skua_notice_relay(client->conn, request, RELAY_TIMEOUT_MS);
}
