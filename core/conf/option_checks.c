/* SPDX-License-Identifier: Apache-2.0 */
/* What rows may ask of a text. */
#include <arpa/inet.h>

#include <skua/name.h>
#include <skua/option.h>

#include "base/number.h"
#include "base/text.h"

#define HOST_MAX 253

const char *
skua_check_ip(const char *text)
{
	uint8_t ip[16];

	if (*text == '\0' || inet_pton(AF_INET, text, ip) == 1 ||
	    inet_pton(AF_INET6, text, ip) == 1)
		return NULL;
	return "an IP address";
}

/* A name, or an address; one of IPv6 in brackets. */
static bool
is_host(struct skua_str host)
{
	if (host.len == 0 || host.len > HOST_MAX)
		return false;
	for (size_t i = 0; i < host.len; i++) {
		unsigned char c = (unsigned char)host.p[i];

		if (!((c | 0x20) >= 'a' && (c | 0x20) <= 'z') &&
		    !(c >= '0' && c <= '9') && strchr("._-[]:%", c) == NULL)
			return false;
	}
	return true;
}

static bool
is_server(struct skua_str word)
{
	size_t at = word.len;
	int64_t number;
	int32_t port;

	while (at > 0 && word.p[at - 1] != ':')
		at--;
	return at > 0 && is_host(skua_str_n(word.p, at - 1)) &&
	    skua_text_int(skua_str_n(word.p + at, word.len - at), &number) &&
	    skua_narrow_i32(number, 1, 65535, &port);
}

const char *
skua_check_servers(const char *text)
{
	for (const char *p = text; *p != '\0';) {
		size_t n;

		p += strspn(p, "; ");
		n = strcspn(p, "; ");
		if (n > 0 && !is_server(skua_str_n(p, n)))
			return "HOST:PORT, several with semicolons";
		p += n;
	}
	return NULL;
}

const char *
skua_check_path(const char *text)
{
	return *text == '\0' ? "a path" : NULL;
}

const char *
skua_check_word(const char *text)
{
	return skua_name_is(SKUA_NAME_STORED_TOPIC, skua_str_z(text)) ?
	    NULL :
	    "letters, digits and any of . : @ + - _ % |";
}

const char *
skua_check_optional_word(const char *text)
{
	return *text == '\0' ? NULL : skua_check_word(text);
}

const char *
skua_check_broker_name(const char *text)
{
	return *text == '\0' ||
		skua_name_is(SKUA_NAME_BROKER, skua_str_z(text)) ?
	    NULL :
	    "letters, digits and any of . : @ + - _ % |, at most 100";
}

const char *
skua_check_cluster_name(const char *text)
{
	return skua_name_is(SKUA_NAME_CLUSTER, skua_str_z(text)) ?
	    NULL :
	    "letters, digits and any of . : @ + - _ % |, at most 100";
}

const char *
skua_check_hours(const char *text)
{
	const char *p = text;

	while (*p != '\0') {
		size_t n;
		int64_t hour;

		p += strspn(p, "; ");
		n = strcspn(p, "; ");
		if (n > 0 &&
		    (!skua_text_int(skua_str_n(p, n), &hour) || hour < 0 ||
			hour > 23))
			return "hours from 00 to 23, with semicolons";
		p += n;
	}
	return NULL;
}
