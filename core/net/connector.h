/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes connections to HOST:PORT.  A name is looked up each time, as it may have
 * moved; while it is not known, the addresses that it had are tried.  Of several
 * addresses each gets a try.  Everything runs on its loop.
 */
#ifndef NET_CONNECTOR_H
#define NET_CONNECTOR_H

#include "net/addr.h"
#include "net/loop.h"

struct connector;

/* A connected socket, which is the caller's; -1: none could be made.  Never from
 * inside skua_connector_start. */
typedef void connector_fn(void *arg, int fd);
/* The name stands for other addresses than before. */
typedef void connector_moved_fn(void *arg);

struct connector *skua_connector_new(struct loop *loop,
    const struct addr_name *to, connector_fn *done, connector_moved_fn *moved,
    void *arg);
/* What is under way ends without a call. */
void skua_connector_free(struct connector *c);
/* Unless it is under way already. */
void skua_connector_start(struct connector *c);
bool skua_connector_is_busy(const struct connector *c);
/* Looks a name up again, without connecting. */
void skua_connector_refresh(struct connector *c);
/* Whether addr is one of those that the name stands for; a name that is not
 * known stands for what it did. */
bool skua_connector_leads_to(const struct connector *c,
    const struct skua_addr *addr);

#endif
