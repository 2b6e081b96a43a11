/* SPDX-License-Identifier: Apache-2.0 */
/* The file `checkpoint`: hints where recovery may begin. */
#include <fcntl.h>
#include <stdio.h>

#include <skua/host.h>
#include <skua/io.h>

#include "base/crc32.h"
#include "broker/checkpoint.h"
#include "wire/integrity.h"

static void
path_of(const char *folder, char *path, size_t size)
{
	(void)snprintf(path, size, "%s/checkpoint", folder);
}

static int64_t
smallest_time(const struct skua_checkpoint *shared)
{
	const int64_t times[] = { shared->log_ms, shared->queues_ms,
		shared->keys_ms };
	int64_t smallest = 0;

	for (size_t i = 0; i < 3; i++)
		if (times[i] > 0 && (smallest == 0 || times[i] < smallest))
			smallest = times[i];
	return smallest;
}

static void
take_slot(const uint8_t *bytes, uint32_t shared_crc, struct checkpoint *cp)
{
	struct skua_slot slot;

	skua_slot_get(bytes, &slot);
	if (!skua_slot_is_sound(bytes) || slot.number <= cp->number)
		return;
	cp->number = slot.number;
	cp->written_pos = slot.written_pos;
	cp->synced_pos = slot.synced_pos;
	cp->foreign = slot.shared_crc != shared_crc;
}

void
skua_checkpoint_read(const char *folder, struct checkpoint *cp)
{
	const struct skua_io *io = skua_io();
	uint8_t bytes[SKUA_CHECKPOINT_SIZE] = { 0 };
	struct skua_checkpoint shared;
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
	if (n < SKUA_CHECKPOINT_BYTES)
		return;
	skua_checkpoint_get(bytes, &shared);
	cp->log_ms = smallest_time(&shared);
	for (int64_t i = 0; i < SKUA_SLOTS; i++)
		take_slot(bytes + skua_slot_at(i),
		    skua_crc32(bytes, SKUA_CHECKPOINT_BYTES), cp);
}

static void
encode(const struct checkpoint *cp, uint8_t *shared_r, uint8_t *slot_r)
{
	const struct skua_checkpoint shared = { cp->log_ms, cp->log_ms,
		cp->log_ms, 0, 0 };
	struct skua_slot slot = { SKUA_SLOT_MAGIC, 0, cp->number,
		cp->written_pos, cp->synced_pos, 0 };

	skua_checkpoint_put(shared_r, &shared);
	slot.shared_crc = skua_crc32(shared_r, SKUA_CHECKPOINT_BYTES);
	skua_slot_put(slot_r, &slot);
	skua_slot_seal(slot_r);
}

/* The file is always whole: Apache RocketMQ maps it. */
static int
open_file(const char *path)
{
	const struct skua_io *io = skua_io();
	static const uint8_t zeros[SKUA_CHECKPOINT_SIZE];
	int64_t size = 0;
	int fd = io->open(path, O_RDWR | O_CREAT, 0640), rc;

	if (fd < 0)
		return fd;
	rc = io->size(fd, &size);
	if (rc == SKUA_OK && size < SKUA_CHECKPOINT_SIZE)
		rc = io->pwrite(fd, zeros, sizeof(zeros), 0);
	if (rc == SKUA_OK)
		return fd;
	(void)io->close(fd);
	return rc;
}

int
skua_checkpoint_write(const char *folder, struct checkpoint *cp)
{
	const struct skua_io *io = skua_io();
	uint8_t shared[SKUA_CHECKPOINT_SHARED] = { 0 }, slot[SKUA_SLOT_SIZE];
	char path[4096];
	int64_t at;
	int fd, rc;

	cp->number++;
	at = skua_slot_at(cp->number % SKUA_SLOTS);
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
	return rc;
}
