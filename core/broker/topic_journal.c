/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>

#include <skua/io.h>

#include "base/buf.h"
#include "broker/topic_journal.h"
#include "wire/integrity.h"

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

static int
take_line(struct broker *b, struct skua_str line, int64_t base)
{
	struct data_version version;
	struct topic_conf conf;
	struct skua_error e;
	json_t *json, *topic;
	const char *name;
	int rc;

	if (line.len < JSON_SEAL_LEN ||
	    skua_json_is_sealed_wrong(line.p, line.len))
		return SKUA_ECORRUPT;
	rc = skua_json_parse(line, &json);
	if (rc != SKUA_OK)
		return SKUA_ECORRUPT;
	data_version_read(json, &version);
	topic = json_object_get(json, "topic");
	name = skua_json_text(topic, "topicName");
	if (name == NULL || json_object_get(json, "crc32") == NULL)
		rc = SKUA_ECORRUPT;
	else if (version.counter > base)
		rc = skua_topic_read(b, topic, &conf, &e);
	if (rc == SKUA_OK && version.counter > base) {
		(void)skua_topic_put(b, skua_str_z(name), &conf);
		b->topics.version = version;
	}
	json_decref(json);
	return rc;
}

/* How many lines are none.  Each stands for itself, so that a damaged one does
 * not take those behind it along. */
static size_t
take_lines(struct broker *b, struct skua_str text)
{
	int64_t base = b->topics.version.counter;
	const char *at = text.p, *end = text.p + text.len;
	size_t damaged = 0;

	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));

		/* Without its end, a line was never durable. */
		if (stop == NULL)
			break;
		damaged += take_line(b, skua_str_n(at, (size_t)(stop - at)),
			       base) != SKUA_OK;
		at = stop + 1;
	}
	return damaged;
}

int
skua_topic_journal_load(struct broker *b, const char *path,
    struct skua_error *e)
{
	char *text;
	size_t len, damaged;
	int rc = skua_file_read(path, JOURNAL_MAX, &text, &len);

	if (rc == SKUA_ENOENT)
		return SKUA_OK;
	if (rc != SKUA_OK)
		return skua_fail(e, rc, "%s: %s", path, skua_strerror(rc));
	/* A new journal takes this one's place. */
	b->topics.file_is_behind = true;
	damaged = take_lines(b, skua_str_n(text, len));
	free(text);
	if (damaged > 0) {
		skua_log(SKUA_LOG_WARNING, "broker",
		    "%s: %zu damaged lines; a topic that they told of and that "
		    "has messages gets standard settings",
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

/* Appends one sealed line to text. */
static int
add_line(const struct broker *b, const struct topic *topic,
    struct buf *text)
{
	struct skua_jsonw w;
	struct skua_str line;
	int rc;

	skua_jsonw_init(&w);
	write_line(&w, b, topic);
	rc = skua_jsonw_finish(&w, &line);
	if (rc == SKUA_OK) {
		char seal[JSON_SEAL_LEN + 1];
		uint8_t *to = skua_buf_reserve(text,
		    line.len + JSON_SEAL_LEN);

		if (to == NULL) {
			skua_jsonw_free(&w);
			return SKUA_ENOMEM;
		}
		line.len--; /* the seal has its own brace */
		skua_json_seal(seal, line.p, line.len);
		skua_str_copy(to, line);
		memcpy(to + line.len, seal, JSON_SEAL_LEN);
		to[line.len + JSON_SEAL_LEN] = '\n';
		text->len += line.len + JSON_SEAL_LEN + 1;
	}
	skua_jsonw_free(&w);
	return rc;
}

static int
open_journal(struct broker *b)
{
	struct topics *t = &b->topics;
	char *path = skua_broker_path(b, JOURNAL_FILE);
	char *folder = skua_broker_path(b, "skua");
	int rc = path == NULL ? SKUA_ENOTSUP : skua_io()->mkdir(folder);

	if (rc == SKUA_OK) {
		t->journal_fd = skua_io()->open(path,
		    O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		rc = t->journal_fd < 0 ? t->journal_fd :
					 skua_io()->sync_folder(folder);
	}
	t->journal_size = 0;
	t->journal_lines = 0;
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
	int rc = t->journal_fd >= 0 ? SKUA_OK : open_journal(b);

	for (size_t i = 0; i < t->changed_count && rc == SKUA_OK; i++) {
		struct topic *topic = skua_topic_find(t,
		    skua_str_z(t->changed[i]));

		if (topic != NULL)
			rc = add_line(b, topic, &text);
	}
	if (rc == SKUA_OK)
		rc = skua_io()->pwrite(t->journal_fd, text.p, text.len,
		    t->journal_size);
	if (rc == SKUA_OK)
		rc = skua_io()->sync(t->journal_fd);
	if (rc == SKUA_OK) {
		t->journal_size += (int64_t)text.len;
		t->journal_lines += t->changed_count;
	}
	skua_buf_free(&text);
	return rc;
}

/* --- saving --- */

void
skua_topic_journal_close(struct broker *b)
{
	if (b->topics.journal_fd >= 0)
		(void)skua_io()->close(b->topics.journal_fd);
	b->topics.journal_fd = -1;
}

void
skua_topics_save_all(struct broker *b)
{
	char *path = skua_broker_path(b, "config/topics.json");
	char *journal = skua_broker_path(b, JOURNAL_FILE);

	if (path != NULL && skua_topics_persist(b, path) == SKUA_OK) {
		/* Its lines are older than the table from now on. */
		skua_topic_journal_close(b);
		(void)skua_io()->unlink(journal);
		b->topics.journal_lines = 0;
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
	    t->journal_lines <= JOURNAL_FROM + count / 4;
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
