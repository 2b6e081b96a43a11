/* SPDX-License-Identifier: Apache-2.0 */
/* Between out.c and out_table.c. */
#ifndef CLI_OUT_PRIV_H
#define CLI_OUT_PRIV_H

#include "cli/out.h"

void out_table_add(struct out *o, struct skua_str shown);
void out_table_print(struct out *o);
void out_card_print(struct out *o);

#endif
