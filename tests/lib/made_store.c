/* SPDX-License-Identifier: Apache-2.0 */
/* See made_store.h. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <skua/store.h>

#include "base/bytes.h"
#include "base/crc32.h"
#include "made_store.h"
#include "test.h"
#include "wire/integrity.h"
#include "wire/record.h"

static char long_topic[201];

static const struct made_record plan[MADE_RECORDS] = {
	{ .topic = "T", .properties = "TAGS\1A\2UNIQ_KEY\1u0\2", .body = "b0" },
	{ .topic = "T", .properties = "KEYS\1k1 k2\2UNIQ_KEY\1u1\2",
	    .body = "b1", .queue_offset = 1 },
	{ .topic = "T", .properties = "TAGS\1B\2", .body = "b2",
	    .queue_id = 1, .v6 = true },
	{ .topic = long_topic, .properties = "TAGS\1long\2", .body = "b3" },
	{ .topic = "T", .properties = "TAGS\1A\2UNIQ_KEY\1u4\2", .body = "",
	    .queue_offset = 2 },
	{ .topic = "T", .properties = "", .body = "half",
	    .sys_flag = SKUA_SYS_PREPARED },
	{ .topic = "SCHEDULE_TOPIC_XXXX", .properties = "DELAY\0013\2TAGS\1A\2",
	    .body = "later", .queue_id = 2 },
	{ .topic = "T", .properties = "TAGS\1A\2UNIQ_KEY\1u7\2", .body = "b7",
	    .queue_offset = 3 },
	{ .topic = "T", .properties = "TAGS\1A\2UNIQ_KEY\1u8\2", .body = "b8",
	    .queue_offset = 4 },
	{ .topic = "T", .properties = "TAGS\1A\2KEYS\1u0\2UNIQ_KEY\1u9\2",
	    .body = "b9", .queue_offset = 5 },
	{ .topic = "T", .properties = "TAGS\1A\2", .body = "b10",
	    .queue_offset = 1, .queue_id = 1 },
	{ .topic = "T", .properties = "TAGS\1A\2UNIQ_KEY\1u11\2",
	    .body = "b11", .queue_offset = 6 },
};

#define STORE_MS(i) (1700000000000 + 1000 * (int64_t)(i))

const char *
made_path(const struct made_store *m, const char *name)
{
	return test_path(m->folder, name);
}

static void
make_folder(const struct made_store *m, const char *name)
{
	assert_int_equal(0, mkdir(made_path(m, name), 0755));
}

/* Writes at a place of a file of one size, which is made when needed. */
static void
put_at(const struct made_store *m, const char *name, int64_t size, int64_t at,
    const void *bytes, size_t len)
{
	int fd = open(made_path(m, name), O_RDWR | O_CREAT, 0644);

	assert_true(fd >= 0);
	assert_int_equal(0, ftruncate(fd, size));
	assert_int_equal(len, pwrite(fd, bytes, len, at));
	(void)close(fd);
}

const char *
made_log_file(int64_t pos, int64_t *offset_r)
{
	static char name[64];

	*offset_r = pos % MADE_LOG_SIZE;
	(void)snprintf(name, sizeof(name), "commitlog/%020lld",
	    (long long)(pos - *offset_r));
	return name;
}

const char *
made_cq_file(const char *topic, int32_t id, int64_t offset, int64_t *at_r)
{
	static char name[512];
	int64_t base = offset - offset % MADE_CQ_UNITS;

	*at_r = (offset - base) * SKUA_CQ_UNIT_SIZE;
	(void)snprintf(name, sizeof(name), "consumequeue/%s/%d/%020lld", topic,
	    id, (long long)(base * SKUA_CQ_UNIT_SIZE));
	return name;
}

static void
put_record(struct made_store *m, size_t i)
{
	struct made_record *r = &m->records[i];
	struct skua_addr host = { .ip = { 127, 0, 0, 1 }, .len = 4, .port = 7 };
	struct skua_message msg = { .topic = skua_str_z(r->topic),
		.properties = skua_str_z(r->properties),
		.sys_flag = r->sys_flag };
	struct record_in in = { .message = &msg, .store_host = &host,
		.queue_id = r->queue_id, .body = skua_str_z(r->body) };
	uint8_t bytes[MADE_LOG_SIZE];
	int64_t at, room = MADE_LOG_SIZE - m->log_end % MADE_LOG_SIZE;
	const char *name;

	host.len = r->v6 ? 16 : 4;
	msg.born_host = host;
	r->size = (int32_t)skua_record_size(&in);
	if (r->size + SKUA_BLANK_SIZE > room) {
		skua_blank_put(bytes, (uint32_t)room);
		name = made_log_file(m->log_end, &at);
		put_at(m, name, MADE_LOG_SIZE, at, bytes, SKUA_BLANK_SIZE);
		m->log_end += room;
	}
	r->pos = m->log_end;
	skua_record_encode(bytes, &in, (size_t)r->size);
	skua_record_set_queue_offset(bytes, r->queue_offset);
	skua_record_set_pos(bytes, r->pos);
	skua_record_set_store_timestamp(bytes, STORE_MS(i));
	name = made_log_file(r->pos, &at);
	put_at(m, name, MADE_LOG_SIZE, at, bytes, (size_t)r->size);
	m->log_end += r->size;
}

static void
put_unit(const struct made_store *m, const struct made_record *r, size_t i)
{
	struct skua_str p = skua_str_z(r->properties);
	struct skua_str tags = skua_property(p, "TAGS");
	struct skua_index_entry e = { r->pos, r->size,
		tags.len == 0 ? 0 : skua_java_hash(tags) };
	uint8_t unit[SKUA_CQ_UNIT_SIZE];
	const char *name;
	char folder[512];
	int64_t at;

	if (r->sys_flag == SKUA_SYS_PREPARED)
		return;
	if (strcmp(r->topic, "SCHEDULE_TOPIC_XXXX") == 0)
		e.tags_code = STORE_MS(i) + 10000; /* level 3 */
	(void)snprintf(folder, sizeof(folder), "consumequeue/%s", r->topic);
	(void)mkdir(made_path(m, folder), 0755);
	(void)snprintf(folder, sizeof(folder), "consumequeue/%s/%d", r->topic,
	    r->queue_id);
	(void)mkdir(made_path(m, folder), 0755);
	skua_cq_put(unit, &e);
	name = made_cq_file(r->topic, r->queue_id, r->queue_offset, &at);
	put_at(m, name, MADE_CQ_UNITS * SKUA_CQ_UNIT_SIZE, at, unit,
	    sizeof(unit));
}

/* --- index files --- */

struct maker {
	const struct made_store *m;
	uint8_t bytes[SKUA_KEYS_HEADER_SIZE + MADE_SLOTS * SKUA_KEYS_SLOT_SIZE +
	    MADE_ENTRIES * SKUA_KEYS_ENTRY_SIZE];
	int files;
};

static void
write_index(struct maker *k)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "index/2026112100000000%d",
	    k->files++);
	put_at(k->m, name, sizeof(k->bytes), 0, k->bytes, sizeof(k->bytes));
	memset(k->bytes, 0, sizeof(k->bytes));
}

static void
put_key(struct maker *k, const struct made_record *r, size_t i,
    struct skua_str key)
{
	struct skua_keys_entry e = { .pos = r->pos };
	struct skua_keys_header h;
	uint8_t *slot;

	skua_keys_header_get(k->bytes, &h);
	if (h.count == MADE_ENTRIES) {
		write_index(k);
		skua_keys_header_get(k->bytes, &h);
	}
	if (h.count == 0) {
		h.count = 1;
		h.first_ms = STORE_MS(i);
		h.first_pos = r->pos;
	}
	e.hash = skua_key_hash(skua_str_z(r->topic), key);
	slot = k->bytes + skua_keys_slot_at(MADE_SLOTS, e.hash);
	e.previous = skua_get_be32(slot);
	e.seconds = skua_keys_seconds(h.first_ms, STORE_MS(i));
	h.used_slots += e.previous == 0;
	skua_put_be32(slot, h.count);
	skua_keys_entry_put(k->bytes + skua_keys_entry_at(MADE_SLOTS, h.count),
	    &e);
	h.count++;
	h.last_ms = STORE_MS(i);
	h.last_pos = r->pos;
	skua_keys_header_put(k->bytes, &h);
}

static void
put_keys(struct maker *k, const struct made_record *r, size_t i)
{
	struct skua_str p = skua_str_z(r->properties), key;
	struct skua_str keys = skua_property(p, "KEYS");

	key = skua_property(p, "UNIQ_KEY");
	if (key.len > 0)
		put_key(k, r, i, key);
	while (keys.len > 0) {
		const char *blank = memchr(keys.p, ' ', keys.len);
		size_t n = blank == NULL ? keys.len : (size_t)(blank - keys.p);

		put_key(k, r, i, skua_str_n(keys.p, n));
		n += blank != NULL;
		keys = skua_str_n(keys.p + n, keys.len - n);
	}
	key = skua_property(p, "TAGS");
	if (k->m->has_tag_keys && key.len > 0) {
		char tag[64];

		(void)snprintf(tag, sizeof(tag), "T#" SKUA_STR_FMT,
		    SKUA_STR_ARG(key));
		put_key(k, r, i, skua_str_z(tag));
	}
}

/* --- the rest --- */

void
made_put(const struct made_store *m, const char *name, const char *text)
{
	test_write_file(made_path(m, name), text, strlen(text));
}

static void
put_checkpoint(const struct made_store *m)
{
	int64_t ms = STORE_MS(MADE_RECORDS - 1);
	const struct skua_checkpoint cp = { .log_ms = ms, .queues_ms = ms,
		.keys_ms = ms };
	uint8_t bytes[SKUA_CHECKPOINT_SIZE] = { 0 };

	skua_checkpoint_put(bytes, &cp);
	test_write_file(made_path(m, "checkpoint"), bytes, sizeof(bytes));
}

static void
put_config(const struct made_store *m)
{
	char text[1024];

	(void)snprintf(text, sizeof(text), "{\"topicConfigTable\":{\"T\":"
		"{\"topicName\":\"T\",\"perm\":6},\"%s\":{},"
		"\"SCHEDULE_TOPIC_XXXX\":{}}}", long_topic);
	made_put(m, "config/topics.json", text);
	made_put(m, "config/topics.json.bak", text);
	made_put(m, "config/consumerOffset.json",
	    "{\"offsetTable\":{\"T@g\":{0:3,1:1}}}");
	made_put(m, "config/subscriptionGroup.json",
	    "{\"subscriptionGroupTable\":{\"g\":{\"groupName\":\"g\"}}}");
}

/* --- Skua's checksums --- */

static void
put_check(const struct made_store *m, const struct made_record *r)
{
	uint8_t bytes[MADE_LOG_SIZE], unit[SKUA_CQ_UNIT_SIZE] = { 0 };
	struct skua_check_entry e = { .pos = r->pos };
	struct skua_index_entry index;
	char name[64];
	int64_t at;
	int fd = open(made_path(m, made_log_file(r->pos, &at)), O_RDONLY);

	assert_int_equal(r->size, pread(fd, bytes, (size_t)r->size, at));
	(void)close(fd);
	e.record = skua_record_check(bytes, (size_t)r->size);
	fd = open(made_path(m, made_cq_file(r->topic, r->queue_id,
		r->queue_offset, &at)), O_RDONLY);
	assert_int_equal(sizeof(unit), pread(fd, unit, sizeof(unit), at));
	(void)close(fd);
	skua_cq_get(unit, &index);
	e.unit = skua_unit_check(&index);
	skua_check_put(bytes, &e);
	(void)snprintf(name, sizeof(name), SKUA_CHECKS_FOLDER "/%020lld",
	    (long long)(r->pos - r->pos % MADE_LOG_SIZE));
	fd = open(made_path(m, name), O_WRONLY | O_CREAT | O_APPEND, 0644);
	assert_int_equal(SKUA_CHECK_SIZE, write(fd, bytes, SKUA_CHECK_SIZE));
	(void)close(fd);
}

static void
put_seal(const struct made_store *m)
{
	struct skua_seal seal = { SKUA_SEAL_MAGIC, 0, MADE_ENTRIES };
	uint8_t bytes[SKUA_SEAL_SIZE];
	size_t len;
	char *file = test_read_file(made_path(m, "index/20261121000000000"),
	    &len);

	seal.crc = skua_body_crc(file,
	    (size_t)skua_keys_entry_at(MADE_SLOTS, MADE_ENTRIES));
	skua_seal_put(bytes, &seal);
	test_write_file(made_path(m, SKUA_SEALS_FOLDER "/20261121000000000"),
	    bytes, sizeof(bytes));
	free(file);
}

static void
put_slots(const struct made_store *m)
{
	size_t len;
	char *file = test_read_file(made_path(m, "checkpoint"), &len);
	uint8_t *bytes = (uint8_t *)file;

	for (int i = 0; i < SKUA_SLOTS; i++) {
		const struct skua_slot slot = { SKUA_SLOT_MAGIC, 0, 1 + i,
			m->log_end, m->log_end,
			skua_crc32(file, SKUA_CHECKPOINT_BYTES) };

		skua_slot_put(bytes + skua_slot_at(i), &slot);
		skua_slot_seal(bytes + skua_slot_at(i));
	}
	test_write_file(made_path(m, "checkpoint"), file, len);
	free(file);
}

static void
put_checksums(const struct made_store *m)
{
	make_folder(m, "skua");
	make_folder(m, SKUA_CHECKS_FOLDER);
	make_folder(m, SKUA_SEALS_FOLDER);
	for (size_t i = 0; i < MADE_RECORDS; i++)
		put_check(m, &m->records[i]);
	put_seal(m);
	put_slots(m);
}

static void
make(struct made_store *m)
{
	struct maker k = { .m = m };

	memset(long_topic, 'L', sizeof(long_topic) - 1);
	memcpy(m->records, plan, sizeof(plan));
	m->folder = test_folder();
	make_folder(m, "commitlog");
	make_folder(m, "consumequeue");
	make_folder(m, "index");
	make_folder(m, "config");
	for (size_t i = 0; i < MADE_RECORDS; i++) {
		put_record(m, i);
		put_unit(m, &m->records[i], i);
		put_keys(&k, &m->records[i], i);
	}
	write_index(&k);
	put_checkpoint(m);
	put_config(m);
	if (m->has_checks)
		put_checksums(m);
}

void
made_store(struct made_store *m)
{
	memset(m, 0, sizeof(*m));
	make(m);
}

void
made_store_with_tags(struct made_store *m)
{
	memset(m, 0, sizeof(*m));
	m->has_tag_keys = true;
	make(m);
}

void
made_store_with_checks(struct made_store *m)
{
	memset(m, 0, sizeof(*m));
	m->has_checks = true;
	make(m);
}

void
made_store_free(struct made_store *m)
{
	test_folder_remove(m->folder);
}

uint8_t
made_flip(const struct made_store *m, const char *name, int64_t at, uint8_t by)
{
	int fd = open(made_path(m, name), O_RDWR);
	uint8_t was, is;

	assert_true(fd >= 0);
	assert_int_equal(1, pread(fd, &was, 1, at));
	is = was ^ by;
	assert_int_equal(1, pwrite(fd, &is, 1, at));
	(void)close(fd);
	return was;
}

/* --- what the check says --- */

static void
take_finding(void *arg, const struct offline_finding *f)
{
	struct made_findings *m = arg;

	if (m->count == 64)
		return;
	m->all[m->count].severity = f->severity;
	m->all[m->count].part = f->part;
	m->all[m->count].offset = f->offset;
	m->all[m->count].pos = f->pos;
	m->all[m->count].queue_offset = f->queue_offset;
	(void)snprintf(m->all[m->count].kind, 32, "%s", f->kind);
	(void)snprintf(m->all[m->count].file, 256, "%.255s",
	    f->file == NULL ? "" : f->file);
	(void)snprintf(m->all[m->count].topic, 64, "%.*s",
	    f->topic.len > 63 ? 63 : (int)f->topic.len,
	    f->topic.len > 0 ? f->topic.p : "");
	(void)snprintf(m->all[m->count].text, 512, "%s", f->text);
	m->count++;
}

void
made_check(const struct made_store *m, struct made_findings *f)
{
	const struct offline_ear ear = { take_finding, NULL, f };
	struct offline *store;
	struct skua_error e;

	memset(f, 0, sizeof(*f));
	assert_ok(skua_offline_open(m->folder, m->logs, &ear, &store, &e));
	assert_ok(skua_offline_check(store, &f->sum, &e));
	skua_offline_close(store);
}

bool
made_has(const struct made_findings *f, enum offline_part part,
    const char *kind)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->all[i].severity == OFFLINE_DAMAGE &&
		    f->all[i].part == part &&
		    (kind == NULL || strcmp(f->all[i].kind, kind) == 0))
			return true;
	return false;
}

static void
print_findings(const struct made_findings *f)
{
	for (size_t i = 0; i < f->count; i++)
		(void)printf("%d %s %s+%lld: %s\n", f->all[i].severity,
		    f->all[i].kind, f->all[i].file,
		    (long long)f->all[i].offset, f->all[i].text);
}

void
made_assert_clean(const struct made_findings *f)
{
	if (f->count > 0)
		print_findings(f);
	assert_int_equal(0, f->count);
}

void
made_assert_damage(const struct made_findings *f, enum offline_part part,
    const char *kind)
{
	if (!made_has(f, part, kind))
		print_findings(f);
	assert_true(made_has(f, part, kind));
}
