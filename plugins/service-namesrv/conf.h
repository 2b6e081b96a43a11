/* SPDX-License-Identifier: Apache-2.0 */
/* What reading the settings and changing them share. */
#ifndef NAMESRV_CONF_H
#define NAMESRV_CONF_H

#include "namesrv.h"

#define N_OPTIONS 27 /* rows of namesrv_options */
#define N_OWN 5      /* the first are ours: requests neither show nor change */

/* The field of a row in a struct namesrv_conf. */
union field {
	void *p;
	bool *b;
	int64_t *i;
	const char **s;
};

union field field_of(struct namesrv_conf *conf, const struct skua_option *row);

/* Main thread.  Takes the row's value from another struct into force. */
void config_publish(struct namesrv *ns, const struct skua_option *row,
    struct namesrv_conf *from);

#endif
