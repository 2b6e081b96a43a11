/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a member wants of a topic.
 * Upstream: remoting.protocol.filter.FilterAPI, SubscriptionData.
 */
#ifndef CLIENT_SUBSCRIPTION_H
#define CLIENT_SUBSCRIPTION_H

#include <skua/error.h>
#include <skua/json.h>

#include "base/hash.h"

struct subscription {
	UT_hash_handle hh;
	char *expression, *type;
	int64_t version; /* ms; a newer one replaces an older at the broker */
	size_t tag_count; /* of type TAG; 0: all */
	char **tags;
	char topic[];
};

int skua_subscription_new(const char *topic, const char *expression,
    const char *type, struct subscription **s_r, struct skua_error *e)
    SKUA_MUST_CHECK;
void skua_subscription_free(struct subscription *s);
/* Brokers compare hashes of tags; the text is what counts. */
bool skua_subscription_takes(const struct subscription *s, struct skua_str tag);
/* As heartbeats carry it. */
void skua_subscription_json(const struct subscription *s,
    struct skua_jsonw *w);

#endif
