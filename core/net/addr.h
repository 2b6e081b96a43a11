/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses: sockets, text. */
#ifndef NET_ADDR_H
#define NET_ADDR_H

#include <sys/socket.h>

#include <skua/error.h>

#define ADDR_TEXT_SIZE 64

/* "ip:port" ("[ip]:port" for IPv6) into text; returns text. */
const char *skua_addr_format(const struct skua_addr *addr,
    char text[ADDR_TEXT_SIZE]);
/* The address alone, as Java writes it. */
const char *skua_addr_format_ip(const struct skua_addr *addr,
    char text[ADDR_TEXT_SIZE]);
/* "ip:port", "[ip]:port", "name:port": resolves a name (may block). */
int skua_addr_parse(struct skua_str text, struct skua_addr *addr_r)
    SKUA_MUST_CHECK;
/* An address without a port. */
int skua_addr_parse_ip(const char *text, struct skua_addr *addr_r)
    SKUA_MUST_CHECK;
void skua_addr_of_socket(int fd, struct skua_addr *local_r,
    struct skua_addr *peer_r);
void skua_addr_to_sockaddr(const struct skua_addr *addr,
    struct sockaddr_storage *to, socklen_t *len_r);
/* The first address of this machine that is not loopback; else loopback. */
void skua_addr_of_machine(struct skua_addr *addr_r);

#endif
