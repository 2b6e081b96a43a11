/* SPDX-License-Identifier: Apache-2.0 */
/*
 * make_log FOLDER FILES RECORDS: a store of many large log files for little
 * disk: each has so many records of 1 KiB at its beginning, a blank behind them,
 * and nothing to its end.  A topic "restart" with four queues goes with it, as
 * Apache RocketMQ would leave it at an orderly stop.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <skua/files.h>
#include <skua/message.h>
#include <skua/store.h>

#include "wire/record.h"

#define FILE_SIZE ((int64_t)1 << 30)
#define QUEUES 4
#define UNITS 300000 /* of a queue's file */
#define BODY 1024
#define FIRST_MS INT64_C(1700000000000)

struct making {
	const char *folder;
	int log, queue[QUEUES];
	int64_t records;
};

static void
fail(const char *what)
{
	perror(what);
	exit(1);
}

static void
make_folder(const char *folder, const char *name)
{
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (mkdir(path, 0755) != 0)
		fail(path);
}

/* A file named after where it begins, of its size, without a block. */
static int
make_file(const char *folder, const char *name, int64_t base, int64_t size)
{
	char path[4096];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s/%020lld", folder, name,
	    (long long)base);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0644);
	if (fd < 0 || ftruncate(fd, size) != 0)
		fail(path);
	return fd;
}

static void
put(int fd, const void *bytes, size_t len, int64_t at)
{
	if (pwrite(fd, bytes, len, at) != (ssize_t)len)
		fail("write");
}

static void
put_unit(struct making *m, int32_t id, int64_t offset, int64_t pos, size_t len)
{
	const struct skua_index_entry entry = { pos, (int32_t)len, 0 };
	int64_t size = (int64_t)UNITS * SKUA_CQ_UNIT_SIZE;
	uint8_t unit[SKUA_CQ_UNIT_SIZE];
	char name[64];

	if (offset % UNITS == 0) {
		if (offset > 0)
			(void)close(m->queue[id]);
		(void)snprintf(name, sizeof(name), "consumequeue/restart/%d",
		    id);
		m->queue[id] = make_file(m->folder, name,
		    offset * SKUA_CQ_UNIT_SIZE, size);
	}
	skua_cq_put(unit, &entry);
	put(m->queue[id], unit, sizeof(unit),
	    offset * SKUA_CQ_UNIT_SIZE % size);
}

static size_t
put_record(struct making *m, int64_t pos)
{
	static const struct skua_addr host = { .ip = { 127, 0, 0, 1 },
		.len = 4, .port = 10911 };
	static const char body[BODY];
	struct skua_message message = { .topic = SKUA_STR("restart"),
		.born_host = host, .properties = SKUA_STR("WAIT\1true\2") };
	int32_t id = (int32_t)(m->records % QUEUES);
	struct record_in in = { .message = &message, .store_host = &host,
		.queue_id = id, .body = skua_str_n(body, BODY) };
	size_t len = skua_record_size(&in);
	uint8_t bytes[BODY + 512];

	if (len > sizeof(bytes))
		abort();
	skua_record_encode(bytes, &in, len);
	skua_record_set_queue_offset(bytes, m->records / QUEUES);
	skua_record_set_store_timestamp(bytes, FIRST_MS + m->records);
	skua_record_set_pos(bytes, pos);
	put(m->log, bytes, len, pos % FILE_SIZE);
	put_unit(m, id, m->records / QUEUES, pos, len);
	m->records++;
	return len;
}

static void
make_log_file(struct making *m, int64_t base, int64_t records, bool is_last)
{
	uint8_t blank[SKUA_BLANK_SIZE];
	int64_t at = 0;

	m->log = make_file(m->folder, "commitlog", base, FILE_SIZE);
	for (int64_t i = 0; i < records; i++)
		at += (int64_t)put_record(m, base + at);
	skua_blank_put(blank, (uint32_t)(FILE_SIZE - at));
	if (!is_last)
		put(m->log, blank, sizeof(blank), at);
	(void)close(m->log);
}

static void
make_config(const char *folder)
{
	static const char text[] = "{\"topicConfigTable\":{\"restart\":{"
		"\"topicName\":\"restart\",\"perm\":6,\"readQueueNums\":4,"
		"\"writeQueueNums\":4}}}";
	char path[4096];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/config/topics.json", folder);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0644);
	if (fd < 0)
		fail(path);
	put(fd, text, sizeof(text) - 1, 0);
	(void)close(fd);
}

int
main(int argc, char **argv)
{
	struct making m = { .folder = argc > 1 ? argv[1] : NULL };
	int64_t files = argc == 4 ? atoll(argv[2]) : 0;
	int64_t records = argc == 4 ? atoll(argv[3]) : 0;
	char name[64];

	if (files < 1 || records < 1 || records > FILE_SIZE / (2 * BODY)) {
		(void)fputs("usage: make_log FOLDER FILES RECORDS\n", stderr);
		return 2;
	}
	if (mkdir(m.folder, 0755) != 0)
		fail(m.folder);
	make_folder(m.folder, "commitlog");
	make_folder(m.folder, "config");
	make_folder(m.folder, "consumequeue");
	make_folder(m.folder, "consumequeue/restart");
	for (int i = 0; i < QUEUES; i++) {
		(void)snprintf(name, sizeof(name), "consumequeue/restart/%d",
		    i);
		make_folder(m.folder, name);
	}
	make_config(m.folder);
	for (int64_t i = 0; i < files; i++)
		make_log_file(&m, i * FILE_SIZE, records, i + 1 == files);
	return 0;
}
