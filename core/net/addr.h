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
/* A host and its port. */
struct addr_name {
	char host[256]; /* a name, or an IP address without brackets */
	uint16_t port;
};
/* "ip:port", "[ip]:port", "name:port", as text: nothing is looked up.
 * SKUA_EINVAL: it is not of that form. */
int skua_addr_split(struct skua_str text, struct addr_name *name_r)
    SKUA_MUST_CHECK;
/* The text of an IP address; false: it is another, perhaps a name.  The port is
 * 0. */
bool skua_addr_of_ip(const char *text, struct skua_addr *addr_r);
/* The next of a list with ";", "," or blanks between; false: there is none.
 * *list moves on. */
bool skua_addrs_next(const char **list, struct skua_str *one_r);
/* SKUA_EINVAL and a sentence about the first that is not HOST:PORT. */
int skua_addrs_check(const char *list, struct skua_error *e) SKUA_MUST_CHECK;

/* These two look a name up, and block: at start-up only, never on a loop. */
int skua_addr_parse(struct skua_str text, struct skua_addr *addr_r)
    SKUA_MUST_CHECK;
int skua_addr_parse_ip(const char *text, struct skua_addr *addr_r)
    SKUA_MUST_CHECK;

/* false: it is neither IPv4 nor IPv6. */
bool skua_addr_of_sockaddr(const struct sockaddr *from, socklen_t len,
    struct skua_addr *addr_r);
void skua_addr_of_socket(int fd, struct skua_addr *local_r,
    struct skua_addr *peer_r);
void skua_addr_to_sockaddr(const struct skua_addr *addr,
    struct sockaddr_storage *to, socklen_t *len_r);
/* The first address of this machine that is not loopback; else loopback. */
void skua_addr_of_machine(struct skua_addr *addr_r);

#endif
