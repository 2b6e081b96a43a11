/* SPDX-License-Identifier: Apache-2.0 */
/* See alloc_fail.h; the real ones are called by the names that glibc has for
 * those who replace them. */
#include <errno.h>
#include <execinfo.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "alloc_fail.h"
#include "own.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

static uint64_t from, to;
static _Atomic bool paused;
static struct alloc_tally *_Atomic tally;

bool
alloc_fail_works(void)
{
#if defined(SANITIZED) || !defined(__GLIBC__)
	return false;
#else
	return true;
#endif
}

void
alloc_fail_at(uint64_t nth, uint64_t last, struct alloc_tally *to_r)
{
	from = nth;
	to = last;
	tally = to_r;
}

void
alloc_fail_pause(bool on)
{
	paused = on;
}

#if !defined(SANITIZED) && defined(__GLIBC__)

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t align, size_t size);

static void
show_who(void)
{
	void *frames[32];
	int n;

	if (getenv("SKUA_CRASH_TRACE") == NULL)
		return;
	own_begin();
	n = backtrace(frames, 32);
	backtrace_symbols_fd(frames, n, STDERR_FILENO);
	own_end();
}

static bool
fails(void)
{
	struct alloc_tally *t = tally;
	uint64_t n;

	if (t == NULL || paused || own_is_on())
		return false;
	n = atomic_fetch_add(&t->count, 1) + 1;
	if (n < from || n > to)
		return false;
	if (atomic_fetch_add(&t->failed, 1) == 0)
		show_who();
	errno = ENOMEM;
	return true;
}

void *
malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *old, size_t size)
{
	return fails() ? NULL : __libc_realloc(old, size);
}

void *
memalign(size_t align, size_t size)
{
	return fails() ? NULL : __libc_memalign(align, size);
}

void *
aligned_alloc(size_t align, size_t size)
{
	return memalign(align, size);
}

int
posix_memalign(void **p, size_t align, size_t size)
{
	*p = memalign(align, size);
	return *p == NULL ? ENOMEM : 0;
}

#endif
