/* SPDX-License-Identifier: Apache-2.0 */
/* Which addresses a list of networks has. */
#include <arpa/inet.h>

#include "../../../plugins/hook-guard/networks.c"
#include "test.h"

static struct skua_addr
address(const char *text)
{
	struct skua_addr addr;

	memset(&addr, 0, sizeof(addr));
	addr.len = strchr(text, ':') == NULL ? 4 : 16;
	addr.port = 4711;
	assert_int_equal(1,
	    inet_pton(addr.len == 4 ? AF_INET : AF_INET6, text, addr.ip));
	return addr;
}

static void
a_list_has_its_networks(void **state)
{
	static const struct {
		const char *list, *addr;
		bool has;
	} rows[] = {
		{ "", "10.1.2.3", false },
		{ "10.0.0.0/8", "10.255.0.1", true },
		{ "10.0.0.0/8", "11.0.0.1", false },
		{ " 1.2.3.4 ,\t10.0.0.0/8,", "10.255.0.1", true },
		{ "1.2.3.4", "1.2.3.4", true },
		{ "1.2.3.4", "1.2.3.5", false },
		{ "192.168.1.128/25", "192.168.1.127", false },
		{ "192.168.1.128/25", "192.168.1.128", true },
		{ "192.168.0.0/23", "192.168.1.9", true },
		{ "192.168.0.0/23", "192.168.2.9", false },
		{ "0.0.0.0/0", "8.8.8.8", true },
		{ "0.0.0.0/0", "fd00::1", false },
		{ "::/0", "fd00::1", true },
		{ "::/0", "8.8.8.8", false },
		{ "fd00::/8", "fdff::1", true },
		{ "fd00::/8", "fe00::1", false },
		{ "fe80::/10", "febf::1", true },
		{ "fe80::/10", "fec0::1", false },
		/* IPv4 in IPv6, here and there */
		{ "10.0.0.0/8", "::ffff:10.1.2.3", true },
		{ "10.0.0.0/8", "::ffff:11.1.2.3", false },
		{ "::ffff:10.0.0.0/104", "10.1.2.3", true },
		{ "::ffff:10.0.0.0/104", "11.1.2.3", false },
		{ "::ffff:10.1.2.3", "::ffff:10.1.2.3", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct skua_addr addr = address(rows[i].addr);

		assert_null(networks_check(rows[i].list));
		if (networks_have(rows[i].list, &addr) != rows[i].has)
			fail_msg("\"%s\" and %s", rows[i].list, rows[i].addr);
	}
}

static void
this_machine_is_known(void **state)
{
	static const char *const here[] = { "127.0.0.1", "127.0.0.2",
		"127.255.255.255", "::1", "::ffff:127.0.0.1" };
	static const char *const there[] = { "126.255.255.255", "128.0.0.1",
		"::2", "::", "::ffff:128.0.0.1", "::127.0.0.1" };
	struct skua_addr addr;

	(void)state;
	for (size_t i = 0; i < sizeof(here) / sizeof(here[0]); i++) {
		addr = address(here[i]);
		assert_true(networks_is_loopback(&addr));
	}
	for (size_t i = 0; i < sizeof(there) / sizeof(there[0]); i++) {
		addr = address(there[i]);
		assert_false(networks_is_loopback(&addr));
	}
}

static void
what_is_no_network_is_refused(void **state)
{
	static const char *const wrong[] = { "localhost", "10.0.0.0/33",
		"10.0.0/8", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/+8",
		"10.0.0.0/8/8", "fd00::/129", "fd00::/1000", "10.0.0.0/8;::1",
		"10.0.0.0/8, x",
		"1111111111111111111111111111111111111111111111111111111111111"
		"11111" };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (networks_check(wrong[i]) == NULL)
			fail_msg("%s", wrong[i]);
	assert_true(networks_is_empty(" ,\t"));
	assert_false(networks_is_empty(" ,::"));
}

RUN(T(a_list_has_its_networks), T(this_machine_is_known),
    T(what_is_no_network_is_refused))
