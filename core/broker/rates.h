/* SPDX-License-Identifier: Apache-2.0 */
/* Messages per second over the last 10 s, minute and ten minutes. */
#ifndef BROKER_RATES_H
#define BROKER_RATES_H

struct broker;
struct rates;

/* Main thread, once a second. */
void skua_rates_tick(struct broker *b);
void skua_rates_free(struct broker *b);

#endif
