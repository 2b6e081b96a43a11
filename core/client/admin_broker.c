/* SPDX-License-Identifier: Apache-2.0 */
/* Brokers: which there are, what they count, how they are set. */
#include <stdlib.h>

#include <skua/properties.h>

#include "base/buf.h"
#include "base/text.h"
#include "client/admin.h"

enum {
	GET_CLUSTER = 106,
	GET_STATS = 28,
	SET_BROKER = 25,
	GET_BROKER = 26,
	SET_NAMESRV = 318,
	GET_NAMESRV = 319,
};

/* --- the cluster --- */

static int
by_broker(const void *a, const void *b)
{
	const struct skua_broker *x = a, *y = b;
	int c = strcmp(x->cluster, y->cluster);

	if (c == 0)
		c = strcmp(x->name, y->name);
	return c != 0 ? c : (x->id > y->id) - (x->id < y->id);
}

static void
add_brokers(struct skua_cluster *cluster, const char *name, const json_t *data)
{
	json_t *addrs = json_object_get(data, "brokerAddrs"), *address;
	const char *of = skua_json_text(data, "cluster"), *id;

	json_object_foreach (addrs, id, address) {
		struct skua_broker *b;
		int64_t number;

		if (!json_is_string(address) ||
		    !skua_text_int(skua_str_z(id), &number))
			continue;
		cluster->brokers = skua_result_grow(cluster, cluster->brokers,
		    cluster->count, sizeof(*b));
		b = &cluster->brokers[cluster->count++];
		b->cluster = skua_result_text_z(cluster, of == NULL ? "" : of);
		b->name = skua_result_text_z(cluster, name);
		b->address =
		    skua_result_text_z(cluster, json_string_value(address));
		b->id = number;
	}
}

int
skua_admin_cluster(struct skua_client *client, struct skua_cluster **cluster_r,
    struct skua_error *e)
{
	struct skua_cluster *cluster;
	json_t *json, *data;
	const char *name;
	int rc = admin_ask_json(client, NULL, GET_CLUSTER, NULL, &json,
	    NULL, e);

	if (rc != SKUA_OK)
		return rc;
	cluster = skua_result_new(sizeof(*cluster));
	json_object_foreach (json_object_get(json, "brokerAddrTable"), name,
	    data)
		add_brokers(cluster, name, data);
	json_decref(json);
	if (cluster->count > 0)
		qsort(cluster->brokers, cluster->count,
		    sizeof(cluster->brokers[0]), by_broker);
	*cluster_r = cluster;
	return SKUA_OK;
}

/* --- names and values --- */

static void
add_setting(struct skua_settings *s, struct skua_str name,
    struct skua_str value)
{
	struct skua_setting *one;

	s->settings =
	    skua_result_grow(s, s->settings, s->count, sizeof(*one));
	one = &s->settings[s->count++];
	one->name = skua_result_text(s, name);
	one->value = skua_result_text(s, value);
}

static int
by_name(const void *a, const void *b)
{
	const struct skua_setting *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void
sort_settings(struct skua_settings *s)
{
	if (s->count > 0)
		qsort(s->settings, s->count, sizeof(s->settings[0]), by_name);
}

const char *
skua_setting(const struct skua_settings *settings, const char *name)
{
	struct skua_setting key = { name, NULL }, *found = NULL;

	if (settings->count > 0)
		found = bsearch(&key, settings->settings, settings->count,
		    sizeof(key), by_name);
	return found == NULL ? NULL : found->value;
}

int
skua_admin_broker_stats(struct skua_client *client, const char *address,
    struct skua_settings **stats_r, struct skua_error *e)
{
	struct skua_settings *s;
	json_t *json, *value;
	const char *name;
	int rc = admin_ask_json(client, address, GET_STATS, NULL, &json,
	    NULL, e);

	if (rc != SKUA_OK)
		return rc;
	s = skua_result_new(sizeof(*s));
	json_object_foreach (json_object_get(json, "table"), name, value)
		if (json_is_string(value))
			add_setting(s, skua_str_z(name),
			    skua_str_z(json_string_value(value)));
	json_decref(json);
	sort_settings(s);
	*stats_r = s;
	return SKUA_OK;
}

static int
take_property(void *arg, unsigned line, const char *name, const char *value)
{
	(void)line;
	add_setting(arg, skua_str_z(name), skua_str_z(value));
	return SKUA_OK;
}

int
skua_admin_settings(struct skua_client *client, const char *address,
    struct skua_settings **settings_r, struct skua_error *e)
{
	struct skua_settings *s;
	char *body;
	size_t len;
	int rc = admin_ask_code(client, address,
	    address == NULL ? GET_NAMESRV : GET_BROKER, NULL,
	    skua_str_n(NULL, 0), &body, &len, NULL, e);

	if (rc != SKUA_OK)
		return rc;
	s = skua_result_new(sizeof(*s));
	rc = skua_properties_parse(skua_str_n(body, len), take_property, s);
	free(body);
	sort_settings(s);
	*settings_r = s;
	if (rc == SKUA_OK)
		return SKUA_OK;
	skua_admin_free(s);
	return skua_fail(e, rc, "the answer is no list of settings");
}

/* As java.util.Properties reads it. */
static void
put_escaped(struct buf *b, const char *text, bool is_name)
{
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '\\' || (p == text && *p == ' ') ||
		    (is_name && strchr("=: #!", *p) != NULL))
			(void)skua_buf_put(b, "\\", 1);
		if (*p == '\n')
			(void)skua_buf_put(b, "\\n", 2);
		else
			(void)skua_buf_put(b, p, 1);
	}
}

int
skua_admin_set(struct skua_client *client, const char *address,
    const char *const *pairs, struct skua_error *e)
{
	struct buf b = { NULL, 0, 0 };
	int rc;

	for (; pairs[0] != NULL; pairs += 2) {
		put_escaped(&b, pairs[0], true);
		(void)skua_buf_put(&b, "=", 1);
		put_escaped(&b, pairs[1], false);
		(void)skua_buf_put(&b, "\n", 1);
	}
	rc = admin_ask_code(client, address,
	    address == NULL ? SET_NAMESRV : SET_BROKER, NULL,
	    skua_str_n((char *)b.p, b.len), NULL, NULL, NULL, e);
	skua_buf_free(&b);
	return rc;
}
