/* SPDX-License-Identifier: Apache-2.0 */
/* See store.h. */
#include <inttypes.h>
#include <unistd.h>

#include <skua/host.h>

#include "cli/store.h"

#define QUIET_MS 2000
#define PERIOD_MS 250
#define PERIOD_LOG_MS 5000 /* where lines stay */

const char *
store_folder(const struct cli *cli)
{
	if (cli->operand_count == 1)
		return cli->operands[0];
	(void)cli_fail("%s: expected one store folder (storePathRootDir)",
	    cli->command->name);
	return NULL;
}

int
store_open(const struct cli *cli, const char *folder,
    const struct offline_ear *ear, struct offline **store_r)
{
	struct skua_error e;
	int rc = skua_offline_open(folder, cli_value(cli, "commitlog"), ear,
	    store_r, &e);

	if (rc != SKUA_OK)
		(void)cli_fail("%s", e.text);
	return rc;
}

/* --- progress --- */

void
store_progress_begin(struct store_progress *p, const char *what)
{
	p->what = what;
	p->begun_ms = p->told_ms = skua_mono_ms();
	p->is_terminal = isatty(STDERR_FILENO) == 1;
	p->told = false;
}

void
store_progress_tell(struct store_progress *p, int64_t done, int64_t total)
{
	int64_t now = skua_mono_ms(), ms = now - p->begun_ms;
	double rate;
	int percent;

	if (now - p->told_ms < (p->is_terminal ? PERIOD_MS : PERIOD_LOG_MS) &&
	    (p->told || ms < QUIET_MS))
		return;
	if (!p->is_terminal && ms < QUIET_MS)
		return;
	p->told_ms = now;
	p->told = true;
	if (done > total)
		done = total;
	percent = total == 0 ? 100 :
			       (int)((double)done * 100 / (double)total);
	rate = ms == 0 ? 0.0 : (double)done / 1000.0 / (double)ms;
	if (p->is_terminal)
		say_over("%s: %d %%, %.0f MB/s   ", p->what, percent, rate);
	else
		say_to(stderr, "%s: %d %%, %.0f MB/s", p->what, percent, rate);
}

void
store_progress_end(struct store_progress *p)
{
	if (p->is_terminal && p->told)
		say_end(stderr);
}

/* --- findings --- */

/* Whether one more of this kind is shown. */
static bool
is_shown(struct store_report *r, const char *kind)
{
	size_t i = 0;

	while (i < 31 && r->kinds[i].kind != NULL &&
	    strcmp(r->kinds[i].kind, kind) != 0)
		i++;
	r->kinds[i].kind = kind;
	if (r->kinds[i].count++ < r->limit)
		return true;
	r->left_off++;
	return false;
}

static void
set_text(json_t *o, const char *name, struct skua_str text)
{
	json_t *value = json_stringn(text.p, text.len);

	/* Names may be any bytes. */
	(void)json_object_set_new(o, name, value != NULL ? value :
		json_string("?"));
}

static void
set_number(json_t *o, const char *name, int64_t n)
{
	if (n != OFFLINE_NOWHERE)
		(void)json_object_set_new(o, name, json_integer(n));
}

static void
print_json(const struct offline_finding *f)
{
	json_t *o = json_object();

	(void)json_object_set_new(o, "type", json_string("finding"));
	(void)json_object_set_new(o, "severity",
	    json_string(f->severity == OFFLINE_DAMAGE ? "damage" : "note"));
	(void)json_object_set_new(o, "part",
	    json_string(skua_offline_part_name(f->part)));
	(void)json_object_set_new(o, "kind", json_string(f->kind));
	if (f->file != NULL)
		set_text(o, "file", skua_str_z(f->file));
	set_number(o, "offset", f->offset);
	set_number(o, "pos", f->pos);
	if (f->topic.len > 0) {
		set_text(o, "topic", f->topic);
		(void)json_object_set_new(o, "queueId",
		    json_integer(f->queue_id));
		set_number(o, "queueOffset", f->queue_offset);
	}
	set_text(o, "text", skua_str_z(f->text));
	cli_print_json(o);
}

/* damage commitlog/00000000000000000000+1234 (at 1234, T/0 offset 5): … */
static void
print_line(const struct offline_finding *f)
{
	const char *open = " (", *close = "";

	say_part(stdout, "%s %s", f->severity == OFFLINE_DAMAGE ? "damage" : "note",
	    f->file != NULL ? f->file : skua_offline_part_name(f->part));
	if (f->offset != OFFLINE_NOWHERE)
		say_part(stdout, "+%" PRId64, f->offset);
	if (f->pos != OFFLINE_NOWHERE) {
		say_part(stdout, "%sat %" PRId64, open, f->pos);
		open = ", ";
		close = ")";
	}
	if (f->topic.len > 0) {
		say_part(stdout, "%s", open);
		say_text(stdout, f->topic);
		say_part(stdout, "/%d", f->queue_id);
		if (f->queue_offset != OFFLINE_NOWHERE)
			say_part(stdout, " offset %" PRId64, f->queue_offset);
		close = ")";
	}
	say("%s: %s", close, f->text);
}

static const struct out_column columns[] = {
	{ "", "severity", OUT_TEXT },
	{ "", "part", OUT_TEXT },
	{ "", "kind", OUT_TEXT },
	{ "", "file", OUT_TEXT },
	{ "", "offset", OUT_INT },
	{ "", "pos", OUT_INT },
	{ "", "topic", OUT_TEXT },
	{ "", "queueId", OUT_INT },
	{ "", "queueOffset", OUT_INT },
	{ "", "text", OUT_TEXT },
	{ NULL, NULL, OUT_TEXT },
};

static void
put_number(struct out *o, int64_t n)
{
	if (n == OFFLINE_NOWHERE)
		out_none(o);
	else
		out_int(o, n);
}

static void
put_values(struct out *o, const struct offline_finding *f)
{
	bool is_of_queue = f->topic.len > 0;

	out_text(o, f->severity == OFFLINE_DAMAGE ? "damage" : "note");
	out_text(o, skua_offline_part_name(f->part));
	out_text(o, f->kind);
	out_text(o, f->file);
	put_number(o, f->offset);
	put_number(o, f->pos);
	out_str(o, is_of_queue ? f->topic : skua_str_n(NULL, 0));
	put_number(o, is_of_queue ? f->queue_id : OFFLINE_NOWHERE);
	put_number(o, is_of_queue ? f->queue_offset : OFFLINE_NOWHERE);
	out_text(o, f->text);
}

void
store_report_begin(struct store_report *r, const char *what)
{
	cli_listing(r->cli, &r->out, columns);
	store_progress_begin(&r->progress, what);
}

void
store_report_end(struct store_report *r)
{
	(void)out_end(&r->out);
}

void
store_report_found(void *arg, const struct offline_finding *f)
{
	struct store_report *r = arg;

	if (!is_shown(r, f->kind))
		return;
	if (r->progress.is_terminal && r->progress.told)
		say_end(stderr);
	if (r->cli->form == OUT_JSON)
		print_json(f);
	else if (r->cli->form == OUT_TSV)
		put_values(&r->out, f);
	else
		print_line(f);
}

void
store_report_progress(void *arg, int64_t done, int64_t total)
{
	struct store_report *r = arg;

	store_progress_tell(&r->progress, done, total);
}
