/* SPDX-License-Identifier: Apache-2.0 */
/* The ports a broker listens on: its own, the VIP port, those of services. */
#ifndef BROKER_PORTS_H
#define BROKER_PORTS_H

#include "broker/broker.h"

int skua_ports_add_broker(struct broker *b, struct skua_error *e);
/* A service's codes: on its own port, or on the broker's. */
int skua_ports_add_service(struct broker *b, const struct provider *p,
    struct skua_error *e);
const struct port *skua_ports_find(const struct broker *b, const char *what);
/* Seals the tables and accepts connections. */
int skua_ports_start(struct broker *b, struct skua_error *e);
/* Main thread: no more connections. */
void skua_ports_close(struct broker *b);
void skua_ports_fini(struct broker *b);

#endif
