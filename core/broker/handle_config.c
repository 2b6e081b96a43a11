/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UPDATE_BROKER_CONFIG (25), GET_BROKER_CONFIG (26): settings as properties
 * text.
 * Upstream: broker.processor.AdminBrokerProcessor, remoting.Configuration.
 */
#include <stdlib.h>

#include <skua/properties.h>

#include "broker/admin.h"
#include "broker/handlers.h"
#include "broker/keeping.h"
#include "broker/topic_journal.h"

struct pairs {
	struct setting_pair *list;
	size_t count;
};

static int
take_pair(void *arg, unsigned line, const char *key, const char *value)
{
	struct pairs *p = arg;

	(void)line;
	p->list = skua_mem_grow(p->list, p->count + 1, sizeof(p->list[0]));
	p->list[p->count].key = skua_mem_dup(skua_str_z(key));
	p->list[p->count++].value = skua_mem_dup(skua_str_z(value));
	return SKUA_OK;
}

static void
free_pairs(struct pairs *p)
{
	for (size_t i = 0; i < p->count; i++) {
		free(p->list[i].key);
		free(p->list[i].value);
	}
	free(p->list);
}

/* Whether a list parted by semicolons has the word. */
static bool
is_listed(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = list; p != NULL && *p != '\0';) {
		size_t n = strcspn(p, ";");

		if (n == len && memcmp(p, word, n) == 0)
			return true;
		p += n + (p[n] == ';');
	}
	return false;
}

/* What decides which code runs, where files lie and who may connect is set by
 * those who start the broker, not by those who reach its port. */
static bool
is_forbidden(const struct broker *b, const char *key)
{
	static const char own[] = "brokerConfigPath;rocketmqHome;"
				  "configBlackList;plugins;roles;bindAddress;"
				  "store;index;flush;replication;user";

	/* What plug-ins read at the start is theirs likewise. */
	if (strncmp(key, "plugin.", strlen("plugin.")) == 0 &&
	    skua_settings_is_known(b->settings, key) &&
	    !skua_settings_is_live(b->settings, key))
		return true;
	return strstr(key, "Path") != NULL || is_listed(own, key) ||
	    is_listed(skua_settings_get(b->settings, "configBlackList"), key);
}

/* All keys are looked at before the first is changed. */
static bool
check_keys(struct broker *b, struct skua_request *request,
    const struct pairs *p)
{
	for (size_t i = 0; i < p->count; i++)
		if (is_forbidden(b, p->list[i].key)) {
			skua_answer(request, SKUA_CODE_NO_PERMISSION,
			    "Can not update config in black list.");
			return false;
		}
	for (size_t i = 0; i < p->count; i++)
		if (!skua_settings_is_known(b->settings, p->list[i].key)) {
			skua_answer(request, SKUA_CODE_INVALID_PARAMETER,
			    "unknown setting \"%s\", nothing was changed",
			    p->list[i].key);
			return false;
		}
	return true;
}

static bool
has_key(const struct pairs *p, const char *key)
{
	for (size_t i = 0; i < p->count; i++)
		if (strcmp(p->list[i].key, key) == 0)
			return true;
	return false;
}

static void
update(struct broker *b, struct skua_request *request, struct pairs *p)
{
	bool routes = has_key(p, "brokerPermission");
	struct skua_error e;
	int rc;

	if (!check_keys(b, request, p))
		return;
	rc = skua_broker_set(b, p->list, p->count, &e);
	if (rc != SKUA_OK) {
		skua_answer(request, rc == SKUA_EPERM ?
			SKUA_CODE_NO_PERMISSION :
			SKUA_CODE_INVALID_PARAMETER,
		    "%s", e.text);
		return;
	}
	/* Producers find the default topic by its route. */
	if (has_key(p, "autoCreateTopicEnable")) {
		skua_topics_add_system(b);
		routes = true;
	}
	if (routes) {
		data_version_next(&b->topics.version);
		skua_topics_changed(&b->topics);
		skua_keep_topics(b, skua_admin_kept, request);
	} else {
		skua_answer(request, SKUA_CODE_SUCCESS, NULL);
	}
}

void
handle_update_config(struct broker *b, struct skua_request *request)
{
	struct pairs p = { NULL, 0 };
	int rc =
	    skua_properties_parse(skua_request_body(request), take_pair, &p);

	if (rc == SKUA_OK)
		update(b, request, &p);
	else
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
		    "the body is not a properties text: %s", skua_strerror(rc));
	free_pairs(&p);
}

void
handle_get_config(struct broker *b, struct skua_request *request)
{
	static const char *const classes[] = { "BrokerConfig",
		"NettyServerConfig", "NettyClientConfig", "MessageStoreConfig",
		"AuthConfig", "Skua", NULL };
	struct data_version version = { .timestamp = b->boot_ms };
	char *text = skua_settings_format(b->settings, classes);
	struct skua_str json;
	struct skua_jsonw w;

	skua_jsonw_init(&w);
	data_version_write(&w, &version);
	if (skua_jsonw_finish(&w, &json) == SKUA_OK)
		skua_answer_field(request, "version", json);
	skua_answer_body(request, text, strlen(text));
	skua_answer(request, SKUA_CODE_SUCCESS, NULL);
	skua_jsonw_free(&w);
	free(text);
}
