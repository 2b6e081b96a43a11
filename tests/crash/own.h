/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of these programs, as opposed to that of the broker inside of them: it
 * ends them when there is none, and nobody makes it fail. */
#ifndef CRASH_OWN_H
#define CRASH_OWN_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed. */
void *own_new(size_t size);
/* As realloc. */
void *own_grow(void *old, size_t size);

/* Between these, what the calling thread allocates is not the broker's. */
void own_begin(void);
void own_end(void);
bool own_is_on(void);

#endif
