/* SPDX-License-Identifier: Apache-2.0 */
/* The figures of plug-ins: rows by value, so that none points into a stack. */
#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"
#include "plugin/host.h"

struct metric_row {
	struct metric_row *next;
	char *name, *help;
	enum skua_metric_type type;
	const int64_t *cell;
};

/* Rows come from any thread and are read by any. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool
is_row(const struct skua_metric *m)
{
	return m != NULL && m->name != NULL && *m->name != '\0' &&
	    m->cell != NULL &&
	    (m->type == SKUA_COUNTER || m->type == SKUA_GAUGE);
}

int
skua_host_metric(struct skua_host *host, const struct skua_metric *metric)
{
	struct metric_row *row;

	if (!is_row(metric))
		return SKUA_EINVAL;
	row = sk_new(struct metric_row);
	row->name = skua_mem_dup(skua_str_z(metric->name));
	row->help = skua_mem_dup(skua_str_z(metric->help));
	row->type = metric->type;
	row->cell = metric->cell;
	(void)pthread_mutex_lock(&lock);
	row->next = host->metrics;
	host->metrics = row;
	(void)pthread_mutex_unlock(&lock);
	return SKUA_OK;
}

void
skua_metric_visit(struct skua_host *host, skua_metric_fn *fn, void *arg)
{
	const struct plugins *plugins = host->plugins;

	if (plugins->core_metrics != NULL)
		plugins->core_metrics(plugins->broker, fn, arg);
	(void)pthread_mutex_lock(&lock);
	for (const struct skua_host *h = plugins->hosts; h != NULL;
	     h = h->next)
		for (const struct metric_row *row = h->metrics; row != NULL;
		     row = row->next) {
			struct skua_metric m = { .name = row->name,
				.type = row->type, .help = row->help,
				.cell = row->cell };

			fn(arg, h->name, &m,
			    __atomic_load_n(row->cell, __ATOMIC_RELAXED));
		}
	(void)pthread_mutex_unlock(&lock);
}

void
skua_host_free_metrics(struct skua_host *host)
{
	while (host->metrics != NULL) {
		struct metric_row *row = host->metrics;

		host->metrics = row->next;
		free(row->name);
		free(row->help);
		free(row);
	}
}
