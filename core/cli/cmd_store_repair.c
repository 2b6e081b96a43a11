/* SPDX-License-Identifier: Apache-2.0 */
/* skua store repair: builds what is derived from the log anew. */
#include <inttypes.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/store.h"

#define LEVELS_MAX 64

static const struct cli_option options[] = {
	{ 0, "dry-run", NULL, "only say what would be done", false },
	{ 0, "delay-levels", "TEXT", "messageDelayLevel of the broker, if it "
				     "is not the default", false },
	{ 0, "extend", NULL, "give log files that were cut short their size "
			     "back, with zeros", false },
	{ 0, "limit", "N", "show at most N findings of a kind [100]", false },
	STORE_COMMITLOG,
	CLI_OUTPUT,
	CLI_END,
};

/* "1s 5s 2m 1h" */
static bool
parse_levels(const char *text, int64_t levels[LEVELS_MAX], size_t *count_r)
{
	static const struct { char unit; int64_t ms; } units[] = { { 's', 1000 },
		{ 'm', 60000 }, { 'h', 3600000 }, { 'd', 86400000 } };
	size_t n = 0;

	while (*text != '\0') {
		size_t len = strcspn(text, " "), unit = 0;
		int64_t number;

		while (unit < 4 && len > 1 &&
		    units[unit].unit != text[len - 1])
			unit++;
		if (len < 2 || unit == 4 || n == LEVELS_MAX ||
		    !skua_text_int(skua_str_n(text, len - 1), &number) ||
		    number < 0 || number > 36500)
			return false;
		levels[n++] = number * units[unit].ms;
		text += len;
		text += strspn(text, " ");
	}
	*count_r = n;
	return n > 0;
}

static void
print_queues(const struct offline_repaired *d, bool dry)
{
	const char *s = d->queues == 1 ? "" : "s";

	if (dry)
		say("would rebuild %" PRId64 " consume queue%s", d->queues, s);
	else
		say("rebuilt %" PRId64 " consume queue%s: %" PRId64 " units",
		    d->queues, s, d->units);
}

static void
print_done(const struct cli *cli, const struct offline_repaired *d, bool dry)
{
	if (cli->json) {
		cli_print_json(json_pack(
		    "{s:s,s:b,s:I,s:I,s:b,s:I,s:I,s:b,s:I,s:b,s:I}",
		    "type", "repair", "dryRun", dry, "queues",
		    (json_int_t)d->queues, "units", (json_int_t)d->units,
		    "index", d->keys, "indexFiles", (json_int_t)d->key_files,
		    "entries", (json_int_t)d->entries, "checks", d->sums,
		    "checksKept", (json_int_t)d->checks, "checkpoint",
		    d->checkpoint, "extended", (json_int_t)d->extended));
		return;
	}
	if (cli->form != OUT_TABLE)
		return;
	if (d->extended > 0)
		say("%s %" PRId64 " log file%s", dry ? "would extend" :
						       "extended",
		    d->extended, d->extended == 1 ? "" : "s");
	if (d->queues > 0)
		print_queues(d, dry);
	if (d->keys && dry)
		say("would rebuild the index");
	else if (d->keys)
		say("rebuilt the index: %" PRId64 " files, %" PRId64 " entries",
		    d->key_files, d->entries);
	if (d->sums && dry)
		say("would take out damaged checksums");
	else if (d->sums)
		say("took out damaged checksums: %" PRId64 " are left",
		    d->checks);
	if (d->checkpoint)
		say("%s the checkpoint", dry ? "would replace" : "replaced");
	if (d->queues == 0 && !d->keys && !d->sums && !d->checkpoint &&
	    d->extended == 0)
		say("nothing to repair");
}

/* What repair has no way to make again. */
static bool
is_left(const struct cli *cli, const struct offline_summary *sum)
{
	static const enum offline_part lasting[] = { OFFLINE_LOG,
		OFFLINE_CONFIG };
	bool left = false;

	for (size_t i = 0; i < sizeof(lasting) / sizeof(lasting[0]); i++) {
		if (sum->damage[lasting[i]] == 0)
			continue;
		left = true;
		if (cli->form == OUT_TABLE)
			say("%s: the damage stays",
			    skua_offline_part_name(lasting[i]));
	}
	return left;
}

static int
repair(struct cli *cli, const char *folder, const struct offline_plan *plan,
    struct store_report *r)
{
	const struct offline_ear ear = { store_report_found,
		store_report_progress, r };
	struct offline_repaired done;
	struct offline_summary sum;
	struct offline *store;
	struct skua_error e;
	int rc = SKUA_OK;

	if (store_open(cli, folder, &ear, &store) != SKUA_OK)
		return STORE_UNREADABLE;
	if (store->is_open && !plan->dry_run)
		rc = skua_fail(&e, SKUA_EBUSY, "a broker has %s open: stop it "
		    "first", folder);
	if (rc == SKUA_OK)
		rc = skua_offline_check(store, &sum, &e);
	store_progress_end(&r->progress);
	store_progress_begin(&r->progress, "repair");
	if (rc == SKUA_OK)
		rc = skua_offline_repair(store, plan, &done, &e);
	store_progress_end(&r->progress);
	skua_offline_close(store);
	if (rc != SKUA_OK) {
		(void)cli_fail("%s", e.text);
		return STORE_UNREADABLE;
	}
	print_done(cli, &done, plan->dry_run);
	return is_left(cli, &sum) ? STORE_DAMAGED : STORE_CLEAN;
}

static int
run(struct cli *cli)
{
	struct store_report r = { .cli = cli };
	const char *folder = store_folder(cli);
	const char *levels = cli_value(cli, "delay-levels");
	int64_t levels_ms[LEVELS_MAX];
	int status;
	struct offline_plan plan = { .dry_run = cli_value(cli, "dry-run") !=
		    NULL, .extend = cli_value(cli, "extend") != NULL,
		.levels_ms = levels_ms };

	if (folder == NULL || !cli_int(cli, "limit", 100, &r.limit))
		return CLI_USAGE;
	if (levels != NULL && !parse_levels(levels, levels_ms, &plan.levels)) {
		(void)cli_fail("store repair: --delay-levels: expected times "
			       "such as \"1s 5s 10m 1h\"");
		return CLI_USAGE;
	}
	store_report_begin(&r, "check");
	status = repair(cli, folder, &plan, &r);
	store_report_end(&r);
	return status;
}

const struct cli_command cmd_store_repair = {
	.name = "store repair",
	.summary = "Build damaged consume queues and index files anew from "
		   "the log",
	.operands = "DIR",
	.options = options,
	.run = run,
	.example = "skua store repair /var/lib/skua --dry-run",
};
