/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <skua/io.h>
#include <skua/name.h>

#include "broker/topic_journal.h"

/* Smaller tables are written whole: other programs read topics.json. */
#define JOURNAL_FROM 1000
#define JOURNAL_FILE "skua/topics.journal"
#define JOURNAL_MAX ((size_t)1 << 30)
#define CHANGES_FEW 1000

/* --- changes --- */

void
skua_topics_changed(struct topics *t)
{
	t->changed_all = t->unsaved = true;
}

void
skua_topic_changed(struct topics *t, struct skua_str name)
{
	struct topic *topic = skua_topic_find(t, name);

	t->unsaved = true;
	if (t->changed_all || topic == NULL || topic->is_changed)
		return;
	/* To tell of each costs no more than to tell of all. */
	if (t->changed_count >= CHANGES_FEW &&
	    t->changed_count >= skua_map_count(&t->map) / 4) {
		t->changed_all = true;
		return;
	}
	topic->is_changed = true;
	t->changed = skua_mem_grow(t->changed, t->changed_count + 1,
	    sizeof(t->changed[0]));
	t->changed[t->changed_count++] = skua_mem_dup(name);
}

void
skua_topics_forget_changes(struct topics *t)
{
	for (size_t i = 0; i < t->changed_count; i++) {
		struct topic *topic =
		    skua_topic_find(t, skua_str_z(t->changed[i]));

		if (topic != NULL)
			topic->is_changed = false;
		free(t->changed[i]);
	}
	free(t->changed);
	t->changed = NULL;
	t->changed_count = 0;
	t->changed_all = false;
}

/* --- lines --- */

struct taking {
	struct broker *broker;
	int64_t base; /* the version of topics.json */
};

static int
take_line(void *arg, const json_t *line)
{
	const struct taking *t = arg;
	const json_t *topic = json_object_get(line, "topic");
	const char *name = skua_json_text(topic, "topicName");
	struct data_version version;
	struct topic_conf conf;
	struct skua_error e;
	int rc;

	if (name == NULL || !skua_name_is(SKUA_NAME_STORED_TOPIC,
				skua_str_z(name)))
		return SKUA_ECORRUPT;
	data_version_read(line, &version);
	if (version.counter <= t->base ||
	    skua_life_is_over(&t->broker->lives, skua_str_z(name),
		version.counter))
		return SKUA_OK;
	rc = skua_topic_read(t->broker, topic, &conf, &e);
	if (rc != SKUA_OK)
		return rc;
	(void)skua_topic_put(t->broker, skua_str_z(name), &conf);
	t->broker->topics.version = version;
	return SKUA_OK;
}

int
skua_topic_journal_load(struct broker *b, const char *path,
    struct skua_error *e)
{
	struct taking taking = { b, b->topics.version.counter };
	char *text;
	size_t len, damaged;
	int rc = skua_file_read(path, JOURNAL_MAX, &text, &len);

	if (rc == SKUA_ENOENT)
		return SKUA_OK;
	if (rc != SKUA_OK)
		return skua_fail(e, rc, "%s: %s", path, skua_strerror(rc));
	/* A new journal takes this one's place. */
	b->topics.file_is_behind = true;
	damaged = skua_lines_take(skua_str_n(text, len), take_line, &taking);
	free(text);
	if (damaged > 0) {
		skua_log(SKUA_LOG_WARNING, "broker",
		    "%s: %zu damaged lines; a topic that was set in one of them "
		    "and has messages is recreated with defaults",
		    path, damaged);
		b->topics.is_old = true;
	}
	return SKUA_OK;
}

static void
write_line(struct skua_jsonw *w, const struct broker *b,
    const struct topic *topic)
{
	skua_jsonw_open(w, '{');
	skua_jsonw_key_z(w, "counter");
	skua_jsonw_int(w, b->topics.version.counter);
	skua_jsonw_key_z(w, "stateVersion");
	skua_jsonw_int(w, b->topics.version.state_version);
	skua_jsonw_key_z(w, "timestamp");
	skua_jsonw_int(w, b->topics.version.timestamp);
	skua_jsonw_key_z(w, "topic");
	skua_topic_write(w, topic);
	skua_jsonw_close(w, '}');
}

static int
add_line(const struct broker *b, const struct topic *topic,
    struct buf *text)
{
	struct skua_jsonw w;
	int rc;

	skua_jsonw_init(&w);
	write_line(&w, b, topic);
	rc = skua_line_add(text, &w);
	skua_jsonw_free(&w);
	return rc;
}

static int
open_journal(struct broker *b)
{
	char *path = skua_broker_path(b, JOURNAL_FILE);
	char *folder = skua_broker_path(b, "skua");
	int rc = path == NULL ? SKUA_ENOTSUP : skua_io()->mkdir(folder);

	if (rc == SKUA_OK)
		rc = skua_line_file_create(&b->topics.journal, path);
	free(path);
	free(folder);
	return rc;
}

/* All changed topics, as one durable write. */
static int
add_lines(struct broker *b)
{
	struct topics *t = &b->topics;
	struct buf text = { .p = NULL };
	int rc = t->journal.fd >= 0 ? SKUA_OK : open_journal(b);

	for (size_t i = 0; i < t->changed_count && rc == SKUA_OK; i++) {
		struct topic *topic = skua_topic_find(t,
		    skua_str_z(t->changed[i]));

		if (topic != NULL)
			rc = add_line(b, topic, &text);
	}
	if (rc == SKUA_OK)
		rc = skua_line_file_append(&t->journal, &text,
		    t->changed_count);
	skua_buf_free(&text);
	return rc;
}

/* --- saving --- */

void
skua_topic_journal_close(struct broker *b)
{
	skua_line_file_close(&b->topics.journal);
}

void
skua_topics_save_all(struct broker *b)
{
	char *path = skua_broker_path(b, "config/topics.json");
	char *journal = skua_broker_path(b, JOURNAL_FILE);

	if (path != NULL && skua_topics_persist(b, path) == SKUA_OK) {
		b->topics.saved_counter = b->topics.version.counter;
		/* Its lines are older than the table from now on. */
		skua_topic_journal_close(b);
		(void)skua_io()->unlink(journal);
		b->topics.unsaved = b->topics.file_is_behind = false;
	} else {
		b->topics.file_is_behind = true;
	}
	free(path);
	free(journal);
}

/* Lines, unless the table is small, or has grown by a quarter since it was
 * written, or more than some topics changed, or writing it failed. */
static bool
is_for_journal(const struct topics *t)
{
	size_t count = skua_map_count(&t->map);

	return !t->file_is_behind && !t->changed_all && t->changed_count > 0 &&
	    count >= JOURNAL_FROM &&
	    t->journal.lines <= JOURNAL_FROM + count / 4;
}

void
skua_topics_save(struct broker *b)
{
	struct topics *t = &b->topics;
	int rc;

	if (!t->unsaved)
		return;
	if (!is_for_journal(t)) {
		skua_topics_save_all(b);
		return;
	}
	rc = add_lines(b);
	if (rc == SKUA_OK) {
		t->unsaved = false;
		return;
	}
	skua_log(SKUA_LOG_ERROR, "broker", "could not write %s: %s",
	    JOURNAL_FILE, skua_strerror(rc));
	skua_topics_save_all(b);
}
