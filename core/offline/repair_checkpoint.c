/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new checkpoint: it says nothing of the index, and that all of the log had
 * been on disk.  Without the latter a broker that was not stopped orderly could
 * take a hole for a write that a power cut took, and end the log there.
 */
#include <fcntl.h>
#include <stdio.h>

#include <skua/io.h>

#include "base/crc32.h"
#include "offline/repair.h"
#include "wire/integrity.h"

static int
write_file(const char *path, const uint8_t *bytes, size_t len)
{
	int fd = skua_io()->open(path, O_RDWR | O_CREAT, 0640), rc;

	if (fd < 0)
		return fd;
	rc = skua_io()->pwrite(fd, bytes, len, 0);
	if (rc == SKUA_OK)
		rc = skua_io()->sync(fd);
	(void)skua_io()->close(fd);
	return rc;
}

int
repair_place_checkpoint(const struct repair *r)
{
	uint8_t bytes[SKUA_CHECKPOINT_SIZE] = { 0 };
	const struct skua_slot slot = { SKUA_SLOT_MAGIC, 0, 1, 0, r->log_to,
		skua_crc32(bytes, SKUA_CHECKPOINT_BYTES) };
	const char *folder = r->store->folder;
	char path[OFFLINE_PATH], new[OFFLINE_PATH];
	int rc;

	skua_slot_put(bytes + skua_slot_at(1), &slot);
	skua_slot_seal(bytes + skua_slot_at(1));
	(void)snprintf(path, sizeof(path), "%s/checkpoint", folder);
	(void)snprintf(new, sizeof(new), "%s/" REPAIR_FOLDER "/checkpoint",
	    folder);
	rc = write_file(new, bytes, sizeof(bytes));
	if (rc == SKUA_OK)
		rc = skua_io()->rename(new, path);
	return rc == SKUA_OK ? skua_io()->sync_folder(folder) : rc;
}
