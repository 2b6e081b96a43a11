/* SPDX-License-Identifier: Apache-2.0 */
/* See disk.h: the table of functions, names, counting and faults. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "disk_priv.h"
#include "own.h"
#include "random.h"
#include "sim.h"

#define FIRST_FD 100000

static struct disk *disk;
static pthread_mutex_t disk_lock = PTHREAD_MUTEX_INITIALIZER;

void
disk_use(struct disk *d)
{
	disk = d;
}

/* --- every operation begins here --- */

static void
count_point(const char *name)
{
	struct point *p;
	size_t i;

	for (i = 0; i < disk->point_count; i++)
		if (strcmp(disk->points[i].name, name) == 0)
			break;
	if (i == POINTS_MAX)
		abort();
	p = &disk->points[i];
	if (i == disk->point_count) {
		disk->point_count++;
		(void)snprintf(p->name, sizeof(p->name), "%s", name);
	}
	p->count++;
}

static void
add_to_trace(const char *name, int64_t at, int64_t len)
{
	uint64_t h = disk->trace;

	if (disk->shows_trace)
		(void)fprintf(stderr, "%llu %s %lld %lld\n",
		    (unsigned long long)disk->operations, name, (long long)at,
		    (long long)len);
	for (; *name != '\0'; name++)
		h = (h ^ (uint8_t)*name) * 0x100000001b3u;
	disk->trace = random_mix(h ^ random_mix((uint64_t)at) ^
	    (uint64_t)len << 32);
}

static void
take_image(void)
{
	if (disk->left == NULL && disk->ending)
		disk->left = disk_left_now(disk, disk->end, disk->end_seed);
}

static int
fault_of(const char *name)
{
	const struct disk_fault *f = &disk->fault;

	if (!disk->has_fault || !point_matches(f->pattern, name) ||
	    ++disk->fault_seen < f->nth ||
	    disk->fault_seen - f->nth >= f->times)
		return SKUA_OK;
	disk->failed++;
	return f->error;
}

/* Lock taken; SKUA_OK, or what the operation shall fail with. */
static int
begin(enum point_kind kind, const char *path, int64_t at, int64_t len)
{
	char name[POINT_NAME_SIZE];

	sim_pause();
	(void)pthread_mutex_lock(&disk_lock);
	point_name(kind, disk->root_path, path, name);
	disk->operations++;
	disk->clock++;
	count_point(name);
	/* The process's own number is in there. */
	if (strcmp(name, "pwrite:abort") != 0)
		add_to_trace(name, at, len);
	sim_spend_us(kind == POINT_SYNC || kind == POINT_SYNC_FOLDER ? 300 : 3);
	if (disk->operations == disk->end_operation) {
		disk->ending = true;
		(void)snprintf(disk->end_name, sizeof(disk->end_name), "%s",
		    name);
		/* Before it, or after it. */
		if ((disk->end_seed & 1) == 0)
			take_image();
	}
	if (disk->read_only && point_changes(kind))
		return skua_from_errno(EROFS);
	return fault_of(name);
}

static int
end(int rc)
{
	take_image();
	(void)pthread_mutex_unlock(&disk_lock);
	return rc;
}

/* --- finding --- */

static struct node *
walk(const char *path, char last[NAME_SIZE], struct node **folder_r)
{
	struct node *n = disk->root, *folder = NULL;

	last[0] = '\0';
	while (*path != '\0') {
		size_t len = strcspn(path, "/");

		if (len > 0) {
			if (n == NULL || !n->is_folder || len >= NAME_SIZE) {
				*folder_r = NULL;
				return NULL;
			}
			memcpy(last, path, len);
			last[len] = '\0';
			folder = n;
			n = node_find(&n->now, last);
		}
		path += len + (path[len] == '/');
	}
	*folder_r = folder;
	return n;
}

struct node *
disk_find(const char *path)
{
	char last[NAME_SIZE];
	struct node *folder;

	return walk(path, last, &folder);
}

static struct descriptor *
descriptor_of(int fd)
{
	struct descriptor *f = &disk->open[fd - FIRST_FD];

	if (fd < FIRST_FD || fd >= FIRST_FD + OPEN_MAX_ || f->node == NULL) {
		(void)fprintf(stderr, "crash: %d is no descriptor\n", fd);
		abort();
	}
	return f;
}

static bool
fits(int64_t new_blocks)
{
	return disk->quota == 0 ||
	    disk_used(disk) + new_blocks * BLOCK <= disk->quota;
}

/* --- the table: files --- */

static int
new_descriptor(const char *path, struct node *n)
{
	int i;

	for (i = 0; i < OPEN_MAX_; i++)
		if (disk->open[i].node == NULL)
			break;
	if (i == OPEN_MAX_)
		return skua_from_errno(EMFILE);
	disk->open[i].node = node_ref(n);
	(void)snprintf(disk->open[i].path, sizeof(disk->open[i].path), "%s",
	    path);
	return FIRST_FD + i;
}

static int
open_file(const char *path, int flags)
{
	char last[NAME_SIZE];
	struct node *folder, *n = walk(path, last, &folder);

	if (n == NULL && (folder == NULL || (flags & O_CREAT) == 0))
		return SKUA_ENOENT;
	if (n != NULL && (flags & O_EXCL) != 0)
		return SKUA_EEXIST;
	if (n != NULL && n->is_folder)
		return skua_from_errno(EISDIR);
	if (n == NULL) {
		n = node_new(false, disk->clock * 16);
		node_rename_entry(folder, "", last, n);
		node_unref(n);
	} else if ((flags & O_TRUNC) != 0 && n->size > 0) {
		node_resize(n, disk->clock, 0);
	}
	return new_descriptor(path, n);
}

static int
sim_open(const char *path, int flags, int mode)
{
	bool creates = (flags & (O_CREAT | O_TRUNC)) != 0;
	int rc;

	(void)mode;
	rc = begin(creates ? POINT_CREATE : POINT_OPEN, path, 0, 0);
	return end(rc != SKUA_OK ? rc : open_file(path, flags));
}

static int
sim_close(int fd)
{
	struct descriptor *f = descriptor_of(fd);
	int rc = begin(POINT_CLOSE, f->path, 0, 0);

	if (f->has_lock)
		f->node->locked = false;
	node_unref(f->node);
	memset(f, 0, sizeof(*f));
	return end(rc);
}

/* A process that is killed may have written some pages of many. */
static void
kill_in_write(struct node *n, const void *bytes, size_t len, int64_t at)
{
	int64_t pages = (BLOCK - at % BLOCK) + (int64_t)(disk->end_seed >> 8) %
		(int64_t)(len / BLOCK + 1) * BLOCK;

	if (!disk->ending || disk->left != NULL || disk->end != DISK_KILL ||
	    (disk->end_seed & 2) != 0 || pages >= (int64_t)len)
		return;
	node_write(n, disk->clock, bytes, pages, at);
	take_image();
}

static int
sim_pwrite(int fd, const void *bytes, size_t len, int64_t at)
{
	struct descriptor *f = descriptor_of(fd);
	int rc = begin(POINT_PWRITE, f->path, at, (int64_t)len);

	if (rc == SKUA_OK &&
	    !fits(disk->quota == 0 ? 0 :
				     node_new_blocks(f->node, at, (int64_t)len)))
		rc = SKUA_ENOSPC;
	if (rc == SKUA_OK) {
		kill_in_write(f->node, bytes, len, at);
		node_write(f->node, disk->clock, bytes, (int64_t)len, at);
	} else if (disk->fault.half) {
		node_write(f->node, disk->clock, bytes, (int64_t)len / 2, at);
	}
	return end(rc);
}

static ssize_t
sim_pread(int fd, void *bytes, size_t len, int64_t at)
{
	struct descriptor *f = descriptor_of(fd);
	int rc = begin(POINT_PREAD, f->path, at, (int64_t)len);
	int64_t n = f->node->size - at;

	if (rc != SKUA_OK)
		return end(rc);
	n = n < 0 ? 0 : n < (int64_t)len ? n : (int64_t)len;
	memcpy(bytes, f->node->bytes + at, (size_t)n);
	(void)end(SKUA_OK);
	return (ssize_t)n;
}

static int
sim_sync(int fd)
{
	struct descriptor *f = descriptor_of(fd);
	int rc = begin(POINT_SYNC, f->path, 0, 0);

	if (rc != SKUA_OK)
		node_forget(f->node);
	else if (!disk->ignores_syncs)
		node_sync(f->node);
	return end(rc);
}

static int
sim_truncate(int fd, int64_t size)
{
	struct descriptor *f = descriptor_of(fd);
	int rc = begin(POINT_TRUNCATE, f->path, size, 0);

	if (rc == SKUA_OK)
		node_resize(f->node, disk->clock, size);
	return end(rc);
}

static int
sim_allocate(int fd, int64_t at, int64_t len)
{
	struct descriptor *f = descriptor_of(fd);
	int rc = begin(POINT_ALLOCATE, f->path, at, len);

	if (rc == SKUA_OK && !fits(node_new_blocks(f->node, at, len)))
		rc = SKUA_ENOSPC;
	if (rc != SKUA_OK)
		return end(rc);
	node_allocate(f->node, at, len);
	if (at + len > f->node->size)
		node_resize(f->node, disk->clock, at + len);
	return end(SKUA_OK);
}

static int
sim_size(int fd, int64_t *size_r)
{
	struct descriptor *f = descriptor_of(fd);
	int rc = begin(POINT_SIZE, f->path, 0, 0);

	if (rc == SKUA_OK)
		*size_r = f->node->size;
	return end(rc);
}

static int
sim_next_data(int fd, int64_t at, int64_t *data_r)
{
	struct descriptor *f = descriptor_of(fd);
	int rc = begin(POINT_NEXT_DATA, f->path, at, 0);
	const struct node *n = f->node;
	int64_t b = at / BLOCK;

	if (rc != SKUA_OK)
		return end(rc);
	while (b * BLOCK < n->size && n->blocks[b] != BLOCK_WRITTEN)
		b++;
	*data_r = b == at / BLOCK ? at : b * BLOCK;
	if (*data_r > n->size)
		*data_r = n->size;
	return end(SKUA_OK);
}

/* --- maps and locks --- */

static int
sim_map(int fd, int64_t at, size_t len, bool writable, void **map_r)
{
	struct descriptor *f = descriptor_of(fd);
	int rc = begin(POINT_MAP, f->path, at, (int64_t)len), i;

	if (rc != SKUA_OK)
		return end(rc);
	for (i = 0; i < MAPS_MAX; i++)
		if (disk->maps[i].node == NULL)
			break;
	if (i == MAPS_MAX || at + (int64_t)len > NODE_SIZE_MAX)
		return end(SKUA_ENOMEM);
	disk->maps[i].node = node_ref(f->node);
	disk->maps[i].start = f->node->bytes + at;
	memcpy(disk->maps[i].path, f->path, sizeof(f->path));
	if (writable)
		node_map_writable(f->node, at + (int64_t)len);
	*map_r = disk->maps[i].start;
	return end(SKUA_OK);
}

static struct mapping *
mapping_of(const void *p)
{
	for (int i = 0; i < MAPS_MAX; i++) {
		struct mapping *m = &disk->maps[i];

		if (m->node != NULL && (const uint8_t *)p >= m->start &&
		    (const uint8_t *)p < m->node->bytes + NODE_SIZE_MAX)
			return m;
	}
	(void)fprintf(stderr, "crash: %p is no map\n", p);
	abort();
}

static int
sim_unmap(void *map, size_t len)
{
	struct mapping *m = mapping_of(map);
	int rc = begin(POINT_UNMAP, m->path, 0, (int64_t)len);

	node_unref(m->node);
	memset(m, 0, sizeof(*m));
	return end(rc);
}

static int
sim_sync_map(void *map, size_t len)
{
	struct mapping *m = mapping_of(map);
	int rc = begin(POINT_SYNC_MAP, m->path, 0, (int64_t)len);

	if (rc == SKUA_OK && !disk->ignores_syncs)
		node_sync_range(m->node, (uint8_t *)map - m->node->bytes,
		    (int64_t)len);
	return end(rc);
}

static int
sim_file_lock(int fd)
{
	struct descriptor *f = descriptor_of(fd);
	int rc = begin(POINT_LOCK, f->path, 0, 0);

	if (rc == SKUA_OK && f->node->locked && !f->has_lock)
		rc = SKUA_EBUSY;
	if (rc == SKUA_OK)
		f->node->locked = f->has_lock = true;
	return end(rc);
}

static int
sim_lock_folder(const char *path)
{
	struct node *folder = disk_find(path);

	return folder == NULL ? SKUA_ENOENT : new_descriptor(path, folder);
}

static int
sim_is_at(int fd, const char *path)
{
	return disk_find(path) == descriptor_of(fd)->node ? SKUA_OK : SKUA_ENOENT;
}

/* --- names --- */

static int
sim_sync_folder(const char *path)
{
	int rc = begin(POINT_SYNC_FOLDER, path, 0, 0);
	struct node *n = disk_find(path);

	if (rc == SKUA_OK && (n == NULL || !n->is_folder))
		rc = SKUA_ENOENT;
	if (rc == SKUA_OK && !disk->ignores_syncs)
		node_sync_names(n);
	return end(rc);
}

static void
for_all(struct node *n, void (*fn)(struct node *))
{
	fn(n);
	for (size_t i = 0; n->is_folder && i < n->now.count; i++)
		for_all(n->now.list[i].node, fn);
}

static void
sync_one(struct node *n)
{
	if (n->is_folder)
		node_sync_names(n);
	else
		node_sync(n);
}

static void
forget_one(struct node *n)
{
	if (!n->is_folder)
		node_forget(n);
}

static int
sim_sync_all(const char *path)
{
	int rc = begin(POINT_SYNC_ALL, path, 0, 0);

	if (rc != SKUA_OK)
		for_all(disk->root, forget_one);
	else if (!disk->ignores_syncs)
		for_all(disk->root, sync_one);
	return end(rc);
}

static int
move(const char *from, const char *to)
{
	char old[NAME_SIZE], new[NAME_SIZE];
	struct node *from_folder, *to_folder;
	struct node *n = walk(from, old, &from_folder);

	(void)walk(to, new, &to_folder);
	if (n == NULL || to_folder == NULL)
		return SKUA_ENOENT;
	(void)node_ref(n);
	if (from_folder == to_folder) {
		node_rename_entry(to_folder, old, new, n);
	} else {
		node_rename_entry(to_folder, "", new, n);
		node_rename_entry(from_folder, old, "", NULL);
	}
	node_unref(n);
	return SKUA_OK;
}

static int
sim_rename(const char *from, const char *to)
{
	int rc = begin(POINT_RENAME, to, 0, 0);

	return end(rc != SKUA_OK ? rc : move(from, to));
}

static int
sim_link(const char *from, const char *to)
{
	int rc = begin(POINT_LINK, to, 0, 0);
	char old[NAME_SIZE], new[NAME_SIZE];
	struct node *from_folder, *to_folder;
	struct node *n = walk(from, old, &from_folder);

	if (rc == SKUA_OK && walk(to, new, &to_folder) != NULL)
		rc = SKUA_EEXIST;
	if (rc == SKUA_OK && (n == NULL || to_folder == NULL))
		rc = SKUA_ENOENT;
	if (rc == SKUA_OK)
		node_rename_entry(to_folder, "", new, n);
	return end(rc);
}

static int
drop_name(const char *path, bool folder)
{
	char last[NAME_SIZE];
	struct node *parent, *n = walk(path, last, &parent);

	if (n == NULL)
		return SKUA_ENOENT;
	if (n->is_folder != folder)
		return skua_from_errno(folder ? ENOTDIR : EISDIR);
	if (folder && n->now.count > 0)
		return skua_from_errno(ENOTEMPTY);
	node_rename_entry(parent, last, "", NULL);
	return SKUA_OK;
}

static int
sim_unlink(const char *path)
{
	int rc = begin(POINT_UNLINK, path, 0, 0);

	return end(rc != SKUA_OK ? rc : drop_name(path, false));
}

static int
sim_rmdir(const char *path)
{
	int rc = begin(POINT_RMDIR, path, 0, 0);

	return end(rc != SKUA_OK ? rc : drop_name(path, true));
}

static int
sim_mkdir(const char *path)
{
	int rc = begin(POINT_MKDIR, path, 0, 0);
	char part[4096], last[NAME_SIZE];
	size_t len = strlen(path);
	uint64_t made = 0;

	for (size_t i = 1; i <= len && rc == SKUA_OK; i++) {
		struct node *folder, *n;

		if (path[i] != '/' && path[i] != '\0')
			continue;
		(void)snprintf(part, sizeof(part), "%.*s", (int)i, path);
		n = walk(part, last, &folder);
		if (n != NULL || folder == NULL)
			continue;
		n = node_new(true, disk->clock * 16 + (++made));
		node_rename_entry(folder, "", last, n);
		node_unref(n);
		if (!disk->ignores_syncs)
			node_sync_names(folder);
	}
	return end(rc);
}

static int
sim_make_folder(const char *path)
{
	int rc = begin(POINT_MAKE_FOLDER, path, 0, 0);
	struct node *folder, *n;
	char last[NAME_SIZE];

	if (rc != SKUA_OK)
		return end(rc);
	n = walk(path, last, &folder);
	if (folder == NULL)
		return end(SKUA_ENOENT);
	if (n == NULL) {
		n = node_new(true, disk->clock * 16);
		node_rename_entry(folder, "", last, n);
		node_unref(n);
	}
	return end(SKUA_OK);
}

static int
sim_list(const char *path, skua_dir_fn *fn, void *arg)
{
	int rc = begin(POINT_LIST, path, 0, 0);
	struct node *n = disk_find(path);
	struct entries copy;

	if (rc == SKUA_OK && (n == NULL || !n->is_folder))
		rc = SKUA_ENOENT;
	if (rc != SKUA_OK)
		return end(rc);
	/* fn may change the folder. */
	copy.count = n->now.count;
	copy.list = own_grow(NULL, (copy.count + 1) * sizeof(*copy.list));
	/* A folder without entries may have no list at all. */
	if (copy.count > 0)
		memcpy(copy.list, n->now.list,
		    copy.count * sizeof(*copy.list));
	for (size_t i = 0; i < copy.count; i++)
		(void)node_ref(copy.list[i].node);
	(void)end(SKUA_OK);
	for (size_t i = 0; i < copy.count; i++) {
		const struct node *e = copy.list[i].node;

		if (rc == SKUA_OK)
			rc = fn(arg, copy.list[i].name, e->is_folder, e->size);
		node_unref(copy.list[i].node);
	}
	free(copy.list);
	return rc;
}

static int
sim_disk(const char *path, int64_t *total_r, int64_t *free_r)
{
	int rc = begin(POINT_DISK, path, 0, 0);

	if (rc != SKUA_OK)
		return end(rc);
	*total_r = disk->quota == 0 ? (int64_t)1 << 40 : disk->quota;
	*free_r = disk->quota == 0 ? (int64_t)1 << 39 :
				     disk->quota - disk_used(disk);
	return end(SKUA_OK);
}

const struct skua_io disk_io = {
	.open = sim_open,
	.close = sim_close,
	.pwrite = sim_pwrite,
	.pread = sim_pread,
	.sync = sim_sync,
	.sync_folder = sim_sync_folder,
	.sync_all = sim_sync_all,
	.truncate = sim_truncate,
	.allocate = sim_allocate,
	.size = sim_size,
	.next_data = sim_next_data,
	.map = sim_map,
	.unmap = sim_unmap,
	.sync_map = sim_sync_map,
	.rename = sim_rename,
	.link = sim_link,
	.unlink = sim_unlink,
	.rmdir = sim_rmdir,
	.mkdir = sim_mkdir,
	.make_folder = sim_make_folder,
	.list = sim_list,
	.list_own = sim_list,
	.lock = sim_file_lock,
	.lock_folder = sim_lock_folder,
	.is_at = sim_is_at,
	.disk = sim_disk,
	.wall_ms = sim_wall_ms,
	.mono_ms = sim_mono_ms,
};
