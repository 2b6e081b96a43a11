/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands. */
#include "cli/commands.h"

const struct cli_command *const cli_commands[] = {
#define COMMAND(name) &name,
	CLI_COMMANDS(COMMAND)
#undef COMMAND
	NULL,
};
