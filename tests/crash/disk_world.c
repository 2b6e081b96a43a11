/* SPDX-License-Identifier: Apache-2.0 */
/* Disks as their owner sees them: made, ended, failed, spoilt and looked at. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "disk_priv.h"
#include "own.h"
#include "random.h"

static const char *const end_names[] = { "kill", "cut-none", "cut-all",
	"cut-prefix", "cut-any", "cut-most", "cut-few" };

const char *
disk_end_name(enum disk_end end)
{
	return end_names[end];
}

static struct disk *
disk_alloc(const char *root)
{
	struct disk *d = own_new(sizeof(*d));

	(void)snprintf(d->root_path, sizeof(d->root_path), "%s", root);
	d->shows_trace = getenv("SKUA_CRASH_TRACE") != NULL;
	return d;
}

/* One folder below /, made long ago. */
struct disk *
disk_new(const char *root)
{
	struct disk *d = disk_alloc(root);
	struct node *folder = node_new(true, 2);

	d->root = node_new(true, 1);
	node_rename_entry(d->root, "", root + 1, folder);
	node_sync_names(d->root);
	node_unref(folder);
	return d;
}

void
disk_free(struct disk *d)
{
	if (d == NULL)
		return;
	for (int i = 0; i < OPEN_MAX_; i++)
		if (d->open[i].node != NULL)
			node_unref(d->open[i].node);
	for (int i = 0; i < MAPS_MAX; i++)
		if (d->maps[i].node != NULL)
			node_unref(d->maps[i].node);
	node_unref(d->root);
	disk_free(d->left);
	free(d);
}

void
disk_set_quota(struct disk *d, int64_t bytes)
{
	d->quota = bytes;
}

void
disk_set_read_only(struct disk *d, bool read_only)
{
	d->read_only = read_only;
}

void
disk_ignore_syncs(struct disk *d, bool ignore)
{
	d->ignores_syncs = ignore;
}

/* --- ends --- */

void
disk_end_at(struct disk *d, uint64_t operation, enum disk_end end,
    uint64_t seed)
{
	d->end_operation = operation;
	d->end = end;
	d->end_seed = seed;
}

bool
disk_has_ended(const struct disk *d)
{
	return d->left != NULL;
}

const char *
disk_end_point(const struct disk *d)
{
	return d->end_name;
}

struct disk *
disk_take_left(struct disk *d)
{
	struct disk *left = d->left;

	d->left = NULL;
	d->ending = false;
	d->end_operation = 0;
	return left;
}

struct disk *
disk_left_now(struct disk *d, enum disk_end end, uint64_t seed)
{
	struct disk *left = disk_alloc(d->root_path);
	struct survival how = { .end = (int)end, .seed = seed,
		.torn = (seed & 4) != 0 };
	uint64_t back = random_mix(seed) % 64;

	/* Few changes are in flight, so the moment is a recent one. */
	how.prefix = d->clock > back ? d->clock + 1 - back : 1;
	left->root = node_left(d->root, &how);
	left->clock = d->clock;
	left->quota = d->quota;
	left->ignores_syncs = d->ignores_syncs;
	return left;
}

struct disk *
disk_copy(struct disk *d)
{
	return disk_left_now(d, DISK_KILL, 0);
}

/* --- faults and figures --- */

void
disk_fail(struct disk *d, const struct disk_fault *fault)
{
	d->has_fault = fault != NULL;
	d->fault = fault == NULL ? (struct disk_fault){ .nth = 0 } : *fault;
	d->fault_seen = d->failed = 0;
}

uint64_t
disk_failed(const struct disk *d)
{
	return d->failed;
}

uint64_t
disk_operations(const struct disk *d)
{
	return d->operations;
}

uint64_t
disk_trace(const struct disk *d)
{
	return d->trace;
}

void
disk_each_point(const struct disk *d, disk_point_fn *fn, void *arg)
{
	for (size_t i = 0; i < d->point_count; i++)
		fn(arg, d->points[i].name, d->points[i].count);
}

static int64_t
used_below(const struct node *n)
{
	int64_t blocks = n->is_folder ? 0 : node_blocks(n);

	for (size_t i = 0; i < n->now.count; i++)
		blocks += used_below(n->now.list[i].node);
	return blocks;
}

int64_t
disk_used(const struct disk *d)
{
	return used_below(d->root) * BLOCK;
}

/* --- files from outside --- */

static void
each_below(struct node *n, const char *path, disk_file_fn *fn, void *arg)
{
	char below[DISK_PATH_SIZE];

	if (!n->is_folder) {
		fn(arg, path, n->size);
		return;
	}
	for (size_t i = 0; i < n->now.count; i++) {
		(void)snprintf(below, sizeof(below), "%s/%s", path,
		    n->now.list[i].name);
		each_below(n->now.list[i].node, below, fn, arg);
	}
}

void
disk_each_file(struct disk *d, disk_file_fn *fn, void *arg)
{
	each_below(d->root, "", fn, arg);
}

static struct node *
settled_file(struct disk *d, const char *path)
{
	struct node *n;

	disk_use(d);
	n = disk_find(path);
	if (n != NULL)
		node_sync(n);
	return n;
}

uint8_t *
disk_bytes(struct disk *d, const char *path, int64_t *size_r)
{
	struct node *n = settled_file(d, path);

	if (n == NULL)
		return NULL;
	*size_r = n->size;
	/* What the caller changes is on the disk. */
	n->mapped_writable = true;
	return n->bytes;
}

void
disk_set_size(struct disk *d, const char *path, int64_t size)
{
	struct node *n = settled_file(d, path);

	node_resize(n, d->clock, size);
	node_sync(n);
}

struct dumping {
	struct disk *disk;
	const char *folder;
};

static void
dump_one(void *arg, const char *path, int64_t size)
{
	struct dumping *d = arg;
	struct node *n = settled_file(d->disk, path);
	char to[4096];
	FILE *f;

	(void)snprintf(to, sizeof(to), "%s%s", d->folder, path);
	for (char *p = to + 1; (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		(void)mkdir(to, 0700);
		*p = '/';
	}
	f = fopen(to, "wb");
	if (f == NULL)
		return;
	(void)fwrite(n->bytes, 1, (size_t)size, f);
	(void)fclose(f);
}

void
disk_dump(struct disk *d, const char *folder)
{
	struct dumping dumping = { d, folder };

	disk_each_file(d, dump_one, &dumping);
}
