/* SPDX-License-Identifier: Apache-2.0 */
/* See networks.h. */
#include <arpa/inet.h>

#include "networks.h"

#define NETWORK_TEXT_MAX 64
#define BETWEEN ", \t"

struct network {
	struct skua_addr addr; /* without a port */
	unsigned bits;
};

static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static bool
is_mapped(const struct skua_addr *addr)
{
	return addr->len == 16 &&
	    memcmp(addr->ip, mapped, sizeof(mapped)) == 0;
}

static struct skua_addr
plain(const struct skua_addr *addr)
{
	struct skua_addr v4 = { .len = 4 };

	if (!is_mapped(addr))
		return *addr;
	memcpy(v4.ip, addr->ip + sizeof(mapped), 4);
	return v4;
}

static bool
parse_bits(const char *text, unsigned most, unsigned *bits_r)
{
	unsigned bits = 0;
	size_t n = strspn(text, "0123456789");

	if (n == 0 || n > 3 || text[n] != '\0')
		return false;
	for (; *text != '\0'; text++)
		bits = 10 * bits + (unsigned)(*text - '0');
	*bits_r = bits;
	return bits <= most;
}

static bool
parse_address(const char *text, struct skua_addr *addr_r)
{
	memset(addr_r, 0, sizeof(*addr_r));
	if (inet_pton(AF_INET, text, addr_r->ip) == 1)
		addr_r->len = 4;
	else if (inet_pton(AF_INET6, text, addr_r->ip) == 1)
		addr_r->len = 16;
	return addr_r->len != 0;
}

static bool
parse(const char *from, size_t len, struct network *n)
{
	char text[NETWORK_TEXT_MAX], *slash;

	if (len >= sizeof(text))
		return false;
	memcpy(text, from, len);
	text[len] = '\0';
	slash = strchr(text, '/');
	if (slash != NULL)
		*slash = '\0';
	if (!parse_address(text, &n->addr))
		return false;
	n->bits = 8u * n->addr.len;
	if (slash != NULL && !parse_bits(slash + 1, n->bits, &n->bits))
		return false;
	if (is_mapped(&n->addr) && n->bits >= 96) {
		n->addr = plain(&n->addr);
		n->bits -= 96;
	}
	return true;
}

static bool
has(const struct network *n, const struct skua_addr *addr)
{
	unsigned bytes = n->bits / 8, rest = n->bits % 8;
	unsigned mask = 0xffu << (8 - rest) & 0xffu;

	if (addr->len != n->addr.len ||
	    memcmp(addr->ip, n->addr.ip, bytes) != 0)
		return false;
	return rest == 0 ||
	    ((unsigned)(addr->ip[bytes] ^ n->addr.ip[bytes]) & mask) == 0;
}

const char *
networks_check(const char *list)
{
	struct network n;

	for (const char *p = list + strspn(list, BETWEEN); *p != '\0';) {
		size_t len = strcspn(p, BETWEEN);

		if (!parse(p, len, &n))
			return "networks such as 10.0.0.0/8 or fd00::/8, or "
			       "addresses, with commas";
		p += len;
		p += strspn(p, BETWEEN);
	}
	return NULL;
}

bool
networks_is_empty(const char *list)
{
	return list[strspn(list, BETWEEN)] == '\0';
}

bool
networks_have(const char *list, const struct skua_addr *addr)
{
	struct skua_addr own = plain(addr);
	struct network n;

	for (const char *p = list + strspn(list, BETWEEN); *p != '\0';) {
		size_t len = strcspn(p, BETWEEN);

		if (parse(p, len, &n) && has(&n, &own))
			return true;
		p += len;
		p += strspn(p, BETWEEN);
	}
	return false;
}

bool
networks_is_loopback(const struct skua_addr *addr)
{
	return networks_have("127.0.0.0/8,::1", addr);
}
