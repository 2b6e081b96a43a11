/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of a disk: files and folders, and their pending changes.
 *
 * A node lives as long as a name (volatile or durable), a pending change, a
 * descriptor or a map refers to it.
 */
#ifndef CRASH_DISK_NODE_H
#define CRASH_DISK_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECTOR 512
#define BLOCK 4096
#define NODE_SIZE_MAX (16 << 20)
#define NAME_SIZE 80

enum block_state { BLOCK_HOLE, BLOCK_ALLOCATED, BLOCK_WRITTEN };

/* bytes NULL: a new size. */
struct change {
	struct change *next;
	uint64_t number; /* of the operation */
	int64_t at, len;
	bool forgotten; /* by a sync that failed */
	uint8_t bytes[];
};

struct entry {
	char name[NAME_SIZE];
	struct node *node;
};

struct entries {
	struct entry *list;
	size_t count, size;
};

/* Of names, as one step: removes, then adds; either may be empty. */
struct name_change {
	struct name_change *next;
	char removed[NAME_SIZE], added[NAME_SIZE];
	struct node *node; /* that is added */
};

struct node {
	unsigned refs;
	uint64_t id;
	bool is_folder;
	/* a file */
	uint8_t *bytes; /* NODE_SIZE_MAX of address space, 0 behind size */
	int64_t size, used_max;
	uint8_t *durable;
	int64_t durable_size, durable_room;
	struct change *changes, **changes_end;
	uint8_t *blocks; /* enum block_state */
	bool mapped_writable;
	bool locked;
	/* a folder */
	struct entries now, then;
	struct name_change *names, **names_end;
};

/* What is kept of pending changes by a power cut. */
struct survival {
	int end; /* enum disk_end */
	uint64_t seed;
	uint64_t prefix; /* DISK_CUT_PREFIX: changes below this number */
	bool torn;       /* … and sectors of that number's */
};

/* id: the same for a file and its copies. */
struct node *node_new(bool is_folder, uint64_t id);
struct node *node_ref(struct node *node);
void node_unref(struct node *node);

/* files */
void node_write(struct node *node, uint64_t number, const void *bytes,
    int64_t len, int64_t at);
void node_resize(struct node *node, uint64_t number, int64_t size);
void node_allocate(struct node *node, int64_t at, int64_t len);
int64_t node_blocks(const struct node *node);
int64_t node_new_blocks(const struct node *node, int64_t at, int64_t len);
void node_map_writable(struct node *node, int64_t end);
void node_sync(struct node *node);
void node_sync_range(struct node *node, int64_t at, int64_t len);
void node_forget(struct node *node);
void node_forget_last(struct node *node);

/* folders */
struct node *node_find(const struct entries *entries, const char *name);
void node_rename_entry(struct node *folder, const char *removed,
    const char *added, struct node *node);
void node_sync_names(struct node *folder);

/* A copy of what is left; with all pending changes when the process was
 * killed. */
struct node *node_left(const struct node *node, const struct survival *how);

#endif
