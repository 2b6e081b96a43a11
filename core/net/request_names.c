/* SPDX-License-Identifier: Apache-2.0 */
/* What a request is about: the names that its handler will read, wherever they
 * are. */
#include <skua/json.h>

#include "net/request.h"
#include "wire/codes.h"

struct walk {
	const struct skua_request *request;
	skua_name_fn *fn;
	void *arg;
	bool go_on;
	json_t *body; /* read when first asked for */
	int rc;
};

static void
tell(struct walk *w, struct skua_str name)
{
	if (w->go_on)
		w->go_on = w->fn(w->arg, name);
}

/* NAME;NAME;… */
static void
walk_list(struct walk *w, struct skua_str list)
{
	while (list.len > 0 && w->go_on) {
		const char *end = memchr(list.p, ';', list.len);
		size_t n = end == NULL ? list.len : (size_t)(end - list.p);

		if (n > 0)
			tell(w, skua_str_n(list.p, n));
		n += n < list.len;
		list = skua_str_n(list.p + n, list.len - n);
	}
}

static void
walk_field(struct walk *w, struct skua_str place)
{
	bool is_list = place.p[place.len - 1] == ';';
	char name[32];
	struct skua_str value;

	place.len -= is_list;
	skua_str_copy(name, place);
	name[place.len] = '\0';
	value = skua_request_field(w->request, name);
	if (is_list)
		walk_list(w, value);
	else if (value.p != NULL)
		tell(w, value);
}

/* One step of a path, /MEMBER or / and a star, and then the rest. */
static void
walk_body(struct walk *w, const json_t *at, struct skua_str path)
{
	const char *end;
	char name[32];
	size_t n;

	if (path.len == 0) {
		if (json_is_string(at))
			tell(w, skua_str_n(json_string_value(at),
				json_string_length(at)));
		return;
	}
	path = skua_str_n(path.p + 1, path.len - 1);
	end = memchr(path.p, '/', path.len);
	n = end == NULL ? path.len : (size_t)(end - path.p);
	if (n == 1 && path.p[0] == '*') {
		for (size_t i = 0; i < json_array_size(at) && w->go_on; i++)
			walk_body(w, json_array_get(at, i),
			    skua_str_n(path.p + n, path.len - n));
		return;
	}
	memcpy(name, path.p, n);
	name[n] = '\0';
	walk_body(w, json_object_get(at, name),
	    skua_str_n(path.p + n, path.len - n));
}

static void
walk_place(struct walk *w, struct skua_str place)
{
	if (place.p[0] != '/') {
		walk_field(w, place);
		return;
	}
	if (w->body == NULL && w->rc == SKUA_OK)
		w->rc = skua_json_parse(skua_request_body(w->request),
		    &w->body);
	if (w->rc == SKUA_OK)
		walk_body(w, w->body, place);
}

static int
walk(const struct skua_request *request, const char *places, skua_name_fn *fn,
    void *arg)
{
	struct walk w = { request, fn, arg, true, NULL, SKUA_OK };

	for (const char *p = places; p != NULL && *p != '\0' && w.go_on;) {
		size_t n = strcspn(p, "|");

		walk_place(&w, skua_str_n(p, n));
		p += n + (p[n] == '|');
	}
	json_decref(w.body);
	return w.rc;
}

static const char *
places_of(const struct skua_request *request, bool group)
{
	const struct request_code *row =
	    skua_request_code_find(request->command.code);

	return row == NULL ? NULL : group ? row->group : row->topic;
}

int
skua_request_topics(const struct skua_request *request, skua_name_fn *fn,
    void *arg)
{
	return walk(request, places_of(request, false), fn, arg);
}

int
skua_request_groups(const struct skua_request *request, skua_name_fn *fn,
    void *arg)
{
	return walk(request, places_of(request, true), fn, arg);
}

struct only {
	struct skua_str name;
	size_t count;
};

static bool
count_name(void *arg, struct skua_str name)
{
	struct only *only = arg;

	only->name = name;
	return ++only->count < 2;
}

/* The names of a body do not outlive the walk. */
static bool
only_name(const struct skua_request *request, bool group, struct skua_str *r)
{
	const char *places = places_of(request, group);
	struct only only = { { NULL, 0 }, 0 };

	*r = only.name;
	if (places == NULL || strchr(places, '/') != NULL ||
	    walk(request, places, count_name, &only) != SKUA_OK ||
	    only.count != 1)
		return false;
	*r = only.name;
	return true;
}

bool
skua_request_topic(const struct skua_request *request, struct skua_str *topic_r)
{
	return only_name(request, false, topic_r);
}

bool
skua_request_group(const struct skua_request *request, struct skua_str *group_r)
{
	return only_name(request, true, group_r);
}

enum skua_operation
skua_request_operation(const struct skua_request *request)
{
	return request->operation;
}

const char *
skua_request_port(const struct skua_request *request)
{
	return request->port == NULL ? "" : request->port;
}
