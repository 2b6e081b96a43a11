/* SPDX-License-Identifier: Apache-2.0 */
/* skua store dump: the records of a store folder, as text, values or JSON. */
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "cli/commands.h"
#include "cli/store.h"
#include "net/addr.h"

#define BODY_MAX ((size_t)256 << 20)

static const struct cli_option options[] = {
	{ 't', "topic", "TOPIC", "only records of this topic", false },
	{ 'q', "queue", "N", "only records of this queue", false },
	{ 0, "from", "POS", "from the first record at or behind this log "
			    "position", false },
	{ 'c', "count", "N", "stop after N records [0: never]", false },
	{ 'b', "bodies", NULL, "bodies, too, uncompressed", false },
	STORE_COMMITLOG,
	CLI_OUTPUT,
	CLI_END,
};

static const struct out_column columns[] = {
	{ "", "pos", OUT_INT },
	{ "", "size", OUT_INT },
	{ "", "topic", OUT_TEXT },
	{ "", "queueId", OUT_INT },
	{ "", "queueOffset", OUT_INT },
	{ "", "storeTimestamp", OUT_TIME },
	{ "", "bornTimestamp", OUT_TIME },
	{ "", "bornHost", OUT_TEXT },
	{ "", "flag", OUT_INT },
	{ "", "sysFlag", OUT_INT },
	{ "", "reconsumeTimes", OUT_INT },
	{ "", "preparedTransactionOffset", OUT_INT },
	{ "", "offsetMsgId", OUT_TEXT },
	{ "", "properties", OUT_TREE },
	{ "", "bodySize", OUT_INT },
	{ "", "body", OUT_TEXT },
	{ NULL, NULL, OUT_TEXT },
};

struct dump {
	const struct cli *cli;
	struct out out; /* of values */
	const char *topic;
	int64_t queue, count, shown;
	bool bodies, damaged;
};

/* --- parts --- */

static void
format_time(int64_t ms, char text[32])
{
	time_t s = (time_t)(ms / 1000);
	struct tm tm;
	size_t n;

	if (gmtime_r(&s, &tm) == NULL ||
	    (n = strftime(text, 32, "%Y-%m-%dT%H:%M:%S", &tm)) == 0)
		n = (size_t)snprintf(text, 32, "?");
	if (n > 1 && n < 26)
		(void)snprintf(text + n, 32 - n, ".%03dZ", (int)(ms % 1000));
}

/* The body as it was sent: *free_r is to be freed. */
static struct skua_str
body_of(const struct skua_record *r, char **free_r)
{
	char *body = NULL;
	size_t len;

	*free_r = NULL;
	if ((r->sys_flag & SKUA_SYS_COMPRESSED) == 0 ||
	    skua_body_decompress(r->sys_flag, r->body, BODY_MAX, &body, &len) !=
		SKUA_OK)
		return r->body;
	*free_r = body;
	return skua_str_n(body, len);
}

/* --- JSON --- */

/* Text where it is text: members are UTF-8. */
static void
set_text(json_t *o, const char *name, struct skua_str text)
{
	json_t *value = json_stringn(text.p, text.len);
	char *coded;

	if (value != NULL) {
		(void)json_object_set_new(o, name, value);
		return;
	}
	coded = cli_base64(text);
	(void)json_object_set_new(o, name, json_pack("{s:s}", "base64", coded));
	free(coded);
}

static json_t *
properties_json(struct skua_str properties)
{
	json_t *o = json_object();
	struct skua_str name, value;

	for (size_t at = 0;
	     skua_property_next(properties, &at, &name, &value);) {
		char *key = strndup(name.p, name.len);

		if (key != NULL)
			set_text(o, key, value);
		free(key);
	}
	return o;
}

static void
set_body(json_t *o, const struct skua_record *r)
{
	char *owned, *coded;
	struct skua_str body = body_of(r, &owned);
	json_t *text = json_stringn(body.p, body.len);

	if (text != NULL) {
		(void)json_object_set_new(o, "body", text);
	} else {
		coded = cli_base64(body);
		(void)json_object_set_new(o, "bodyBase64", json_string(coded));
		free(coded);
	}
	free(owned);
}

static void
print_json(const struct dump *d, const struct skua_record *r)
{
	char born[ADDR_TEXT_SIZE], store[ADDR_TEXT_SIZE], id[SKUA_MSG_ID_SIZE];
	json_t *o;

	(void)skua_addr_format(&r->born_host, born);
	(void)skua_addr_format(&r->store_host, store);
	(void)skua_msg_id_format(id, &r->store_host, r->pos);
	o = json_pack("{s:I,s:i,s:i,s:i,s:I,s:i,s:i,s:I,s:s,s:I,s:s,s:i,s:I,"
		      "s:I,s:s,s:i}",
	    "pos", (json_int_t)r->pos, "size", r->size, "version",
	    (uint32_t)r->magic == SKUA_RECORD_MAGIC_V2 ? 2 : 1, "queueId",
	    r->queue_id, "queueOffset", (json_int_t)r->queue_offset, "flag",
	    r->flag, "sysFlag", r->sys_flag, "bornTimestamp",
	    (json_int_t)r->born_timestamp_ms, "bornHost", born,
	    "storeTimestamp", (json_int_t)r->store_timestamp_ms, "storeHost",
	    store, "reconsumeTimes", r->reconsume_times,
	    "preparedTransactionOffset", (json_int_t)r->prepared_offset,
	    "bodyCRC", (json_int_t)r->body_crc, "offsetMsgId", id, "bodySize",
	    (int)r->body.len);
	set_text(o, "topic", r->topic);
	(void)json_object_set_new(o, "properties",
	    properties_json(r->properties));
	if (d->bodies)
		set_body(o, r);
	cli_print_json(o);
}

/* --- values --- */

static void
put_values(struct dump *d, const struct skua_record *r)
{
	char born[ADDR_TEXT_SIZE], id[SKUA_MSG_ID_SIZE], *owned = NULL;
	struct out *o = &d->out;

	(void)skua_addr_format(&r->born_host, born);
	(void)skua_msg_id_format(id, &r->store_host, r->pos);
	out_int(o, r->pos);
	out_int(o, r->size);
	out_str(o, r->topic);
	out_int(o, r->queue_id);
	out_int(o, r->queue_offset);
	out_time(o, r->store_timestamp_ms);
	out_time(o, r->born_timestamp_ms);
	out_text(o, born);
	out_int(o, r->flag);
	out_int(o, r->sys_flag);
	out_int(o, r->reconsume_times);
	out_int(o, r->prepared_offset);
	out_text(o, id);
	out_tree(o, properties_json(r->properties));
	out_int(o, (int64_t)r->body.len);
	out_str(o, d->bodies ? body_of(r, &owned) : skua_str_n(NULL, 0));
	free(owned);
}

/* --- text --- */

static void
print_record(const struct dump *d, const struct skua_record *r)
{
	struct skua_str name, value;
	char host[ADDR_TEXT_SIZE], time[32];

	(void)skua_addr_format(&r->born_host, host);
	format_time(r->store_timestamp_ms, time);
	say_part(stdout, "%" PRId64 " %d bytes ", r->pos, r->size);
	say_text(stdout, r->topic);
	say_part(stdout, "/%d offset %" PRId64 " %s from %s sysFlag 0x%x body %zu",
	    r->queue_id, r->queue_offset, time, host, (unsigned)r->sys_flag,
	    r->body.len);
	for (size_t at = 0;
	     skua_property_next(r->properties, &at, &name, &value);) {
		say_part(stdout, " ");
		say_text(stdout, name);
		say_part(stdout, "=");
		say_text(stdout, value);
	}
	say_end(stdout);
	if (d->bodies) {
		char *owned;

		say_part(stdout, "  ");
		say_text(stdout, body_of(r, &owned));
		say_end(stdout);
		free(owned);
	}
}

/* --- the walk --- */

static bool
is_wanted(const struct dump *d, const struct skua_record *r)
{
	return (d->topic == NULL || skua_str_eq_z(r->topic, d->topic)) &&
	    (d->queue < 0 || r->queue_id == d->queue);
}

static void
say_hole(void *arg, const struct offline_finding *f)
{
	struct dump *d = arg;

	if (f->severity != OFFLINE_DAMAGE || f->part != OFFLINE_LOG)
		return;
	d->damaged = true;
	(void)cli_fail("%s at %" PRId64 ": %s", f->file == NULL ? "" : f->file,
	    f->pos, f->text);
}

static void
show(struct dump *d, const struct skua_record *r)
{
	if (d->cli->form == OUT_JSON)
		print_json(d, r);
	else if (d->cli->form == OUT_TSV)
		put_values(d, r);
	else
		print_record(d, r);
}

static int
walk(struct dump *d, struct offline *store, int64_t from)
{
	struct offline_cursor c;
	int rc = skua_offline_seek(&c, store, from), what = OFFLINE_RECORD;

	while (rc == SKUA_OK && what != OFFLINE_END &&
	    (d->count == 0 || d->shown < d->count)) {
		what = skua_offline_next(&c);
		if (what != OFFLINE_RECORD || !is_wanted(d, &c.record))
			continue;
		d->shown++;
		show(d, &c.record);
	}
	skua_offline_cursor_close(&c);
	return rc;
}

static int
run(struct cli *cli)
{
	struct dump d = { .cli = cli, .topic = cli_value(cli, "topic"),
		.bodies = cli_value(cli, "bodies") != NULL };
	const struct offline_ear ear = { say_hole, NULL, &d };
	const char *folder = store_folder(cli);
	struct offline *store;
	int64_t from;
	int rc;

	if (folder == NULL || !cli_int(cli, "queue", -1, &d.queue) ||
	    !cli_int(cli, "from", INT64_MIN, &from) ||
	    !cli_int(cli, "count", 0, &d.count))
		return CLI_USAGE;
	if (store_open(cli, folder, &ear, &store) != SKUA_OK)
		return STORE_UNREADABLE;
	d.damaged = false; /* what foreign files the folder has is no matter */
	cli_listing(cli, &d.out, columns);
	rc = walk(&d, store, from);
	(void)out_end(&d.out);
	skua_offline_close(store);
	if (rc != SKUA_OK) {
		(void)cli_fail("could not read %s: %s", folder,
		    skua_strerror(rc));
		return STORE_UNREADABLE;
	}
	return d.damaged ? STORE_DAMAGED : STORE_CLEAN;
}

const struct cli_command cmd_store_dump = {
	.name = "store dump",
	.summary = "Show the records of a store folder",
	.operands = "DIR",
	.options = options,
	.run = run,
	.example = "skua store dump /var/lib/skua --topic orders --bodies "
		   "--json",
};
