/* SPDX-License-Identifier: Apache-2.0 */
/* uthash, for tables of one thread at a time; as sk_new, it ends the process
 * when there is no memory, where by itself it would leave without a word. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/mem.h"

#ifdef UTHASH_H
#error "base/hash.h comes instead of uthash.h"
#endif
#define uthash_malloc(size) skua_mem_grow(NULL, 1, (size))
#include <uthash.h>

#endif
