/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "bench/message.h"

#define UNIQUE_KEY "7F0000010000000000000000" /* and eight more digits */
#define KEY_DIGITS 16

enum { PULL_SUSPEND = 2, PULL_SUBSCRIPTION = 4 };

static void
put_digits(char *at, size_t len, uint64_t v)
{
	while (len > 0) {
		at[--len] = (char)('0' + v % 10);
		v /= 10;
	}
}

static void
put_hex(char *at, size_t len, uint64_t v)
{
	while (len > 0) {
		at[--len] = "0123456789ABCDEF"[v & 15];
		v >>= 4;
	}
}

size_t
skua_bench_head(char to[BENCH_HEAD_SIZE], int code, const char *fields)
{
	int n = snprintf(to + 8, BENCH_HEAD_SIZE - 8,
	    "{\"code\":%d,\"extFields\":{%s},\"flag\":0,\"language\":\"JAVA\","
	    "\"opaque\":%d,\"serializeTypeCurrentRPC\":\"JSON\","
	    "\"version\":493}",
	    code, fields, BENCH_OPAQUE_BASE);

	sk_assert(n > 0 && n < BENCH_HEAD_SIZE - 8);
	put_be32((uint8_t *)to, 4 + (uint32_t)n);
	put_be32((uint8_t *)to + 4, (uint32_t)n);
	return 8 + (size_t)n;
}

static void
set_opaque(char *frame, size_t len, uint32_t opaque)
{
	static const char name[] = "\"opaque\":";
	char *at = memmem(frame + 8, len - 8, name, sizeof(name) - 1);

	put_digits(at + sizeof(name) - 1, 10, opaque);
}

size_t
skua_bench_pull(char to[BENCH_HEAD_SIZE], const struct bench_pull *pull)
{
	char fields[768];
	size_t len;

	(void)snprintf(fields, sizeof(fields),
	    "\"consumerGroup\":\"%s\",\"topic\":\"%s\",\"queueId\":"
	    "\"%d\",\"queueOffset\":\"%lld\",\"maxMsgNums\":\"%u\","
	    "\"sysFlag\":\"%d\",\"commitOffset\":\"0\","
	    "\"suspendTimeoutMillis\":\"15000\",\"subscription\":\"%s\","
	    "\"subVersion\":\"0\",\"expressionType\":\"%s\"",
	    pull->group, pull->topic, pull->queue_id, (long long)pull->offset,
	    pull->count,
	    PULL_SUBSCRIPTION | (pull->suspends ? PULL_SUSPEND : 0),
	    pull->subscription, pull->type);
	len = skua_bench_head(to, 11, fields);
	set_opaque(to, len, pull->opaque);
	return len;
}

size_t
skua_bench_beat(char to[BENCH_BEAT_SIZE], const struct bench_beat *beat)
{
	size_t head = skua_bench_head(to, 34, "");
	int n = snprintf(to + head, BENCH_BEAT_SIZE - head,
	    "{\"clientID\":\"%s\",\"consumerDataSet\":[{"
	    "\"consumeFromWhere\":\"CONSUME_FROM_LAST_OFFSET\","
	    "\"consumeType\":\"CONSUME_PASSIVELY\",\"groupName\":\"%s\","
	    "\"messageModel\":\"CLUSTERING\",\"subscriptionDataSet\":[{"
	    "\"classFilterMode\":false,\"codeSet\":[],"
	    "\"expressionType\":\"TAG\",\"subString\":\"*\","
	    "\"subVersion\":1,\"tagsSet\":[],\"topic\":\"%s\"}],"
	    "\"unitMode\":false}],\"heartbeatFingerprint\":0,"
	    "\"producerDataSet\":[],\"withoutSub\":false}",
	    beat->client_id, beat->group, beat->topic);

	sk_assert(n > 0 && (size_t)n < BENCH_BEAT_SIZE - head);
	put_be32((uint8_t *)to, (uint32_t)(head - 4) + (uint32_t)n);
	set_opaque(to, head, beat->opaque);
	return head + (size_t)n;
}

/* Where the text behind a mark begins; 0: there is no such mark. */
static size_t
behind(const struct bench_head *head, const char *mark)
{
	const char *at = memmem(head->bytes + 8, head->len - 8, mark,
	    strlen(mark));

	return at == NULL ? 0 : (size_t)(at - head->bytes) + strlen(mark);
}

/* Properties with Java's separators, which JSON writes as sep1 and sep2. */
static void
properties_text(char *to, size_t size, const struct bench_options *o,
    bool matched, const char *sep1, const char *sep2)
{
	int n = snprintf(to, size, "UNIQ_KEY%s%s00000000%sWAIT%strue%s", sep1,
	    UNIQUE_KEY, sep2, sep1, sep2);
	const char *tag = o->tag;

	if (o->keys)
		n += snprintf(to + n, size - (size_t)n,
		    "KEYS%s%0*d%s", sep1, KEY_DIGITS, 0, sep2);
	if (o->filter == BENCH_TAG)
		tag = matched ? "match" : "other";
	if (tag != NULL)
		n += snprintf(to + n, size - (size_t)n, "TAGS%s%s%s", sep1,
		    tag, sep2);
	if (o->filter == BENCH_SQL || o->filter == BENCH_LUA)
		n += snprintf(to + n, size - (size_t)n, "n%s%d%s", sep1,
		    matched, sep2);
	sk_assert((size_t)n < size);
}

static void
head_init(struct bench_head *head, const struct bench_target *t,
    const struct bench_options *o, bool matched)
{
	char properties[384], fields[768];
	int n;

	properties_text(properties, sizeof(properties), o, matched, "\\u0001",
	    "\\u0002");
	n = snprintf(fields, sizeof(fields),
	    "\"a\":\"skua-bench\",\"b\":\"%s\",\"c\":\"TBW102\",\"d\":\"4\","
	    "\"e\":\"%d\",\"f\":\"0\",\"g\":\"0000000000000\",\"h\":\"0\","
	    "\"i\":\"%s\",\"j\":\"0\",\"k\":\"false\",\"m\":\"%s\"",
	    t->topic, t->queue_id, properties,
	    o->batch > 1 ? "true" : "false");
	sk_assert(n > 0 && (size_t)n < sizeof(fields));
	head->len = skua_bench_head(head->bytes, o->batch > 1 ? 320 : 310,
	    fields);
	head->opaque = behind(head, "\"opaque\":");
	head->born = behind(head, "\"g\":\"");
	head->unique_key = behind(head, "UNIQ_KEY\\u0001");
	head->key = behind(head, "KEYS\\u0001");
}

void
skua_bench_target_init(struct bench_target *target,
    const struct bench_options *options)
{
	head_init(&target->heads[false], target, options, false);
	head_init(&target->heads[true], target, options, true);
}

char *
skua_bench_put_head(char *body, size_t body_len, const struct bench_head *head,
    const struct bench_stamp *stamp)
{
	char *at = body - head->len;

	memcpy(at, head->bytes, head->len);
	put_be32((uint8_t *)at, (uint32_t)(head->len - 4 + body_len));
	put_digits(at + head->opaque, 10, stamp->opaque);
	put_digits(at + head->born, 13, stamp->born_ms);
	put_hex(at + head->unique_key + KEY_DIGITS, 16, stamp->number);
	if (head->key != 0)
		put_hex(at + head->key, KEY_DIGITS, stamp->number);
	return at;
}

void
skua_bench_put_stamp(char *body, size_t len, const struct bench_stamp *stamp)
{
	if (len < BENCH_STAMP_SIZE)
		return;
	memcpy(body, &stamp->run, 8);
	memcpy(body + 8, &stamp->scheduled_ns, 8);
}

uint64_t
skua_bench_stamp_of(struct skua_str body, uint64_t run)
{
	uint64_t words[2];

	if (body.len < sizeof(words))
		return 0;
	memcpy(words, body.p, sizeof(words));
	return words[0] == run ? words[1] : 0;
}

size_t
skua_bench_item_max(const struct bench_options *options)
{
	return BENCH_ITEM_SIZE + options->sizes.largest + 384;
}

/* i32 size | i32 magic | i32 crc | i32 flag | i32 n, body |
 * i16 n, properties */
char *
skua_bench_put_item(char *to, size_t body_len, bool matched,
    const struct bench_options *options, const struct bench_stamp *stamp)
{
	uint8_t *p = (uint8_t *)to;
	char *text = to + 20 + body_len + 2, *key;
	size_t len;

	properties_text(text, 384, options, matched, "\1", "\2");
	len = strlen(text);
	put_hex(text + sizeof("UNIQ_KEY\1") - 1 + KEY_DIGITS, 16,
	    stamp->number);
	key = options->keys ? strstr(text, "KEYS\1") : NULL;
	if (key != NULL)
		put_hex(key + 5, KEY_DIGITS, stamp->number);
	memset(p + 4, 0, 12);
	put_be32(p + 16, (uint32_t)body_len);
	memset(to + 20, 'a', body_len);
	skua_bench_put_stamp(to + 20, body_len, stamp);
	put_be16(p + 20 + body_len, (uint16_t)len);
	put_be32(p, (uint32_t)(22 + body_len + len));
	return text + len;
}
