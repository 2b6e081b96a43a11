/* SPDX-License-Identifier: Apache-2.0 */
/* A store folder written by a test, whole, and what the check says of it. */
#ifndef TESTS_MADE_STORE_H
#define TESTS_MADE_STORE_H

#include "offline/offline.h"

#define MADE_LOG_SIZE 512
#define MADE_CQ_UNITS 4 /* of a file */
#define MADE_SLOTS 7
#define MADE_ENTRIES 9 /* of a file, and one that is never used */
#define MADE_RECORDS 12

struct made_record {
	const char *topic, *properties, *body;
	int32_t queue_id, sys_flag;
	int64_t queue_offset;
	bool v6;
	/* Where it came to be. */
	int64_t pos;
	int32_t size;
};

struct made_store {
	char *folder;
	const char *logs; /* folders of the log; NULL: the usual one */
	struct made_record records[MADE_RECORDS];
	int64_t log_end;
	bool has_tag_keys; /* of its index files, as RocketMQ writes them */
	bool has_checks;   /* Skua's checksums beside */
};

/* Records of several files, versions, addresses, topics and queues; the queues,
 * index files, checkpoint and JSON files that go with them. */
void made_store(struct made_store *m);
/* The same with entries for tags in its index files. */
void made_store_with_tags(struct made_store *m);
/* The same with Skua's checksums: checks, seals, the checkpoint's slots. */
void made_store_with_checks(struct made_store *m);
void made_store_free(struct made_store *m);
/* FOLDER/NAME. */
const char *made_path(const struct made_store *m, const char *name);
/* Changes one byte of a file; the byte it was. */
uint8_t made_flip(const struct made_store *m, const char *name, int64_t at,
    uint8_t by);
void made_put(const struct made_store *m, const char *name, const char *text);
/* The file a log position is in, and its place there. */
const char *made_log_file(int64_t pos, int64_t *offset_r);
const char *made_cq_file(const char *topic, int32_t id, int64_t offset,
    int64_t *at_r);

/* What the check found. */
struct made_findings {
	struct offline_summary sum;
	size_t count;
	struct {
		enum offline_severity severity;
		enum offline_part part;
		char kind[32], file[256], topic[64], text[512];
		int64_t offset, pos, queue_offset;
	} all[64];
};
void made_check(const struct made_store *m, struct made_findings *f);
/* Whether there is damage of this kind (NULL: any) in this part. */
bool made_has(const struct made_findings *f, enum offline_part part,
    const char *kind);
/* Say what was found when they fail. */
void made_assert_clean(const struct made_findings *f);
void made_assert_damage(const struct made_findings *f, enum offline_part part,
    const char *kind);

#endif
