/* SPDX-License-Identifier: Apache-2.0 */
/* A hook for the scenarios: refuses what is about the topic Forbidden. */
#include <stdio.h>

#include <skua/hook.h>
#include <skua/host.h>

struct hook_conf {
	const char *topic;
	int64_t code;
};

static int
before(struct skua_host *host, const struct skua_request *request,
    struct skua_refusal *refusal)
{
	const struct hook_conf *conf = skua_host_conf(host);
	struct skua_str topic;

	if (!skua_request_topic(request, &topic) ||
	    !skua_str_eq_z(topic, conf->topic))
		return 0;
	refusal->code = (int32_t)conf->code;
	(void)snprintf(refusal->remark, sizeof(refusal->remark),
	    "%s is out of bounds", conf->topic);
	return 1;
}

static const struct skua_hook ops = {
	.size = sizeof(struct skua_hook),
	.before = before,
};

static int
load(struct skua_host *host, struct skua_error *e)
{
	(void)e;
	return skua_provide_hook(host, "test", &ops);
}

static const struct skua_option options[] = {
	SKUA_OPT_ROW_STRING("topic", struct hook_conf, topic, 0, "Forbidden",
	    "The topic to refuse."),
	SKUA_OPT_ROW_INT("code", struct hook_conf, code, SKUA_OPT_LIVE, 1, 999,
	    "16", NULL, "The answer's code."),
	SKUA_OPT_END,
};

SKUA_PLUGIN_EXPORT = {
	SKUA_ABI,
	.name = "hook-test",
	.version = "1",
	.descr = "refuse requests about one topic",
	.license = "Apache-2.0",
	.options = options,
	.conf_size = sizeof(struct hook_conf),
	.load = load,
};
