/* SPDX-License-Identifier: Apache-2.0 */
/* Moments, as people write them. */
#define _XOPEN_SOURCE 700 /* strptime */
#include <string.h>
#include <time.h>

#include <skua/host.h>

#include "base/text.h"
#include "cli/cli.h"

static bool
parse_word(const char *text, int64_t *ms_r)
{
	if (strcmp(text, "first") == 0)
		*ms_r = 0;
	else if (strcmp(text, "last") == 0)
		*ms_r = INT64_MAX;
	else if (strcmp(text, "now") == 0)
		*ms_r = skua_now_ms();
	else
		return false;
	return true;
}

/* "90s", "10m", "2h", "1d" ago */
static bool
parse_ago(const char *text, int64_t *ms_r)
{
	static const char units[] = "smhd";
	static const int64_t ms[] = { 1000, 60000, 3600000, 86400000 };
	size_t len = strlen(text);
	const char *unit = len < 2 ? NULL : strchr(units, text[len - 1]);
	int64_t n;

	if (unit == NULL || !skua_text_int(skua_str_n(text, len - 1), &n) ||
	    n < 0 || n > 100000000)
		return false;
	*ms_r = skua_now_ms() - n * ms[unit - units];
	return true;
}

static bool
parse_date(const char *text, int64_t *ms_r)
{
	static const char *const forms[] = { "%Y-%m-%dT%H:%M:%S",
		"%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M",
		"%Y-%m-%d" };

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct tm tm = { .tm_isdst = -1 };
		const char *end = strptime(text, forms[i], &tm);

		if (end != NULL && *end == '\0') {
			*ms_r = (int64_t)mktime(&tm) * 1000;
			return true;
		}
	}
	return false;
}

bool
cli_time(const struct cli *cli, const char *name, int64_t dflt, int64_t *ms_r)
{
	const char *text = cli_value(cli, name);

	*ms_r = dflt;
	if (text == NULL || parse_word(text, ms_r) || parse_ago(text, ms_r) ||
	    skua_text_int(skua_str_z(text), ms_r) || parse_date(text, ms_r))
		return true;
	(void)cli_fail("%s: --%s %s: expected " CLI_TIMES, cli->command->name,
	    name, text);
	return false;
}
