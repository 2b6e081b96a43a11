/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts itself between the broker and its files, as the environment says:
 *
 *	SKUA_TEST_CRASH=pwrite:commitlog:17	kill -9 at the 17th of these
 *	SKUA_TEST_FAIL=sync:commitlog:3:5[:N]	the 3rd fails with errno 5 (N times)
 *	SKUA_TEST_POINTS=FILE			adds each new name to FILE
 *	SKUA_TEST_ROOT=FOLDER			what names are below of
 *
 * Names are those of tests/crash/point.h.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <skua/host.h>
#include <skua/io.h>
#include <skua/service.h>

#include "../crash/point.h"

#define FDS_MAX 4096
#define PATH_SIZE 512
#define POINTS_MAX 512

struct plan {
	char pattern[POINT_NAME_SIZE];
	unsigned long nth, times, seen;
	int error;
};

static const struct skua_io *real;
static struct skua_io faulty;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char paths[FDS_MAX][PATH_SIZE];
static char points[POINTS_MAX][POINT_NAME_SIZE];
static size_t point_count;
static struct plan crash, failure;
static const char *root, *points_file;

static void
note_point(const char *name)
{
	int fd;

	for (size_t i = 0; i < point_count; i++)
		if (strcmp(points[i], name) == 0)
			return;
	if (point_count == POINTS_MAX)
		return;
	(void)snprintf(points[point_count++], POINT_NAME_SIZE, "%s", name);
	fd = open(points_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	(void)dprintf(fd, "%s\n", name);
	(void)close(fd);
}

static bool
is_due(struct plan *p, const char *name)
{
	if (p->nth == 0 || !point_matches(p->pattern, name))
		return false;
	p->seen++;
	return p->seen >= p->nth && p->seen - p->nth < p->times;
}

/* SKUA_OK, or what the operation shall fail with. */
static int
begin(enum point_kind kind, const char *path)
{
	char name[POINT_NAME_SIZE];
	int rc = SKUA_OK;

	point_name(kind, root, path, name);
	(void)pthread_mutex_lock(&lock);
	if (points_file != NULL)
		note_point(name);
	if (is_due(&crash, name))
		(void)raise(SIGKILL);
	if (is_due(&failure, name))
		rc = skua_from_errno(failure.error);
	(void)pthread_mutex_unlock(&lock);
	return rc;
}

static const char *
path_of(int fd)
{
	return fd >= 0 && fd < FDS_MAX ? paths[fd] : "";
}

static int
faulty_open(const char *path, int flags, int mode)
{
	bool creates = (flags & (O_CREAT | O_TRUNC)) != 0;
	int rc = begin(creates ? POINT_CREATE : POINT_OPEN, path), fd;

	fd = rc != SKUA_OK ? rc : real->open(path, flags, mode);
	if (fd >= 0 && fd < FDS_MAX)
		(void)snprintf(paths[fd], PATH_SIZE, "%s", path);
	return fd;
}

static int
faulty_pwrite(int fd, const void *bytes, size_t len, int64_t at)
{
	int rc = begin(POINT_PWRITE, path_of(fd));

	return rc != SKUA_OK ? rc : real->pwrite(fd, bytes, len, at);
}

static ssize_t
faulty_pread(int fd, void *bytes, size_t len, int64_t at)
{
	int rc = begin(POINT_PREAD, path_of(fd));

	return rc != SKUA_OK ? rc : real->pread(fd, bytes, len, at);
}

#define OF_FD(slot, kind, args, call)                                          \
	static int faulty_##slot args                                          \
	{                                                                      \
		int rc = begin(kind, path_of(fd));                             \
                                                                               \
		return rc != SKUA_OK ? rc : real->slot call;                   \
	}
#define OF_PATH(slot, kind, args, call)                                        \
	static int faulty_##slot args                                          \
	{                                                                      \
		int rc = begin(kind, path);                                    \
                                                                               \
		return rc != SKUA_OK ? rc : real->slot call;                   \
	}

OF_FD(sync, POINT_SYNC, (int fd), (fd))
OF_FD(truncate, POINT_TRUNCATE, (int fd, int64_t size), (fd, size))
OF_FD(allocate, POINT_ALLOCATE, (int fd, int64_t at, int64_t len),
    (fd, at, len))
OF_FD(size, POINT_SIZE, (int fd, int64_t *size_r), (fd, size_r))
OF_FD(map, POINT_MAP,
    (int fd, int64_t at, size_t len, bool writable, void **map_r),
    (fd, at, len, writable, map_r))
OF_FD(lock, POINT_LOCK, (int fd), (fd))
OF_PATH(sync_folder, POINT_SYNC_FOLDER, (const char *path), (path))
OF_PATH(sync_all, POINT_SYNC_ALL, (const char *path), (path))
OF_PATH(make_folder, POINT_MAKE_FOLDER, (const char *path), (path))
OF_PATH(rename, POINT_RENAME, (const char *from, const char *path),
    (from, path))
OF_PATH(link, POINT_LINK, (const char *from, const char *path), (from, path))
OF_PATH(unlink, POINT_UNLINK, (const char *path), (path))
OF_PATH(rmdir, POINT_RMDIR, (const char *path), (path))
OF_PATH(mkdir, POINT_MKDIR, (const char *path), (path))
OF_PATH(list, POINT_LIST, (const char *path, skua_dir_fn *fn, void *arg),
    (path, fn, arg))

/* NAME:NTH, or NAME:NTH:ERRNO[:TIMES]; NAME has a colon of its own. */
static void
take_plan(struct plan *p, const char *text)
{
	const char *at = text == NULL ? NULL : strchr(text, ':');
	char *end;

	at = at == NULL ? NULL : strchr(at + 1, ':');
	if (at == NULL)
		return;
	(void)snprintf(p->pattern, sizeof(p->pattern), "%.*s",
	    (int)(at - text), text);
	p->nth = strtoul(at + 1, &end, 10);
	p->times = 1;
	if (*end == ':')
		p->error = (int)strtol(end + 1, &end, 10);
	if (*end == ':')
		p->times = strtoul(end + 1, NULL, 10);
}

static const struct skua_service ops = { .size = sizeof(struct skua_service) };

static int
load(struct skua_host *host, struct skua_error *e)
{
	(void)e;
	real = skua_io();
	root = getenv("SKUA_TEST_ROOT");
	root = root == NULL ? "" : root;
	points_file = getenv("SKUA_TEST_POINTS");
	take_plan(&crash, getenv("SKUA_TEST_CRASH"));
	take_plan(&failure, getenv("SKUA_TEST_FAIL"));
	faulty = *real;
	faulty.open = faulty_open;
	faulty.pwrite = faulty_pwrite;
	faulty.pread = faulty_pread;
	faulty.sync = faulty_sync;
	faulty.sync_folder = faulty_sync_folder;
	faulty.sync_all = faulty_sync_all;
	faulty.truncate = faulty_truncate;
	faulty.allocate = faulty_allocate;
	faulty.size = faulty_size;
	faulty.map = faulty_map;
	faulty.lock = faulty_lock;
	faulty.rename = faulty_rename;
	faulty.link = faulty_link;
	faulty.unlink = faulty_unlink;
	faulty.rmdir = faulty_rmdir;
	faulty.mkdir = faulty_mkdir;
	faulty.make_folder = faulty_make_folder;
	faulty.list = faulty_list;
	skua_io_replace(&faulty);
	return skua_provide_service(host, "faults", &ops);
}

static void
unload(struct skua_host *host)
{
	(void)host;
	skua_io_replace(real);
}

SKUA_PLUGIN_EXPORT = {
	SKUA_ABI,
	.name = "service-faults",
	.version = "1",
	.descr = "fail, or end the process, at a named operation on a file",
	.license = "Apache-2.0",
	.load = load,
	.unload = unload,
};
