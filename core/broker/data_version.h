/* SPDX-License-Identifier: Apache-2.0 */
/* How often a table has changed.  Upstream: remoting.protocol.DataVersion. */
#ifndef BROKER_DATA_VERSION_H
#define BROKER_DATA_VERSION_H

#include <skua/host.h>
#include <skua/json.h>

struct data_version {
	int64_t state_version, timestamp, counter;
};

static inline void
data_version_next(struct data_version *v)
{
	v->timestamp = skua_now_ms();
	v->counter++;
}

static inline void
data_version_write(struct skua_jsonw *w, const struct data_version *v)
{
	skua_jsonw_open(w, '{');
	skua_jsonw_key_z(w, "counter");
	skua_jsonw_int(w, v->counter);
	skua_jsonw_key_z(w, "stateVersion");
	skua_jsonw_int(w, v->state_version);
	skua_jsonw_key_z(w, "timestamp");
	skua_jsonw_int(w, v->timestamp);
	skua_jsonw_close(w, '}');
}

static inline void
data_version_read(const json_t *json, struct data_version *v)
{
	v->counter = skua_json_int(json, "counter", 0);
	v->state_version = skua_json_int(json, "stateVersion", 0);
	v->timestamp = skua_json_int(json, "timestamp", 0);
}

#endif
