/* SPDX-License-Identifier: Apache-2.0 */
/* skua cluster: brokers, by cluster, with what they say of themselves. */
#include <stdlib.h>

#include <skua/json.h>

#include "cli/cluster.h"
#include "cli/commands.h"

enum { REQUEST_CLUSTER = 106, REQUEST_RUNTIME = 28 };

static const struct cli_option options[] = { CLI_NAMESRV, CLI_JSON, CLI_END };

void
cluster_add_number(struct cli_table *t, int64_t n)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%lld", (long long)n);
	cli_table_add(t, text);
}

int
cluster_each_master(struct skua_client *client, cluster_fn *fn, void *arg)
{
	json_t *json = cli_ask_json(client, NULL, REQUEST_CLUSTER, NULL);
	const char *name;
	json_t *broker;
	int rc = CLI_OK;
	size_t masters = 0;

	if (json == NULL)
		return CLI_FAILED;
	json_object_foreach (json_object_get(json, "brokerAddrTable"), name,
	    broker) {
		const char *address =
		    skua_json_text(json_object_get(broker, "brokerAddrs"), "0");

		if (address == NULL || rc != CLI_OK)
			continue;
		masters++;
		rc = fn(client, name, address, arg);
	}
	json_decref(json);
	if (masters == 0)
		return cli_fail("the nameserver knows no broker that takes "
				"writes");
	return rc;
}

/* Texts of the broker's own account; "-" when it does not answer. */
static json_t *
runtime_of(struct skua_client *client, const char *address)
{
	struct skua_error e;
	json_t *json = NULL;
	char *body;
	size_t len;

	if (skua_client_ask(client, address, REQUEST_RUNTIME, NULL,
		skua_str_n(NULL, 0), &body, &len, &e) != SKUA_OK)
		return NULL;
	if (skua_json_parse(skua_str_n(body, len), &json) != SKUA_OK)
		json = NULL;
	free(body);
	return json;
}

static const char *
fact(const json_t *runtime, const char *name)
{
	const char *text =
	    skua_json_text(json_object_get(runtime, "table"), name);

	return text == NULL ? "-" : text;
}

/* The first of several averages. */
static const char *
first_number(const json_t *runtime, const char *name, char to[32])
{
	const char *text = fact(runtime, name);
	size_t n = strcspn(text, " ");

	if (*text == '-')
		return "-";
	(void)snprintf(to, 32, "%.0f", n == 0 ? 0.0 : strtod(text, NULL));
	return to;
}

/* What a broker of ours says when something is wrong. */
static const char *
state_of(const json_t *runtime, char to[96])
{
	const char *trouble = fact(runtime, "storeTrouble");
	const char *damaged = fact(runtime, "storeDamagedMessages");

	if (*trouble != '-')
		return trouble;
	if (*damaged == '-')
		return "ok";
	(void)snprintf(to, 96, "%s damaged messages", damaged);
	return to;
}

static void
show_broker(const struct cli *cli, struct cli_table *t, const char *cluster,
    const char *name, const char *id, const char *address, json_t *runtime)
{
	char in[32], out[32], state[96];

	if (cli->json) {
		cli_print_json(json_pack("{s:s,s:s,s:s,s:s,s:O?}", "cluster",
		    cluster, "broker", name, "id", id, "address", address,
		    "runtime", json_object_get(runtime, "table")));
		return;
	}
	cli_table_add(t, cluster);
	cli_table_add(t, name);
	cli_table_add(t, id);
	cli_table_add(t, address);
	cli_table_add(t, runtime == NULL ? "no answer" :
					   fact(runtime, "brokerVersionDesc"));
	cli_table_add(t, first_number(runtime, "putTps", in));
	cli_table_add(t, first_number(runtime, "getTransferredTps", out));
	cli_table_add(t, runtime == NULL ? "-" : state_of(runtime, state));
}

static int
run(struct cli *cli)
{
	static const char *const heads[] = { "CLUSTER", "BROKER", "ID",
		"ADDRESS", "VERSION", "IN/S", "OUT/S", "STATE" };
	struct skua_client *client = cli_connect(cli);
	const char *name, *id;
	json_t *json, *broker, *address;
	struct cli_table t;

	if (client == NULL)
		return CLI_FAILED;
	json = cli_ask_json(client, NULL, REQUEST_CLUSTER, NULL);
	if (json == NULL) {
		skua_client_free(&client);
		return CLI_FAILED;
	}
	cli_table_init(&t, sizeof(heads) / sizeof(heads[0]));
	for (size_t i = 0; !cli->json && i < t.columns; i++)
		cli_table_add(&t, heads[i]);
	json_object_foreach (json_object_get(json, "brokerAddrTable"), name,
	    broker) {
		const char *cluster = skua_json_text(broker, "cluster");

		json_object_foreach (json_object_get(broker, "brokerAddrs"), id,
		    address) {
			json_t *runtime =
			    runtime_of(client, json_string_value(address));

			show_broker(cli, &t, cluster == NULL ? "-" : cluster,
			    name, id, json_string_value(address), runtime);
			json_decref(runtime);
		}
	}
	cli_table_print(&t);
	json_decref(json);
	skua_client_free(&client);
	return CLI_OK;
}

const struct cli_command cmd_cluster = {
	.name = "cluster",
	.summary = "Show the brokers",
	.options = options,
	.run = run,
	.example = "skua cluster",
};
