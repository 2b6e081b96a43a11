/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What administrators' calls share: results in one piece, questions whose answer
 * is JSON, one question to many brokers.
 */
#ifndef CLIENT_ADMIN_H
#define CLIENT_ADMIN_H

#include <skua/admin.h>
#include <skua/json.h>

#include "client/client.h"

/* Zeroed, in a piece of its own; skua_admin_free. */
void *skua_result_new(size_t size);
struct arena *skua_result_arena(void *result);
/* Of the result's piece; never NULL. */
void *skua_result_alloc(void *result, size_t size);
char *skua_result_text(void *result, struct skua_str text);
/* NULL for NULL. */
char *skua_result_text_z(void *result, const char *text);
/* SKUA_ELIMIT and a sentence when it holds more than one question to all brokers
 * may bring; to be asked after each answer. */
int skua_result_fits(const void *result, struct skua_error *e) SKUA_MUST_CHECK;
/* Room for one more behind count elements of old. */
void *skua_result_grow(void *result, void *old, size_t count, size_t size);

/* The refusal's code goes to *code_r (may be NULL). */
int admin_ask_code(struct skua_client *client, const char *address,
    int32_t code, const char *const *fields, struct skua_str body,
    char **body_r, size_t *len_r, int32_t *code_r, struct skua_error *e);
/* An answer without a body is an empty object. */
int admin_ask_json(struct skua_client *client, const char *address,
    int32_t code, const char *const *fields, json_t **json_r, int32_t *code_r,
    struct skua_error *e);

/* fn for each master, until one fails. */
typedef int admin_broker_fn(struct skua_client *client,
    const struct skua_broker *broker, void *arg, struct skua_error *e);
int admin_each_master(struct skua_client *client, admin_broker_fn *fn,
    void *arg, struct skua_error *e);
/* The same change on every master, or on the one at address. */
int admin_change(struct skua_client *client, const char *address,
    int32_t code, const char *const *fields, struct skua_str body,
    struct skua_error *e);

/* {"brokerName":…,"queueId":…,"topic":…} as a map's key. */
struct admin_queue {
	const char *topic, *broker; /* of the result */
	int32_t queue_id;
};
bool admin_queue_of(void *result, const char *key,
    struct admin_queue *queue_r);

#endif
