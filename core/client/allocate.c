/* SPDX-License-Identifier: Apache-2.0 */
/* Upstream: client.consumer.rebalance.AllocateMessageQueueAveragely. */
#include <stdlib.h>

#include "client/allocate.h"

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void
skua_allocate_averagely(size_t queue_count, const char **ids, size_t id_count,
    const char *own, size_t *first_r, size_t *count_r)
{
	size_t share = queue_count / id_count, rest = queue_count % id_count;
	size_t at = 0;

	*first_r = *count_r = 0;
	qsort(ids, id_count, sizeof(ids[0]), by_text);
	while (at < id_count && strcmp(ids[at], own) != 0)
		at++;
	if (at == id_count)
		return;
	/* The first `rest` members have one more. */
	*count_r = share + (at < rest ? 1 : 0);
	*first_r = at * share + (at < rest ? at : rest);
}
