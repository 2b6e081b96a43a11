/* SPDX-License-Identifier: Apache-2.0 */
/* The log's knobs; writing to it is skua_log (skua/host.h). */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <skua/host.h>

/* Lines above this level are not written. */
void skua_log_set_level(enum skua_log_level level);
/* "error" … "debug"; false for another text. */
bool skua_log_level_parse(const char *text, enum skua_log_level *level_r);
bool skua_log_wants(enum skua_log_level level);

/* At most `burst` lines per second from one call site that a peer can
 * trigger; counts what it held back. */
struct log_limit {
	int64_t second;
	uint32_t lines, held;
};
bool skua_log_allowed(struct log_limit *limit, uint32_t burst);

#endif
