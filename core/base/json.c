/* SPDX-License-Identifier: Apache-2.0 */
/* The lenient reader of the fastjson dialect, and lenient access to trees. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>

#include <skua/json.h>

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"

#define DEPTH_MAX 64
#define TREE_PER_BYTE 32
#define TREE_FREE 65536

struct parser {
	const char *start, *p, *end;
	char *scratch; /* decoded text of one string; as large as the input */
	unsigned depth;
	bool in_key;
	size_t cost, cost_max; /* memory of the tree, about */
	int error;             /* why it ended, when not because of the text */
};

/* What jansson and malloc take, about. */
#define COST_VALUE 48
#define COST_ARRAY 144
#define COST_OBJECT 256
#define COST_ELEMENT 16
#define COST_MEMBER 96

static json_t *parse_value(struct parser *j);

static void
skip_space(struct parser *j)
{
	while (j->p < j->end && isspace((unsigned char)*j->p))
		j->p++;
}

static json_t *
made(struct parser *j, json_t *value)
{
	if (value == NULL)
		j->error = SKUA_ENOMEM;
	return value;
}

/* A tree takes many times the bytes of "[{},{},{}]": it is refused before it
 * takes more than it may. */
static bool
can_spend(struct parser *j, size_t n)
{
	if (n > j->cost_max - j->cost) {
		j->error = SKUA_ELIMIT;
		return false;
	}
	j->cost += n;
	return true;
}

static bool
take(struct parser *j, char c)
{
	skip_space(j);
	if (j->p >= j->end || *j->p != c)
		return false;
	j->p++;
	return true;
}

static size_t
put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static bool
parse_hex4(struct parser *j, uint32_t *value_r)
{
	uint32_t v = 0;

	if (j->end - j->p < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		int c = tolower((unsigned char)*j->p++);

		if (!isxdigit(c))
			return false;
		v = v << 4 | (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	*value_r = v;
	return true;
}

/* Behind "\u".  A lone surrogate becomes the replacement character. */
static size_t
parse_unicode(struct parser *j, char *to)
{
	uint32_t c, low;

	if (!parse_hex4(j, &c))
		return 0;
	if (c >= 0xd800 && c < 0xdc00 && j->end - j->p >= 6 && j->p[0] == '\\' &&
	    j->p[1] == 'u') {
		const char *back = j->p;

		j->p += 2;
		if (!parse_hex4(j, &low))
			return 0;
		if (low >= 0xdc00 && low < 0xe000)
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		else
			j->p = back;
	}
	if (c >= 0xd800 && c < 0xe000)
		c = 0xfffd;
	/* jansson's text ends at a NUL. */
	return put_utf8(to, c == 0 ? 0xfffd : c);
}

static size_t
parse_escape(struct parser *j, char *to)
{
	static const char from[] = "bfnrt", as[] = "\b\f\n\r\t";
	const char *found;
	char c;

	if (j->p >= j->end)
		return 0;
	c = *j->p++;
	if (c == 'u')
		return parse_unicode(j, to);
	found = c == '\0' ? NULL : strchr(from, c);
	*to = found == NULL ? c : as[found - from];
	return c == '\0' ? 0 : 1;
}

/* A quoted text into scratch; the opening quote was taken. */
static bool
parse_quoted(struct parser *j, char quote, struct skua_str *text_r)
{
	size_t n = 0;

	while (j->p < j->end && *j->p != quote) {
		if (*j->p == '\\') {
			size_t added;

			j->p++;
			added = parse_escape(j, j->scratch + n);
			if (added == 0)
				return false;
			n += added;
		} else if (*j->p == '\0') {
			return false;
		} else {
			j->scratch[n++] = *j->p++;
		}
	}
	if (j->p >= j->end)
		return false;
	j->p++;
	*text_r = skua_str_n(j->scratch, n);
	return true;
}

static json_t *
new_text(struct parser *j, struct skua_str text)
{
	json_t *s;

	if (!can_spend(j, COST_VALUE + text.len))
		return NULL;
	s = json_stringn(text.p, text.len);
	/* Bytes that are not UTF-8 are a peer's affair: kept as they came, since
	 * names are compared bytewise. */
	return s != NULL ? s :
			   made(j, json_stringn_nocheck(text.p, text.len));
}

static struct skua_str
bare_word(struct parser *j)
{
	const char *from = j->p;

	while (j->p < j->end && strchr(",:{}[]\"' \t\r\n", *j->p) == NULL)
		j->p++;
	return skua_str_n(from, (size_t)(j->p - from));
}

static json_t *
parse_number_or_word(struct parser *j)
{
	struct skua_str word = bare_word(j);
	char text[64], *end;
	int64_t i;
	double d;

	if (skua_str_eq_z(word, "true"))
		return json_true();
	if (skua_str_eq_z(word, "false"))
		return json_false();
	if (skua_str_eq_z(word, "null") || skua_str_eq_z(word, "NaN"))
		return json_null();
	if (!can_spend(j, COST_VALUE))
		return NULL;
	if (skua_text_int(word, &i))
		return made(j, json_integer(i));
	if (word.len == 0 || word.len >= sizeof(text))
		return NULL;
	skua_str_copy(text, word);
	text[word.len] = '\0';
	d = strtod(text, &end);
	return *end == '\0' && isfinite(d) ? made(j, json_real(d)) : NULL;
}

static char *
text_of(struct parser *j, const json_t *object)
{
	struct skua_jsonw w;

	skua_jsonw_init(&w);
	skua_jsonw_tree(&w, object);
	w.need_comma = false;
	skua_jsonw_raw(&w, skua_str_n("", 1));
	if (w.error != SKUA_OK) {
		j->error = SKUA_ENOMEM;
		skua_jsonw_free(&w);
	}
	return w.p;
}

/* An object that stands for its own text.  One within another would be written
 * out, escaped, at every level: upstream's keys are MessageQueues, which have
 * none. */
static char *
parse_object_key(struct parser *j)
{
	json_t *object;
	char *key;

	if (j->in_key)
		return NULL;
	j->in_key = true;
	object = parse_value(j);
	j->in_key = false;
	key = object == NULL ? NULL : text_of(j, object);
	json_decref(object);
	return key;
}

/* A key: quoted, a bare word, or an object. */
static char *
parse_key(struct parser *j)
{
	struct skua_str text;
	char *key;

	skip_space(j);
	if (j->p >= j->end)
		return NULL;
	if (*j->p == '{')
		return parse_object_key(j);
	if (*j->p == '"' || *j->p == '\'') {
		char quote = *j->p++;

		if (!parse_quoted(j, quote, &text))
			return NULL;
	} else {
		text = bare_word(j);
		if (text.len == 0)
			return NULL;
	}
	key = malloc(text.len + 1);
	if (key == NULL) {
		j->error = SKUA_ENOMEM;
		return NULL;
	}
	skua_str_copy(key, text);
	key[text.len] = '\0';
	return key;
}

static bool
parse_member(struct parser *j, json_t *object)
{
	char *key = parse_key(j);
	json_t *value;
	int rc;

	if (key == NULL || !can_spend(j, COST_MEMBER + strlen(key)) ||
	    !take(j, ':') || (value = parse_value(j)) == NULL) {
		free(key);
		return false;
	}
	rc = json_object_set_new_nocheck(object, key, value);
	if (rc != 0)
		j->error = SKUA_ENOMEM;
	free(key);
	return rc == 0;
}

static json_t *
parse_object(struct parser *j)
{
	json_t *object;

	if (!can_spend(j, COST_OBJECT))
		return NULL;
	object = made(j, json_object());
	if (take(j, '}'))
		return object;
	do {
		if (!parse_member(j, object))
			goto malformed;
	} while (take(j, ','));
	if (take(j, '}'))
		return object;
malformed:
	json_decref(object);
	return NULL;
}

static json_t *
parse_array(struct parser *j)
{
	json_t *array, *value;

	if (!can_spend(j, COST_ARRAY))
		return NULL;
	array = made(j, json_array());
	if (take(j, ']'))
		return array;
	do {
		if (!can_spend(j, COST_ELEMENT) ||
		    (value = parse_value(j)) == NULL)
			goto malformed;
		if (json_array_append_new(array, value) != 0) {
			j->error = SKUA_ENOMEM;
			goto malformed;
		}
	} while (take(j, ','));
	if (take(j, ']'))
		return array;
malformed:
	json_decref(array);
	return NULL;
}

static json_t *
parse_value(struct parser *j)
{
	struct skua_str text;
	json_t *value = NULL;

	skip_space(j);
	if (j->p >= j->end || j->depth == DEPTH_MAX)
		return NULL;
	j->depth++;
	switch (*j->p) {
	case '{':
		j->p++;
		value = parse_object(j);
		break;
	case '[':
		j->p++;
		value = parse_array(j);
		break;
	case '"':
	case '\'':
		if (parse_quoted(j, *j->p++, &text))
			value = new_text(j, text);
		break;
	default:
		value = parse_number_or_word(j);
		break;
	}
	j->depth--;
	return value;
}

int
skua_json_parse(struct skua_str text, json_t **json_r)
{
	size_t max = SKUA_JSON_TREE_MAX;

	/* Objects of a few short members take ten times their text. */
	if (text.len < max / TREE_PER_BYTE)
		max = TREE_FREE + TREE_PER_BYTE * text.len;
	return skua_json_parse_within(text, max, json_r);
}

int
skua_json_parse_within(struct skua_str text, size_t tree_max, json_t **json_r)
{
	struct parser j = { .start = text.p, .p = text.p,
		.end = text.p + text.len, .cost_max = tree_max };
	json_t *value;

	if (text.len == 0)
		return SKUA_EPROTO;
	/* "\u00e9" (6 bytes) is the longest growth to 2 bytes: never more. */
	j.scratch = malloc(text.len + 4);
	if (j.scratch == NULL)
		return SKUA_ENOMEM;
	value = parse_value(&j);
	skip_space(&j);
	free(j.scratch);
	if (value == NULL)
		return j.error != SKUA_OK ? j.error : SKUA_EPROTO;
	if (j.p != j.end) {
		json_decref(value);
		return SKUA_EPROTO;
	}
	*json_r = value;
	return SKUA_OK;
}

int64_t
skua_json_int(const json_t *object, const char *name, int64_t dflt)
{
	const json_t *v = json_object_get(object, name);
	int64_t i;

	if (json_is_integer(v))
		return json_integer_value(v);
	if (json_is_real(v) && fabs(json_real_value(v)) < 9e18)
		return (int64_t)json_real_value(v);
	if (json_is_string(v) &&
	    skua_text_int(skua_str_n(json_string_value(v),
		json_string_length(v)), &i))
		return i;
	return dflt;
}

int32_t
skua_json_int32(const json_t *object, const char *name, int32_t min,
    int32_t max, int32_t dflt)
{
	int32_t value;

	return skua_narrow_i32(skua_json_int(object, name, dflt), min, max,
		   &value) ?
	    value :
	    dflt;
}

bool
skua_json_bool(const json_t *object, const char *name, bool dflt)
{
	const json_t *v = json_object_get(object, name);

	if (json_is_boolean(v))
		return json_is_true(v);
	if (json_is_string(v))
		return skua_text_eq_nocase(skua_str_z(json_string_value(v)),
		    "true");
	if (json_is_integer(v))
		return json_integer_value(v) != 0;
	return dflt;
}

const char *
skua_json_text(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}
