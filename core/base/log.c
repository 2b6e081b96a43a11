/* SPDX-License-Identifier: Apache-2.0 */
/* One line per fact on stderr, written by a single write so that lines of
 * several threads never mix. */
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

static _Atomic int threshold = SKUA_LOG_INFO;

static const char *const level_names[] = {
	[SKUA_LOG_ERROR] = "error",
	[SKUA_LOG_WARNING] = "warning",
	[SKUA_LOG_NOTICE] = "notice",
	[SKUA_LOG_INFO] = "info",
	[SKUA_LOG_DEBUG] = "debug",
};

void
skua_log_set_level(enum skua_log_level level)
{
	atomic_store(&threshold, (int)level);
}

bool
skua_log_level_parse(const char *text, enum skua_log_level *level_r)
{
	for (int i = SKUA_LOG_ERROR; i <= SKUA_LOG_DEBUG; i++)
		if (strcmp(text, level_names[i]) == 0) {
			*level_r = (enum skua_log_level)i;
			return true;
		}
	return false;
}

bool
skua_log_wants(enum skua_log_level level)
{
	return (int)level <=
	    atomic_load_explicit(&threshold, memory_order_relaxed);
}

bool
skua_log_allowed(struct log_limit *limit, uint32_t burst)
{
	int64_t second = skua_mono_ms() / 1000;

	if (limit->second != second) {
		if (limit->held > 0)
			skua_log(SKUA_LOG_WARNING, "log",
			    "%u similar lines were held back", limit->held);
		limit->second = second;
		limit->lines = 0;
		limit->held = 0;
	}
	if (limit->lines < burst) {
		limit->lines++;
		return true;
	}
	limit->held++;
	return false;
}

/* "2026-11-21T16:15:30.123 notice broker: " */
static size_t
put_head(char *line, size_t size, enum skua_log_level level, const char *unit)
{
	struct timespec now;
	struct tm tm;
	size_t n;
	int rc;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)localtime_r(&now.tv_sec, &tm);
	n = strftime(line, size, "%Y-%m-%dT%H:%M:%S", &tm);
	rc = snprintf(line + n, size - n, ".%03ld %s %.40s: ",
	    now.tv_nsec / 1000000, level_names[level], unit);
	return n + (size_t)rc;
}

/* Text of a peer must not forge a line of its own, nor steer a terminal that
 * shows the log. */
void
skua_log(enum skua_log_level level, const char *unit, const char *fmt, ...)
{
	char raw[2048], line[2048];
	va_list ap;
	size_t n;

	if (!skua_log_wants(level))
		return;
	n = put_head(raw, sizeof(raw), level, unit);
	va_start(ap, fmt);
	(void)vsnprintf(raw + n, sizeof(raw) - n, fmt, ap);
	va_end(ap);
	n = skua_text_clean(line, sizeof(line) - 1, skua_str_z(raw));
	line[n++] = '\n';
	(void)!write(STDERR_FILENO, line, n);
}
