/* SPDX-License-Identifier: Apache-2.0 */
/* See lives.h. */
#include <stdio.h>
#include <stdlib.h>

#include <skua/io.h>
#include <skua/name.h>

#include "base/hash.h"
#include "base/mem.h"
#include "offline/lives.h"
#include "wire/sealed_line.h"

#define LIVES_FILE "skua/lives.journal"
#define LIVES_MAX ((size_t)1 << 30)

struct offline_life {
	UT_hash_handle hh; /* by topic */
	char *topic;
	int64_t pos;
};

static struct offline_life *
find(const struct offline *s, struct skua_str topic)
{
	struct offline_life *life;

	HASH_FIND(hh, s->lives, topic.p, (unsigned)topic.len, life);
	return life;
}

static int
take_line(void *arg, const json_t *line)
{
	struct offline *s = arg;
	const char *topic = skua_json_text(line, "topic");
	int64_t pos = skua_json_int(line, "begins", -1);
	struct offline_life *life;

	if (topic == NULL || pos < 0 ||
	    !skua_name_is(SKUA_NAME_STORED_TOPIC, skua_str_z(topic)))
		return SKUA_ECORRUPT;
	life = find(s, skua_str_z(topic));
	if (life == NULL) {
		life = sk_new(struct offline_life);
		life->topic = skua_mem_dup(skua_str_z(topic));
		HASH_ADD_KEYPTR(hh, s->lives, life->topic,
		    (unsigned)strlen(topic), life);
	}
	life->pos = pos;
	return SKUA_OK;
}

int
offline_lives_read(struct offline *s)
{
	struct offline_finding f =
	    offline_finding(OFFLINE_DAMAGE, OFFLINE_STORE, "lives");
	char path[OFFLINE_PATH], *text;
	size_t len, damaged;
	int rc;

	(void)snprintf(path, sizeof(path), "%s/" LIVES_FILE, s->folder);
	rc = skua_file_read(path, LIVES_MAX, &text, &len);
	if (rc != SKUA_OK)
		return rc == SKUA_ENOENT ? SKUA_OK : rc;
	damaged = skua_lines_take(skua_str_n(text, len), take_line, s);
	free(text);
	f.file = LIVES_FILE;
	if (damaged > 0)
		offline_tell(s, &f, "%zu line%s damaged: records of topics that "
		    "were removed may count as those of later ones", damaged,
		    damaged == 1 ? " is" : "s are");
	return SKUA_OK;
}

void
offline_lives_free(struct offline *s)
{
	struct offline_life *life, *next;

	HASH_ITER (hh, s->lives, life, next) {
		HASH_DEL(s->lives, life);
		free(life->topic);
		free(life);
	}
}

int64_t
offline_life_pos(const struct offline *s, struct skua_str topic)
{
	const struct offline_life *life = find(s, topic);

	return life == NULL ? 0 : life->pos;
}
