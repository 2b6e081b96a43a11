/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/mem.h"
#include "bench/series.h"

static void
make_room(struct series *s, size_t step)
{
	size_t size = s->size == 0 ? 256 : s->size;

	if (step < s->size)
		return;
	while (size <= step)
		size *= 2;
	s->counts = skua_mem_grow(s->counts, size, sizeof(s->counts[0]));
	memset(s->counts + s->size, 0,
	    (size - s->size) * sizeof(s->counts[0]));
	s->size = size;
}

void
skua_series_add(struct series *s, uint64_t since_ns, uint64_t messages)
{
	size_t step = (size_t)(since_ns / SERIES_STEP_NS);

	make_room(s, step);
	s->counts[step] += messages;
	if (step >= s->count)
		s->count = step + 1;
}

void
skua_series_free(struct series *s)
{
	free(s->counts);
	memset(s, 0, sizeof(*s));
}

double
skua_series_rate(const struct series *s, size_t from, size_t to)
{
	uint64_t sum = 0;

	if (to > s->count)
		to = s->count;
	for (size_t i = from; i < to; i++)
		sum += s->counts[i];
	return to <= from ? 0 :
			    (double)sum * 1e9 /
		    ((double)(to - from) * SERIES_STEP_NS);
}
