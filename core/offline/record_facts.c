/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See record_facts.h.
 * Upstream: store.CommitLog.checkMessageAndReturnSize, index.IndexService,
 * store.MultiDispatch.
 */
#include <stdlib.h>

#include <skua/files.h>

#include "base/crc32.h"
#include "base/text.h"
#include "offline/record_facts.h"

#define TAG_MARK "#T"
#define TOPIC_MAX 255
#define DELAY_TOPIC "SCHEDULE_TOPIC_XXXX"
/* "__CRC32#" 0x01, ten digits, 0x02 */
#define CRC_NAME "__CRC32#\1"
#define CRC_DIGITS 10
#define CRC_TAIL (sizeof(CRC_NAME) - 1 + CRC_DIGITS + 1)

bool
offline_is_queued(const struct skua_record *r)
{
	int type = r->sys_flag & SKUA_SYS_TRANSACTION;

	return type != SKUA_SYS_PREPARED && type != SKUA_SYS_ROLLBACK;
}

static bool
delay_level(const struct skua_record *r, int64_t *level_r)
{
	return skua_str_eq_z(r->topic, DELAY_TOPIC) &&
	    skua_text_int(skua_property(r->properties, "DELAY"), level_r) &&
	    *level_r > 0;
}

int64_t
offline_tags_code(const struct skua_record *r, const int64_t *levels_ms,
    size_t levels)
{
	struct skua_str tags = skua_property(r->properties, "TAGS");
	int64_t level;

	if (delay_level(r, &level) && levels > 0)
		return r->store_timestamp_ms +
		    levels_ms[level > (int64_t)levels ? levels - 1 :
							(size_t)level - 1];
	return tags.len == 0 ? 0 : skua_java_hash(tags);
}

bool
offline_tags_code_ok(const struct skua_record *r, int64_t code, bool has_ext)
{
	int64_t level;

	/* When it is due: levels are a setting that is not in the store. */
	if (delay_level(r, &level))
		return code >= r->store_timestamp_ms;
	return code == offline_tags_code(r, NULL, 0) ||
	    (has_ext && code < INT32_MIN);
}

static int
add_hash(struct offline_hashes *h, int32_t hash)
{
	if (h->count == h->size) {
		size_t more = h->size == 0 ? 16 : h->size * 2;
		int32_t *grown = realloc(h->all, more * sizeof(*grown));

		if (grown == NULL)
			return SKUA_ENOMEM;
		h->all = grown;
		h->size = more;
	}
	h->all[h->count++] = hash;
	return SKUA_OK;
}

/* Once. */
static int
add_key(struct offline_hashes *h, int32_t hash)
{
	for (size_t i = 0; i < h->count; i++)
		if (h->all[i] == hash)
			return SKUA_OK;
	return add_hash(h, hash);
}

/* The next of several texts between separators; an empty one at the end. */
static struct skua_str
next_part(struct skua_str *text, char separator)
{
	const char *end;
	struct skua_str part;

	while (text->len > 0 && *text->p == separator) {
		text->p++;
		text->len--;
	}
	end = text->len == 0 ? NULL : memchr(text->p, separator, text->len);
	part = skua_str_n(text->p,
	    end == NULL ? text->len : (size_t)(end - text->p));
	if (part.len > 0) {
		text->p += part.len;
		text->len -= part.len;
	}
	return part;
}

/* TOPIC#T#TAG, where a key is TOPIC#KEY. */
static int
add_tag(const struct skua_record *r, struct offline_hashes *h)
{
	struct skua_str tags = skua_property(r->properties, "TAGS");
	char topic[TOPIC_MAX + sizeof(TAG_MARK)];

	if (tags.len == 0 || r->topic.len > TOPIC_MAX)
		return SKUA_OK;
	skua_str_copy(topic, r->topic);
	skua_str_copy(topic + r->topic.len, skua_str_z(TAG_MARK));
	return add_hash(h, skua_key_hash(skua_str_n(topic,
	    r->topic.len + sizeof(TAG_MARK) - 1), tags));
}

int
offline_key_hashes(const struct skua_record *r, struct offline_hashes *h)
{
	struct skua_str name, value, part, keys = { NULL, 0 };
	int rc = SKUA_OK;

	h->keys = h->tagged = h->count = 0;
	if ((r->sys_flag & SKUA_SYS_TRANSACTION) == SKUA_SYS_ROLLBACK)
		return SKUA_OK;
	for (size_t at = 0; rc == SKUA_OK &&
	     skua_property_next(r->properties, &at, &name, &value);) {
		if (skua_str_eq_z(name, "UNIQ_KEY"))
			rc = add_key(h, skua_key_hash(r->topic, value));
		else if (skua_str_eq_z(name, "KEYS"))
			keys = value;
	}
	while (rc == SKUA_OK && h->count < SKUA_KEYS_PER_RECORD &&
	    (part = next_part(&keys, ' ')).len > 0)
		rc = add_key(h, skua_key_hash(r->topic, part));
	h->keys = h->count;
	if (rc == SKUA_OK)
		rc = add_tag(r, h);
	h->tagged = h->count;
	while (rc == SKUA_OK && (part = next_part(&keys, ' ')).len > 0)
		rc = add_hash(h, skua_key_hash(r->topic, part));
	return rc;
}

bool
offline_next_dispatch(const struct skua_record *r, size_t *at,
    struct skua_str *queue_r, int64_t *offset_r)
{
	struct skua_str queues, offsets, offset;
	size_t n = *at;

	queues = skua_property(r->properties, "INNER_MULTI_DISPATCH");
	offsets = skua_property(r->properties, "INNER_MULTI_QUEUE_OFFSET");
	do {
		*queue_r = next_part(&queues, ',');
		offset = next_part(&offsets, ',');
	} while (queue_r->len > 0 && offset.len > 0 && n-- > 0);
	(*at)++;
	return queue_r->len > 0 && skua_text_int(offset, offset_r) &&
	    *offset_r >= 0;
}

bool
offline_property_crc_ok(const struct skua_record *r, const uint8_t *bytes)
{
	struct skua_str p = r->properties;
	uint32_t crc = 0;

	if (p.len < CRC_TAIL ||
	    memcmp(p.p + p.len - CRC_TAIL, CRC_NAME,
		sizeof(CRC_NAME) - 1) != 0)
		return true;
	/* The least digit comes first. */
	for (size_t i = 2; i < 2 + CRC_DIGITS; i++)
		crc = crc * 10 + (uint32_t)(p.p[p.len - i] - '0');
	return crc == (skua_crc32(bytes, (size_t)r->size - CRC_TAIL) &
	    0x7fffffff);
}
