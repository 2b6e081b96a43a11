/* SPDX-License-Identifier: Apache-2.0 */
/* Requests and answers: access, deferral, and the way back to the loop. */
#include <stdarg.h>
#include <stdio.h>

#include "base/log.h"
#include "base/text.h"
#include "net/request.h"

#define OWN_ARENA_MORE 128 /* for what its answer keeps */
#define OWN_ARENA_MAX 4096 /* at first: what is larger may be refused */
#define REMARK_MAX 2048
#define SMALL_ANSWER 65536 /* is sent whatever is unread */

struct skua_request *
skua_request_new(void)
{
	return sk_new(struct skua_request);
}

void
skua_request_free(struct skua_request *request)
{
	free(request);
}

struct command *
skua_request_command(struct skua_request *request)
{
	return &request->command;
}

struct skua_request *
skua_request_begin(struct conn *conn)
{
	struct skua_request *r = conn->loop->request;

	r->conn = conn;
	r->arena = &conn->loop->arena;
	r->answered = NULL;
	r->retried = false;
	r->resume = -1;
	r->handler_data = NULL;
	r->answer_count = 0;
	r->answer = r->own_answer;
	r->answer_size = ANSWER_FIELDS_OWN;
	r->too_large = false;
	r->port = NULL;
	r->operation = SKUA_OP_UNKNOWN;
	r->done = false;
	r->answer_body = skua_str_n(NULL, 0);
	return r;
}

int32_t
skua_request_code(const struct skua_request *request)
{
	return request->command.code;
}

int32_t
skua_request_version(const struct skua_request *request)
{
	return request->command.version;
}

bool
skua_request_is_oneway(const struct skua_request *request)
{
	return (request->command.flag & COMMAND_ONEWAY) != 0;
}

uint64_t
skua_request_connection(const struct skua_request *request)
{
	return request->conn->id;
}

const struct skua_addr *
skua_request_peer(const struct skua_request *request)
{
	return &request->conn->peer;
}

struct skua_str
skua_request_field(const struct skua_request *request, const char *name)
{
	return skua_command_field(&request->command, name);
}

bool
skua_request_int(const struct skua_request *request, const char *name,
    int64_t *value_r)
{
	struct skua_str text = skua_request_field(request, name);

	return text.p != NULL && skua_text_int(text, value_r);
}

bool
skua_request_bool(const struct skua_request *request, const char *name,
    bool dflt)
{
	struct skua_str text = skua_request_field(request, name);

	return text.p == NULL ? dflt : skua_text_eq_nocase(text, "true");
}

bool
skua_request_field_at(const struct skua_request *request, size_t index,
    struct skua_str *name_r, struct skua_str *value_r)
{
	if (index >= request->command.field_count)
		return false;
	*name_r = request->command.fields[index].name;
	*value_r = request->command.fields[index].value;
	return true;
}

struct skua_str
skua_request_body(const struct skua_request *request)
{
	return request->command.body;
}

static struct skua_str
keep(struct skua_request *request, struct skua_str text)
{
	char *p = skua_arena_alloc(request->arena, text.len + 1);

	if (p == NULL) {
		request->too_large = true;
		return skua_str_n("", 0);
	}
	skua_str_copy(p, text);
	return skua_str_n(p, text.len);
}

static bool
more_fields(struct skua_request *r)
{
	size_t size = 2 * r->answer_size;
	struct field *more = skua_arena_alloc(r->arena, size * sizeof(*more));

	if (more == NULL) {
		r->too_large = true;
		return false;
	}
	memcpy(more, r->answer, r->answer_count * sizeof(*more));
	r->answer = more;
	r->answer_size = size;
	return true;
}

static void
add_field(struct skua_request *r, struct skua_str name, struct skua_str value)
{
	if (r->answer_count == r->answer_size && !more_fields(r))
		return;
	r->answer[r->answer_count].name = name;
	r->answer[r->answer_count++].value = value;
}

void
skua_answer_field_view(struct skua_request *request, const char *name,
    struct skua_str value)
{
	add_field(request, skua_str_z(name), value);
}

void
skua_answer_field(struct skua_request *request, const char *name,
    struct skua_str value)
{
	add_field(request, keep(request, skua_str_z(name)),
	    keep(request, value));
}

void
skua_answer_int(struct skua_request *request, const char *name, int64_t value)
{
	char text[TEXT_INT_MAX];

	skua_answer_field(request, name,
	    skua_str_n(text, skua_text_put_int(text, value)));
}

void
skua_answer_body(struct skua_request *request, const void *bytes, size_t len)
{
	request->answer_body = keep(request, skua_str_n(bytes, len));
}

/* Why an answer cannot leave as it is; NULL when it can. */
static const char *
wrong_size(const struct skua_request *request, const struct command_out *out)
{
	const struct loop *loop = request->conn->loop;
	size_t len = request->answer_body.len;

	if (request->too_large)
		return "out of memory for the answer";
	/* Who asked would close the connection. */
	if (skua_command_bound(out) + len > FRAME_MAX)
		return "the answer would be larger than a frame of 16 MiB";
	if (len > SMALL_ANSWER &&
	    held_get(&loop->held.unsent) / 2 + (int64_t)len / 2 >
		held_get(&loop->limits->unsent_all))
		return "too many answers are unread; try again later";
	return NULL;
}

static void
shorten(struct skua_request *request, struct command_out *out)
{
	const char *why = wrong_size(request, out);

	if (why == NULL)
		return;
	held_add(&request->conn->loop->held.busy, 1);
	out->code = SKUA_CODE_SYSTEM_ERROR;
	out->field_count = 0;
	out->remark = skua_str_z(why);
	request->answer_body = skua_str_n(NULL, 0);
}

static void
send_answer(struct skua_request *request, int32_t code, struct skua_str remark)
{
	const struct command *c = &request->command;
	struct command_out out = { .code = code, .opaque = c->opaque,
		.flag = COMMAND_RESPONSE, .codec = c->codec,
		.fields = request->answer,
		.field_count = request->answer_count, .remark = remark };

	if (skua_request_is_oneway(request) || request->conn->closing)
		return;
	/* The binary header cannot carry large codes. */
	if (code > INT16_MAX)
		out.codec = CODEC_JSON;
	shorten(request, &out);
	if (request->answered != NULL)
		request->answered(request, out.code);
	skua_conn_send_command(request->conn, &out, request->answer_body);
}

void
skua_answer_views(struct skua_request *request, const char *remark,
    const struct answer_view *views, size_t n, out_release_fn *release,
    void *owner)
{
	struct conn *conn = request->conn;
	struct command_out out = { .code = SKUA_CODE_SUCCESS,
		.opaque = request->command.opaque,
		.flag = COMMAND_RESPONSE,
		.codec = request->command.codec,
		.fields = request->answer,
		.field_count = request->answer_count,
		.remark = skua_str_z(remark) };
	uint8_t *to = skua_request_is_oneway(request) || conn->closing ?
	    NULL :
	    skua_conn_reserve(conn, skua_command_bound(&out));
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		len += views[i].len;
	if (to != NULL) {
		if (request->answered != NULL)
			request->answered(request, out.code);
		skua_conn_commit(conn, skua_command_encode(to, &out, len));
	}
	for (size_t i = 0; i < n; i++) {
		if (to != NULL)
			skua_conn_send_pinned(conn, views[i].bytes,
			    views[i].len, release, owner, views[i].pin);
		else
			release(owner, views[i].pin);
	}
	if (request->deferred)
		skua_request_drop(request);
}

static void
free_deferred(struct skua_request *request)
{
	if (request->parked)
		skua_conn_unhold_parked(request->conn);
	skua_conn_unhold(request->conn, request->held);
	skua_conn_unref(request->conn);
	skua_arena_fini(&request->own_arena);
	free(request->late_remark);
	free(request);
}

void
skua_request_drop(struct skua_request *request)
{
	free_deferred(request);
}

bool
skua_request_park(struct skua_request *request)
{
	request->parked = skua_conn_hold_parked(request->conn);
	if (!request->parked)
		skua_answer(request, SKUA_CODE_SYSTEM_BUSY,
		    "too many pulls of this connection wait for messages");
	return request->parked;
}

void
skua_request_unpark(struct skua_request *request)
{
	if (request->parked)
		skua_conn_unhold_parked(request->conn);
	request->parked = false;
}

static void
answer_late(struct loop *loop, struct loop_msg *msg)
{
	struct skua_request *request =
	    sk_container(msg, struct skua_request, msg);

	(void)loop;
	send_answer(request, request->late_code,
	    skua_str_z(request->late_remark));
	free_deferred(request);
}

/* A second answer would be taken for that of another request. */
static void
answer_here(struct skua_request *request, int32_t code, struct skua_str remark)
{
	if (request->done) {
		skua_log(SKUA_LOG_ERROR, "net",
		    "a second answer to one request of code %d is dropped: a "
		    "handler is wrong", request->command.code);
		return;
	}
	request->done = true;
	send_answer(request, code, remark);
}

void
skua_answer(struct skua_request *request, int32_t code, const char *remark,
    ...)
{
	struct skua_str text = skua_str_n(NULL, 0);
	char formatted[REMARK_MAX];
	va_list ap;
	int n;

	if (remark != NULL) {
		va_start(ap, remark);
		n = vsnprintf(formatted, sizeof(formatted), remark, ap);
		va_end(ap);
		text = skua_str_n(formatted, n < 0 ? 0 :
			(size_t)n < sizeof(formatted) ? (size_t)n :
							sizeof(formatted) - 1);
	}
	if (!request->deferred) {
		answer_here(request, code, text);
		return;
	}
	request->late_code = code;
	request->late_remark = text.p == NULL ? NULL : skua_mem_dup(text);
	request->msg.fn = answer_late;
	skua_loop_post(request->conn->loop, &request->msg);
}

/* An arena's pieces are aligned. */
static size_t
kept_size(struct skua_str text)
{
	return (text.len + 1 + 15) & ~(size_t)15;
}

static size_t
kept_sizes(const struct skua_request *request)
{
	const struct command *c = &request->command;
	size_t n = kept_size(c->body);

	for (size_t i = 0; i < c->field_count; i++)
		n += kept_size(c->fields[i].name) +
		    kept_size(c->fields[i].value);
	for (size_t i = 0; i < request->answer_count; i++)
		n += kept_size(request->answer[i].name) +
		    kept_size(request->answer[i].value);
	if (request->answer != request->own_answer)
		n += 2 * request->answer_size * sizeof(request->answer[0]);
	return n;
}

/* Fields, body and what was answered so far, into its own memory. */
static void
keep_all(struct skua_request *copy, const struct skua_request *from)
{
	struct command *c = &copy->command;

	c->body = keep(copy, c->body);
	c->remark = skua_str_n(NULL, 0);
	for (size_t i = 0; i < c->field_count; i++) {
		c->fields[i].name = keep(copy, c->fields[i].name);
		c->fields[i].value = keep(copy, c->fields[i].value);
	}
	copy->answer = copy->own_answer;
	copy->answer_size = ANSWER_FIELDS_OWN;
	copy->answer_count = 0;
	for (size_t i = 0; i < from->answer_count; i++)
		add_field(copy, keep(copy, from->answer[i].name),
		    keep(copy, from->answer[i].value));
}

/* Very many may be waiting: a copy has room for the fields that it has, which
 * are the last member of the last one. */
static struct skua_request *
copy_of(const struct skua_request *request, size_t size, size_t kept)
{
	struct skua_request *copy = malloc(size);

	if (copy == NULL) {
		skua_conn_unhold(request->conn, (int64_t)(size + kept));
		return NULL;
	}
	memcpy(copy, request, size);
	copy->deferred = true;
	copy->parked = copy->too_large = false;
	copy->held = (int64_t)(size + kept);
	copy->late_remark = NULL;
	skua_arena_init(&copy->own_arena,
	    kept < OWN_ARENA_MAX ? kept : OWN_ARENA_MAX);
	copy->arena = &copy->own_arena;
	(void)skua_conn_ref(copy->conn);
	keep_all(copy, request);
	if (!copy->too_large)
		return copy;
	free_deferred(copy); /* which is no longer held */
	return NULL;
}

struct skua_request *
skua_request_defer(struct skua_request *request)
{
	size_t size = offsetof(struct skua_request, command.fields) +
	    request->command.field_count * sizeof(struct field);
	size_t kept = kept_sizes(request) + OWN_ARENA_MORE;
	struct skua_request *copy;

	if (!skua_conn_hold(request->conn, (int64_t)(size + kept))) {
		skua_answer(request, SKUA_CODE_SYSTEM_BUSY,
		    "too many requests wait for their answers; try again later");
		return NULL;
	}
	copy = copy_of(request, size, kept);
	if (copy == NULL) {
		skua_answer(request, SKUA_CODE_SYSTEM_ERROR, "out of memory");
		return NULL;
	}
	request->done = true;
	return copy;
}
