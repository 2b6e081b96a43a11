/* SPDX-License-Identifier: Apache-2.0 */
/* Every command; one file cmd_*.c for each noun. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/cli.h"

#define CLI_COMMANDS(X)                                                        \
	X(cmd_send)                                                            \
	X(cmd_receive)                                                         \
	X(cmd_topic_list)                                                      \
	X(cmd_topic_create)                                                    \
	X(cmd_topic_change)                                                    \
	X(cmd_topic_delete)                                                    \
	X(cmd_topic_show)                                                      \
	X(cmd_topic_route)                                                     \
	X(cmd_topic_stats)                                                     \
	X(cmd_group_list)                                                      \
	X(cmd_group_create)                                                    \
	X(cmd_group_change)                                                    \
	X(cmd_group_delete)                                                    \
	X(cmd_group_show)                                                      \
	X(cmd_group_members)                                                   \
	X(cmd_group_lag)                                                       \
	X(cmd_group_reset)                                                     \
	X(cmd_message_id)                                                      \
	X(cmd_message_key)                                                     \
	X(cmd_message_offset)                                                  \
	X(cmd_message_time)                                                    \
	X(cmd_config_list)                                                     \
	X(cmd_config_get)                                                      \
	X(cmd_config_set)                                                      \
	X(cmd_top)                                                             \
	X(cmd_cluster)                                                         \
	X(cmd_plugin_list)                                                     \
	X(cmd_plugin_info)                                                     \
	X(cmd_bench_produce)                                                   \
	X(cmd_bench_consume)                                                   \
	X(cmd_bench_both)                                                      \
	X(cmd_bench_latency)                                                   \
	X(cmd_bench_idle)                                                      \
	X(cmd_bench_ready)                                                     \
	X(cmd_store_check)                                                     \
	X(cmd_store_dump)                                                      \
	X(cmd_store_repair)                                                    \
	X(cmd_generate)

#define COMMAND(name) extern const struct cli_command name;
CLI_COMMANDS(COMMAND)
#undef COMMAND

/* The system's own, which listings leave out. */
bool cli_is_own_topic(const struct skua_cluster *cluster,
    const char *name);
bool cli_is_own_group(const char *name);

#endif
