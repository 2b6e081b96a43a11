/* SPDX-License-Identifier: Apache-2.0 */
/* skua top: what is going on, again and again. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <skua/host.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/top.h"

#define CTRL_C 3
#define SHARE 4 /* of an interval that is spent on asking */
#define LINES_BESIDES 12 /* of the screen: heads and what parts tables */

static const struct cli_option options[] = {
	CLI_NAMESRV,
	{ 'i', "interval", "SECONDS", "between two looks [2]", false },
	{ '1', "once", NULL, "look twice, write once, as without a terminal",
	    false },
	{ 'c', "count", "N", "end after N looks [0: never]", false },
	{ 0, "json", NULL, "an object for each look, one a line", false },
	CLI_END,
};

struct top {
	const struct cli *cli;
	struct skua_client *client;
	struct top_sample last, now;
	bool has_last;
	int64_t interval_ms, count;
	struct skua_error error;
};

static bool
read_interval(const struct cli *cli, int64_t *ms_r)
{
	const char *text = cli_value(cli, "interval");
	char *end;
	double s = text == NULL ? 2.0 : strtod(text, &end);

	*ms_r = (int64_t)(s * 1000);
	if (text == NULL || (end != text && *end == '\0' && s >= 0.1 &&
				s <= 3600))
		return true;
	(void)cli_fail("top: --interval %s: expected 0.1 to 3600 seconds",
	    text);
	return false;
}

/* The next sample takes the place of the last. */
static int
look(struct top *t)
{
	int rc = top_sample_take(t->client, t->has_last ? &t->last : NULL,
	    t->interval_ms / SHARE, &t->now, &t->error);

	if (rc != SKUA_OK)
		return rc;
	if (t->has_last)
		top_sample_free(&t->last);
	t->last = t->now;
	t->has_last = true;
	return SKUA_OK;
}

/* --- without a terminal --- */

static int
write_looks(struct top *t)
{
	int rc = look(t);

	for (int64_t n = 0; rc == SKUA_OK && (t->count == 0 || n < t->count);
	     n++) {
		(void)usleep((useconds_t)t->interval_ms * 1000);
		rc = look(t);
		if (rc != SKUA_OK)
			break;
		if (t->cli->json)
			cli_print_json(top_json(&t->last));
		else
			top_show(&t->last, stdout, out_has_colours(stdout),
			    SIZE_MAX);
		if (fflush(stdout) != 0)
			break; /* whoever read it is gone */
	}
	return rc == SKUA_OK ? CLI_OK : cli_failed(rc, &t->error);
}

/* --- the screen --- */

static void
draw(struct top *t, int rc)
{
	char *text = NULL, time[OUT_TIME_SIZE];
	size_t size, room = top_screen_rows();
	FILE *to = open_memstream(&text, &size);
	bool colours = out_has_colours(stdout);

	if (to == NULL)
		return;
	out_format_time(skua_now_ms(), time);
	time[19] = '\0'; /* whole seconds */
	say_to(to, "skua top  %s  %s  every %.1f s  (q quits)",
	    cli_namesrv(t->cli), time, (double)t->interval_ms / 1000);
	if (rc != SKUA_OK)
		say_to(to, "%s", t->error.text);
	say_end(to);
	if (t->has_last)
		top_show(&t->last, to, colours,
		    room > LINES_BESIDES + 4 ? room - LINES_BESIDES : 4);
	(void)fclose(to);
	top_screen_draw(text);
	free(text);
}

/* Until q, ^C, or the last look. */
static void
run_screen(struct top *t)
{
	int rc = look(t);
	int64_t next = skua_mono_ms();

	for (int64_t n = 0; t->count == 0 || n < t->count; n++) {
		next += t->interval_ms;
		draw(t, rc);
		while (skua_mono_ms() < next) {
			int key = top_screen_wait(next - skua_mono_ms());

			if (key < 0 || key == 'q' || key == CTRL_C)
				return;
			if (key == ' ')
				break;
			draw(t, rc);
		}
		next = skua_mono_ms();
		rc = look(t);
	}
}

static int
top(const struct cli *cli, struct skua_client *client, void *arg)
{
	struct top *t = arg;
	bool once = cli_has(cli, "once");
	int rc = CLI_OK;

	t->cli = cli;
	t->client = client;
	if (once)
		t->count = 1;
	if (!once && !cli->json && top_screen_open()) {
		run_screen(t);
		top_screen_close();
	} else {
		if (!cli->json && t->count == 0)
			t->count = 1; /* tables without end help nobody */
		rc = write_looks(t);
	}
	if (t->has_last)
		top_sample_free(&t->last);
	return rc;
}

static int
run(struct cli *cli)
{
	struct top t = { .has_last = false };

	if (!read_interval(cli, &t.interval_ms) ||
	    !cli_int_in(cli, "count", 0, 0, INT64_MAX, &t.count))
		return CLI_USAGE;
	return cli_with_client(cli, top, &t);
}

const struct cli_command cmd_top = {
	.name = "top",
	.summary = "Show rates, lag and slow filters as they change",
	.options = options,
	.run = run,
	.example = "skua top --once --json",
};
