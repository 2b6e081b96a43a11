/* SPDX-License-Identifier: Apache-2.0 */
/* See store_rig.h. */
#include "base/bytes.h"
#include "store_rig.h"
#include "test.h"
#include "wire/record.h"

static int
found_nothing(void *arg, const struct skua_record *record)
{
	(void)arg;
	(void)record;
	return SKUA_OK;
}

int
store_try(struct store_rig *s, const char *name, const char *folder, bool clean,
    skua_recovered_fn *found, void *arg)
{
	static const char *const settings[] = { "mappedFileSizeCommitLog",
		"8192", "plugin.store-memory.chunkSize", "8388608",
		"plugin.store-memory.limit", "16777216", NULL };
	const struct skua_store_start start = { .clean = clean };
	const struct provider *p;
	char plugin[64];
	int rc;

	memset(s, 0, sizeof(*s));
	(void)snprintf(plugin, sizeof(plugin), "store-%s", name);
	/* The memory store's keys are known only to it. */
	p = rig_load(&s->rig, plugin,
	    strcmp(name, "memory") == 0 ? settings + 2 :
		(const char *const[]){ settings[0], settings[1], NULL },
	    PLUGIN_STORE, name);
	s->ops = p->ops;
	s->state = calloc(1, s->ops->state_size);
	assert_non_null(s->state);
	rc = s->ops->open(s->state, p->host, folder, &s->rig.e);
	s->is_open = rc == SKUA_OK;
	if (rc == SKUA_OK)
		rc = s->ops->recover(s->state, &start,
		    found == NULL ? found_nothing : found, arg, &s->rig.e);
	return rc;
}

void
store_open(struct store_rig *s, const char *name, const char *folder)
{
	if (store_try(s, name, folder, true, NULL, NULL) != SKUA_OK)
		fail_msg("%s", s->rig.e.text);
}

void
store_shut(struct store_rig *s)
{
	if (s->is_open)
		s->ops->close(s->state);
	free(s->state);
	rig_free(&s->rig);
}

uint8_t *
test_record(unsigned number, size_t size, size_t *len_r)
{
	static const struct skua_addr host = { .ip = { 127, 0, 0, 1 },
		.len = 4, .port = 1 };
	struct skua_message m = { .topic = SKUA_STR("T"), .born_host = host,
		.properties = SKUA_STR("TAGS\1A\2") };
	char *body = calloc(1, size < 16 ? 16 : size);
	struct record_in in = { .message = &m, .store_host = &host };
	uint8_t *bytes;

	assert_non_null(body);
	memset(body, 'b', size);
	put_be32((uint8_t *)body, number);
	in.body = skua_str_n(body, size > 100 ? size - 100 : 4);
	*len_r = skua_record_size(&in);
	bytes = malloc(*len_r);
	assert_non_null(bytes);
	skua_record_encode(bytes, &in, *len_r);
	skua_record_set_queue_offset(bytes, number);
	free(body);
	return bytes;
}

int64_t
store_put(struct store_rig *s, unsigned number, size_t size)
{
	struct skua_append a;
	size_t len;

	a.bytes = test_record(number, size, &len);
	a.len = (uint32_t)len;
	assert_ok(s->ops->append(s->state, &a, 1));
	free(a.bytes);
	return a.pos;
}

bool
store_has(struct store_rig *s, int64_t pos, unsigned number)
{
	struct skua_slice slice;
	struct skua_record r;
	bool ok;

	if (s->ops->read(s->state, pos, 0, &slice) != SKUA_OK)
		return false;
	ok = skua_record_decode(slice.bytes, slice.len, &r) == SKUA_OK &&
	    r.pos == pos && skua_record_crc_ok(&r) &&
	    get_be32((const uint8_t *)r.body.p) == number;
	s->ops->release(s->state, &slice);
	return ok;
}
