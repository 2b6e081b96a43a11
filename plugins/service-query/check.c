/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Before anything is answered from files of an earlier process, or added to
 * them, they are held against their seals.  That may take seconds, so it is done
 * on the follower's thread, when the broker is up; queries that come meanwhile
 * wait.
 */
#include <stdlib.h>

#include <skua/io.h>

#include "query.h"

struct waiting {
	struct waiting *next;
	struct skua_request *request;
};

void
index_file_drop(const struct query *q, const char *path)
{
	skua_log(SKUA_LOG_NOTICE, "service-query",
	    "%s is dropped and will be built anew", path);
	(void)skua_io()->unlink(path);
	index_file_unseal(q, path);
}

/* The oldest that is not what was sealed, or knows of messages that were not in
 * the log when it was opened. */
static const struct index_file *
find_unsound(const struct query *q)
{
	const struct index_file *bad = NULL;

	for (struct index_file *f = q->newest; f != NULL; f = f->older)
		if (index_file_last_pos(f) >= q->opened_max ||
		    !index_file_is_sound(q, f))
			bad = f;
	return bad;
}

/* With it the newer ones go: building goes forward. */
static void
drop_from(struct query *q, const struct index_file *bad)
{
	while (bad != NULL) {
		struct index_file *f = q->newest;

		if (f == bad)
			bad = NULL;
		q->newest = f->older;
		index_file_drop(q, f->path);
		index_file_close(f);
	}
}

static void
answer_waiting(struct query *q, struct waiting *w)
{
	while (w != NULL) {
		struct waiting *next = w->next;

		query_answer(q->host, w->request);
		free(w);
		w = next;
	}
}

/* Nobody else looks at the files as long as they are unchecked. */
void
query_check_files(struct query *q)
{
	struct waiting *w;

	drop_from(q, find_unsound(q));
	if (q->newest != NULL && !index_file_is_full(q, q->newest)) {
		/* It will be written again. */
		index_file_unseal(q, q->newest->path);
		q->newest->sealed = false;
	}
	(void)pthread_mutex_lock(&q->lock);
	w = q->waiting;
	q->waiting = NULL;
	atomic_store(&q->is_checked, true);
	(void)pthread_mutex_unlock(&q->lock);
	answer_waiting(q, w);
}

/* Lock held. */
static void
wait_for_check(struct query *q, struct skua_request *request)
{
	struct waiting *w = malloc(sizeof(*w));

	if (w == NULL) {
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR, "out of memory");
		return;
	}
	w->request = skua_request_defer(request);
	if (w->request == NULL) {
		free(w);
		return;
	}
	w->next = q->waiting;
	q->waiting = w;
}

bool
query_must_wait(struct query *q, struct skua_request *request)
{
	bool is_checked = atomic_load(&q->is_checked);

	if (is_checked)
		return false;
	(void)pthread_mutex_lock(&q->lock);
	is_checked = atomic_load(&q->is_checked);
	if (!is_checked)
		wait_for_check(q, request);
	(void)pthread_mutex_unlock(&q->lock);
	return !is_checked;
}
