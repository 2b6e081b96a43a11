/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of hosts, looked up by a thread of their own: a resolver that does not
 * answer holds up no loop, and no end of a program.
 */
#ifndef NET_LOOKUP_H
#define NET_LOOKUP_H

#include "net/loop.h"

#define LOOKUP_ADDRS_MAX 16

struct lookup;

/* count addresses, without ports; 0: the name is not known, for now.  On the
 * loop, later, once; the lookup is over. */
typedef void lookup_fn(void *arg, const struct skua_addr *addrs, size_t count);

/* NULL: no thread could be started; fn is not called. */
struct lookup *skua_lookup_start(struct loop *loop, const char *host,
    lookup_fn *fn, void *arg);
/* fn is not called any more.  On the loop. */
void skua_lookup_cancel(struct lookup *lookup);

#endif
