/* SPDX-License-Identifier: Apache-2.0 */
/* ip | u16 pid | i32 salt | i32 ms since the month began | u16 counter */
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include <skua/host.h>

#include "base/bytes.h"
#include "base/text.h"
#include "broker/unique_key.h"

static int64_t
month_start_ms(int64_t now_ms)
{
	time_t now = (time_t)(now_ms / 1000);
	struct tm tm;

	(void)localtime_r(&now, &tm);
	tm.tm_mday = 1;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm) * 1000;
}

size_t
skua_unique_key(char key[UNIQUE_KEY_SIZE], const struct skua_addr *host)
{
	static _Atomic uint32_t counter;
	static _Atomic int64_t month_ms;
	size_t ip_len = host->len == 16 ? 16 : 4, len;
	int64_t now = skua_now_ms(), start = atomic_load(&month_ms);
	uint8_t bytes[28];

	if (start == 0 || now - start > (int64_t)28 * 86400000) {
		start = month_start_ms(now);
		atomic_store(&month_ms, start);
	}
	memcpy(bytes, host->ip, ip_len);
	put_be16(bytes + ip_len, (uint16_t)getpid());
	put_be32(bytes + ip_len + 2, (uint32_t)start ^ host->port);
	put_be32(bytes + ip_len + 6, (uint32_t)(now - start));
	put_be16(bytes + ip_len + 10,
	    (uint16_t)atomic_fetch_add(&counter, 1));
	len = skua_text_put_hex(key, bytes, ip_len + 12);
	key[len] = '\0';
	return len;
}
