/* SPDX-License-Identifier: Apache-2.0 */
/* What peers make this process hold, beside the limits of skuad(8). */
#include <stdio.h>

#include "base/text.h"
#include "broker/broker.h"
#include "broker/figures.h"
#include "net/address_count.h"

/* A figure is summed over the loops, or asked for. */
struct figure {
	const char *key; /* of request 28 */
	const char *metric;
	enum skua_metric_type type;
	const char *help;
	size_t held; /* a field of struct held, unless ask is set */
	int64_t (*ask)(const struct broker *b);
};

static int64_t
connections(const struct broker *b)
{
	(void)b;
	return skua_address_count_open();
}

static int64_t
connections_refused(const struct broker *b)
{
	(void)b;
	return skua_address_count_refused();
}

static int64_t
session_bytes(const struct broker *b)
{
	return atomic_load_explicit(&b->sessions.bytes, memory_order_relaxed);
}

#define ASKED(key, metric, type, help, fn)                                     \
	{ key, "skua_" metric, SKUA_##type, help, 0, fn }
#define SUMMED(key, metric, type, help, field)                                 \
	{ key, "skua_" metric, SKUA_##type, help,                              \
		offsetof(struct held, field), NULL }
static const struct figure figures[] = {
	ASKED("connections", "net_connections", GAUGE,
	    "Connections that peers have open.", connections),
	ASKED("connectionsRefused", "net_connections_refused_total", COUNTER,
	    "Connections beyond a limit, closed as they came.",
	    connections_refused),
	SUMMED("connectionsClosedAtLimit", "net_connections_closed_total",
	    COUNTER, "Connections closed for frames that did not end.", closed),
	SUMMED("connectionsRested", "net_connections_rested_total", COUNTER,
	    "How often a connection was not read from for a while.", rested),
	SUMMED("requestsRefusedBusy", "net_requests_busy_total", COUNTER,
	    "Requests refused because too much was held.", busy),
	SUMMED("requestsDeferred", "net_requests_deferred", GAUGE,
	    "Requests that are being answered elsewhere.", deferred),
	SUMMED("pullsParked", "net_pulls_parked", GAUGE,
	    "Pulls that wait for messages.", parked),
	SUMMED("deferredBytes", "net_deferred_bytes", GAUGE,
	    "Memory of requests that are answered later.", deferred_bytes),
	SUMMED("readingBytes", "net_reading_bytes", GAUGE,
	    "Memory of unfinished frames.", reading),
	SUMMED("unsentBytes", "net_unsent_bytes", GAUGE,
	    "Memory of answers that were not taken.", unsent),
	ASKED("sessionBytes", "sessions_bytes", GAUGE,
	    "Memory of what heartbeats brought.", session_bytes),
};
#undef ASKED
#undef SUMMED
#define FIGURE_COUNT (sizeof(figures) / sizeof(figures[0]))

static int64_t
value_of(const struct broker *b, const struct figure *f)
{
	int64_t sum = 0;

	if (f->ask != NULL)
		return f->ask(b);
	for (size_t i = 0; i < b->loop_count; i++)
		sum += held_get((const _Atomic int64_t *)(const void *)(
		    (const char *)&b->loops[i].held + f->held));
	return sum;
}

void
skua_figures_put(const struct broker *b, struct skua_jsonw *w)
{
	for (size_t i = 0; i < FIGURE_COUNT; i++) {
		char text[TEXT_INT_MAX];
		size_t n = skua_text_put_int(text, value_of(b, &figures[i]));

		skua_jsonw_key_z(w, figures[i].key);
		skua_jsonw_str(w, skua_str_n(text, n));
	}
}

static void
visit(const void *broker, skua_metric_fn *fn, void *arg)
{
	for (size_t i = 0; i < FIGURE_COUNT; i++) {
		const struct figure *f = &figures[i];
		int64_t value = value_of(broker, f);
		struct skua_metric m = { .name = f->metric, .type = f->type,
			.help = f->help, .cell = &value };

		fn(arg, "core", &m, value);
	}
}

void
skua_figures_provide(struct broker *b)
{
	b->plugins.core_metrics = visit;
}
