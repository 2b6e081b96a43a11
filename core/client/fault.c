/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Brokers that were slow, or failed, are left out for a while.
 * Upstream: client.latency.MQFaultStrategy.
 */
#include "client/producer.h"

#define FAILED_AS_MS 10000

static const struct {
	int64_t latency_ms, pause_ms;
} steps[] = { { 15000, 30000 }, { 5000, 10000 }, { 3000, 6000 },
	{ 1800, 5000 }, { 550, 2000 } };

static int64_t
pause_for(int64_t latency_ms)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (latency_ms >= steps[i].latency_ms)
			return steps[i].pause_ms;
	return 0;
}

void
skua_fault_note(struct skua_producer *p, const char *broker, int64_t latency_ms,
    bool failed)
{
	int64_t pause, until;
	struct fault *f;

	if (!p->options.avoid_slow)
		return;
	pause = pause_for(failed ? FAILED_AS_MS : latency_ms);
	HASH_FIND_STR(p->faults, broker, f);
	if (f == NULL) {
		if (pause == 0)
			return;
		f = skua_mem_new(1, sizeof(*f) + strlen(broker) + 1);
		memcpy(f->broker, broker, strlen(broker) + 1);
		HASH_ADD_STR(p->faults, broker, f);
	}
	until = (int64_t)uv_now(&p->client->loop.uv) + pause;
	if (pause > 0 && until > f->until_ms)
		f->until_ms = until;
}

bool
skua_fault_is_fine(const struct skua_producer *p, const char *broker)
{
	struct fault *f;

	if (p->faults == NULL)
		return true;
	HASH_FIND_STR(p->faults, broker, f);
	return f == NULL || (int64_t)uv_now(&p->client->loop.uv) >= f->until_ms;
}

void
skua_fault_free(struct skua_producer *p)
{
	struct fault *f, *next;

	HASH_ITER(hh, p->faults, f, next) {
		HASH_DEL(p->faults, f);
		free(f);
	}
}
