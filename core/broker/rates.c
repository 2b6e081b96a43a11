/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of the broker's counters, one sample a second.
 * Upstream: store.StoreStatsService, broker.BrokerStats. */
#include <stdlib.h>
#include <time.h>

#include "broker/broker.h"
#include "broker/rates.h"

#define SAMPLES 601 /* ten minutes lie between the first and the last */

struct sample {
	int64_t ms;
	int64_t total[RATES];
};

struct rates {
	struct sample ring[SAMPLES];
	size_t count; /* ever taken */
	int day;      /* of the year */
	struct rate_mornings mornings[RATES];
};

static void
take_sample(const struct broker *b, struct sample *s)
{
	s->ms = skua_mono_ms();
	s->total[RATE_PUT] = atomic_load(&b->put_times);
	s->total[RATE_FOUND] = atomic_load(&b->get_found);
	s->total[RATE_MISSED] = atomic_load(&b->get_missed);
	s->total[RATE_TRANSFERRED] = atomic_load(&b->get_messages);
}

static void
note_morning(struct rates *r, const struct sample *s)
{
	time_t now = skua_now_ms() / 1000;
	struct tm tm;

	if (localtime_r(&now, &tm) == NULL || tm.tm_yday == r->day)
		return;
	for (int i = 0; r->count > 0 && i < RATES; i++) {
		r->mornings[i].yesterday = r->mornings[i].today;
		r->mornings[i].today = s->total[i];
	}
	r->day = tm.tm_yday;
}

void
skua_rates_tick(struct broker *b)
{
	struct rates *r = b->rates;
	struct sample *s;

	if (r == NULL)
		b->rates = r = sk_new(struct rates);
	s = &r->ring[r->count % SAMPLES];
	take_sample(b, s);
	note_morning(r, s);
	r->count++;
}

void
skua_rates_free(struct broker *b)
{
	free(b->rates);
	b->rates = NULL;
}

double
skua_rates_average(const struct broker *b, enum rate rate, int64_t seconds)
{
	const struct rates *r = b->rates;
	const struct sample *first, *last;
	size_t back = (size_t)seconds;

	if (r == NULL || r->count < 2)
		return 0.0;
	if (back > SAMPLES - 1)
		back = SAMPLES - 1;
	if (back > r->count - 1)
		back = r->count - 1;
	last = &r->ring[(r->count - 1) % SAMPLES];
	first = &r->ring[(r->count - 1 - back) % SAMPLES];
	if (last->ms <= first->ms)
		return 0.0;
	return (double)(last->total[rate] - first->total[rate]) * 1000.0 /
	    (double)(last->ms - first->ms);
}

struct rate_mornings
skua_rates_mornings(const struct broker *b, enum rate rate)
{
	const struct rate_mornings none = { 0, 0 };

	return b->rates == NULL ? none : b->rates->mornings[rate];
}
