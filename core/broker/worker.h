/* SPDX-License-Identifier: Apache-2.0 */
/* The worker that writes the index back and keeps the checkpoint. */
#ifndef BROKER_WORKER_H
#define BROKER_WORKER_H

#include "broker/broker.h"

int skua_worker_start(struct broker *b, struct skua_error *e) SKUA_MUST_CHECK;
void skua_worker_stop(struct broker *b);

#endif
