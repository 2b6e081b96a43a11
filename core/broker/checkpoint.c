/* SPDX-License-Identifier: Apache-2.0 */
/* The file `checkpoint`: hints where recovery may begin. */
#include <fcntl.h>
#include <stdio.h>

#include <skua/host.h>
#include <skua/io.h>

#include "base/bytes.h"
#include "base/crc32.h"
#include "broker/checkpoint.h"

#define FILE_SIZE 4096
#define SHARED_SIZE 40 /* what Apache RocketMQ writes as well */
#define SLOT_SIZE 512  /* of a disk: written whole, or torn alone */
#define SLOT_USED 40
#define SLOTS 2
#define OWN_MAGIC 0x534b5541u /* "SKUA" */

static void
path_of(const char *folder, char *path, size_t size)
{
	(void)snprintf(path, size, "%s/checkpoint", folder);
}

static int64_t
smallest_time(const uint8_t *bytes)
{
	int64_t smallest = 0;

	for (size_t at = 0; at < 24; at += 8) {
		int64_t ms = (int64_t)get_be64(bytes + at);

		if (ms > 0 && (smallest == 0 || ms < smallest))
			smallest = ms;
	}
	return smallest;
}

static void
take_slot(const uint8_t *slot, uint32_t shared_crc, struct checkpoint *cp)
{
	int64_t number = (int64_t)get_be64(slot + 8);

	if (get_be32(slot) != OWN_MAGIC ||
	    get_be32(slot + 4) != skua_crc32(slot + 8, SLOT_USED - 8) ||
	    number <= cp->number)
		return;
	cp->number = number;
	cp->written_pos = (int64_t)get_be64(slot + 16);
	cp->synced_pos = (int64_t)get_be64(slot + 24);
	cp->foreign = get_be64(slot + 32) != shared_crc;
}

void
skua_checkpoint_read(const char *folder, struct checkpoint *cp)
{
	const struct skua_io *io = skua_io();
	uint8_t bytes[FILE_SIZE] = { 0 };
	char path[4096];
	ssize_t n;
	int fd;

	*cp = (struct checkpoint){ .written_pos = -1, .synced_pos = -1,
		.foreign = true };
	if (folder == NULL)
		return;
	path_of(folder, path, sizeof(path));
	fd = io->open(path, O_RDONLY, 0);
	if (fd < 0)
		return;
	n = io->pread(fd, bytes, sizeof(bytes), 0);
	(void)io->close(fd);
	if (n < SHARED_SIZE)
		return;
	cp->log_ms = smallest_time(bytes);
	for (size_t i = 1; i <= SLOTS; i++)
		take_slot(bytes + i * SLOT_SIZE, skua_crc32(bytes, SHARED_SIZE),
		    cp);
}

static void
encode(const struct checkpoint *cp, uint8_t *shared, uint8_t *slot)
{
	for (size_t at = 0; at < 24; at += 8)
		put_be64(shared + at, (uint64_t)cp->log_ms);
	put_be32(slot, OWN_MAGIC);
	put_be64(slot + 8, (uint64_t)cp->number);
	put_be64(slot + 16, (uint64_t)cp->written_pos);
	put_be64(slot + 24, (uint64_t)cp->synced_pos);
	put_be64(slot + 32, skua_crc32(shared, SHARED_SIZE));
	put_be32(slot + 4, skua_crc32(slot + 8, SLOT_USED - 8));
}

/* The file is always whole: Apache RocketMQ maps it. */
static int
open_file(const char *path)
{
	const struct skua_io *io = skua_io();
	static const uint8_t zeros[FILE_SIZE];
	int64_t size = 0;
	int fd = io->open(path, O_RDWR | O_CREAT, 0644), rc;

	if (fd < 0)
		return fd;
	rc = io->size(fd, &size);
	if (rc == SKUA_OK && size < FILE_SIZE)
		rc = io->pwrite(fd, zeros, sizeof(zeros), 0);
	if (rc == SKUA_OK)
		return fd;
	(void)io->close(fd);
	return rc;
}

void
skua_checkpoint_write(const char *folder, struct checkpoint *cp)
{
	const struct skua_io *io = skua_io();
	uint8_t shared[SHARED_SIZE] = { 0 }, slot[SLOT_USED] = { 0 };
	char path[4096];
	int64_t at;
	int fd, rc;

	cp->number++;
	at = (1 + cp->number % SLOTS) * SLOT_SIZE;
	encode(cp, shared, slot);
	path_of(folder, path, sizeof(path));
	fd = open_file(path);
	rc = fd < 0 ? fd : io->pwrite(fd, shared, sizeof(shared), 0);
	if (rc == SKUA_OK)
		rc = io->pwrite(fd, slot, sizeof(slot), at);
	if (rc == SKUA_OK)
		rc = io->sync(fd);
	if (fd >= 0)
		(void)io->close(fd);
	if (rc != SKUA_OK)
		skua_log(SKUA_LOG_WARNING, "log", "could not write %s: %s",
		    path, skua_strerror(rc));
}
