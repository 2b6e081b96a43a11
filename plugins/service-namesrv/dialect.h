/* SPDX-License-Identifier: Apache-2.0 */
/* The two JSON dialects of route answers: legacy has bare integer keys; in
 * standard they are quoted, and text is ASCII. */
#ifndef NAMESRV_DIALECT_H
#define NAMESRV_DIALECT_H

#include <skua/json.h>

void put_text(struct skua_jsonw *w, bool standard, struct skua_str text);
void put_text_z(struct skua_jsonw *w, bool standard, const char *text);
/* As a member's name. */
void put_key(struct skua_jsonw *w, bool standard, const char *name);
void put_id_key(struct skua_jsonw *w, bool standard, int64_t id);

#endif
