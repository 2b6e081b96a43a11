/* SPDX-License-Identifier: Apache-2.0 */
/* Messages as rows: short in tables, with everything for programs. */
#ifndef CLI_MESSAGES_H
#define CLI_MESSAGES_H

#include "cli/cli.h"

/* card: one message, with everything, for people as well. */
void cli_messages_begin(const struct cli *cli, struct out *o, bool card);
void cli_messages_add(struct out *o, const struct skua_received *m);

#endif
