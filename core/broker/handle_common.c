/* SPDX-License-Identifier: Apache-2.0 */
/* What handlers share: needed fields, JSON bodies. */
#include "base/number.h"
#include "broker/handlers.h"

#define HEADER_ROOM 65536 /* of an answer with a body */

bool
skua_need_field(struct skua_request *request, const char *name,
    struct skua_str *value_r)
{
	*value_r = skua_request_field(request, name);
	if (value_r->p != NULL)
		return true;
	skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
	    "the field %s is missing", name);
	return false;
}

bool
skua_need_int(struct skua_request *request, const char *name, int64_t *value_r)
{
	if (skua_request_int(request, name, value_r))
		return true;
	skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
	    skua_request_field(request, name).p == NULL ?
		"the field %s is missing" :
		"the field %s is not a number",
	    name);
	return false;
}

bool
skua_need_i32(struct skua_request *request, const char *name, int32_t min,
    int32_t max, int32_t code, int32_t *value_r)
{
	int64_t value;

	if (!skua_need_int(request, name, &value))
		return false;
	if (skua_narrow_i32(value, min, max, value_r))
		return true;
	skua_answer(request, code, "the field %s is %lld, not between %d and %d",
	    name, (long long)value, min, max);
	return false;
}

json_t *
skua_need_json(struct skua_request *request)
{
	json_t *json;
	int rc = skua_json_parse(skua_request_body(request), &json);

	if (rc == SKUA_OK)
		return json;
	skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
	    rc == SKUA_EPROTO	 ? "the body is not valid JSON" :
		rc == SKUA_ELIMIT ? "the body has too many values" :
				    "out of memory");
	return NULL;
}

void
skua_answer_json_begin(struct skua_jsonw *w)
{
	skua_jsonw_init(w);
	skua_jsonw_limit(w, FRAME_MAX - HEADER_ROOM);
}

void
skua_answer_json(struct skua_request *request, struct skua_jsonw *w)
{
	struct skua_str text;

	if (skua_jsonw_finish(w, &text) == SKUA_OK) {
		skua_answer_body(request, text.p, text.len);
		skua_answer(request, SKUA_CODE_SUCCESS, NULL);
	} else {
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR,
		    w->error == SKUA_ELIMIT ?
			"the answer would be larger than a frame of 16 MiB; "
			"ask for less" :
			"out of memory");
	}
	skua_jsonw_free(w);
}
