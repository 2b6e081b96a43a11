/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store around another one, which fails on cue: for tests of what stands on a
 * store, and for trying out what an operator would see.
 *
 *	store=fault
 *	plugin.store-fault.store=commitlog
 *	plugin.store-fault.append=100+5:ENOSPC
 *
 * is the 100th append and the four after it failing for want of room.
 */
#include <stdatomic.h>
#include <stdlib.h>

#include <skua/host.h>
#include <skua/store.h>
#include <skua/version.h>

enum operation { ON_APPEND, ON_READ, ON_SYNC, ON_TRIM, OPERATIONS };

struct fault_conf {
	const char *store;
	const char *cues[OPERATIONS];
};

/* From the first-th call on, count of them; count 0: all of them. */
struct cue {
	int64_t first, count;
	int error;
	_Atomic int64_t calls;
};

struct fault {
	struct skua_store_ref inner;
	struct cue cues[OPERATIONS];
	_Atomic bool poisoned;
};

static const struct {
	const char *name;
	int error;
} errors[] = {
	{ "EIO", SKUA_EIO },
	{ "ENOSPC", SKUA_ENOSPC },
	{ "ENOMEM", SKUA_ENOMEM },
	{ "ECORRUPT", SKUA_ECORRUPT },
	{ "ENOENT", SKUA_ENOENT },
};

/* "N", "N+COUNT", each with ":ERROR" behind it. */
static int
parse_cue(const char *text, struct cue *cue, struct skua_error *e)
{
	char *end;

	if (*text == '\0')
		return SKUA_OK;
	cue->error = SKUA_EIO;
	cue->count = 1;
	cue->first = strtoll(text, &end, 10);
	if (*end == '+')
		cue->count = strtoll(end + 1, &end, 10);
	if (*end == ':') {
		cue->error = SKUA_OK;
		for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
			if (strcmp(end + 1, errors[i].name) == 0)
				cue->error = errors[i].error;
		end += strlen(end);
	}
	if (cue->first < 1 || cue->count < 0 || *end != '\0' ||
	    cue->error == SKUA_OK)
		return skua_fail(e, SKUA_EINVAL,
		    "\"%s\" is no cue: expected N[+COUNT][:EIO|ENOSPC|ENOMEM|"
		    "ECORRUPT|ENOENT]", text);
	return SKUA_OK;
}

/* What the next call of this kind comes to, before it is made. */
static int
next(struct fault *f, enum operation op)
{
	struct cue *cue = &f->cues[op];
	int64_t n = atomic_fetch_add(&cue->calls, 1) + 1;

	if (cue->first == 0 || n < cue->first ||
	    (cue->count > 0 && n >= cue->first + cue->count))
		return SKUA_OK;
	return cue->error;
}

static int
fault_open(void *state, struct skua_host *host, const char *folder,
    struct skua_error *e)
{
	const struct fault_conf *conf = skua_host_conf(host);
	struct fault *f = state;

	for (size_t i = 0; i < OPERATIONS; i++) {
		int rc = parse_cue(conf->cues[i], &f->cues[i], e);

		if (rc != SKUA_OK)
			return rc;
	}
	if (strcmp(conf->store, "fault") == 0)
		return skua_fail(e, SKUA_EINVAL,
		    "plugin.store-fault.store names itself");
	return skua_store_open(host, conf->store, folder, &f->inner, e);
}

static int
fault_recover(void *state, const struct skua_store_start *start,
    skua_recovered_fn *found, void *arg, struct skua_error *e)
{
	struct fault *f = state;

	return f->inner.ops->recover(f->inner.state, start, found, arg, e);
}

static int
fault_append(void *state, struct skua_append *batch, size_t n)
{
	struct fault *f = state;
	int rc = atomic_load(&f->poisoned) ? SKUA_EPOISONED :
					     next(f, ON_APPEND);

	return rc != SKUA_OK ? rc :
			       f->inner.ops->append(f->inner.state, batch, n);
}

static int
fault_read(void *state, int64_t pos, uint32_t len, struct skua_slice *slice_r)
{
	struct fault *f = state;
	int rc = next(f, ON_READ);

	return rc != SKUA_OK ?
	    rc :
	    f->inner.ops->read(f->inner.state, pos, len, slice_r);
}

static void
fault_release(void *state, struct skua_slice *slice)
{
	struct fault *f = state;

	f->inner.ops->release(f->inner.state, slice);
}

/* As every store: after one failure, never again. */
static int
fault_sync(void *state, int64_t *synced_pos_r)
{
	struct fault *f = state;

	if (atomic_load(&f->poisoned) || next(f, ON_SYNC) != SKUA_OK) {
		atomic_store(&f->poisoned, true);
		return SKUA_EPOISONED;
	}
	return f->inner.ops->sync(f->inner.state, synced_pos_r);
}

static void
fault_get_state(void *state, struct skua_store_state *state_r)
{
	struct fault *f = state;

	f->inner.ops->get_state(f->inner.state, state_r);
	if (atomic_load(&f->poisoned))
		state_r->error = SKUA_EPOISONED;
}

static int
fault_trim(void *state, int64_t pos, int64_t *min_pos_r)
{
	struct fault *f = state;
	int rc = next(f, ON_TRIM);

	if (rc != SKUA_OK || f->inner.ops->trim == NULL)
		return rc != SKUA_OK ? rc : SKUA_ENOTSUP;
	return f->inner.ops->trim(f->inner.state, pos, min_pos_r);
}

static void
fault_close(void *state)
{
	struct fault *f = state;

	skua_store_close(&f->inner);
}

static const struct skua_store fault_store = {
	.size = sizeof(struct skua_store),
	.state_size = sizeof(struct fault),
	.durable = true,
	.open = fault_open,
	.recover = fault_recover,
	.append = fault_append,
	.read = fault_read,
	.release = fault_release,
	.sync = fault_sync,
	.get_state = fault_get_state,
	.trim = fault_trim,
	.close = fault_close,
};

static int
load(struct skua_host *host, struct skua_error *e)
{
	(void)e;
	return skua_provide_store(host, "fault", &fault_store);
}

#define CUE(name, op, what)                                                    \
	SKUA_OPT_ROW_STRING(name, struct fault_conf, cues[op], 0, "",          \
	    "Which " what                                                      \
	    " fail: N[+COUNT][:ERROR], counted from 1; COUNT 0: all from N.")

static const struct skua_option options[] = {
	SKUA_OPT_ROW_STRING("store", struct fault_conf, store, 0, "commitlog",
	    "The store that does the work; a durable one."),
	CUE("append", ON_APPEND, "appends"),
	CUE("read", ON_READ, "reads"),
	CUE("sync", ON_SYNC, "syncs"),
	CUE("trim", ON_TRIM, "trims"),
	SKUA_OPT_END,
};

SKUA_PLUGIN_EXPORT = {
	SKUA_ABI,
	.name = "store-fault",
	.version = SKUA_VERSION,
	.descr = "fail on cue, around another store",
	.license = "Apache-2.0",
	.options = options,
	.conf_size = sizeof(struct fault_conf),
	.load = load,
};
