/* SPDX-License-Identifier: Apache-2.0 */
/* See sim.h.  The baton: `running` names the one thread that may run; it gives
 * it away in switch_away, and only there. */
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>

#include "random.h"
#include "sim.h"

#define TASKS_MAX 64
#define NEVER INT64_MAX
#define STEP_NS 1000 /* each choice costs so much time */
#define WALL_AT_START_NS ((int64_t)1800000000 * 1000000000)

enum task_state { FREE, READY, WAITING, ENDED };

struct task {
	enum task_state state;
	sem_t go;
	pthread_t thread;
	void *(*fn)(void *arg);
	void *arg;
	/* What it waits for: any of these. */
	const pthread_cond_t *cond;
	bool woken;
	int64_t deadline_ns;
	int epoll; /* -1 */
	const struct task *joined;
	pthread_mutex_t *mutex;
	bool (*ready)(void *arg);
	void *ready_arg;
};

static struct {
	bool on;
	uint64_t random;
	int64_t now_ns, wall_ns; /* wall: ahead of now */
	struct task tasks[TASKS_MAX];
	size_t count;
} sim;

static _Thread_local struct task *self;

/* --- what is replaced --- */

static struct {
	int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *),
	    void *);
	int (*join)(pthread_t, void **);
	int (*lock)(pthread_mutex_t *);
	int (*trylock)(pthread_mutex_t *);
	int (*unlock)(pthread_mutex_t *);
	int (*rdlock)(pthread_rwlock_t *);
	int (*wrlock)(pthread_rwlock_t *);
	int (*cond_wait)(pthread_cond_t *, pthread_mutex_t *);
	int (*cond_timedwait)(pthread_cond_t *, pthread_mutex_t *,
	    const struct timespec *);
	int (*cond_clockwait)(pthread_cond_t *, pthread_mutex_t *, clockid_t,
	    const struct timespec *);
	int (*cond_signal)(pthread_cond_t *);
	int (*cond_broadcast)(pthread_cond_t *);
	int (*epoll_wait)(int, struct epoll_event *, int, int);
	int (*epoll_pwait)(int, struct epoll_event *, int, int,
	    const sigset_t *);
	int (*clock_gettime)(clockid_t, struct timespec *);
} real;

/* ISO C has no cast from an object pointer to a function's. */
static void
find(void *to, const char *name, const char *version)
{
	void *p = version == NULL ? dlsym(RTLD_NEXT, name) :
				    dlvsym(RTLD_NEXT, name, version);

	if (p == NULL)
		p = dlsym(RTLD_NEXT, name);
	__builtin_memcpy(to, &p, sizeof(p));
}

__attribute__((constructor(101))) static void
find_real(void)
{
	if (real.create != NULL)
		return;
	find(&real.join, "pthread_join", NULL);
	find(&real.lock, "pthread_mutex_lock", NULL);
	find(&real.trylock, "pthread_mutex_trylock", NULL);
	find(&real.unlock, "pthread_mutex_unlock", NULL);
	find(&real.rdlock, "pthread_rwlock_rdlock", NULL);
	find(&real.wrlock, "pthread_rwlock_wrlock", NULL);
	/* The first versions of these are of another time. */
	find(&real.cond_wait, "pthread_cond_wait", "GLIBC_2.3.2");
	find(&real.cond_timedwait, "pthread_cond_timedwait", "GLIBC_2.3.2");
	find(&real.cond_clockwait, "pthread_cond_clockwait", NULL);
	find(&real.cond_signal, "pthread_cond_signal", "GLIBC_2.3.2");
	find(&real.cond_broadcast, "pthread_cond_broadcast", "GLIBC_2.3.2");
	find(&real.epoll_wait, "epoll_wait", NULL);
	find(&real.epoll_pwait, "epoll_pwait", NULL);
	find(&real.clock_gettime, "clock_gettime", NULL);
	find(&real.create, "pthread_create", NULL);
}

/* --- choosing --- */

static bool
can_go_on(struct task *t)
{
	if (t->state == READY)
		return true;
	if (t->state != WAITING)
		return false;
	if (t->woken || t->deadline_ns <= sim.now_ns)
		return true;
	if (t->epoll >= 0) {
		struct pollfd p = { .fd = t->epoll, .events = POLLIN };

		return poll(&p, 1, 0) > 0;
	}
	if (t->joined != NULL)
		return t->joined->state == ENDED;
	if (t->mutex != NULL && real.trylock(t->mutex) == 0) {
		(void)real.unlock(t->mutex);
		return true;
	}
	return t->ready != NULL && t->ready(t->ready_arg);
}

static int64_t
first_deadline(void)
{
	int64_t first = NEVER;

	for (size_t i = 0; i < sim.count; i++)
		if (sim.tasks[i].state == WAITING &&
		    sim.tasks[i].deadline_ns < first)
			first = sim.tasks[i].deadline_ns;
	return first;
}

static struct task *
choose(void)
{
	struct task *able[TASKS_MAX];
	size_t n = 0;

	sim.now_ns += STEP_NS;
	for (;;) {
		for (size_t i = 0; i < sim.count; i++)
			if (can_go_on(&sim.tasks[i]))
				able[n++] = &sim.tasks[i];
		if (n > 0)
			return able[random_below(&sim.random, n)];
		sim.now_ns = first_deadline();
		if (sim.now_ns == NEVER) {
			(void)fputs("sim: every thread waits for ever\n",
			    stderr);
			abort();
		}
	}
}

static void
switch_away(void)
{
	struct task *me = self, *next = choose();

	if (next != me) {
		(void)sem_post(&next->go);
		while (sem_wait(&me->go) != 0)
			continue;
	}
	me->state = READY;
	me->cond = NULL;
	me->epoll = -1;
	me->joined = NULL;
	me->mutex = NULL;
	me->ready = NULL;
	me->deadline_ns = NEVER;
}

static void
wait_now(void)
{
	self->state = WAITING;
	switch_away();
}

static struct task *
new_task(void)
{
	size_t i;

	for (i = 0; i < sim.count && sim.tasks[i].state != FREE; i++)
		continue;
	if (i == TASKS_MAX) {
		(void)fputs("sim: too many threads\n", stderr);
		abort();
	}
	if (i == sim.count)
		sim.count++;
	sim.tasks[i] = (struct task){ .state = READY, .epoll = -1,
		.deadline_ns = NEVER };
	(void)sem_init(&sim.tasks[i].go, 0, 0);
	return &sim.tasks[i];
}

/* --- the interface --- */

void
sim_begin(uint64_t seed)
{
	sim.random = seed;
	sim.now_ns = 1000000000;
	sim.wall_ns = WALL_AT_START_NS;
	sim.count = 0;
	self = new_task();
	sim.on = true;
}

void
sim_end(void)
{
	for (size_t i = 0; i < sim.count; i++)
		if (&sim.tasks[i] != self && sim.tasks[i].state != FREE) {
			(void)fputs("sim: a thread has not ended\n", stderr);
			abort();
		}
	sim.on = false;
	(void)sem_destroy(&self->go);
	self->state = FREE;
	self = NULL;
}

bool
sim_is_on(void)
{
	return self != NULL;
}

void
sim_pause(void)
{
	if (self != NULL)
		switch_away();
}

bool
sim_wait(bool (*ready)(void *arg), void *arg, int64_t limit_ms)
{
	int64_t until = sim.now_ns + limit_ms * 1000000;

	while (!ready(arg) && sim.now_ns < until) {
		self->ready = ready;
		self->ready_arg = arg;
		self->deadline_ns = until;
		wait_now();
	}
	return ready(arg);
}

void
sim_sleep_ms(int64_t ms)
{
	self->deadline_ns = sim.now_ns + ms * 1000000;
	wait_now();
}

int64_t
sim_mono_ms(void)
{
	return sim.now_ns / 1000000;
}

int64_t
sim_wall_ms(void)
{
	return (sim.now_ns + sim.wall_ns) / 1000000;
}

void
sim_jump_ms(int64_t ms)
{
	sim.wall_ns += ms * 1000000;
}

void
sim_spend_us(int64_t us)
{
	sim.now_ns += us * 1000;
}

/* --- threads --- */

static void *
run_task(void *arg)
{
	struct task *t = arg;
	void *value;

	self = t;
	while (sem_wait(&t->go) != 0)
		continue;
	value = t->fn(t->arg);
	t->state = ENDED;
	self = NULL;
	(void)sem_post(&choose()->go);
	return value;
}

int
pthread_create(pthread_t *thread, const pthread_attr_t *attr,
    void *(*fn)(void *), void *arg)
{
	struct task *t;
	int rc;

	find_real();
	if (self == NULL)
		return real.create(thread, attr, fn, arg);
	t = new_task();
	t->fn = fn;
	t->arg = arg;
	rc = real.create(thread, attr, run_task, t);
	if (rc != 0)
		t->state = FREE;
	t->thread = *thread;
	return rc;
}

static struct task *
task_of(pthread_t thread)
{
	for (size_t i = 0; i < sim.count; i++)
		if (sim.tasks[i].state != FREE && &sim.tasks[i] != self &&
		    sim.tasks[i].fn != NULL &&
		    pthread_equal(sim.tasks[i].thread, thread))
			return &sim.tasks[i];
	return NULL;
}

int
pthread_join(pthread_t thread, void **value)
{
	struct task *t = self == NULL ? NULL : task_of(thread);
	int rc;

	while (t != NULL && t->state != ENDED) {
		self->joined = t;
		wait_now();
	}
	rc = real.join(thread, value);
	if (t != NULL) {
		(void)sem_destroy(&t->go);
		t->state = FREE;
	}
	return rc;
}

int
pthread_mutex_lock(pthread_mutex_t *mutex)
{
	int rc;

	find_real();
	if (self == NULL)
		return real.lock(mutex);
	while ((rc = real.trylock(mutex)) == EBUSY) {
		self->mutex = mutex;
		wait_now();
	}
	return rc;
}

int
pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
	int rc;

	if (self == NULL)
		return real.rdlock(lock);
	while ((rc = pthread_rwlock_tryrdlock(lock)) == EBUSY)
		switch_away();
	return rc;
}

int
pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
	int rc;

	if (self == NULL)
		return real.wrlock(lock);
	while ((rc = pthread_rwlock_trywrlock(lock)) == EBUSY)
		switch_away();
	return rc;
}

static int
wait_cond(pthread_cond_t *cond, pthread_mutex_t *mutex, int64_t deadline_ns)
{
	bool woken;

	self->cond = cond;
	self->woken = false;
	self->deadline_ns = deadline_ns;
	(void)real.unlock(mutex);
	wait_now();
	woken = self->woken;
	self->woken = false;
	(void)pthread_mutex_lock(mutex);
	return woken ? 0 : ETIMEDOUT;
}

int
pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
	return self == NULL ? real.cond_wait(cond, mutex) :
			      wait_cond(cond, mutex, NEVER);
}

int
pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
    const struct timespec *until)
{
	return self == NULL ?
	    real.cond_timedwait(cond, mutex, until) :
	    wait_cond(cond, mutex,
		(int64_t)until->tv_sec * 1000000000 + until->tv_nsec -
		    sim.wall_ns);
}

int
pthread_cond_clockwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
    clockid_t clock, const struct timespec *until)
{
	int64_t at = (int64_t)until->tv_sec * 1000000000 + until->tv_nsec;

	return self == NULL ?
	    real.cond_clockwait(cond, mutex, clock, until) :
	    wait_cond(cond, mutex,
		clock == CLOCK_REALTIME ? at - sim.wall_ns : at);
}

static int
wake(const pthread_cond_t *cond, bool all)
{
	size_t first = random_below(&sim.random, sim.count);

	for (size_t i = 0; i < sim.count; i++) {
		struct task *t = &sim.tasks[(first + i) % sim.count];

		if (t->state != WAITING || t->cond != cond || t->woken)
			continue;
		t->woken = true;
		if (!all)
			break;
	}
	return 0;
}

int
pthread_cond_signal(pthread_cond_t *cond)
{
	return self == NULL ? real.cond_signal(cond) : wake(cond, false);
}

int
pthread_cond_broadcast(pthread_cond_t *cond)
{
	return self == NULL ? real.cond_broadcast(cond) : wake(cond, true);
}

/* --- loops and clocks --- */

static int
wait_epoll(int fd, struct epoll_event *events, int max, int timeout_ms)
{
	int64_t until = timeout_ms < 0 ? NEVER :
					 sim.now_ns + timeout_ms * 1000000ll;

	if (timeout_ms == 0)
		switch_away();
	else {
		self->epoll = fd;
		self->deadline_ns = until;
		wait_now();
	}
	return real.epoll_wait(fd, events, max, 0);
}

int
epoll_wait(int fd, struct epoll_event *events, int max, int timeout_ms)
{
	return self == NULL ? real.epoll_wait(fd, events, max, timeout_ms) :
			      wait_epoll(fd, events, max, timeout_ms);
}

int
epoll_pwait(int fd, struct epoll_event *events, int max, int timeout_ms,
    const sigset_t *mask)
{
	return self == NULL ?
	    real.epoll_pwait(fd, events, max, timeout_ms, mask) :
	    wait_epoll(fd, events, max, timeout_ms);
}

int
clock_gettime(clockid_t id, struct timespec *t)
{
	int64_t ns;

	find_real();
	if (self == NULL)
		return real.clock_gettime(id, t);
	ns = sim.now_ns + (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE ?
			      sim.wall_ns :
			      0);
	t->tv_sec = (time_t)(ns / 1000000000);
	t->tv_nsec = (long)(ns % 1000000000);
	return 0;
}
