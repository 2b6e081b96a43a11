/* SPDX-License-Identifier: Apache-2.0 */
/* How many accepted connections there are, in all and from each address. */
#ifndef NET_ADDRESS_COUNT_H
#define NET_ADDRESS_COUNT_H

#include "net/budget.h"

/* Counts one more, unless a limit is reached.  Any thread. */
bool skua_address_count_add(const struct skua_addr *addr,
    const struct limits *limits) SKUA_MUST_CHECK;
void skua_address_count_drop(const struct skua_addr *addr);
/* Now open, and refused since the start. */
int64_t skua_address_count_open(void);
int64_t skua_address_count_refused(void);

#endif
