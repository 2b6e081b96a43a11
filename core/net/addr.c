/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses: sockets, text. */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>

#include "base/text.h"
#include "net/addr.h"

const char *
skua_addr_format_ip(const struct skua_addr *addr, char text[ADDR_TEXT_SIZE])
{
	if (inet_ntop(addr->len == 16 ? AF_INET6 : AF_INET, addr->ip, text,
		ADDR_TEXT_SIZE) == NULL)
		text[0] = '\0';
	return text;
}

const char *
skua_addr_format(const struct skua_addr *addr, char text[ADDR_TEXT_SIZE])
{
	char ip[ADDR_TEXT_SIZE];

	(void)skua_addr_format_ip(addr, ip);
	(void)snprintf(text, ADDR_TEXT_SIZE, addr->len == 16 ? "[%.50s]:%u" :
							       "%.50s:%u",
	    ip, addr->port);
	return text;
}

static void
from_sockaddr(const struct sockaddr_storage *from, struct skua_addr *addr_r)
{
	memset(addr_r, 0, sizeof(*addr_r));
	if (from->ss_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)from;

		memcpy(addr_r->ip, &in->sin_addr, 4);
		addr_r->len = 4;
		addr_r->port = ntohs(in->sin_port);
		return;
	}
	if (from->ss_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)from;
		static const uint8_t v4_mapped[12] = { [10] = 0xff, 0xff };
		const uint8_t *ip = in6->sin6_addr.s6_addr;

		addr_r->port = ntohs(in6->sin6_port);
		if (memcmp(ip, v4_mapped, sizeof(v4_mapped)) == 0) {
			memcpy(addr_r->ip, ip + 12, 4);
			addr_r->len = 4;
		} else {
			memcpy(addr_r->ip, ip, 16);
			addr_r->len = 16;
		}
		return;
	}
	addr_r->len = 4;
}

bool
skua_addr_of_sockaddr(const struct sockaddr *from, socklen_t len,
    struct skua_addr *addr_r)
{
	struct sockaddr_storage ss;

	if (from->sa_family != AF_INET && from->sa_family != AF_INET6)
		return false;
	memset(&ss, 0, sizeof(ss));
	memcpy(&ss, from, len < sizeof(ss) ? len : sizeof(ss));
	from_sockaddr(&ss, addr_r);
	return true;
}

void
skua_addr_to_sockaddr(const struct skua_addr *addr,
    struct sockaddr_storage *to, socklen_t *len_r)
{
	memset(to, 0, sizeof(*to));
	if (addr->len == 16) {
		struct sockaddr_in6 *in6 = (void *)to;

		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(addr->port);
		memcpy(&in6->sin6_addr, addr->ip, 16);
		*len_r = sizeof(*in6);
	} else {
		struct sockaddr_in *in = (void *)to;

		in->sin_family = AF_INET;
		in->sin_port = htons(addr->port);
		memcpy(&in->sin_addr, addr->ip, 4);
		*len_r = sizeof(*in);
	}
}

void
skua_addr_of_socket(int fd, struct skua_addr *local_r, struct skua_addr *peer_r)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	memset(&ss, 0, sizeof(ss));
	(void)getsockname(fd, (struct sockaddr *)&ss, &len);
	from_sockaddr(&ss, local_r);
	len = sizeof(ss);
	memset(&ss, 0, sizeof(ss));
	(void)getpeername(fd, (struct sockaddr *)&ss, &len);
	from_sockaddr(&ss, peer_r);
}

static int
resolve(const char *name, struct skua_addr *addr_r)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found;
	bool known;

	if (getaddrinfo(name, NULL, &hints, &found) != 0)
		return SKUA_ENOENT;
	known = skua_addr_of_sockaddr(found->ai_addr, found->ai_addrlen,
	    addr_r);
	freeaddrinfo(found);
	return known ? SKUA_OK : SKUA_ENOENT;
}

bool
skua_addr_of_ip(const char *text, struct skua_addr *addr_r)
{
	memset(addr_r, 0, sizeof(*addr_r));
	addr_r->len = 4;
	if (inet_pton(AF_INET, text, addr_r->ip) == 1)
		return true;
	addr_r->len = 16;
	return inet_pton(AF_INET6, text, addr_r->ip) == 1;
}

int
skua_addr_parse_ip(const char *text, struct skua_addr *addr_r)
{
	return skua_addr_of_ip(text, addr_r) ? SKUA_OK :
					       resolve(text, addr_r);
}

/* What may stand in the name of a host, or in an IPv6 address and its zone. */
static bool
is_host(const char *host)
{
	return *host != '\0' && *host != '-' &&
	    strspn(host, "abcdefghijklmnopqrstuvwxyz"
			 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:%-") ==
		strlen(host);
}

int
skua_addr_split(struct skua_str text, struct addr_name *name_r)
{
	const char *colon = text.len == 0 ? NULL :
					    memrchr(text.p, ':', text.len);
	size_t host_len;
	int64_t port;

	if (colon == NULL)
		return SKUA_EINVAL;
	host_len = (size_t)(colon - text.p);
	if (!skua_text_int(skua_str_n(colon + 1, text.len - host_len - 1),
		&port) ||
	    port < 1 || port > 65535)
		return SKUA_EINVAL;
	if (host_len > 2 && text.p[0] == '[' && text.p[host_len - 1] == ']') {
		text.p++;
		host_len -= 2;
	}
	if (host_len >= sizeof(name_r->host))
		return SKUA_EINVAL;
	memcpy(name_r->host, text.p, host_len);
	name_r->host[host_len] = '\0';
	name_r->port = (uint16_t)port;
	return is_host(name_r->host) ? SKUA_OK : SKUA_EINVAL;
}

int
skua_addr_parse(struct skua_str text, struct skua_addr *addr_r)
{
	struct addr_name name;
	int rc = skua_addr_split(text, &name);

	if (rc == SKUA_OK)
		rc = skua_addr_parse_ip(name.host, addr_r);
	if (rc == SKUA_OK)
		addr_r->port = name.port;
	return rc;
}

bool
skua_addrs_next(const char **list, struct skua_str *one_r)
{
	static const char separators[] = "; ,";

	*list += strspn(*list, separators);
	*one_r = skua_str_n(*list, strcspn(*list, separators));
	*list += one_r->len;
	return one_r->len > 0;
}

int
skua_addrs_check(const char *list, struct skua_error *e)
{
	struct skua_str one;
	struct addr_name name;

	while (skua_addrs_next(&list, &one))
		if (skua_addr_split(one, &name) != SKUA_OK)
			return skua_fail(e, SKUA_EINVAL, "\"" SKUA_STR_FMT
			    "\" is not an address of the form HOST:PORT",
			    SKUA_STR_ARG(one));
	return SKUA_OK;
}

void
skua_addr_of_machine(struct skua_addr *addr_r)
{
	struct ifaddrs *all, *i;

	memset(addr_r, 0, sizeof(*addr_r));
	addr_r->ip[0] = 127;
	addr_r->ip[3] = 1;
	addr_r->len = 4;
	if (getifaddrs(&all) != 0)
		return;
	for (i = all; i != NULL; i = i->ifa_next) {
		if (i->ifa_addr == NULL || i->ifa_addr->sa_family != AF_INET ||
		    (i->ifa_flags & IFF_LOOPBACK) != 0 ||
		    (i->ifa_flags & IFF_UP) == 0)
			continue;
		(void)skua_addr_of_sockaddr(i->ifa_addr,
		    sizeof(struct sockaddr_in), addr_r);
		break;
	}
	freeifaddrs(all);
}
