/* SPDX-License-Identifier: Apache-2.0 */
/* Messages per second over the last 10 s, minute and ten minutes, and how many
 * there were in the morning.  Main thread. */
#ifndef BROKER_RATES_H
#define BROKER_RATES_H

#include <stdint.h>

struct broker;
struct rates;

/* Once a second. */
void skua_rates_tick(struct broker *b);
void skua_rates_free(struct broker *b);

enum rate {
	RATE_PUT,         /* messages stored */
	RATE_FOUND,       /* pulls that found messages */
	RATE_MISSED,      /* pulls that did not */
	RATE_TRANSFERRED, /* messages sent to consumers */
	RATES
};

/* Per second, over so many seconds or as long as the broker runs. */
double skua_rates_average(const struct broker *b, enum rate rate,
    int64_t seconds);

/* Totals when the day began, and when the day before began; 0 for a day that
 * the broker was not there for. */
struct rate_mornings {
	int64_t today, yesterday;
};
struct rate_mornings skua_rates_mornings(const struct broker *b,
    enum rate rate);

#endif
