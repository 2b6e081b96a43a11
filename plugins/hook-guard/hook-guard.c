/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may change things where there is no access control: requests that change
 * topics, groups of others, settings or files are taken from this machine and
 * from adminFrom; what brokers ask of nameservers and of one another from
 * registerFrom, or from everybody.  Messages and reading are nobody's business
 * here.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include <skua/hook.h>
#include <skua/host.h>
#include <skua/version.h>

#include "networks.h"

#define TELL_EVERY_MS 1000 /* in the log; the peer is always told */

struct guard_conf {
	const char *admin_from, *register_from;
	bool loopback;
};

struct guard {
	int64_t refused; /* atomic */
	int64_t told_ms; /* atomic */
};

/* What is refused, in the sentence that says so; NULL: nothing to look at. */
struct rule {
	const char *what, *setting;
};

static const struct rule *
rule_of(enum skua_operation operation)
{
	static const struct rule topics = { "changes topics", "adminFrom" },
				 groups = { "changes groups", "adminFrom" },
				 settings = { "changes settings", "adminFrom" },
				 files = { "changes files", "adminFrom" },
				 users = { "is about users", "adminFrom" },
				 others = { "may change things", "adminFrom" },
				 brokers = { "is for brokers", "registerFrom" };

	switch (operation) {
	case SKUA_OP_NONE:
	case SKUA_OP_PRODUCE:
	case SKUA_OP_CONSUME:
	case SKUA_OP_CLIENT:
	case SKUA_OP_READ:
		return NULL;
	case SKUA_OP_CHANGE_TOPIC:
		return &topics;
	case SKUA_OP_CHANGE_GROUP:
		return &groups;
	case SKUA_OP_CHANGE_SETTINGS:
		return &settings;
	case SKUA_OP_CHANGE_FILES:
		return &files;
	case SKUA_OP_CHANGE_USERS:
		return &users;
	case SKUA_OP_REGISTER:
	case SKUA_OP_CLUSTER:
		return &brokers;
	case SKUA_OP_UNKNOWN:
		break;
	}
	return &others;
}

static bool
is_taken(const struct guard_conf *conf, const char *setting,
    const struct skua_addr *peer)
{
	bool registers = strcmp(setting, "registerFrom") == 0;
	const char *list = registers ? conf->register_from : conf->admin_from;

	if (registers && networks_is_empty(list))
		return true;
	if (conf->loopback && networks_is_loopback(peer))
		return true;
	return networks_have(list, peer);
}

static void
note(struct skua_host *host, const char *sentence)
{
	struct guard *g = skua_host_data(host);
	int64_t now = skua_mono_ms();
	int64_t told = __atomic_load_n(&g->told_ms, __ATOMIC_RELAXED);

	(void)__atomic_fetch_add(&g->refused, 1, __ATOMIC_RELAXED);
	if (told != 0 && now - told < TELL_EVERY_MS)
		return;
	__atomic_store_n(&g->told_ms, now, __ATOMIC_RELAXED);
	skua_log(SKUA_LOG_WARNING, skua_host_name(host), "%s", sentence);
}

static int
guard_before(struct skua_host *host, const struct skua_request *request,
    struct skua_refusal *refusal)
{
	const struct rule *rule = rule_of(skua_request_operation(request));
	const struct guard_conf *conf = skua_host_conf(host);
	const struct skua_addr *peer = skua_request_peer(request);
	int32_t code = skua_request_code(request);
	char text[INET6_ADDRSTRLEN] = "";

	if (rule == NULL || is_taken(conf, rule->setting, peer))
		return 0;
	(void)inet_ntop(peer->len == 16 ? AF_INET6 : AF_INET, peer->ip, text,
	    sizeof(text));
	refusal->code = SKUA_CODE_NO_PERMISSION;
	(void)snprintf(refusal->remark, sizeof(refusal->remark),
	    "request %d (%s) %s and is not taken from %s; the setting %s says "
	    "from where it is",
	    code, skua_request_name(code), rule->what, text, rule->setting);
	note(host, refusal->remark);
	return 1;
}

static const struct skua_hook guard_hook = {
	.size = sizeof(struct skua_hook),
	.before = guard_before,
};

static void
unload(struct skua_host *host)
{
	free(skua_host_data(host));
}

static int
load(struct skua_host *host, struct skua_error *e)
{
	struct guard *g = calloc(1, sizeof(*g));
	struct skua_metric refused = { .name = "skua_guard_refused_total",
		.type = SKUA_COUNTER,
		.help = "Requests that were not taken from their peer." };
	int rc;

	if (g == NULL)
		return skua_fail(e, SKUA_ENOMEM, "out of memory");
	skua_host_set_data(host, g);
	refused.cell = &g->refused;
	rc = skua_host_metric(host, &refused);
	if (rc == SKUA_OK)
		rc = skua_provide_hook(host, skua_host_name(host), &guard_hook);
	if (rc != SKUA_OK)
		unload(host);
	return rc;
}

static const struct skua_option options[] = {
	SKUA_OPT_ROW_TEXT("adminFrom", struct guard_conf, admin_from,
	    SKUA_OPT_GLOBAL | SKUA_OPT_LIVE, 4096, "", networks_check,
	    "Networks, with commas, from which requests that change topics, "
	    "groups, settings or files are taken, beside this machine."),
	SKUA_OPT_ROW_TEXT("registerFrom", struct guard_conf, register_from,
	    SKUA_OPT_GLOBAL | SKUA_OPT_LIVE, 4096, "", networks_check,
	    "Networks, with commas, from which brokers may register, beside "
	    "this machine; empty: from everywhere."),
	SKUA_OPT_ROW_BOOL("adminFromLoopback", struct guard_conf, loopback,
	    SKUA_OPT_GLOBAL, "true",
	    "Whether both lists have this machine (127.0.0.0/8, ::1) in them."),
	SKUA_OPT_END,
};

SKUA_PLUGIN_EXPORT = {
	SKUA_ABI,
	.name = "hook-guard",
	.version = SKUA_VERSION,
	.descr = "changes are taken from this machine and named networks only",
	.license = "Apache-2.0",
	.options = options,
	.conf_size = sizeof(struct guard_conf),
	.load = load,
	.unload = unload,
};
