/* SPDX-License-Identifier: Apache-2.0 */
/* The cluster as nameservers tell it. */
#ifndef CLI_CLUSTER_H
#define CLI_CLUSTER_H

#include "cli/cli.h"

typedef int cluster_fn(struct skua_client *client, const char *broker,
    const char *address, void *arg);
/* fn for each broker group's master, until one fails. */
int cluster_each_master(struct skua_client *client, cluster_fn *fn, void *arg);
void cluster_add_number(struct cli_table *t, int64_t n);

#endif
