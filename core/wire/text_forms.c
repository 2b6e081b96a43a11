/* SPDX-License-Identifier: Apache-2.0 */
/* Text with a meaning of its own: property texts, Java's hash of a text, and
 * the offset message id. */
#include <ctype.h>

#include <skua/message.h>

#include "base/bytes.h"
#include "base/text.h"

bool
skua_property_next(struct skua_str text, size_t *at, struct skua_str *name_r,
    struct skua_str *value_r)
{
	while (*at < text.len) {
		const char *from = text.p + *at;
		size_t left = text.len - *at;
		const char *end = memchr(from, '\2', left);
		size_t len = end == NULL ? left : (size_t)(end - from);
		const char *sep = memchr(from, '\1', len);

		*at += len + 1;
		if (sep == NULL)
			continue;
		*name_r = skua_str_n(from, (size_t)(sep - from));
		*value_r = skua_str_n(sep + 1, len - (size_t)(sep - from) - 1);
		/* Java's reader drops empty values as well. */
		if (value_r->len > 0)
			return true;
	}
	return false;
}

struct skua_str
skua_property(struct skua_str properties, const char *name)
{
	struct skua_str key, value;

	for (size_t at = 0; skua_property_next(properties, &at, &key, &value);)
		if (skua_str_eq_z(key, name))
			return value;
	return skua_str_n(NULL, 0);
}

/* One code point of UTF-8; bytes that are none count as U+FFFD, as Java's
 * decoder makes them. */
static uint32_t
next_code_point(const unsigned char **p, const unsigned char *end)
{
	unsigned char c = *(*p)++;
	int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;
	uint32_t v = more == 3 ? c & 7u : more == 2 ? c & 15u : c & 31u;

	if (c < 0x80)
		return c;
	if (more == 0)
		return 0xfffd;
	for (; more > 0; more--) {
		if (*p >= end || (**p & 0xc0) != 0x80)
			return 0xfffd;
		v = v << 6 | (*(*p)++ & 0x3fu);
	}
	return v;
}

/* Goes on with the hash of what came before. */
static uint32_t
hash_more(uint32_t h, struct skua_str text)
{
	const unsigned char *p = (const unsigned char *)text.p;
	const unsigned char *end = p + text.len;

	while (p < end) {
		uint32_t four, c;

		/* Four ASCII bytes at once: each step alone waits for the
		 * multiplication of the one before. */
		while (end - p >= 4 &&
		    (memcpy(&four, p, 4), (four & 0x80808080u) == 0)) {
			h = h * (31u * 31 * 31 * 31) + p[0] * (31u * 31 * 31) +
			    p[1] * (31u * 31) + p[2] * 31u + p[3];
			p += 4;
		}
		if (p == end)
			break;
		c = *p < 0x80 ? *p++ : next_code_point(&p, end);

		if (c >= 0x10000) {
			c -= 0x10000;
			h = 31 * h + (0xd800 + (c >> 10));
			c = 0xdc00 + (c & 0x3ff);
		}
		h = 31 * h + c;
	}
	return h;
}

int32_t
skua_java_hash(struct skua_str text)
{
	return (int32_t)hash_more(0, text);
}

int32_t
skua_key_hash(struct skua_str topic, struct skua_str key)
{
	uint32_t h = hash_more(31 * hash_more(0, topic) + '#', key);

	/* Math.abs, and what upstream makes of the number without one. */
	if (h == 0x80000000u)
		return 0;
	return (int32_t)h < 0 ? -(int32_t)h : (int32_t)h;
}

static uint64_t
hash(struct skua_str key)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */

	for (size_t i = 0; i < key.len; i++)
		h = (h ^ (unsigned char)key.p[i]) * 0x100000001b3u;
	return h;
}

/* Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm". */
static uint32_t
jump(uint64_t key, uint32_t buckets)
{
	int64_t b = -1, j = 0;

	while (j < (int64_t)buckets) {
		b = j;
		key = key * 2862933555777941757u + 1;
		j = (int64_t)((double)(b + 1) *
		    ((double)((int64_t)1 << 31) / (double)((key >> 33) + 1)));
	}
	return (uint32_t)b;
}

uint32_t
skua_hash_choice(struct skua_str key, uint32_t count)
{
	return jump(hash(key), count);
}

size_t
skua_msg_id_format(char id[SKUA_MSG_ID_SIZE], const struct skua_addr *host,
    int64_t pos)
{
	size_t ip_len = host->len == 16 ? 16 : 4, len;
	uint8_t bytes[28];

	memcpy(bytes, host->ip, ip_len);
	put_be32(bytes + ip_len, host->port);
	put_be64(bytes + ip_len + 4, (uint64_t)pos);
	len = skua_text_put_hex(id, bytes, ip_len + 12);
	id[len] = '\0';
	return len;
}

int
skua_msg_id_parse(struct skua_str id, struct skua_addr *host_r, int64_t *pos_r)
{
	size_t n = id.len / 2, ip_len = n - 12;
	uint8_t bytes[28];

	if (id.len != 32 && id.len != 56)
		return SKUA_EINVAL;
	for (size_t i = 0; i < id.len; i++) {
		int c = toupper((unsigned char)id.p[i]);

		if (!isxdigit(c))
			return SKUA_EINVAL;
		c = c <= '9' ? c - '0' : c - 'A' + 10;
		bytes[i / 2] = (uint8_t)(i % 2 == 0 ? c << 4 : bytes[i / 2] | c);
	}
	memset(host_r, 0, sizeof(*host_r));
	memcpy(host_r->ip, bytes, ip_len);
	host_r->len = (uint8_t)ip_len;
	host_r->port = (uint16_t)get_be32(bytes + ip_len);
	*pos_r = (int64_t)get_be64(bytes + ip_len + 4);
	return SKUA_OK;
}
