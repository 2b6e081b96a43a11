/* SPDX-License-Identifier: Apache-2.0 */
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/text.h"
#include "client/unique.h"

void
skua_unique_init(struct unique *u, const struct skua_addr *own, uint32_t salt)
{
	uint8_t bytes[10];

	memset(u, 0, sizeof(*u));
	memcpy(bytes, own->ip, 4);
	put_be16(bytes + 4, (uint16_t)getpid());
	put_be32(bytes + 6, salt);
	(void)skua_text_put_hex(u->prefix, bytes, sizeof(bytes));
	atomic_init(&u->counter, (uint16_t)salt);
}

/* Two threads may do this at once, with the same result. */
static void
find_month(struct unique *u, int64_t now_ms)
{
	time_t now = (time_t)(now_ms / 1000);
	struct tm tm;

	(void)localtime_r(&now, &tm);
	tm.tm_mday = 1;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_isdst = -1;
	u->month_ms = (int64_t)mktime(&tm) * 1000;
	tm.tm_mon++;
	tm.tm_isdst = -1;
	u->next_month_ms = (int64_t)mktime(&tm) * 1000;
}

void
skua_unique_make(struct unique *u, int64_t now_ms, char *text)
{
	uint8_t bytes[6];

	if (now_ms >= u->next_month_ms || now_ms < u->month_ms)
		find_month(u, now_ms);
	memcpy(text, u->prefix, sizeof(u->prefix));
	put_be32(bytes, (uint32_t)(now_ms - u->month_ms));
	put_be16(bytes + 4, atomic_fetch_add(&u->counter, 1));
	(void)skua_text_put_hex(text + sizeof(u->prefix), bytes, sizeof(bytes));
}
