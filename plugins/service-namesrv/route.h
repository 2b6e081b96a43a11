/* SPDX-License-Identifier: Apache-2.0 */
/* The route of a topic as text.
 * Upstream: remoting.protocol.route.TopicRouteData. */
#ifndef NAMESRV_ROUTE_H
#define NAMESRV_ROUTE_H

#include <skua/json.h>

#include "tables.h"

#define VERSION_V4_9_4 401 /* clients from here on read standard JSON */

struct route_query {
	struct skua_str topic;
	bool standard;
	bool acting_master; /* show a slave that acts as the master */
	const char *order_conf; /* or NULL */
	/* Only brokers of this zone, and any without a master; NULL: all. */
	struct skua_str zone;
};

/* False, and nothing written, without such a topic. */
bool route_write(const struct tables *t, const struct route_query *query,
    struct skua_jsonw *w);

#endif
