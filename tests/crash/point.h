/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of the places where a run can be ended or made to fail: what is done,
 * and the class of the file it is done to: `pwrite:commitlog`,
 * `rename:config/topics.json`.
 */
#ifndef CRASH_POINT_H
#define CRASH_POINT_H

#include <stddef.h>

/* kind, name, whether it changes what a power cut leaves */
#define POINT_KINDS(X)                                                         \
	X(OPEN, "open", 0)                                                     \
	X(CREATE, "create", 1)                                                 \
	X(CLOSE, "close", 0)                                                   \
	X(PWRITE, "pwrite", 1)                                                 \
	X(PREAD, "pread", 0)                                                   \
	X(SYNC, "sync", 1)                                                     \
	X(SYNC_FOLDER, "sync_folder", 1)                                       \
	X(SYNC_ALL, "sync_all", 1)                                             \
	X(TRUNCATE, "truncate", 1)                                             \
	X(ALLOCATE, "allocate", 1)                                             \
	X(SIZE, "size", 0)                                                     \
	X(NEXT_DATA, "next_data", 0)                                           \
	X(MAP, "map", 0)                                                       \
	X(UNMAP, "unmap", 0)                                                   \
	X(SYNC_MAP, "sync_map", 1)                                             \
	X(RENAME, "rename", 1)                                                 \
	X(LINK, "link", 1)                                                     \
	X(UNLINK, "unlink", 1)                                                 \
	X(RMDIR, "rmdir", 1)                                                   \
	X(MKDIR, "mkdir", 1)                                                   \
	X(MAKE_FOLDER, "make_folder", 1)                                       \
	X(LIST, "list", 0)                                                     \
	X(LOCK, "lock", 0)                                                     \
	X(DISK, "disk", 0)

enum point_kind {
#define POINT_ENUM(kind, name, changes) POINT_##kind,
	POINT_KINDS(POINT_ENUM)
#undef POINT_ENUM
	POINT_KIND_COUNT
};

#define POINT_NAME_SIZE 160

/* path below root, or root itself. */
void point_name(enum point_kind kind, const char *root, const char *path,
    char name[POINT_NAME_SIZE]);
int point_changes(enum point_kind kind);
/* pattern: a name, or its kind followed by a colon and nothing, or "". */
int point_matches(const char *pattern, const char *name);

#endif
