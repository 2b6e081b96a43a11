/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tags: "*" or nothing is everything, else "A || B || C".  Compares hashes only,
 * as the index keeps them; the client compares the text.
 * Upstream: remoting.protocol.filter.FilterAPI, ExpressionMessageFilter.
 */
#include <stdlib.h>

#include <skua/filter.h>
#include <skua/version.h>

struct tags {
	size_t count;
	int64_t codes[];
};

static struct skua_str
trim(struct skua_str s)
{
	while (s.len > 0 && (unsigned char)*s.p <= ' ') {
		s.p++;
		s.len--;
	}
	while (s.len > 0 && (unsigned char)s.p[s.len - 1] <= ' ')
		s.len--;
	return s;
}

/* The next tag behind *at; false at the end. */
static bool
next_tag(struct skua_str text, size_t *at, struct skua_str *tag_r)
{
	while (*at < text.len) {
		const char *from = text.p + *at;
		size_t left = text.len - *at;
		const char *bar = memmem(from, left, "||", 2);
		size_t len = bar == NULL ? left : (size_t)(bar - from);

		*at += len + 2;
		*tag_r = trim(skua_str_n(from, len));
		if (tag_r->len > 0)
			return true;
	}
	return false;
}

static bool
wants_all(struct skua_str expression)
{
	return expression.len == 0 || skua_str_eq_z(expression, "*");
}

static size_t
count_tags(struct skua_str expression)
{
	struct skua_str tag;
	size_t n = 0;

	for (size_t at = 0; next_tag(expression, &at, &tag);)
		n++;
	return n;
}

static int
tag_check(struct skua_host *host, const struct skua_subscription *sub,
    struct skua_error *e)
{
	struct skua_str expression = sub->expression;

	(void)host;
	if (wants_all(expression) || count_tags(expression) > 0)
		return SKUA_OK;
	return skua_fail(e, SKUA_EINVAL, "\"%.*s\" names no tag",
	    SKUA_STR_ARG(expression));
}

static int
by_code(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static int
tag_compile(struct skua_host *host, const struct skua_subscription *sub,
    void **instance_r, struct skua_error *e)
{
	struct skua_str tag;
	struct tags *tags;
	int rc = tag_check(host, sub, e);

	if (rc != SKUA_OK)
		return rc;
	if (wants_all(sub->expression)) {
		*instance_r = NULL;
		return SKUA_OK;
	}
	tags = malloc(sizeof(*tags) +
	    count_tags(sub->expression) * sizeof(tags->codes[0]));
	if (tags == NULL)
		return skua_fail(e, SKUA_ENOMEM, "out of memory");
	tags->count = 0;
	for (size_t at = 0; next_tag(sub->expression, &at, &tag);)
		tags->codes[tags->count++] = skua_java_hash(tag);
	qsort(tags->codes, tags->count, sizeof(tags->codes[0]), by_code);
	*instance_r = tags;
	return SKUA_OK;
}

static void
tag_release(void *instance)
{
	free(instance);
}

static bool
has(const struct tags *tags, int64_t code)
{
	size_t low = 0, high = tags->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (tags->codes[middle] == code)
			return true;
		if (tags->codes[middle] < code)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

static size_t
tag_match(void *instance, const struct skua_candidate *candidates, size_t n,
    uint8_t *keep, int64_t until_ns)
{
	(void)until_ns;
	for (size_t i = 0; i < n; i++)
		keep[i] = keep[i] && has(instance, candidates[i].tags_code);
	return n;
}

static size_t
tag_memory(const void *instance)
{
	const struct tags *tags = instance;

	return sizeof(*tags) + tags->count * sizeof(tags->codes[0]);
}

static const struct skua_filter tag_filter = {
	.size = sizeof(struct skua_filter),
	.check = tag_check,
	.compile = tag_compile,
	.release = tag_release,
	.match = tag_match,
	.memory = tag_memory,
};

static int
load(struct skua_host *host, struct skua_error *e)
{
	(void)e;
	return skua_provide_filter(host, "TAG", &tag_filter);
}

SKUA_PLUGIN_EXPORT = {
	SKUA_ABI,
	.name = "filter-tag",
	.version = SKUA_VERSION,
	.descr = "subscriptions by tag: A || B",
	.license = "Apache-2.0",
	.load = load,
};
