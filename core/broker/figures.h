/* SPDX-License-Identifier: Apache-2.0 */
/* The broker's own figures of what peers make it hold: one table, for request 28
 * and as metric rows. */
#ifndef BROKER_FIGURES_H
#define BROKER_FIGURES_H

#include <skua/json.h>

struct broker;

/* Members of an object: name and value as text. */
void skua_figures_put(const struct broker *b, struct skua_jsonw *w);
/* Has skua_metric_visit give them, too.  Before the plug-ins start. */
void skua_figures_provide(struct broker *b);

#endif
