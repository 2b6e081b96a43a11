/* SPDX-License-Identifier: Apache-2.0 */
/* The real files and clocks behind skua/io.h, and whole-file helpers. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include <skua/host.h>
#include <skua/io.h>

#include "base/mem.h"

#define FOLDER_MODE 0750

static int
failed(void)
{
	return skua_from_errno(errno);
}

/* The one door to every file.  Nobody waits at a pipe, and nothing is written
 * to where a link in a folder of unknown origin leads. */
static int
real_open(const char *path, int flags, int mode)
{
	bool reads = (flags & O_ACCMODE) == O_RDONLY;
	int fd = open(path,
	    flags | O_CLOEXEC | O_NONBLOCK | (reads ? 0 : O_NOFOLLOW), mode);
	struct stat st;
	int rc;

	if (fd < 0)
		return errno == ENXIO ? SKUA_ENOTFILE : failed();
	rc = fstat(fd, &st) != 0   ? failed() :
	    !S_ISREG(st.st_mode) ? SKUA_ENOTFILE :
				   SKUA_OK;
	if (rc == SKUA_OK)
		return fd;
	(void)close(fd);
	return rc;
}

static int
real_close(int fd)
{
	return close(fd) == 0 ? SKUA_OK : failed();
}

static int
real_pwrite(int fd, const void *bytes, size_t len, int64_t at)
{
	const char *p = bytes;

	while (len > 0) {
		ssize_t n = pwrite(fd, p, len, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0 ? SKUA_EIO : failed();
		p += n;
		at += n;
		len -= (size_t)n;
	}
	return SKUA_OK;
}

static ssize_t
real_pread(int fd, void *bytes, size_t len, int64_t at)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pread(fd, (char *)bytes + done, len - done,
		    at + (int64_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return failed();
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

static int
real_sync(int fd)
{
	return fdatasync(fd) == 0 ? SKUA_OK : failed();
}

static int
real_sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

	if (fd < 0)
		return failed();
	rc = fsync(fd) == 0 ? SKUA_OK : failed();
	(void)close(fd);
	return rc;
}

static int
real_sync_all(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc;

	if (fd < 0)
		return failed();
	rc = syncfs(fd) == 0 ? SKUA_OK : failed();
	(void)close(fd);
	return rc;
}

static int
real_truncate(int fd, int64_t size)
{
	return ftruncate(fd, size) == 0 ? SKUA_OK : failed();
}

static int
real_allocate(int fd, int64_t at, int64_t len)
{
	int rc = posix_fallocate(fd, at, len);

	return skua_from_errno(rc);
}

static int
real_size(int fd, int64_t *size_r)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return failed();
	*size_r = st.st_size;
	return SKUA_OK;
}

static int
real_next_data(int fd, int64_t at, int64_t *data_r)
{
	off_t data = lseek(fd, at, SEEK_DATA);

	if (data >= 0) {
		*data_r = data;
		return SKUA_OK;
	}
	/* ENXIO: nothing behind.  A file system that cannot tell: all of it. */
	if (errno == ENXIO)
		return real_size(fd, data_r);
	*data_r = at;
	return SKUA_OK;
}

static int
real_map(int fd, int64_t at, size_t len, bool writable, void **map_r)
{
	void *p = mmap(NULL, len, PROT_READ | (writable ? PROT_WRITE : 0),
	    MAP_SHARED, fd, at);

	if (p == MAP_FAILED)
		return failed();
	*map_r = p;
	return SKUA_OK;
}

static int
real_unmap(void *map, size_t len)
{
	return munmap(map, len) == 0 ? SKUA_OK : failed();
}

static int
real_sync_map(void *map, size_t len)
{
	return msync(map, len, MS_SYNC) == 0 ? SKUA_OK : failed();
}

static int
real_rename(const char *from, const char *to)
{
	return rename(from, to) == 0 ? SKUA_OK : failed();
}

static int
real_link(const char *from, const char *to)
{
	return link(from, to) == 0 ? SKUA_OK : failed();
}

static int
real_unlink(const char *path)
{
	return unlink(path) == 0 ? SKUA_OK : failed();
}

static int
real_rmdir(const char *path)
{
	return rmdir(path) == 0 ? SKUA_OK : failed();
}

/* path ends at its last slash for a moment, to name the folder above. */
static int
sync_parent(char *path)
{
	char *slash = strrchr(path, '/');
	int rc;

	if (slash == NULL)
		return real_sync_folder(".");
	if (slash == path)
		return real_sync_folder("/");
	*slash = '\0';
	rc = real_sync_folder(path);
	*slash = '/';
	return rc;
}

static int
real_mkdir(const char *path)
{
	char part[4096];
	size_t len = strlen(path);
	int rc = SKUA_OK;

	if (len == 0 || len >= sizeof(part))
		return SKUA_EINVAL;
	memcpy(part, path, len + 1);
	for (size_t i = 1; i <= len && rc == SKUA_OK; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		part[i] = '\0';
		if (mkdir(part, FOLDER_MODE) == 0)
			rc = sync_parent(part);
		else if (errno != EEXIST)
			rc = failed();
		part[i] = path[i];
	}
	return rc;
}

static int
real_make_folder(const char *path)
{
	return mkdir(path, FOLDER_MODE) == 0 || errno == EEXIST ? SKUA_OK : failed();
}

static int
list_entries(DIR *dir, skua_dir_fn *fn, void *arg)
{
	struct dirent *entry;
	int rc = SKUA_OK;

	for (errno = 0; rc == SKUA_OK && (entry = readdir(dir)) != NULL;
	     errno = 0) {
		struct stat st;

		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0 ||
		    fstatat(dirfd(dir), entry->d_name, &st,
			AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		rc = fn(arg, entry->d_name, S_ISDIR(st.st_mode),
		    S_ISREG(st.st_mode) || S_ISDIR(st.st_mode) ? st.st_size :
								 -1);
	}
	return rc == SKUA_OK && errno != 0 ? failed() : rc;
}

static int
list_at(const char *path, int flags, skua_dir_fn *fn, void *arg)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags), rc;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (dir == NULL) {
		rc = failed();
		if (fd >= 0)
			(void)close(fd);
		return rc;
	}
	rc = list_entries(dir, fn, arg);
	(void)closedir(dir);
	return rc;
}

static int
real_list(const char *path, skua_dir_fn *fn, void *arg)
{
	return list_at(path, 0, fn, arg);
}

static int
real_list_own(const char *path, skua_dir_fn *fn, void *arg)
{
	struct stat st;

	/* Of a link, O_DIRECTORY says that it is not one. */
	if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
		return SKUA_ENOTFILE;
	return list_at(path, O_NOFOLLOW, fn, arg);
}

static int
real_lock(int fd)
{
	/* Byte 0, as Java's FileLock(0, 1) takes it: the two exclude each
	 * other. */
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET,
		.l_start = 0, .l_len = 1 };

	if (fcntl(fd, F_SETLK, &lock) == 0)
		return SKUA_OK;
	return errno == EAGAIN || errno == EACCES ? SKUA_EBUSY : failed();
}

static int
real_lock_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return failed();
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
		return fd; /* some file systems have no such locks */
	(void)close(fd);
	return SKUA_EBUSY;
}

static int
real_is_at(int fd, const char *path)
{
	struct stat is, there;

	if (fstat(fd, &is) != 0 || stat(path, &there) != 0)
		return failed();
	return is.st_dev == there.st_dev && is.st_ino == there.st_ino ?
	    SKUA_OK :
	    SKUA_ENOENT;
}

static int
real_disk(const char *path, int64_t *total_r, int64_t *free_r)
{
	struct statvfs st;

	if (statvfs(path, &st) != 0)
		return failed();
	/* What is kept for root counts on neither side. */
	*total_r =
	    (int64_t)((st.f_blocks - st.f_bfree + st.f_bavail) * st.f_frsize);
	*free_r = (int64_t)(st.f_bavail * st.f_frsize);
	return SKUA_OK;
}

static int64_t
clock_ms(clockid_t id)
{
	struct timespec t;

	(void)clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t
real_wall_ms(void)
{
	return clock_ms(CLOCK_REALTIME);
}

static int64_t
real_mono_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

static const struct skua_io real_io = {
	.open = real_open,
	.close = real_close,
	.pwrite = real_pwrite,
	.pread = real_pread,
	.sync = real_sync,
	.sync_folder = real_sync_folder,
	.sync_all = real_sync_all,
	.truncate = real_truncate,
	.allocate = real_allocate,
	.size = real_size,
	.next_data = real_next_data,
	.map = real_map,
	.unmap = real_unmap,
	.sync_map = real_sync_map,
	.rename = real_rename,
	.link = real_link,
	.unlink = real_unlink,
	.rmdir = real_rmdir,
	.mkdir = real_mkdir,
	.make_folder = real_make_folder,
	.list = real_list,
	.list_own = real_list_own,
	.lock = real_lock,
	.lock_folder = real_lock_folder,
	.is_at = real_is_at,
	.disk = real_disk,
	.wall_ms = real_wall_ms,
	.mono_ms = real_mono_ms,
};

static const struct skua_io *io_now = &real_io;

const struct skua_io *
skua_io(void)
{
	return io_now;
}

void
skua_io_replace(const struct skua_io *io)
{
	io_now = io == NULL ? &real_io : io;
}

int64_t
skua_now_ms(void)
{
	return io_now->wall_ms();
}

int64_t
skua_mono_ms(void)
{
	return io_now->mono_ms();
}

int
skua_file_read(const char *path, size_t limit, char **text_r, size_t *len_r)
{
	const struct skua_io *io = skua_io();
	int fd = io->open(path, O_RDONLY, 0), rc;
	char *text = NULL;
	int64_t size;
	ssize_t n;

	if (fd < 0)
		return fd;
	rc = io->size(fd, &size);
	if (rc == SKUA_OK && (uint64_t)size > limit)
		rc = SKUA_ELIMIT;
	if (rc == SKUA_OK && (text = malloc((size_t)size + 1)) == NULL)
		rc = SKUA_ENOMEM;
	if (rc == SKUA_OK) {
		n = io->pread(fd, text, (size_t)size, 0);
		if (n < 0) {
			rc = (int)n;
		} else {
			text[n] = '\0';
			*text_r = text;
			*len_r = (size_t)n;
		}
	}
	(void)io->close(fd);
	if (rc != SKUA_OK)
		free(text);
	return rc;
}

static int
write_aside(const char *path, const void *bytes, size_t len)
{
	const struct skua_io *io = skua_io();
	int fd = io->open(path, O_WRONLY | O_CREAT | O_TRUNC, 0640), rc, rc2;

	if (fd < 0)
		return fd;
	rc = io->pwrite(fd, bytes, len, 0);
	if (rc == SKUA_OK)
		rc = io->sync(fd);
	rc2 = io->close(fd);
	return rc != SKUA_OK ? rc : rc2;
}

static int
name_behind(char *to, size_t size, const char *path, const char *ending)
{
	return (size_t)snprintf(to, size, "%s%s", path, ending) < size ?
	    SKUA_OK :
	    SKUA_EINVAL;
}

/* Aside, synced, renamed, and the name synced; the previous text at bak, unless
 * that is NULL. */
static int
put_in_place(const char *path, const void *bytes, size_t len, const char *bak)
{
	const struct skua_io *io = skua_io();
	const char *slash = strrchr(path, '/');
	char tmp[4096], folder[4096];
	int rc = name_behind(tmp, sizeof(tmp), path, ".tmp");

	(void)snprintf(folder, sizeof(folder), "%.*s",
	    slash == NULL ? 1 : (int)(slash - path), slash == NULL ? "." : path);
	if (rc == SKUA_OK)
		rc = write_aside(tmp, bytes, len);
	if (rc != SKUA_OK)
		return rc;
	if (bak != NULL) {
		/* It keeps its name until the new one takes it. */
		(void)io->unlink(bak);
		(void)io->link(path, bak);
	}
	rc = io->rename(tmp, path);
	return rc != SKUA_OK ? rc : io->sync_folder(folder);
}

int
skua_file_replace(const char *path, const void *bytes, size_t len)
{
	char bak[4096];
	int rc = name_behind(bak, sizeof(bak), path, ".bak");

	return rc != SKUA_OK ? rc : put_in_place(path, bytes, len, bak);
}

int
skua_file_replace_both(const char *path, const void *bytes, size_t len)
{
	char bak[4096];
	int rc = name_behind(bak, sizeof(bak), path, ".bak");

	if (rc == SKUA_OK)
		rc = put_in_place(bak, bytes, len, NULL);
	return rc != SKUA_OK ? rc : put_in_place(path, bytes, len, NULL);
}
