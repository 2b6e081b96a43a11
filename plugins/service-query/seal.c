/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that is not written any more is sealed: <storePathRootDir>/skua/index/
 * NAME holds the checksum of the index file NAME, for which its own format has
 * no place (struct skua_seal).
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include <skua/files.h>
#include <skua/io.h>

#include "query.h"

static void
seal_path(const struct query *q, const char *path, char *to, size_t size)
{
	const char *slash = strrchr(path, '/');

	(void)snprintf(to, size, "%s/%s", q->seals,
	    slash == NULL ? path : slash + 1);
}

static void
encode(const struct query *q, const struct index_file *f,
    uint8_t seal[SKUA_SEAL_SIZE])
{
	struct skua_seal s = { SKUA_SEAL_MAGIC, 0, index_file_count(f) };
	size_t used = (size_t)skua_keys_entry_at(q->slots, s.count);

	if (used > f->size)
		used = f->size;
	s.crc = skua_body_crc(f->map, used);
	skua_seal_put(seal, &s);
}

void
index_file_seal(const struct query *q, struct index_file *f)
{
	const struct skua_io *io = skua_io();
	uint8_t seal[SKUA_SEAL_SIZE];
	char path[4096];
	int fd, rc = io->sync_map(f->map, f->size);

	f->sealed = true;
	if (rc == SKUA_OK)
		rc = io->mkdir(q->seals);
	seal_path(q, f->path, path, sizeof(path));
	encode(q, f, seal);
	fd = rc == SKUA_OK ? io->open(path, O_RDWR | O_CREAT, 0640) : rc;
	rc = fd < 0 ? fd : io->pwrite(fd, seal, sizeof(seal), 0);
	if (rc == SKUA_OK)
		rc = io->sync(fd);
	if (fd >= 0)
		(void)io->close(fd);
	if (rc != SKUA_OK)
		skua_log(SKUA_LOG_WARNING, "service-query",
		    "could not seal %s: %s", f->path, skua_strerror(rc));
}

bool
index_file_is_sound(const struct query *q, struct index_file *f)
{
	const struct skua_io *io = skua_io();
	uint8_t is[SKUA_SEAL_SIZE], was[SKUA_SEAL_SIZE];
	char path[4096];
	ssize_t n;
	int fd;

	seal_path(q, f->path, path, sizeof(path));
	fd = io->open(path, O_RDONLY, 0);
	if (fd < 0)
		return true; /* of Apache RocketMQ: there is nothing to go by */
	n = io->pread(fd, was, sizeof(was), 0);
	(void)io->close(fd);
	encode(q, f, is);
	f->sealed = n == SKUA_SEAL_SIZE &&
	    memcmp(is, was, SKUA_SEAL_SIZE) == 0;
	return f->sealed;
}

void
index_file_unseal(const struct query *q, const char *path)
{
	char seal[4096];

	seal_path(q, path, seal, sizeof(seal));
	(void)skua_io()->unlink(seal);
}
