/* SPDX-License-Identifier: Apache-2.0 */
/* See topic_life.h. */
#include <stdlib.h>

#include <skua/io.h>
#include <skua/name.h>

#include "base/mem.h"
#include "base/rcu.h"
#include "broker/broker.h"

#define LIVES_FILE "skua/lives.journal"
#define LIVES_MAX ((size_t)1 << 30)
#define LINES_SPARE 1000 /* superseded ones, before the file is written anew */

void
skua_lives_init(struct lives *l)
{
	skua_map_init(&l->map);
	l->file.fd = -1;
}

void
skua_lives_fini(struct lives *l)
{
	struct map_entry *e;

	for (size_t at = 0; (e = skua_map_next(&l->map, &at)) != NULL;)
		free(sk_container(e, struct life, entry));
	skua_map_fini(&l->map);
	skua_line_file_close(&l->file);
}

static struct life *
find(const struct lives *l, struct skua_str name)
{
	struct map_entry *e = skua_map_get(&l->map, name);

	return e == NULL ? NULL : sk_container(e, struct life, entry);
}

int64_t
skua_life_pos(const struct lives *l, struct skua_str name)
{
	const struct life *life = find(l, name);

	return life == NULL ? 0 : life->begin_pos;
}

bool
skua_life_is_over(const struct lives *l, struct skua_str name, int64_t counter)
{
	const struct life *life = find(l, name);

	return life != NULL && life->counter > counter;
}

static struct life *
note(struct lives *l, struct skua_str name, int64_t pos, int64_t counter)
{
	struct life *life = find(l, name);

	if (life == NULL) {
		life = skua_mem_new(1, sizeof(*life) + name.len + 1);
		skua_str_copy(life->name, name);
		life->entry.key = skua_str_n(life->name, name.len);
		skua_map_put(&l->map, &life->entry);
	}
	life->begin_pos = pos;
	life->counter = counter;
	return life;
}

/* --- the file --- */

static int
take_line(void *arg, const json_t *line)
{
	struct lives *l = arg;
	const char *name = skua_json_text(line, "topic");
	int64_t pos = skua_json_int(line, "begins", -1);
	int64_t counter = skua_json_int(line, "counter", 0);

	if (name == NULL || pos < 0 ||
	    !skua_name_is(SKUA_NAME_STORED_TOPIC, skua_str_z(name)))
		return SKUA_ECORRUPT;
	(void)note(l, skua_str_z(name), pos, counter);
	return SKUA_OK;
}

static int
add_line(struct buf *text, const struct life *life)
{
	struct skua_jsonw w;
	int rc;

	skua_jsonw_init(&w);
	skua_jsonw_open(&w, '{');
	skua_jsonw_key_z(&w, "begins");
	skua_jsonw_int(&w, life->begin_pos);
	skua_jsonw_key_z(&w, "counter");
	skua_jsonw_int(&w, life->counter);
	skua_jsonw_key_z(&w, "topic");
	skua_jsonw_str(&w, life->entry.key);
	skua_jsonw_close(&w, '}');
	rc = skua_line_add(text, &w);
	skua_jsonw_free(&w);
	return rc;
}

/* A line for each, in a new file that takes the old one's place. */
static int
write_all(const struct lives *l, const char *path, size_t *len_r)
{
	struct buf text = { .p = NULL };
	struct map_entry *e;
	int rc = SKUA_OK;

	for (size_t at = 0;
	     rc == SKUA_OK && (e = skua_map_next(&l->map, &at)) != NULL;)
		rc = add_line(&text, sk_container(e, struct life, entry));
	*len_r = text.len;
	if (rc == SKUA_OK)
		rc = skua_file_replace(path, text.len == 0 ? "" :
			(const char *)text.p, text.len);
	skua_buf_free(&text);
	return rc;
}

/* Of lives that began before min_pos the log has no earlier records; but an
 * older topics.json may still have their topics. */
static bool
forget(struct broker *b, int64_t min_pos)
{
	struct map *map = &b->lives.map;
	struct map_entry *e;
	bool any = false;

	for (size_t at = 0; (e = skua_map_next(map, &at)) != NULL;) {
		struct life *life = sk_container(e, struct life, entry);

		if (life->begin_pos > min_pos ||
		    life->counter > b->topics.saved_counter)
			continue;
		(void)skua_map_remove(map, e->key);
		skua_rcu_defer(free, life);
		any = true;
	}
	return any;
}

static int
rewrite(struct broker *b)
{
	struct lives *l = &b->lives;
	char *path = skua_broker_path(b, LIVES_FILE);
	char *folder = skua_broker_path(b, "skua");
	size_t len = 0;
	int rc = skua_io()->mkdir(folder);

	skua_line_file_close(&l->file);
	if (rc == SKUA_OK)
		rc = write_all(l, path, &len);
	if (rc == SKUA_OK)
		rc = skua_line_file_open(&l->file, path, (int64_t)len,
		    skua_map_count(&l->map));
	free(path);
	free(folder);
	return rc;
}

static int
append(struct lives *l, const struct life *life)
{
	struct buf text = { .p = NULL };
	int rc = add_line(&text, life);

	if (rc == SKUA_OK)
		rc = skua_line_file_append(&l->file, &text, 1);
	skua_buf_free(&text);
	return rc;
}

/* By a line, or all of them where a line would not do. */
static int
write_down(struct broker *b, const struct life *life)
{
	struct lives *l = &b->lives;
	struct skua_store_state state;
	int rc;

	if (l->file.lines > LINES_SPARE + 2 * skua_map_count(&l->map)) {
		b->log.store->get_state(b->log.store_state, &state);
		(void)forget(b, state.min_pos);
		l->is_behind = true;
	}
	rc = life == NULL || l->is_behind || l->file.fd < 0 ?
	    rewrite(b) :
	    append(l, life);
	l->is_behind = rc != SKUA_OK;
	if (l->is_behind || life == NULL)
		skua_log_note_trouble(&b->log, TROUBLE_LIVES, rc);
	return rc;
}

int
skua_lives_load(struct broker *b, const char *path, struct skua_error *e)
{
	struct lives *l = &b->lives;
	size_t len, damaged;
	char *text;
	int rc = skua_file_read(path, LIVES_MAX, &text, &len);

	if (rc == SKUA_ENOENT)
		return SKUA_OK;
	if (rc != SKUA_OK)
		return skua_fail(e, rc, "%s: %s", path, skua_strerror(rc));
	damaged = skua_lines_take(skua_str_n(text, len), take_line, l);
	free(text);
	if (damaged > 0)
		skua_log(SKUA_LOG_WARNING, "broker",
		    "%s: %zu damaged lines; messages of topics that they named "
		    "and that were removed may be found again where an index is "
		    "rebuilt",
		    path, damaged);
	l->is_behind = damaged > 0;
	return SKUA_OK;
}

/* --- lives --- */

void
skua_lives_raise_version(struct broker *b)
{
	struct data_version *v = &b->topics.version;
	struct map_entry *e;

	for (size_t at = 0; (e = skua_map_next(&b->lives.map, &at)) != NULL;) {
		const struct life *life = sk_container(e, struct life, entry);

		if (life->counter <= v->counter)
			continue;
		v->counter = life->counter;
		b->topics.unsaved = true;
	}
}

static void
set_begin(struct broker *b, struct life *life, int64_t pos)
{
	struct topic *topic = skua_topic_find(&b->topics, life->entry.key);

	life->begin_pos = pos;
	if (topic != NULL)
		topic->life_pos = pos;
	b->lives.is_behind = true;
}

int
skua_lives_settle(struct broker *b, int64_t min_pos, int64_t max_pos,
    struct skua_error *e)
{
	struct lives *l = &b->lives;
	struct map_entry *entry;
	int rc;

	for (size_t at = 0; (entry = skua_map_next(&l->map, &at)) != NULL;) {
		struct life *life = sk_container(entry, struct life, entry);

		if (life->begin_pos > max_pos)
			set_begin(b, life, max_pos);
	}
	l->is_behind |= forget(b, min_pos);
	if (!l->is_behind || b->log.folder == NULL)
		return SKUA_OK;
	rc = write_down(b, NULL);
	return rc == SKUA_OK ? rc :
			       skua_fail(e, rc, "%s/" LIVES_FILE ": %s",
				   b->log.folder, skua_strerror(rc));
}

int
skua_life_end(struct broker *b, struct skua_str name, int64_t pos)
{
	const struct life *life;
	int64_t synced;
	int rc;

	if (b->log.folder == NULL)
		return SKUA_OK;
	life = note(&b->lives, name, pos, b->topics.version.counter);
	/* Another broker may end the log before pos else, and go on there. */
	rc = skua_log_sync(b, &synced);
	b->lives.is_behind |= rc != SKUA_OK;
	return rc == SKUA_OK ? write_down(b, life) : rc;
}

void
skua_lives_save(struct broker *b)
{
	if (b->lives.is_behind && b->log.folder != NULL)
		(void)write_down(b, NULL);
}
