/* SPDX-License-Identifier: Apache-2.0 */
/* Commit log records: encode and decode in the same order. */
#include <skua/store.h>

#include "base/bytes.h"
#include "base/crc32.h"
#include "wire/record.h"

#define AT_QUEUE_OFFSET 20
#define AT_POS 28
#define AT_SYS_FLAG 36
#define AT_BORN_HOST 48

static size_t
host_size(const struct skua_addr *a)
{
	return (a->len == 16 ? 16u : 4u) + 4u;
}

static bool
is_v2(const struct record_in *in)
{
	return in->message->topic.len > SKUA_TOPIC_MAX;
}

static size_t
properties_len(const struct record_in *in)
{
	struct skua_str p = in->message->properties;

	/* A client may leave out the last terminator; the tail needs it. */
	return p.len + (p.len > 0 && p.p[p.len - 1] != '\2') +
	    in->properties_tail.len;
}

size_t
skua_record_size(const struct record_in *in)
{
	return 48 + host_size(&in->message->born_host) + 8 +
	    host_size(in->store_host) + 4 + 8 + 4 + in->body.len +
	    (is_v2(in) ? 2u : 1u) + in->message->topic.len + 2 +
	    properties_len(in);
}

static uint8_t *
put_host(uint8_t *p, const struct skua_addr *a)
{
	size_t n = host_size(a) - 4;

	memcpy(p, a->ip, n);
	put_be32(p + n, a->port);
	return p + n + 4;
}

static uint8_t *
put_text(uint8_t *p, struct skua_str s)
{
	skua_str_copy(p, s);
	return p + s.len;
}

static uint8_t *
put_properties(uint8_t *p, const struct record_in *in)
{
	struct skua_str text = in->message->properties;

	put_be16(p, (uint16_t)properties_len(in));
	p = put_text(p + 2, text);
	if (text.len > 0 && text.p[text.len - 1] != '\2')
		*p++ = '\2';
	return put_text(p, in->properties_tail);
}

void
skua_record_encode(uint8_t *to, const struct record_in *in, size_t size)
{
	const struct skua_message *m = in->message;
	uint32_t sys_flag = (uint32_t)m->sys_flag &
	    ~(uint32_t)(SKUA_SYS_BORN_V6 | SKUA_SYS_STORE_V6);
	uint8_t *p;

	if (m->born_host.len == 16)
		sys_flag |= SKUA_SYS_BORN_V6;
	if (in->store_host->len == 16)
		sys_flag |= SKUA_SYS_STORE_V6;
	put_be32(to, (uint32_t)size);
	put_be32(to + 4, (uint32_t)(is_v2(in) ? RECORD_MAGIC_V2 :
					       RECORD_MAGIC_V1));
	put_be32(to + 8, skua_body_crc(in->body.p, in->body.len));
	put_be32(to + 12, (uint32_t)in->queue_id);
	put_be32(to + 16, (uint32_t)m->flag);
	memset(to + AT_QUEUE_OFFSET, 0, AT_SYS_FLAG - AT_QUEUE_OFFSET);
	put_be32(to + AT_SYS_FLAG, sys_flag);
	put_be64(to + 40, (uint64_t)m->born_timestamp_ms);
	p = put_host(to + AT_BORN_HOST, &m->born_host);
	put_be64(p, 0);
	p = put_host(p + 8, in->store_host);
	put_be32(p, (uint32_t)m->reconsume_times);
	put_be64(p + 4, (uint64_t)m->prepared_offset);
	put_be32(p + 12, (uint32_t)in->body.len);
	p = put_text(p + 16, in->body);
	if (is_v2(in)) {
		put_be16(p, (uint16_t)m->topic.len);
		p += 2;
	} else {
		*p++ = (uint8_t)m->topic.len;
	}
	p = put_text(p, m->topic);
	(void)put_properties(p, in);
}

void
skua_record_set_queue_offset(uint8_t *record, int64_t offset)
{
	put_be64(record + AT_QUEUE_OFFSET, (uint64_t)offset);
}

void
skua_record_set_pos(uint8_t *record, int64_t pos)
{
	put_be64(record + AT_POS, (uint64_t)pos);
}

void
skua_record_set_store_timestamp(uint8_t *record, int64_t ms)
{
	bool v6 = (get_be32(record + AT_SYS_FLAG) & SKUA_SYS_BORN_V6) != 0;

	put_be64(record + AT_BORN_HOST + (v6 ? 20 : 8), (uint64_t)ms);
}

uint32_t
skua_record_check(const uint8_t *record, size_t len)
{
	uint32_t sys_flag = get_be32(record + AT_SYS_FLAG);
	size_t body = 88 + ((sys_flag & SKUA_SYS_BORN_V6) != 0 ? 12u : 0u) +
	    ((sys_flag & SKUA_SYS_STORE_V6) != 0 ? 12u : 0u);
	size_t behind;

	/* Bytes that are no record have a checksum all the same. */
	if (body > len)
		return skua_crc32c(0, record, len);
	behind = body + get_be32(record + body - 4);
	if (behind > len)
		return skua_crc32c(0, record, len);
	return skua_crc32c(skua_crc32c(0, record, body), record + behind,
	    len - behind);
}

static void
take_host(struct reader *r, bool v6, struct skua_addr *a)
{
	const uint8_t *ip = read_bytes(r, v6 ? 16 : 4);

	a->len = v6 ? 16 : 4;
	if (ip != NULL)
		memcpy(a->ip, ip, a->len);
	a->port = (uint16_t)read_be32(r);
}

int
skua_record_decode(const void *bytes, size_t len, struct skua_record *d)
{
	struct reader r = reader_of(bytes, len);

	d->bytes = bytes;
	memset(d->reserved, 0, sizeof(d->reserved));
	d->size = read_be32(&r);
	if (r.error != SKUA_OK || d->size < RECORD_FIXED_MIN ||
	    (size_t)d->size > len)
		return SKUA_EPROTO;
	r.end = (const uint8_t *)bytes + d->size;
	d->magic = read_be32(&r);
	if (d->magic != RECORD_MAGIC_V1 && d->magic != RECORD_MAGIC_V2)
		return SKUA_EPROTO;
	d->body_crc = (uint32_t)read_be32(&r);
	d->queue_id = read_be32(&r);
	d->flag = read_be32(&r);
	d->queue_offset = read_be64(&r);
	d->pos = read_be64(&r);
	d->sys_flag = read_be32(&r);
	d->born_timestamp_ms = read_be64(&r);
	take_host(&r, (d->sys_flag & SKUA_SYS_BORN_V6) != 0, &d->born_host);
	d->store_timestamp_ms = read_be64(&r);
	take_host(&r, (d->sys_flag & SKUA_SYS_STORE_V6) != 0, &d->store_host);
	d->reconsume_times = read_be32(&r);
	d->prepared_offset = read_be64(&r);
	d->body = read_str(&r, read_be32(&r));
	d->topic = read_str(&r, d->magic == RECORD_MAGIC_V2 ?
		(int16_t)read_be16(&r) : (int8_t)read_u8(&r));
	d->properties = read_str(&r, (int16_t)read_be16(&r));
	return r.error == SKUA_OK && r.p == r.end ? SKUA_OK : SKUA_EPROTO;
}

uint32_t
skua_body_crc(const void *bytes, size_t len)
{
	return len == 0 ? 0 : skua_crc32(bytes, len) & 0x7fffffff;
}

bool
skua_record_crc_ok(const struct skua_record *record)
{
	return record->body.len == 0 ||
	    skua_body_crc(record->body.p, record->body.len) == record->body_crc;
}
