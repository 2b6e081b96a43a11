/* SPDX-License-Identifier: Apache-2.0 */
/* See codes.h. */
#include "wire/codes.h"

static const struct request_code rows[] = {
#define REQUEST(code, name, operation, topic, group)                           \
	{ code, #name, SKUA_OP_##operation, topic, group },
#include "wire/codes.def"
#undef REQUEST
};

const struct request_code *
skua_request_code_find(int32_t code)
{
	size_t low = 0, high = sizeof(rows) / sizeof(rows[0]);

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (rows[middle].code == code)
			return &rows[middle];
		if (rows[middle].code < code)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const char *
skua_request_name(int32_t code)
{
	const struct request_code *row = skua_request_code_find(code);

	return row == NULL ? "" : row->name;
}
