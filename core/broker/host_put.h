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

#endif
