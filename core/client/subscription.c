/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <skua/host.h>
#include <skua/message.h>

#include "base/mem.h"
#include "client/subscription.h"

static struct skua_str
trim(struct skua_str s)
{
	while (s.len > 0 && *s.p == ' ') {
		s.p++;
		s.len--;
	}
	while (s.len > 0 && s.p[s.len - 1] == ' ')
		s.len--;
	return s;
}

static void
add_tag(struct subscription *s, struct skua_str tag)
{
	if (tag.len == 0)
		return;
	for (size_t i = 0; i < s->tag_count; i++)
		if (skua_str_eq_z(tag, s->tags[i]))
			return;
	s->tags = skua_mem_grow(s->tags, s->tag_count + 1, sizeof(s->tags[0]));
	s->tags[s->tag_count++] = skua_mem_dup(tag);
}

/* "A || B" */
static int
split_tags(struct subscription *s, struct skua_error *e)
{
	const char *at = s->expression;

	if (strcmp(at, "*") == 0)
		return SKUA_OK;
	while (at != NULL) {
		const char *bar = strstr(at, "||");

		add_tag(s, trim(skua_str_n(at, bar == NULL ?
			strlen(at) : (size_t)(bar - at))));
		at = bar == NULL ? NULL : bar + 2;
	}
	if (s->tag_count == 0)
		return skua_fail(e, SKUA_EINVAL,
		    "\"%s\" names no tag; expected A || B, or *",
		    s->expression);
	return SKUA_OK;
}

int
skua_subscription_new(const char *topic, const char *expression,
    const char *type, struct subscription **s_r, struct skua_error *e)
{
	struct subscription *s;
	int rc = SKUA_OK;

	if (topic == NULL || *topic == '\0')
		return skua_fail(e, SKUA_EINVAL,
		    "a subscription needs a topic");
	s = skua_mem_new(1, sizeof(*s) + strlen(topic) + 1);
	memcpy(s->topic, topic, strlen(topic) + 1);
	if (expression == NULL || *expression == '\0')
		expression = "*";
	s->expression = skua_mem_dup(skua_str_z(expression));
	s->type = skua_mem_dup(skua_str_z(type == NULL ? "TAG" : type));
	s->version = skua_now_ms();
	if (strcmp(s->type, "TAG") == 0)
		rc = split_tags(s, e);
	if (rc != SKUA_OK) {
		skua_subscription_free(s);
		return rc;
	}
	*s_r = s;
	return SKUA_OK;
}

void
skua_subscription_free(struct subscription *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->tag_count; i++)
		free(s->tags[i]);
	free(s->tags);
	free(s->expression);
	free(s->type);
	free(s);
}

bool
skua_subscription_takes(const struct subscription *s, struct skua_str tag)
{
	if (s->tag_count == 0)
		return true;
	for (size_t i = 0; i < s->tag_count; i++)
		if (skua_str_eq_z(tag, s->tags[i]))
			return true;
	return false;
}

void
skua_subscription_json(const struct subscription *s, struct skua_jsonw *w)
{
	skua_jsonw_open(w, '{');
	skua_jsonw_key_z(w, "classFilterMode");
	skua_jsonw_bool(w, false);
	skua_jsonw_key_z(w, "codeSet");
	skua_jsonw_open(w, '[');
	for (size_t i = 0; i < s->tag_count; i++)
		skua_jsonw_int(w, skua_java_hash(skua_str_z(s->tags[i])));
	skua_jsonw_close(w, ']');
	skua_jsonw_key_z(w, "expressionType");
	skua_jsonw_str_z(w, s->type);
	skua_jsonw_key_z(w, "subString");
	skua_jsonw_str_z(w, s->expression);
	skua_jsonw_key_z(w, "subVersion");
	skua_jsonw_int(w, s->version);
	skua_jsonw_key_z(w, "tagsSet");
	skua_jsonw_open(w, '[');
	for (size_t i = 0; i < s->tag_count; i++)
		skua_jsonw_str_z(w, s->tags[i]);
	skua_jsonw_close(w, ']');
	skua_jsonw_key_z(w, "topic");
	skua_jsonw_str_z(w, s->topic);
	skua_jsonw_close(w, '}');
}
