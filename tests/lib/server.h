/* SPDX-License-Identifier: Apache-2.0 */
/* A real daemon ($SKUAD) on free ports, in a folder of its own. */
#ifndef TESTS_SERVER_H
#define TESTS_SERVER_H

#include <sys/types.h>

#include "test.h"

struct server {
	char *folder;
	char namesrv[64], broker[64]; /* addresses: the same after a restart */
	pid_t pid;
};

/* Ready when it returns. */
void server_start(struct server *s);
/* kill(2) and wait. */
void server_kill(struct server *s, int signal);
/* On the same ports, with the same store. */
void server_restart(struct server *s);
void server_free(struct server *s);

#endif
