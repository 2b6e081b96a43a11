/* SPDX-License-Identifier: Apache-2.0 */
/* The unique key of a message whose sender gave it none.
 * Upstream: common.message.MessageClientIDSetter. */
#ifndef BROKER_UNIQUE_KEY_H
#define BROKER_UNIQUE_KEY_H

#include <skua/types.h>

#define UNIQUE_KEY_SIZE 57

/* 32 or 56 upper-case hex digits and a NUL; returns the length. */
size_t skua_unique_key(char key[UNIQUE_KEY_SIZE], const struct skua_addr *host);

#endif
