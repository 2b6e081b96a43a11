/* SPDX-License-Identifier: Apache-2.0 */
/* skua store check: reads a store folder and says what does not fit. */
#include <inttypes.h>

#include <skua/host.h>

#include "cli/commands.h"
#include "cli/store.h"

static const struct cli_option options[] = {
	{ 0, "limit", "N", "show at most N findings of a kind [100]", false },
	STORE_COMMITLOG,
	CLI_JSON,
	CLI_END,
};

static void
add_row(struct cli_table *t, const char *what, const char *unit, int64_t n,
    const struct offline_summary *s, enum offline_part part)
{
	char text[64];

	cli_table_add(t, what);
	(void)snprintf(text, sizeof(text), "%" PRId64 " %s", n, unit);
	cli_table_add(t, unit[0] == '\0' ? "" : text);
	(void)snprintf(text, sizeof(text), "%" PRId64, s->damage[part]);
	cli_table_add(t, text);
	(void)snprintf(text, sizeof(text), "%" PRId64, s->notes[part]);
	cli_table_add(t, text);
}

static void
print_table(const struct store_report *r, const struct offline_summary *s)
{
	struct cli_table t;

	cli_table_init(&t, 4);
	cli_table_add(&t, "PART");
	cli_table_add(&t, "FOUND WHOLE");
	cli_table_add(&t, "DAMAGE");
	cli_table_add(&t, "NOTES");
	add_row(&t, "commitlog", "records", s->records, s, OFFLINE_LOG);
	add_row(&t, "consumequeue", "units", s->units, s, OFFLINE_QUEUES);
	add_row(&t, "index", "entries", s->entries, s, OFFLINE_KEYS);
	add_row(&t, "checkpoint", "", 0, s, OFFLINE_CHECKPOINT);
	add_row(&t, "config", "", 0, s, OFFLINE_CONFIG);
	add_row(&t, "checks", "records", s->checks, s, OFFLINE_CHECKS);
	(void)fputc('\n', stdout);
	cli_table_print(&t);
	(void)printf("\nlog %" PRId64 " to %" PRId64 ", %" PRId64 " bytes in "
		     "records, %" PRId64 " queues of %" PRId64 " topics, %"
		     PRId64 " keys\n",
	    s->log_from, s->log_to, s->bytes, s->queues, s->topics, s->keys);
	if (r->left_off > 0)
		(void)printf("%" PRId64 " more findings are not shown: "
			     "--limit\n", r->left_off);
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
	    (json_int_t)s->log_to, "holes", (json_int_t)s->holes, "checks", (json_int_t)s->checks, "damage",
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
	if (cli->json)
		print_summary(&sum, damaged ? "damaged" : "clean",
		    skua_mono_ms() - begun);
	else
		print_table(r, &sum);
	if (!cli->json)
		(void)printf("%s: %s\n", folder,
		    damaged ? "damaged" : "clean");
	return damaged ? STORE_DAMAGED : STORE_CLEAN;
}

static int
run(struct cli *cli)
{
	struct store_report r = { .cli = cli };
	const char *folder = store_folder(cli);

	if (folder == NULL || !cli_int(cli, "limit", 100, &r.limit))
		return CLI_USAGE;
	store_progress_begin(&r.progress, "check");
	return check(cli, folder, &r);
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
