/* SPDX-License-Identifier: Apache-2.0 */
/* Whom a command is for: -b, else every master. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/cli.h"

static const struct skua_broker *
find(const struct skua_cluster *cluster, const char *which)
{
	for (size_t i = 0; i < cluster->count; i++)
		if (strcmp(cluster->brokers[i].name, which) == 0 ||
		    strcmp(cluster->brokers[i].address, which) == 0)
			return &cluster->brokers[i];
	return NULL;
}

static int
unknown(const struct skua_cluster *cluster, const char *which)
{
	const char **names = sk_new_array(cluster->count + 1, const char *);
	int status;

	for (size_t i = 0; i < cluster->count; i++)
		names[i] = cluster->brokers[i].name;
	status = cli_no_name("broker", which, names, cluster->count);
	free((void *)(uintptr_t)names);
	return status;
}

/* One that no nameserver knows may be told by its address. */
static int
call_one(struct skua_client *client, const struct skua_cluster *cluster,
    const char *which, cli_broker_fn *fn, void *arg)
{
	const struct skua_broker *broker = find(cluster, which);
	struct skua_broker other = { .cluster = "", .name = which,
		.address = which };

	if (broker == NULL && strchr(which, ':') == NULL)
		return unknown(cluster, which);
	return fn(client, broker == NULL ? &other : broker, arg);
}

static int
call_masters(struct skua_client *client, const struct skua_cluster *cluster,
    cli_broker_fn *fn, void *arg)
{
	size_t masters = 0;
	int rc = CLI_OK;

	for (size_t i = 0; i < cluster->count && rc == CLI_OK; i++)
		if (cluster->brokers[i].id == 0) {
			masters++;
			rc = fn(client, &cluster->brokers[i], arg);
		}
	return masters > 0 ? rc :
			     cli_fail("the nameserver knows no broker that "
				      "takes writes");
}

int
cli_each_broker(const struct cli *cli, struct skua_client *client,
    cli_broker_fn *fn, void *arg)
{
	const char *which = cli_value(cli, "broker");
	struct skua_cluster *cluster;
	struct skua_error e;
	int rc = skua_admin_cluster(client, &cluster, &e);

	if (rc != SKUA_OK)
		return cli_failed(rc, &e);
	rc = which != NULL ? call_one(client, cluster, which, fn, arg) :
			     call_masters(client, cluster, fn, arg);
	skua_admin_free(cluster);
	return rc;
}
