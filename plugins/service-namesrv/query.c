/* SPDX-License-Identifier: Apache-2.0 */
/* Which brokers there are: clusters, and the members of one group. */
#include "dialect.h"
#include "namesrv.h"

void
put_broker_addrs(struct skua_jsonw *w, bool standard,
    const struct group *group, bool acts_as_master)
{
	skua_jsonw_key_z(w, "brokerAddrs");
	skua_jsonw_open(w, '{');
	for (size_t i = 0; group != NULL && i < group->n_members; i++) {
		bool acts = acts_as_master && i == 0;

		put_id_key(w, standard, acts ? MASTER_ID :
					       group->members[i].id);
		put_text_z(w, standard, group->members[i].addr);
	}
	skua_jsonw_close(w, '}');
}

void
put_group(struct skua_jsonw *w, bool standard, const struct group *group,
    bool acts_as_master)
{
	skua_jsonw_open(w, '{');
	put_broker_addrs(w, standard, group, acts_as_master);
	skua_jsonw_key_z(w, "brokerName");
	put_text_z(w, standard, group->name);
	skua_jsonw_key_z(w, "cluster");
	put_text_z(w, standard, group->cluster);
	skua_jsonw_key_z(w, "enableActingMaster");
	skua_jsonw_bool(w, group->acting_master);
	if (group->zone != NULL) {
		skua_jsonw_key_z(w, "zoneName");
		put_text_z(w, standard, group->zone);
	}
	skua_jsonw_close(w, '}');
}

static void
put_clusters(struct skua_jsonw *w, const struct tables *t)
{
	const struct group *group;
	const struct cluster *cluster;

	skua_jsonw_open(w, '{');
	skua_jsonw_key_z(w, "brokerAddrTable");
	skua_jsonw_open(w, '{');
	for (group = t->groups; group != NULL; group = group->hh.next) {
		skua_jsonw_key_z(w, group->name);
		put_group(w, false, group, false);
	}
	skua_jsonw_close(w, '}');
	skua_jsonw_key_z(w, "clusterAddrTable");
	skua_jsonw_open(w, '{');
	for (cluster = t->clusters; cluster != NULL;
	    cluster = cluster->hh.next) {
		skua_jsonw_key_z(w, cluster->name);
		skua_jsonw_open(w, '[');
		for (size_t i = 0; i < cluster->n_groups; i++)
			skua_jsonw_str_z(w, cluster->groups[i]->name);
		skua_jsonw_close(w, ']');
	}
	skua_jsonw_close(w, '}');
	skua_jsonw_close(w, '}');
}

void
handle_clusters(struct skua_host *host, struct skua_request *request)
{
	const struct tables *t = &namesrv_of(host)->tables;
	struct skua_jsonw w;

	skua_jsonw_init(&w);
	tables_read(t);
	put_clusters(&w, t);
	tables_unlock(t);
	answer_json(request, &w, NULL);
}

static void
put_field(struct skua_jsonw *w, const char *name, struct skua_str value)
{
	if (value.p == NULL)
		return;
	skua_jsonw_key_z(w, name);
	skua_jsonw_str(w, value);
}

void
handle_members(struct skua_host *host, struct skua_request *request)
{
	const struct tables *t = &namesrv_of(host)->tables;
	struct skua_str broker = skua_request_field(request, "brokerName");
	struct skua_jsonw w;

	skua_jsonw_init(&w);
	skua_jsonw_open(&w, '{');
	skua_jsonw_key_z(&w, "brokerMemberGroup");
	skua_jsonw_open(&w, '{');
	tables_read(t);
	put_broker_addrs(&w, false,
	    broker.len == 0 ? NULL : tables_group(t, broker), false);
	tables_unlock(t);
	put_field(&w, "brokerName", broker);
	put_field(&w, "cluster", skua_request_field(request, "clusterName"));
	skua_jsonw_close(&w, '}');
	skua_jsonw_close(&w, '}');
	/* The real one forgets to clear this remark of success. */
	answer_json(request, &w, "not set any response code");
}
