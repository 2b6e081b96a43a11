/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a disk, for disk.c and disk_world.c. */
#ifndef CRASH_DISK_PRIV_H
#define CRASH_DISK_PRIV_H

#include "disk.h"
#include "disk_node.h"

#define POINTS_MAX 512
#define OPEN_MAX_ 512
#define MAPS_MAX 512
#define DISK_PATH_SIZE 256

struct point {
	char name[POINT_NAME_SIZE];
	uint64_t count;
};

struct descriptor {
	struct node *node; /* NULL: free */
	bool has_lock;
	char path[DISK_PATH_SIZE];
};

struct mapping {
	struct node *node; /* NULL: free */
	uint8_t *start;
	char path[DISK_PATH_SIZE];
};

struct disk {
	char root_path[DISK_PATH_SIZE];
	struct node *root;
	struct descriptor open[OPEN_MAX_];
	struct mapping maps[MAPS_MAX];

	uint64_t operations, trace;
	uint64_t clock; /* numbers changes, also across restarts */
	struct point points[POINTS_MAX];
	size_t point_count;

	int64_t quota;
	bool read_only, ignores_syncs, shows_trace;
	bool has_fault;
	struct disk_fault fault;
	uint64_t fault_seen, failed;

	uint64_t end_operation, end_seed;
	enum disk_end end;
	bool ending;
	char end_name[POINT_NAME_SIZE];
	struct disk *left;
};

struct node *disk_find(const char *path);
int64_t disk_used(const struct disk *disk);

#endif
