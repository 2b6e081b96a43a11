/* SPDX-License-Identifier: Apache-2.0 */
/* See place.h. */
#include <stdio.h>

#include <skua/io.h>

#include "base/bytes.h"
#include "offline/place.h"
#include "wire/record.h"

#define HEAD_MAX 112 /* size … body length, with both hosts IPv6 */

/* Whether the lengths inside add up to size; only looks at a few bytes, so that
 * a wrong size asks for no memory. */
static bool
lengths_fit(struct offline_cursor *c, int64_t at, int64_t size, char why[256])
{
	uint8_t head[HEAD_MAX], tail[2] = { 0, 0 };
	int64_t body_at, body, topic_at, topic;
	int32_t flags;
	bool v2;

	if (skua_io()->pread(c->window.fd, head, sizeof(head), at) < 92)
		return false;
	flags = (int32_t)get_be32(head + 36);
	v2 = get_be32(head + 4) == SKUA_RECORD_MAGIC_V2;
	body_at = 84 + ((flags & SKUA_SYS_BORN_V6) != 0 ? 12 : 0) +
	    ((flags & SKUA_SYS_STORE_V6) != 0 ? 12 : 0);
	body = (int32_t)get_be32(head + body_at);
	topic_at = body_at + 4 + body;
	if (body < 0 || topic_at + 3 > size) {
		(void)snprintf(why, 256,
		    "a body of %lld bytes does not fit into a record of %lld",
		    (long long)body, (long long)size);
		return false;
	}
	(void)skua_io()->pread(c->window.fd, tail, 2, at + topic_at);
	topic = v2 ? (int16_t)get_be16(tail) : (int8_t)tail[0];
	topic_at += v2 ? 2 : 1;
	if (topic < 0 || topic_at + topic + 2 > size) {
		(void)snprintf(why, 256, "a topic of %lld bytes does not fit",
		    (long long)topic);
		return false;
	}
	(void)skua_io()->pread(c->window.fd, tail, 2, at + topic_at + topic);
	if (topic_at + topic + 2 + (int16_t)get_be16(tail) != size) {
		(void)snprintf(why, 256,
		    "its lengths do not add up: body %lld, topic %lld, "
		    "properties %d, size %lld", (long long)body,
		    (long long)topic, (int16_t)get_be16(tail),
		    (long long)size);
		return false;
	}
	return true;
}

/* Of a size that is possible; decodes into c->record. */
static enum place
judge_record(struct offline_cursor *c, int64_t at, int64_t size, char why[256])
{
	size_t n;

	if (size > (int64_t)PLACE_WINDOW && !lengths_fit(c, at, size, why))
		return IS_WRONG;
	c->bytes = window_view(&c->window, at, (size_t)size, &n);
	if (c->bytes == NULL) {
		(void)snprintf(why, 256, "there is no memory for it");
		return IS_WRONG;
	}
	if (skua_record_decode(c->bytes, n, &c->record) != SKUA_OK) {
		if (n < (size_t)size)
			(void)snprintf(why, 256, "the file ends within it");
		else if (lengths_fit(c, at, size, why))
			(void)snprintf(why, 256, "it does not decode");
		return IS_WRONG;
	}
	c->is_decoded = true;
	if (c->record.pos != c->store->log.all[c->file].base + at) {
		(void)snprintf(why, 256, "it says that it is at %lld",
		    (long long)c->record.pos);
		return IS_WRONG;
	}
	if (!skua_record_crc_ok(&c->record)) {
		(void)snprintf(why, 256,
		    "its body has the CRC %08x where it says %08x",
		    skua_body_crc(c->record.body.p, c->record.body.len),
		    c->record.body_crc);
		return IS_WRONG;
	}
	return IS_RECORD;
}

enum place
place_judge(struct offline_cursor *c, int64_t at, char why[256])
{
	int64_t room = c->store->log.file_size - at;
	const uint8_t *p;
	uint32_t size, magic;
	size_t n;

	c->is_decoded = false;
	if (room < SKUA_BLANK_SIZE)
		return IS_BLANK;
	p = window_view(&c->window, at, SKUA_BLANK_SIZE, &n);
	if (p == NULL || n < SKUA_BLANK_SIZE) {
		(void)snprintf(why, 256, "the file ends here");
		return IS_WRONG;
	}
	size = get_be32(p);
	magic = get_be32(p + 4);
	if (size == 0 && magic == 0)
		return IS_ZERO;
	if (magic == SKUA_BLANK_MAGIC) {
		if ((int64_t)size == room)
			return IS_BLANK;
		(void)snprintf(why, 256,
		    "the blank at the file's end says %u bytes where %lld are "
		    "left", size, (long long)room);
		return IS_WRONG;
	}
	if (magic != SKUA_RECORD_MAGIC_V1 && magic != SKUA_RECORD_MAGIC_V2) {
		(void)snprintf(why, 256, "%08x is no record's magic", magic);
		return IS_WRONG;
	}
	if (size < RECORD_FIXED_MIN || (int64_t)size + SKUA_BLANK_SIZE > room) {
		(void)snprintf(why, 256,
		    "a record of %u bytes cannot be with %lld left in the file",
		    size, (long long)room);
		return IS_WRONG;
	}
	return judge_record(c, at, size, why);
}
