/* SPDX-License-Identifier: Apache-2.0 */
/* Puts of plug-ins (skua/put.h): from when to when they are taken. */
#ifndef BROKER_HOST_PUT_H
#define BROKER_HOST_PUT_H

#include "broker/broker.h"

/* The log is open: services may put as they start. */
void skua_host_puts_open(struct broker *b);
/* The loops have ended: none is taken any more, and those that they have not
 * stored are refused.  Main thread. */
void skua_host_puts_close(struct broker *b);

/* Posts what a plug-in asks of a loop and is told of later, unless the loops have
 * ended (SKUA_ECLOSED) or plug-ins hold too much (SKUA_EBUSY, SKUA_ELIMIT).  bytes
 * count until they are given back. */
int skua_host_puts_post(struct broker *b, struct loop *loop,
    struct loop_msg *msg, int64_t bytes) SKUA_MUST_CHECK;
void skua_host_puts_give_back(struct broker *b, int64_t bytes);

#endif
