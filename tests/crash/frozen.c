/* SPDX-License-Identifier: Apache-2.0 */
/* See frozen.h: the ledger, its entries, then of each file a head, its path and
 * its bytes. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker_rig.h"
#include "frozen.h"
#include "own.h"

struct head {
	char path[256];
	int64_t size;
};

struct stream {
	struct disk *disk;
	uint8_t *p, *end;
};

static void
fail(const char *what)
{
	(void)fprintf(stderr, "frozen: %s\n", what);
	abort();
}

static void
save(struct stream *s, const void *bytes, size_t len)
{
	if ((size_t)(s->end - s->p) < len)
		fail("no room");
	if (len > 0)
		memcpy(s->p, bytes, len);
	s->p += len;
}

static void
save_file(void *arg, const char *path, int64_t size)
{
	struct stream *s = arg;
	struct head h = { .size = size };

	(void)snprintf(h.path, sizeof(h.path), "%s", path);
	save(s, &h, sizeof(h));
	save(s, disk_bytes(s->disk, path, &size), (size_t)h.size);
}

size_t
frozen_save(struct disk *disk, const struct ledger *l, uint8_t *to, size_t room)
{
	struct stream s = { .disk = disk, .p = to, .end = to + room };

	save(&s, l, sizeof(*l));
	save(&s, l->entries, l->count * sizeof(l->entries[0]));
	disk_each_file(disk, save_file, &s);
	return (size_t)(s.p - to);
}

static void
load_file(const struct head *h, const uint8_t *bytes)
{
	char folder[256];
	int fd;

	(void)snprintf(folder, sizeof(folder), "%s", h->path);
	*strrchr(folder, '/') = '\0';
	if (disk_io.mkdir(folder) != SKUA_OK)
		fail(folder);
	fd = disk_io.open(h->path, O_RDWR | O_CREAT, 0644);
	if (fd < 0 || disk_io.allocate(fd, 0, h->size) != SKUA_OK ||
	    disk_io.pwrite(fd, bytes, (size_t)h->size, 0) != SKUA_OK)
		fail(h->path);
	(void)disk_io.close(fd);
}

struct disk *
frozen_load(const uint8_t *bytes, size_t len, struct ledger *l)
{
	struct disk *disk = disk_new(RIG_ROOT);
	const uint8_t *p = bytes + sizeof(*l);
	struct head h;

	memcpy(l, bytes, sizeof(*l));
	l->entries = own_grow(NULL, l->size * sizeof(l->entries[0]));
	memcpy(l->entries, p, l->count * sizeof(l->entries[0]));
	p += l->count * sizeof(l->entries[0]);
	memset(&l->verdict, 0, sizeof(l->verdict));
	for (size_t i = 0; i < l->count; i++)
		l->entries[i].seen = 0;
	disk_use(disk);
	for (; p < bytes + len; p += h.size) {
		memcpy(&h, p, sizeof(h));
		p += sizeof(h);
		load_file(&h, p);
	}
	(void)disk_io.sync_all(RIG_ROOT);
	return disk;
}
