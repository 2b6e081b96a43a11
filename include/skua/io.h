/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one table through which every file and clock is reached, so that a test
 * can fail the n-th write, forget what was not synced, or move the clock.
 *
 * Functions that fail return a negative SKUA_E…; the underlying reason was
 * already logged by nobody: the caller decides.
 */
#ifndef SKUA_IO_H
#define SKUA_IO_H

#include <sys/types.h>

#include <skua/error.h>
#include <skua/types.h>

SKUA_BEGIN_DECLS

/* is_folder: not of a symbolic link to one.  size: of a regular file; -1: it is
 * neither a file nor a folder, but a link, a pipe, a device. */
typedef int skua_dir_fn(void *arg, const char *name, bool is_folder,
    int64_t size);

struct skua_io {
	/* flags as open(2); returns a descriptor or a negative error.
	 * SKUA_ENOTFILE, without waiting, for what is not a regular file; to be
	 * written, a symbolic link is not one either. */
	int (*open)(const char *path, int flags, int mode);
	int (*close)(int fd);
	/* All len bytes or an error: short transfers are continued. */
	int (*pwrite)(int fd, const void *bytes, size_t len, int64_t at);
	/* Bytes read (0 at the end) or an error. */
	ssize_t (*pread)(int fd, void *bytes, size_t len, int64_t at);
	/* Data and what is needed to find it. */
	int (*sync)(int fd);
	int (*sync_folder)(const char *path);
	/* All files, and all names, of the file system that path is on: one call
	 * where many files wait. */
	int (*sync_all)(const char *path);
	int (*truncate)(int fd, int64_t size);
	/* Reserves blocks, so that later writes do not meet ENOSPC. */
	int (*allocate)(int fd, int64_t at, int64_t len);
	int (*size)(int fd, int64_t *size_r);
	/* The first byte at or behind `at` that was ever written; the file's
	 * size when there is none. */
	int (*next_data)(int fd, int64_t at, int64_t *data_r);
	/* Private read-only, or shared writable, map of a whole range. */
	int (*map)(int fd, int64_t at, size_t len, bool writable, void **map_r);
	int (*unmap)(void *map, size_t len);
	int (*sync_map)(void *map, size_t len);
	int (*rename)(const char *from, const char *to);
	/* A second name for a file; SKUA_EEXIST when `to` is taken. */
	int (*link)(const char *from, const char *to);
	int (*unlink)(const char *path);
	int (*rmdir)(const char *path);
	/* With its missing parents; each is durable when it returns. */
	int (*mkdir)(const char *path);
	/* One folder in one that exists; durable when its parent is synced.
	 * SKUA_OK, too, when it is there. */
	int (*make_folder)(const char *path);
	/* Calls fn for every entry but . and ..; stops at its first non-zero. */
	int (*list)(const char *path, skua_dir_fn *fn, void *arg);
	/* Exclusive, for the life of fd; SKUA_EBUSY when another holds it. */
	int (*lock)(int fd);
	int (*disk)(const char *path, int64_t *total_r, int64_t *free_r);
	int64_t (*wall_ms)(void);
	int64_t (*mono_ms)(void);
	/* As list, of a folder from which something is to be removed: not through
	 * a symbolic link, SKUA_ENOTFILE. */
	int (*list_own)(const char *path, skua_dir_fn *fn, void *arg);
	/* As lock, of a folder, whatever is in it: a descriptor to close. */
	int (*lock_folder)(const char *path);
	/* SKUA_OK while path names the file that fd is of; SKUA_ENOENT. */
	int (*is_at)(int fd, const char *path);
	/* A table in place of this one copies them with the rest. */
	void (*reserved[1])(void);
};

/* The table in force.  Replaced only before anything is opened. */
SKUA_API const struct skua_io *skua_io(void);
SKUA_API void skua_io_replace(const struct skua_io *io);

/* Reads a whole file into malloc'd, NUL-terminated memory; SKUA_ELIMIT above
 * limit bytes. */
SKUA_API int skua_file_read(const char *path, size_t limit, char **text_r,
    size_t *len_r) SKUA_MUST_CHECK;

/* Writes aside, syncs, keeps the previous file as PATH.bak, renames, syncs the
 * folder: after a crash either the old or the new text is at PATH, whole. */
SKUA_API int skua_file_replace(const char *path, const void *bytes, size_t len)
    SKUA_MUST_CHECK;

/* The same text at PATH.bak first and then at PATH: when one of them is damaged
 * later, the other one is not older. */
SKUA_API int skua_file_replace_both(const char *path, const void *bytes,
    size_t len) SKUA_MUST_CHECK;

SKUA_END_DECLS

#endif
