/* SPDX-License-Identifier: Apache-2.0 */
/* What rows may ask of a text. */
#include <arpa/inet.h>

#include <skua/name.h>
#include <skua/option.h>

#include "base/text.h"
#include "net/addr.h"

const char *
skua_check_ip(const char *text)
{
	uint8_t ip[16];

	if (*text == '\0' || inet_pton(AF_INET, text, ip) == 1 ||
	    inet_pton(AF_INET6, text, ip) == 1)
		return NULL;
	return "an IP address";
}

const char *
skua_check_servers(const char *text)
{
	return skua_addrs_check(text, NULL) == SKUA_OK ?
	    NULL :
	    "HOST:PORT, several with semicolons";
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
