/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A listening port.  One loop accepts; connections go to the loops in turn, so
 * that few connections still use every loop.
 */
#ifndef NET_LISTENER_H
#define NET_LISTENER_H

#include "net/conn.h"

struct listener {
	uv_poll_t poll;
	uv_timer_t rest; /* until there are descriptors again */
	struct loop *loop; /* that accepts */
	struct loop *const *loops;
	size_t loop_count, next;
	const struct conn_user *user;
	struct skua_addr addr; /* with the port the system chose for 0 */
	int fd;
};

/* Binds at once, accepts once skua_listener_start is called on its loop's
 * thread. */
int skua_listener_open(struct listener *listener, const struct skua_addr *addr,
    const struct conn_user *user, struct skua_error *e) SKUA_MUST_CHECK;
int skua_listener_start(struct listener *listener, struct loop *loop,
    struct loop *const *loops, size_t loop_count) SKUA_MUST_CHECK;
void skua_listener_close(struct listener *listener);

#endif
