/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON dialect of RocketMQ's bodies (fastjson): numeric and object keys of
 * maps are written unquoted, members in alphabetical order, nulls left out.
 *
 * Reading is lenient: such keys, single quotes, unquoted names, NaN are taken.
 * An object used as a key becomes its own compact, sorted text; such an object
 * has no key of that kind itself.
 */
#ifndef SKUA_JSON_H
#define SKUA_JSON_H

#include <jansson.h>

#include <skua/error.h>
#include <skua/types.h>

SKUA_BEGIN_DECLS

/* Bytes of memory, about, that a tree from a peer's text may take. */
#define SKUA_JSON_TREE_MAX ((size_t)48 * 1024 * 1024)

/* A tree from text; at most 64 levels deep.  *json_r is a new reference.
 * SKUA_EPROTO: not JSON; SKUA_ELIMIT: the tree would take more memory than
 * SKUA_JSON_TREE_MAX, or very much more than the text; SKUA_ENOMEM. */
SKUA_API int skua_json_parse(struct skua_str text, json_t **json_r)
    SKUA_MUST_CHECK;
/* The same with a bound of the caller's; SIZE_MAX for text of our own. */
SKUA_API int skua_json_parse_within(struct skua_str text, size_t tree_max,
    json_t **json_r) SKUA_MUST_CHECK;

/* Lenient members: a number may be text and the other way round. */
SKUA_API int64_t skua_json_int(const json_t *object, const char *name,
    int64_t dflt);
/* dflt when absent, and when it is not between min and max. */
SKUA_API int32_t skua_json_int32(const json_t *object, const char *name,
    int32_t min, int32_t max, int32_t dflt);
SKUA_API bool skua_json_bool(const json_t *object, const char *name, bool dflt);
/* NULL when absent or not text.  Borrowed from the tree. */
SKUA_API const char *skua_json_text(const json_t *object, const char *name);

/* Text built front to back, in memory that grows.  A failure sticks: the calls
 * after it do nothing, and skua_jsonw_finish reports it. */
struct skua_jsonw {
	char *p;
	size_t len, size;
	size_t max; /* bytes; 0: no bound */
	int error;
	bool need_comma;
	void *reserved[2];
};

SKUA_API void skua_jsonw_init(struct skua_jsonw *w);
/* Text that becomes longer than max bytes is the failure SKUA_ELIMIT.  Whoever
 * writes a table looks at `error` now and then, and stops. */
SKUA_API void skua_jsonw_limit(struct skua_jsonw *w, size_t max);
SKUA_API void skua_jsonw_free(struct skua_jsonw *w);
SKUA_API void skua_jsonw_open(struct skua_jsonw *w, char bracket);
SKUA_API void skua_jsonw_close(struct skua_jsonw *w, char bracket);
/* A member's name: quoted; or raw, as map keys are ({0:"a"}). */
SKUA_API void skua_jsonw_key(struct skua_jsonw *w, struct skua_str name);
SKUA_API void skua_jsonw_key_z(struct skua_jsonw *w, const char *name);
SKUA_API void skua_jsonw_raw_key(struct skua_jsonw *w, const char *fmt, ...)
    SKUA_PRINTF(2, 3);
/* The key {"brokerName":…,"queueId":…,"topic":…}. */
SKUA_API void skua_jsonw_queue_key(struct skua_jsonw *w, struct skua_str broker,
    int32_t queue_id, struct skua_str topic);
SKUA_API void skua_jsonw_str(struct skua_jsonw *w, struct skua_str value);
SKUA_API void skua_jsonw_str_z(struct skua_jsonw *w, const char *value);
SKUA_API void skua_jsonw_int(struct skua_jsonw *w, int64_t value);
SKUA_API void skua_jsonw_bool(struct skua_jsonw *w, bool value);
SKUA_API void skua_jsonw_real(struct skua_jsonw *w, double value);
/* Text that is JSON already. */
SKUA_API void skua_jsonw_raw(struct skua_jsonw *w, struct skua_str text);
/* A whole tree: members sorted, compact. */
SKUA_API void skua_jsonw_tree(struct skua_jsonw *w, const json_t *json);
/* SKUA_OK and the text (still the writer's), or the first failure. */
SKUA_API int skua_jsonw_finish(struct skua_jsonw *w, struct skua_str *text_r)
    SKUA_MUST_CHECK;

SKUA_END_DECLS

#endif
