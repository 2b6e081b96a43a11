/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of networks: "10.0.0.0/8, 192.168.1.7, fd00::/8".  An IPv4 address
 * that comes in an IPv6 one (::ffff:10.1.2.3) is the IPv4 address, on both sides.
 */
#ifndef HOOK_GUARD_NETWORKS_H
#define HOOK_GUARD_NETWORKS_H

#include <skua/types.h>

/* NULL when the list can be read (an empty one can), else what was expected. */
const char *networks_check(const char *list);

bool networks_is_empty(const char *list);

/* Whether the address is in a network of the list, which can be read. */
bool networks_have(const char *list, const struct skua_addr *addr);

/* This machine: 127.0.0.0/8, ::1. */
bool networks_is_loopback(const struct skua_addr *addr);

#endif
