/* SPDX-License-Identifier: Apache-2.0 */
/* Request codes: names, what each does, where its topic and group are. */
#ifndef WIRE_CODES_H
#define WIRE_CODES_H

#include <skua/request.h>

enum {
#define REQUEST(code, name, operation, topic, group) CODE_##name = (code),
#include "wire/codes.def"
#undef REQUEST
};

struct request_code {
	int32_t code;
	const char *name;
	enum skua_operation operation;
	const char *topic, *group; /* as in codes.def; NULL: it has none */
};

/* NULL for a code that RocketMQ does not have. */
const struct request_code *skua_request_code_find(int32_t code);

#endif
