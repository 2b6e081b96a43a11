/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET_BROKER_RUNTIME_INFO (28): figures of the broker, all as text.  What has
 * no counterpart here (thread pools, the page cache lock) is 0.
 * Upstream: AdminBrokerProcessor.prepareRuntimeInfo, store.StoreStatsService.
 */
#include <stdarg.h>
#include <stdio.h>

#include <skua/io.h>

#include "broker/filter_cost.h"
#include "broker/figures.h"
#include "broker/handlers.h"
#include "broker/rates.h"

#define VERSION_NAME "V5_4_0" /* of COMMAND_VERSION */
#define HUMAN_SIZE 32

static void
put(struct skua_jsonw *w, const char *name, const char *fmt, ...)
    SKUA_PRINTF(3, 4);

static void
put(struct skua_jsonw *w, const char *name, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	skua_jsonw_key_z(w, name);
	skua_jsonw_str_z(w, text);
}

static void
put_int(struct skua_jsonw *w, const char *name, int64_t value)
{
	put(w, name, "%lld", (long long)value);
}

static const char *
human(int64_t bytes, char text[HUMAN_SIZE])
{
	double value = (double)bytes;
	const char *unit = "KMGTPE";

	if (bytes < 1024) {
		(void)snprintf(text, HUMAN_SIZE, "%lld B", (long long)bytes);
		return text;
	}
	for (value /= 1024; value >= 1024 && unit[1] != '\0'; unit++)
		value /= 1024;
	(void)snprintf(text, HUMAN_SIZE, "%.1f %ciB", value, *unit);
	return text;
}

static void
put_life(struct skua_jsonw *w, const struct broker *b)
{
	int64_t s = (skua_now_ms() - b->boot_ms) / 1000;

	put_int(w, "bootTimestamp", b->boot_ms);
	put(w, "runtime",
	    "[ %lld days, %lld hours, %lld minutes, %lld seconds ]",
	    (long long)(s / 86400), (long long)(s / 3600 % 24),
	    (long long)(s / 60 % 60), (long long)(s % 60));
	put(w, "brokerActive", "%s", b->has_broker_role ? "true" : "false");
	put(w, "brokerVersionDesc", "%s", VERSION_NAME);
}

static void
put_totals(struct skua_jsonw *w, struct broker *b)
{
	int64_t times = atomic_load(&b->put_times);
	int64_t bytes = atomic_load(&b->put_bytes);
	struct rate_mornings put_m = skua_rates_mornings(b, RATE_PUT);
	struct rate_mornings get_m = skua_rates_mornings(b, RATE_TRANSFERRED);

	put_int(w, "putMessageTimesTotal", times);
	put_int(w, "putMessageFailedTimes", atomic_load(&b->put_failed));
	put_int(w, "putMessageSizeTotal", bytes);
	put(w, "putMessageAverageSize", "%.2f",
	    times == 0 ? 0.0 : (double)bytes / (double)times);
	put_int(w, "msgPutTotalYesterdayMorning", put_m.yesterday);
	put_int(w, "msgPutTotalTodayMorning", put_m.today);
	put_int(w, "msgPutTotalTodayNow", times);
	put_int(w, "msgGetTotalYesterdayMorning", get_m.yesterday);
	put_int(w, "msgGetTotalTodayMorning", get_m.today);
	put_int(w, "msgGetTotalTodayNow", atomic_load(&b->get_messages));
}

/* Over 10 s, a minute, ten minutes. */
static void
put_rate(struct skua_jsonw *w, const struct broker *b, const char *name,
    enum rate rate, enum rate plus)
{
	static const int64_t spans[] = { 10, 60, 600 };
	double rates[3];

	for (int i = 0; i < 3; i++) {
		rates[i] = skua_rates_average(b, rate, spans[i]);
		if (plus != RATES)
			rates[i] += skua_rates_average(b, plus, spans[i]);
	}
	put(w, name, "%.2f %.2f %.2f", rates[0], rates[1], rates[2]);
}

/* When the oldest message was stored, or -1. */
static int64_t
earliest_ms(const struct log *log, int64_t min_pos)
{
	struct skua_record record;
	struct skua_slice slice;
	int64_t ms = -1;

	if (log->store->read(log->store_state, min_pos, 0, &slice) != SKUA_OK)
		return -1;
	if (skua_record_decode(slice.bytes, slice.len, &record) == SKUA_OK)
		ms = record.store_timestamp_ms;
	log->store->release(log->store_state, &slice);
	return ms;
}

/* How much of a disk is taken; -1: there is none, or it does not tell. */
static double
taken(int64_t total, int64_t free_bytes)
{
	return total <= 0 ? -1.0 : (double)(total - free_bytes) / (double)total;
}

static void
put_disk(struct skua_jsonw *w, const char *folder,
    const struct skua_store_state *state)
{
	char total_text[HUMAN_SIZE], free_text[HUMAN_SIZE], name[512];
	double used = taken(state->disk_total, state->disk_free);
	int64_t total = 0, left = 0;

	if (folder != NULL && used >= 0) {
		put(w, "commitLogDirCapacity", "Total : %s, Free : %s.",
		    human(state->disk_total, total_text),
		    human(state->disk_free, free_text));
		(void)snprintf(name, sizeof(name),
		    "commitLogDiskRatio_%s/commitlog", folder);
		put(w, name, "%.4f", used);
	}
	put(w, "commitLogDiskRatio", "%.4f", used);
	if (folder != NULL)
		(void)skua_io()->disk(folder, &total, &left);
	put(w, "consumeQueueDiskRatio", "%.4f", taken(total, left));
}

/* Rows that upstream has not: only when something is wrong. */
static void
put_state(struct skua_jsonw *w, const struct log *log)
{
	const char *trouble = skua_log_trouble(log);

	if (trouble != NULL)
		put(w, "storeTrouble", "%s", trouble);
	if (atomic_load(&log->damage_count) > 0)
		put_int(w, "storeDamagedMessages",
		    (int64_t)atomic_load(&log->damage_count));
	if (atomic_load(&log->damaged_entries) > 0)
		put_int(w, "storeRepairedEntries",
		    atomic_load(&log->damaged_entries));
}

static void
put_store(struct skua_jsonw *w, const struct broker *b)
{
	const struct log *log = &b->log;
	struct skua_store_state state = { .min_pos = 0 };
	char text[HUMAN_SIZE];
	int64_t behind;

	log->store->get_state(log->store_state, &state);
	behind = state.max_pos - state.synced_pos;
	put_int(w, "commitLogMinOffset", state.min_pos);
	put_int(w, "commitLogMaxOffset", state.max_pos);
	put_int(w, "earliestMessageTimeStamp",
	    earliest_ms(log, state.min_pos));
	put(w, "remainHowManyDataToFlush", "%s",
	    human(behind < 0 ? 0 : behind, text));
	put_disk(w, log->folder, &state);
	put_state(w, log);
}

/* Names of upstream's queues of tasks; nothing queues here. */
static void
put_pools(struct skua_jsonw *w, const struct broker *b)
{
	static const char *const pools[] = { "send", "pull", "litePull",
		"query", "ack" };
	char name[64];

	for (size_t i = 0; i < sizeof(pools) / sizeof(pools[0]); i++) {
		const char *capacity;

		(void)snprintf(name, sizeof(name),
		    "%sThreadPoolQueueCapacity", pools[i]);
		capacity = skua_settings_get(b->settings, name);
		put(w, name, "%s", capacity == NULL ? "0" : capacity);
		(void)snprintf(name, sizeof(name), "%sThreadPoolQueueSize",
		    pools[i]);
		put(w, name, "0");
		(void)snprintf(name, sizeof(name),
		    "%sThreadPoolQueueHeadWaitTimeMills", pools[i]);
		put(w, name, "0");
	}
	put(w, "EndTransactionThreadPoolQueueCapacity", "%s",
	    skua_settings_get(b->settings, "endTransactionPoolQueueCapacity"));
}

static void
put_unmeasured(struct skua_jsonw *w)
{
	static const char *const zeros[] = { "EndTransactionQueueSize",
		"dispatchBehindBytes", "dispatchMaxBuffer",
		"getMessageEntireTimeMax", "pageCacheLockTimeMills",
		"putMessageEntireTimeMax", "timerCongestNum",
		"timerOffsetBehind", "timerReadBehind" };
	static const char *const real_zeros[] = { "putLatency99",
		"putLatency999", "timerDequeueTps", "timerEnqueueTps" };

	for (size_t i = 0; i < sizeof(zeros) / sizeof(zeros[0]); i++)
		put(w, zeros[i], "0");
	for (size_t i = 0; i < sizeof(real_zeros) / sizeof(real_zeros[0]); i++)
		put(w, real_zeros[i], "0.00");
	put(w, "putMessageDistributeTime", "null");
	put_int(w, "remainTransientStoreBufferNumbs", INT32_MAX);
}

void
handle_runtime_info(struct broker *b, struct skua_request *request)
{
	struct skua_jsonw w;

	skua_answer_json_begin(&w);
	skua_jsonw_open(&w, '{');
	skua_jsonw_key_z(&w, "table");
	skua_jsonw_open(&w, '{');
	put_life(&w, b);
	put_totals(&w, b);
	put_rate(&w, b, "putTps", RATE_PUT, RATES);
	put_rate(&w, b, "getFoundTps", RATE_FOUND, RATES);
	put_rate(&w, b, "getMissTps", RATE_MISSED, RATES);
	put_rate(&w, b, "getTotalTps", RATE_FOUND, RATE_MISSED);
	put_rate(&w, b, "getTransferredTps", RATE_TRANSFERRED, RATES);
	put_store(&w, b);
	put_pools(&w, b);
	skua_figures_put(b, &w);
	put_unmeasured(&w);
	skua_filter_costs_put(b, &w);
	put(&w, "startAcceptSendRequestTimeStamp", "%s",
	    skua_settings_get(b->settings, "startAcceptSendRequestTimeStamp"));
	skua_jsonw_close(&w, '}');
	skua_jsonw_close(&w, '}');
	skua_answer_json(request, &w);
}
