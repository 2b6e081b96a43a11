/* SPDX-License-Identifier: Apache-2.0 */
/* skua store check: reads a store folder and says what does not fit. */
#include <inttypes.h>

#include <skua/host.h>

#include "cli/commands.h"
#include "cli/store.h"

static const struct cli_option options[] = {
	{ 0, "limit", "N", "show at most N findings of a kind [100]", false },
	STORE_COMMITLOG,
	CLI_OUTPUT,
	CLI_END,
};

static const struct out_column columns[] = {
	{ "PART", "part", OUT_TEXT },
	{ "FOUND WHOLE", "whole", OUT_TEXT },
	{ "DAMAGE", "damage", OUT_INT },
	{ "NOTES", "notes", OUT_INT },
	{ NULL, NULL, OUT_TEXT },
};

static void
add_row(struct out *o, const char *what, const char *unit, int64_t n,
    const struct offline_summary *s, enum offline_part part)
{
	char text[64];

	out_text(o, what);
	(void)snprintf(text, sizeof(text), "%" PRId64 " %s", n, unit);
	out_text(o, unit[0] == '\0' ? NULL : text);
	out_mark(o, s->damage[part] > 0 ? OUT_BAD : OUT_PLAIN);
	out_int(o, s->damage[part]);
	out_int(o, s->notes[part]);
}

static void
print_table(const struct store_report *r, const struct offline_summary *s)
{
	struct out o;

	say_end(stdout);
	cli_listing(r->cli, &o, columns);
	add_row(&o, "commitlog", "records", s->records, s, OFFLINE_LOG);
	add_row(&o, "consumequeue", "units", s->units, s, OFFLINE_QUEUES);
	add_row(&o, "index", "entries", s->entries, s, OFFLINE_KEYS);
	add_row(&o, "checkpoint", "", 0, s, OFFLINE_CHECKPOINT);
	add_row(&o, "config", "", 0, s, OFFLINE_CONFIG);
	add_row(&o, "checks", "records", s->checks, s, OFFLINE_CHECKS);
	(void)out_end(&o);
	say_end(stdout);
	say("log %" PRId64 " to %" PRId64 ", %" PRId64 " bytes in "
	    "records, %" PRId64 " queues of %" PRId64 " topics, %" PRId64
	    " keys",
	    s->log_from, s->log_to, s->bytes, s->queues, s->topics, s->keys);
	if (r->left_off > 0)
		say("%" PRId64 " more findings are not shown: --limit",
		    r->left_off);
}

static json_t *
by_part(const int64_t counts[OFFLINE_PARTS])
{
	json_t *o = json_object();

	for (int i = 0; i < OFFLINE_PARTS; i++)
		(void)json_object_set_new(o, skua_offline_part_name(
			(enum offline_part)i), json_integer(counts[i]));
	return o;
}

static void
print_summary(const struct offline_summary *s, const char *result, int64_t ms)
{
	cli_print_json(json_pack(
	    "{s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o,s:o,s:I}",
	    "type", "summary", "result", result, "records",
	    (json_int_t)s->records, "bytes", (json_int_t)s->bytes, "units",
	    (json_int_t)s->units, "entries", (json_int_t)s->entries, "keys",
	    (json_int_t)s->keys, "queues", (json_int_t)s->queues, "topics",
	    (json_int_t)s->topics, "logFrom", (json_int_t)s->log_from, "logTo",
	    (json_int_t)s->log_to, "holes", (json_int_t)s->holes, "checks",
	    (json_int_t)s->checks, "damage",
	    by_part(s->damage), "notes", by_part(s->notes), "ms",
	    (json_int_t)ms));
}

static int
check(struct cli *cli, const char *folder, struct store_report *r)
{
	const struct offline_ear ear = { store_report_found,
		store_report_progress, r };
	int64_t begun = skua_mono_ms();
	struct offline_summary sum;
	struct offline *store;
	struct skua_error e;
	bool damaged = false;
	int rc;

	if (store_open(cli, folder, &ear, &store) != SKUA_OK)
		return STORE_UNREADABLE;
	rc = skua_offline_check(store, &sum, &e);
	skua_offline_close(store);
	store_progress_end(&r->progress);
	if (rc != SKUA_OK) {
		(void)cli_fail("%s", e.text);
		return STORE_UNREADABLE;
	}
	for (int i = 0; i < OFFLINE_PARTS; i++)
		damaged |= rc == SKUA_OK && sum.damage[i] > 0;
	if (cli->form == OUT_JSON)
		print_summary(&sum, damaged ? "damaged" : "clean",
		    skua_mono_ms() - begun);
	if (cli->form == OUT_TABLE) {
		print_table(r, &sum);
		say("%s: %s", folder, damaged ? "damaged" : "clean");
	}
	return damaged ? STORE_DAMAGED : STORE_CLEAN;
}

static int
run(struct cli *cli)
{
	struct store_report r = { .cli = cli };
	const char *folder = store_folder(cli);
	int status;

	if (folder == NULL || !cli_int(cli, "limit", 100, &r.limit))
		return CLI_USAGE;
	store_report_begin(&r, "check");
	status = check(cli, folder, &r);
	store_report_end(&r);
	return status;
}

const struct cli_command cmd_store_check = {
	.name = "store check",
	.summary = "Read a store folder without a broker and say what is "
		   "damaged",
	.operands = "DIR",
	.options = options,
	.run = run,
	.example = "skua store check /var/lib/skua",
};
