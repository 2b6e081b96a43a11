/* SPDX-License-Identifier: Apache-2.0 */
/* How queues are shared out among the members of a group. */
#ifndef CLIENT_ALLOCATE_H
#define CLIENT_ALLOCATE_H

#include <skua/types.h>

/* Of queue_count sorted queues, those of `own`: *count_r from *first_r on; none
 * when it is not among the ids.  Sorts ids. */
void skua_allocate_averagely(size_t queue_count, const char **ids,
    size_t id_count, const char *own, size_t *first_r, size_t *count_r);

#endif
