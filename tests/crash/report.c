/* SPDX-License-Identifier: Apache-2.0 */
/* See report.h. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "report.h"

static const char usage[] =
    "  -n, --cycles N    so many\n"
    "  -s, --seed N      the first seed; the same seed is the same run\n"
    "  -1, --one         only that seed\n"
    "  -o, --only NAME   one point or case\n"
    "  -j, --json FILE   append the figures to FILE\n"
    "  -v, --verbose     show the broker's log\n";

void
options_take(struct options *o, int argc, char **argv, uint64_t cycles)
{
	static const struct option longs[] = {
		{ "cycles", required_argument, NULL, 'n' },
		{ "seed", required_argument, NULL, 's' },
		{ "one", no_argument, NULL, '1' },
		{ "only", required_argument, NULL, 'o' },
		{ "json", required_argument, NULL, 'j' },
		{ "verbose", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	const char *text = getenv("SKUA_CRASH_CYCLES");
	int c;

	*o = (struct options){ .seed = 1 };
	o->cycles = text == NULL ? cycles : strtoull(text, NULL, 10);
	o->json = getenv("SKUA_CRASH_JSON");
	while ((c = getopt_long(argc, argv, "n:s:1o:j:v", longs, NULL)) != -1)
		switch (c) {
		case 'n':
			o->cycles = strtoull(optarg, NULL, 10);
			break;
		case 's':
			o->seed = strtoull(optarg, NULL, 10);
			break;
		case '1':
			o->one = true;
			break;
		case 'o':
			o->only = optarg;
			break;
		case 'j':
			o->json = optarg;
			break;
		case 'v':
			o->verbose = true;
			break;
		default:
			(void)fputs(usage, stderr);
			exit(2);
		}
	skua_log_set_level(o->verbose ? SKUA_LOG_DEBUG : SKUA_LOG_ERROR);
	/* Damage and failures are what is played here. */
	if (!o->verbose)
		skua_log_set_level((enum skua_log_level)(SKUA_LOG_ERROR - 1));
}

void
report_progress(const char *part, uint64_t done, uint64_t of)
{
	static time_t last;
	time_t now = time(NULL);

	if (now == last)
		return;
	last = now;
	(void)fprintf(stderr, "%s%s: %llu of %llu%s",
	    isatty(2) ? "\r" : "", part, (unsigned long long)done,
	    (unsigned long long)of, isatty(2) ? "" : "\n");
}

static void
write_json(const struct options *o, const char *part, uint64_t cycles,
    const struct ledger *sum, const char *more, uint64_t faults)
{
	const struct verdict *v = &sum->verdict;
	FILE *f = fopen(o->json, "a");

	if (f == NULL)
		return;
	(void)fprintf(f,
	    "{\"part\":\"%s\",\"seed\":%llu,\"cycles\":%llu,\"passed\":%s,"
	    "\"judgements\":%llu,\"acknowledged\":%llu,\"lost\":%llu,"
	    "\"doubled\":%llu,\"reordered\":%llu,\"phantom\":%llu,"
	    "\"gaps\":%llu,\"moved\":%llu,\"revived\":%llu,"
	    "\"unreadable\":%llu,\"offsets\":%llu,\"tables\":%llu,"
	    "\"unfound\":%llu,\"unsyncedAndGone\":%llu,\"more\":\"%s\"}\n",
	    part, (unsigned long long)o->seed, (unsigned long long)cycles,
	    faults == 0 ? "true" : "false", (unsigned long long)v->judgements,
	    (unsigned long long)v->acknowledged, (unsigned long long)v->lost,
	    (unsigned long long)v->doubled, (unsigned long long)v->reordered,
	    (unsigned long long)v->phantom, (unsigned long long)v->gaps,
	    (unsigned long long)v->moved, (unsigned long long)v->revived,
	    (unsigned long long)v->unreadable, (unsigned long long)v->offsets,
	    (unsigned long long)v->tables, (unsigned long long)v->unfound,
	    (unsigned long long)v->allowed_losses, more);
	(void)fclose(f);
}

int
report_end(const struct options *o, const char *part, uint64_t cycles,
    const struct ledger *sum, const char *more)
{
	uint64_t faults = verdict_faults(sum);
	char text[1024];

	verdict_print(sum, text, sizeof(text));
	(void)printf("%s: %s: cycles %llu, %s%s%s (seed %llu)\n",
	    faults == 0 ? "PASS" : "FAIL", part, (unsigned long long)cycles,
	    text, *more == '\0' ? "" : ", ", more,
	    (unsigned long long)o->seed);
	if (o->json != NULL)
		write_json(o, part, cycles, sum, more, faults);
	return faults == 0 ? 0 : 1;
}
