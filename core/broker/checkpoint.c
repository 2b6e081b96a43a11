/* SPDX-License-Identifier: Apache-2.0 */
/* The file `checkpoint`: a hint where recovery may begin. */
#include <fcntl.h>
#include <stdio.h>

#include <skua/host.h>
#include <skua/io.h>

#include "base/bytes.h"
#include "base/crc32.h"
#include "broker/checkpoint.h"

#define FILE_SIZE 4096
#define AT_OWN 40
#define OWN_MAGIC 0x534b5541u /* "SKUA" */

static void
path_of(const char *folder, char *path, size_t size)
{
	(void)snprintf(path, size, "%s/checkpoint", folder);
}

void
skua_checkpoint_read(const char *folder, struct checkpoint *cp)
{
	const struct skua_io *io = skua_io();
	uint8_t bytes[AT_OWN + 16];
	char path[4096];
	ssize_t n;
	int fd;

	memset(cp, 0, sizeof(*cp));
	if (folder == NULL)
		return;
	path_of(folder, path, sizeof(path));
	fd = io->open(path, O_RDONLY, 0);
	if (fd < 0)
		return;
	n = io->pread(fd, bytes, sizeof(bytes), 0);
	(void)io->close(fd);
	if (n != (ssize_t)sizeof(bytes))
		return;
	cp->log_ms = (int64_t)get_be64(bytes);
	if (get_be32(bytes + AT_OWN) == OWN_MAGIC &&
	    get_be32(bytes + AT_OWN + 4) ==
		skua_crc32(bytes + AT_OWN + 8, 8))
		cp->written_pos = (int64_t)get_be64(bytes + AT_OWN + 8);
}

void
skua_checkpoint_write(const char *folder, const struct checkpoint *cp)
{
	const struct skua_io *io = skua_io();
	uint8_t bytes[FILE_SIZE] = { 0 };
	char path[4096];
	int fd, rc;

	put_be64(bytes, (uint64_t)cp->log_ms);
	put_be64(bytes + 8, (uint64_t)cp->log_ms);
	put_be64(bytes + 16, (uint64_t)cp->log_ms);
	put_be32(bytes + AT_OWN, OWN_MAGIC);
	put_be64(bytes + AT_OWN + 8, (uint64_t)cp->written_pos);
	put_be32(bytes + AT_OWN + 4, skua_crc32(bytes + AT_OWN + 8, 8));
	path_of(folder, path, sizeof(path));
	fd = io->open(path, O_RDWR | O_CREAT, 0644);
	rc = fd < 0 ? fd : io->pwrite(fd, bytes, sizeof(bytes), 0);
	if (rc == SKUA_OK)
		rc = io->sync(fd);
	if (fd >= 0)
		(void)io->close(fd);
	if (rc != SKUA_OK)
		skua_log(SKUA_LOG_WARNING, "log", "could not write %s: %s",
		    path, skua_strerror(rc));
}
