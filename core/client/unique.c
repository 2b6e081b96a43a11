/* SPDX-License-Identifier: Apache-2.0 */
#include <time.h>
#include <unistd.h>

#include "client/unique.h"

static void
put_hex(char *to, uint32_t value, unsigned digits)
{
	static const char hex[] = "0123456789ABCDEF";

	while (digits-- > 0) {
		to[digits] = hex[value & 15];
		value >>= 4;
	}
}

void
skua_unique_init(struct unique *u, const struct skua_addr *own, uint32_t salt)
{
	memset(u, 0, sizeof(*u));
	for (unsigned i = 0; i < 4; i++)
		put_hex(u->prefix + 2 * i, own->ip[i], 2);
	put_hex(u->prefix + 8, (uint32_t)getpid(), 4);
	put_hex(u->prefix + 12, salt, 8);
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
	if (now_ms >= u->next_month_ms || now_ms < u->month_ms)
		find_month(u, now_ms);
	memcpy(text, u->prefix, sizeof(u->prefix));
	put_hex(text + 20, (uint32_t)(now_ms - u->month_ms), 8);
	put_hex(text + 28, atomic_fetch_add(&u->counter, 1), 4);
}
