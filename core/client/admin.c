/* SPDX-License-Identifier: Apache-2.0 */
/* See admin.h; results. */
#include "base/assert.h"
#include "base/number.h"
#include "client/admin.h"

#define BLOCK 4096
#define RESULT_MAX (256 << 20) /* bytes; of one question to all brokers */

struct result {
	struct arena arena;
	size_t size; /* what follows is aligned to 16 */
	_Alignas(16) char bytes[];
};

void *
skua_result_new(size_t size)
{
	struct result *r = skua_mem_new(1, sizeof(*r) + size);

	skua_arena_init(&r->arena, BLOCK);
	return r->bytes;
}

static struct result *
result_of(const void *result)
{
	return (struct result *)((char *)(uintptr_t)result -
	    offsetof(struct result, bytes));
}

struct arena *
skua_result_arena(void *result)
{
	return &result_of(result)->arena;
}

void
skua_admin_free(const void *result)
{
	if (result == NULL)
		return;
	skua_arena_fini(&result_of(result)->arena);
	free(result_of(result));
}

void *
skua_result_alloc(void *result, size_t size)
{
	void *p = skua_arena_alloc(skua_result_arena(result), size);

	sk_assert(p != NULL); /* skua_result_fits */
	memset(p, 0, size);
	result_of(result)->size += size;
	return p;
}

char *
skua_result_text(void *result, struct skua_str text)
{
	char *p = skua_result_alloc(result, text.len + 1);

	skua_str_copy(p, text);
	return p;
}

char *
skua_result_text_z(void *result, const char *text)
{
	return text == NULL ? NULL : skua_result_text(result, skua_str_z(text));
}

void *
skua_result_grow(void *result, void *old, size_t count, size_t size)
{
	void *p;

	/* It was made for the next power of two. */
	if (count > 0 && (count & (count - 1)) != 0)
		return old;
	p = skua_result_alloc(result, (count == 0 ? 1 : 2 * count) * size);
	if (count > 0)
		memcpy(p, old, count * size);
	return p;
}

int
skua_result_fits(const void *result, struct skua_error *e)
{
	return result_of(result)->size <= RESULT_MAX ?
	    SKUA_OK :
	    skua_fail(e, SKUA_ELIMIT,
		"the answers are more than %d MiB", RESULT_MAX >> 20);
}

/* --- asking --- */

int
admin_ask_code(struct skua_client *client, const char *address,
    int32_t code, const char *const *fields, struct skua_str body,
    char **body_r, size_t *len_r, int32_t *code_r, struct skua_error *e)
{
	int rc = skua_client_ask_code(client, address, code, fields, body,
	    body_r, len_r, code_r, e);

	if (rc == SKUA_OK || rc == SKUA_EBUSY)
		return rc;
	if (address == NULL && (rc == SKUA_ECLOSED || rc == SKUA_ETIMEOUT))
		return skua_client_no_namesrv(client, rc, e);
	return skua_fail_prefix(e, rc, "%s: ",
	    address == NULL ? "the nameserver" : address);
}

int
admin_ask_json(struct skua_client *client, const char *address,
    int32_t code, const char *const *fields, json_t **json_r, int32_t *code_r,
    struct skua_error *e)
{
	char *body;
	size_t len;
	int rc = admin_ask_code(client, address, code, fields,
	    skua_str_n(NULL, 0), &body, &len, code_r, e);

	if (rc != SKUA_OK)
		return rc;
	if (len == 0)
		*json_r = json_object();
	else if (skua_json_parse(skua_str_n(body, len), json_r) != SKUA_OK)
		rc = skua_fail(e, SKUA_EPROTO, "%s: the answer is not valid JSON",
		    address == NULL ? "the nameserver" : address);
	free(body);
	return rc;
}

/* --- many brokers --- */

int
admin_each_master(struct skua_client *client, admin_broker_fn *fn,
    void *arg, struct skua_error *e)
{
	struct skua_cluster *cluster;
	int rc = skua_admin_cluster(client, &cluster, e);

	if (rc != SKUA_OK)
		return rc;
	for (size_t i = 0; i < cluster->count && rc == SKUA_OK; i++)
		if (cluster->brokers[i].id == 0)
			rc = fn(client, &cluster->brokers[i], arg, e);
	skua_admin_free(cluster);
	return rc;
}

struct change {
	int32_t code;
	const char *const *fields;
	struct skua_str body;
};

static int
change_at(struct skua_client *client, const struct skua_broker *broker,
    void *arg, struct skua_error *e)
{
	const struct change *c = arg;

	return admin_ask_code(client, broker->address, c->code, c->fields,
	    c->body, NULL, NULL, NULL, e);
}

int
admin_change(struct skua_client *client, const char *address, int32_t code,
    const char *const *fields, struct skua_str body, struct skua_error *e)
{
	struct change c = { code, fields, body };
	struct skua_broker broker = { .address = address };

	return address != NULL ? change_at(client, &broker, &c, e) :
				 admin_each_master(client, change_at, &c, e);
}

bool
admin_queue_of(void *result, const char *key, struct admin_queue *queue_r)
{
	const char *topic, *broker;
	json_t *json;
	bool found;

	if (skua_json_parse(skua_str_z(key), &json) != SKUA_OK)
		return false;
	topic = skua_json_text(json, "topic");
	broker = skua_json_text(json, "brokerName");
	found = topic != NULL && broker != NULL &&
	    skua_narrow_i32(skua_json_int(json, "queueId", 0), 0, INT32_MAX,
		&queue_r->queue_id);
	if (found) {
		queue_r->topic = skua_result_text_z(result, topic);
		queue_r->broker = skua_result_text_z(result, broker);
	}
	json_decref(json);
	return found;
}
