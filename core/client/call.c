/* SPDX-License-Identifier: Apache-2.0 */
/* Calls: to an address, or to whichever nameserver answers. */
#include <stdio.h>
#include <stdlib.h>

#include "client/client.h"

struct call_data {
	struct skua_client *client;
	char *address;     /* NULL: a nameserver */
	const char *asked; /* the one asked last */
	size_t tries;      /* of nameservers */
	bool went_away;
	int32_t code;
	size_t field_count;
	struct field *fields;
	struct skua_str body;
	int64_t timeout_ms;
	skua_reply_fn *fn;
	void *arg;
};

struct skua_str
skua_reply_field(const struct skua_reply *reply, const char *name)
{
	return skua_command_field(reply->fields, name);
}

static void
free_call(struct call_data *c)
{
	for (size_t i = 0; i < c->field_count; i++) {
		free((char *)(uintptr_t)c->fields[i].name.p);
		free((char *)(uintptr_t)c->fields[i].value.p);
	}
	free(c->fields);
	free((char *)(uintptr_t)c->body.p);
	free(c->address);
	free(c);
}

static void transmit(struct call_data *c);

static void
use_next_namesrv(struct skua_client *client, const char *failed)
{
	/* Others that waited for the same one may have moved on already. */
	if (strcmp(client->namesrvs[client->namesrv_now], failed) == 0)
		client->namesrv_now =
		    (client->namesrv_now + 1) % client->namesrv_count;
}

/* Whether it is worth another try, which is then under way. */
static bool
try_again(struct call_data *c, int status, const struct command *answer)
{
	if (status == SKUA_ECANCELED)
		return false;
	if (status == SKUA_OK) {
		if (answer->code != CODE_AWAY || c->went_away)
			return false;
		c->went_away = true;
	} else {
		if (c->address != NULL || ++c->tries >= c->client->namesrv_count)
			return false;
		use_next_namesrv(c->client, c->asked);
	}
	transmit(c);
	return true;
}

static void
on_reply(void *arg, int status, const struct command *answer)
{
	struct call_data *c = arg;
	struct skua_reply reply;

	if (try_again(c, status, answer))
		return;
	if (status == SKUA_OK) {
		reply.code = answer->code;
		reply.remark = answer->remark;
		reply.body = answer->body;
		reply.fields = answer;
	}
	c->fn(c->arg, status, status == SKUA_OK ? &reply : NULL);
	free_call(c);
}

static void
transmit(struct call_data *c)
{
	struct command_out out = { .code = c->code, .fields = c->fields,
		.field_count = c->field_count };

	c->asked = c->address != NULL ?
	    c->address :
	    c->client->namesrvs[c->client->namesrv_now];
	skua_client_transmit(c->client, c->asked, &out, c->body, c->timeout_ms,
	    on_reply, c);
}

static struct call_data *
call_new(struct skua_client *client, const char *address, int32_t code,
    struct skua_str body, int64_t timeout_ms, skua_reply_fn *fn, void *arg)
{
	struct call_data *c = sk_new(struct call_data);

	c->client = client;
	c->address = address == NULL ? NULL : skua_mem_dup(skua_str_z(address));
	c->code = code;
	c->body = skua_str_n(skua_mem_dup(body), body.len);
	c->timeout_ms = timeout_ms > 0 ? timeout_ms :
					 client->options.timeout_ms;
	c->fn = fn;
	c->arg = arg;
	return c;
}

static void
add_field(struct call_data *c, struct skua_str name, struct skua_str value)
{
	struct field *f = &c->fields[c->field_count++];

	f->name = skua_str_n(skua_mem_dup(name), name.len);
	f->value = skua_str_n(skua_mem_dup(value), value.len);
}

void
skua_client_start_call(struct skua_client *client, const char *address,
    int32_t code, const struct field *fields, size_t field_count,
    struct skua_str body, int64_t timeout_ms, skua_reply_fn *fn, void *arg)
{
	struct call_data *c =
	    call_new(client, address, code, body, timeout_ms, fn, arg);

	c->fields = sk_new_array(field_count + 1, struct field);
	for (size_t i = 0; i < field_count; i++)
		add_field(c, fields[i].name, fields[i].value);
	transmit(c);
}

static void
start_posted(struct skua_client *client, void *arg)
{
	(void)client;
	transmit(arg);
}

int
skua_client_call(struct skua_client *client, const char *address, int32_t code,
    const char *const *fields, struct skua_str body, int64_t timeout_ms,
    skua_reply_fn *fn, void *arg)
{
	struct call_data *c;
	size_t n = 0;

	while (fields != NULL && fields[2 * n] != NULL)
		n++;
	if (n > FIELDS_MAX || body.len > FRAME_MAX / 2)
		return SKUA_ELIMIT;
	c = call_new(client, address, code, body, timeout_ms, fn, arg);
	c->fields = sk_new_array(n + 1, struct field);
	for (size_t i = 0; i < n; i++)
		add_field(c, skua_str_z(fields[2 * i]),
		    skua_str_z(fields[2 * i + 1]));
	skua_client_post(client, start_posted, c);
	return SKUA_OK;
}

int
skua_client_refusal(const struct skua_reply *reply, struct skua_error *e)
{
	if (reply->remark.len > 0)
		return skua_fail(e, SKUA_EREFUSED, "code %d: " SKUA_STR_FMT,
		    reply->code, SKUA_STR_ARG(reply->remark));
	return skua_fail(e, SKUA_EREFUSED, "code %d", reply->code);
}

int
skua_client_no_namesrv(const struct skua_client *client, int rc,
    struct skua_error *e)
{
	char names[192] = "";
	size_t n = 0;

	for (size_t i = 0; i < client->namesrv_count && n < sizeof(names); i++)
		n += (size_t)snprintf(names + n, sizeof(names) - n, "%s%s",
		    i == 0 ? "" : " or ", client->namesrvs[i]);
	return skua_fail(e, rc, "no nameserver answers at %s: %s", names,
	    skua_strerror(rc));
}

/* --- waiting for one --- */

struct asking {
	struct waiting waiting;
	int status;
	int32_t code; /* of the answer */
	char *body;
	size_t len;
	struct skua_error error;
};

/* A peer says how much it is. */
static void
take_body(struct asking *a, struct skua_str body)
{
	a->body = malloc(body.len + 1);
	a->len = body.len;
	if (a->body == NULL) {
		a->status = skua_fail(&a->error, SKUA_ENOMEM, "%s",
		    skua_strerror(SKUA_ENOMEM));
		return;
	}
	skua_str_copy(a->body, body);
	a->body[body.len] = '\0';
}

static void
asked(void *arg, int status, const struct skua_reply *reply)
{
	struct asking *a = arg;

	a->status = status;
	if (status != SKUA_OK) {
		(void)skua_fail(&a->error, status, "%s", skua_strerror(status));
	} else if (reply->code != CODE_OK) {
		a->code = reply->code;
		a->status = skua_client_refusal(reply, &a->error);
	} else {
		take_body(a, reply->body);
	}
	skua_waiting_done(&a->waiting);
}

int
skua_client_ask_code(struct skua_client *client, const char *address,
    int32_t code, const char *const *fields, struct skua_str body,
    char **body_r, size_t *len_r, int32_t *code_r, struct skua_error *e)
{
	struct asking a = { .status = SKUA_OK };
	int rc = skua_client_may_wait(client, e);

	if (rc != SKUA_OK)
		return rc;
	skua_waiting_init(&a.waiting);
	rc = skua_client_call(client, address, code, fields, body, 0, asked,
	    &a);
	if (rc != SKUA_OK)
		return skua_fail(e, rc, "%s", skua_strerror(rc));
	skua_waiting_wait(client, &a.waiting);
	if (code_r != NULL)
		*code_r = a.code;
	if (a.status != SKUA_OK) {
		if (e != NULL)
			*e = a.error;
		return a.status;
	}
	if (len_r != NULL)
		*len_r = a.len;
	if (body_r != NULL)
		*body_r = a.body;
	else
		free(a.body);
	return SKUA_OK;
}

int
skua_client_ask(struct skua_client *client, const char *address, int32_t code,
    const char *const *fields, struct skua_str body, char **body_r,
    size_t *len_r, struct skua_error *e)
{
	return skua_client_ask_code(client, address, code, fields, body, body_r,
	    len_r, NULL, e);
}
