/* SPDX-License-Identifier: Apache-2.0 */
/* What the scripted peer answers when nothing else is asked of it. */
#include <sys/socket.h>

#include <skua/host.h>

#include "base/text.h"
#include "fake_priv.h"
#include "wire/record.h"

static void
reply(int fd, const struct command *c, int32_t code, const struct field *fields,
    size_t count, struct skua_str body)
{
	struct command_out out = { .code = code, .opaque = c->opaque,
		.flag = COMMAND_RESPONSE, .fields = fields,
		.field_count = count };
	size_t bound = skua_command_bound(&out);
	uint8_t *p = malloc(bound + body.len);
	size_t n = skua_command_encode(p, &out, body.len), at = 0;

	if (body.len > 0)
		memcpy(p + n, body.p, body.len);
	n += body.len;
	while ((c->flag & COMMAND_ONEWAY) == 0 && at < n) {
		ssize_t w = send(fd, p + at, n - at, MSG_NOSIGNAL);

		if (w < 0)
			break;
		at += (size_t)w;
	}
	free(p);
}

void
fake_reply(int fd, const struct command *c, int32_t code)
{
	reply(fd, c, code, NULL, 0, skua_str_n(NULL, 0));
}

static int64_t
number(const struct command *c, const char *name)
{
	int64_t n = 0;

	(void)skua_text_int(skua_command_field(c, name), &n);
	return n;
}

static struct skua_str
text_of(char *to, int64_t n)
{
	return skua_str_n(to, skua_text_put_int(to, n));
}

static int64_t
count_in(const struct fake *f, struct skua_str topic, int64_t queue)
{
	int64_t n = 0;

	for (int i = 0; i < f->message_count; i++)
		n += f->messages[i].queue == queue &&
		    skua_str_eq_z(topic, f->messages[i].topic);
	return n;
}

int64_t
fake_store(struct fake *f, struct skua_str topic, int queue,
    struct skua_str properties, struct skua_str body, int32_t sys_flag)
{
	struct skua_message m = { .topic = topic, .queue_id = queue,
		.sys_flag = sys_flag, .properties = properties, .body = body,
		.born_host = { { 127, 0, 0, 1 }, 4, 1 } };
	struct skua_addr host = { { 127, 0, 0, 1 }, 4, f->port };
	struct record_in in = { .message = &m, .store_host = &host,
		.queue_id = queue, .body = body };
	int64_t offset = count_in(f, topic, queue);
	struct stored *s = &f->messages[f->message_count++];

	assert_true(f->message_count < MESSAGES_MAX);
	s->queue = queue;
	(void)snprintf(s->topic, sizeof(s->topic), SKUA_STR_FMT,
	    SKUA_STR_ARG(topic));
	s->size = skua_record_size(&in);
	s->record = malloc(s->size);
	skua_record_encode(s->record, &in, s->size);
	skua_record_set_queue_offset(s->record, offset);
	skua_record_set_store_timestamp(s->record, skua_now_ms());
	return offset;
}

static void
take_send(struct fake *f, int fd, const struct command *c)
{
	char queue[32], offset[32];
	int64_t q = number(c, "e");
	int64_t o = fake_store(f, skua_command_field(c, "b"), (int)q,
	    skua_command_field(c, "i"), c->body, (int32_t)number(c, "f"));
	struct field fields[] = { { SKUA_STR("msgId"),
				      SKUA_STR("7F0000010000000100000000000000"
					       "01") },
		{ SKUA_STR("queueId"), text_of(queue, q) },
		{ SKUA_STR("queueOffset"), text_of(offset, o) } };

	reply(fd, c, 0, fields, 3, skua_str_n(NULL, 0));
}

static void
take_pull(struct fake *f, int fd, const struct command *c)
{
	static char body[1 << 20];
	char next[32], max[32];
	struct skua_str topic = skua_command_field(c, "topic");
	int64_t queue = number(c, "queueId"), from = number(c, "queueOffset");
	int64_t all = count_in(f, topic, queue), at = 0, want;
	size_t len = 0;

	want = from + number(c, "maxMsgNums");
	for (int i = 0; i < f->message_count; i++) {
		const struct stored *s = &f->messages[i];

		if (s->queue != queue || !skua_str_eq_z(topic, s->topic))
			continue;
		if (at >= from && at < want && len + s->size <= sizeof(body)) {
			memcpy(body + len, s->record, s->size);
			len += s->size;
		}
		at++;
	}
	if (want > all)
		want = all;
	struct field fields[] = { { SKUA_STR("suggestWhichBrokerId"),
				      SKUA_STR("0") },
		{ SKUA_STR("nextBeginOffset"),
		    text_of(next, from > all ? all : want) },
		{ SKUA_STR("minOffset"), SKUA_STR("0") },
		{ SKUA_STR("maxOffset"), text_of(max, all) } };

	reply(fd, c, len > 0 ? 0 : from > all ? 21 : 19, fields, 4,
	    skua_str_n(body, len));
}

static void
take_commit(struct fake *f, const struct command *c)
{
	struct skua_str topic = skua_command_field(c, "topic");
	int queue = (int)number(c, "queueId"), i = 0;

	while (i < f->committed_count &&
	    (f->committed[i].queue != queue ||
		!skua_str_eq_z(topic, f->committed[i].topic)))
		i++;
	if (i == f->committed_count)
		f->committed_count++;
	(void)snprintf(f->committed[i].topic, sizeof(f->committed[i].topic),
	    SKUA_STR_FMT, SKUA_STR_ARG(topic));
	f->committed[i].queue = queue;
	f->committed[i].offset = number(c, "commitOffset");
}

void
fake_know_member(struct fake *f, const char *id, size_t n)
{
	for (int i = 0; i < f->member_count; i++)
		if (strlen(f->members[i]) == n &&
		    strncmp(f->members[i], id, n) == 0)
			return;
	(void)snprintf(f->members[f->member_count++], 128, "%.*s", (int)n, id);
}

static void
take_heartbeat(struct fake *f, const struct command *c)
{
	static const char mark[] = "\"clientID\":\"";
	const char *p = memmem(c->body.p, c->body.len, mark, sizeof(mark) - 1);
	const char *end;

	if (p == NULL ||
	    memmem(c->body.p, c->body.len, "groupName", 9) == NULL)
		return;
	p += sizeof(mark) - 1;
	end = strchr(p, '"');
	fake_know_member(f, p, (size_t)(end - p));
}

static void
take_members(struct fake *f, int fd, const struct command *c)
{
	char body[2048];
	int n = snprintf(body, sizeof(body), "{\"consumerIdList\":[");

	for (int i = 0; i < f->member_count; i++)
		n += snprintf(body + n, sizeof(body) - (size_t)n, "%s\"%s\"",
		    i > 0 ? "," : "", f->members[i]);
	n += snprintf(body + n, sizeof(body) - (size_t)n, "]}");
	reply(fd, c, f->member_count > 0 ? 0 : 1, NULL, 0,
	    skua_str_n(body, (size_t)n));
}

static void
take_offset(struct fake *f, int fd, const struct command *c)
{
	char text[32];
	int64_t offset = f->default_committed;

	for (int i = 0; i < f->committed_count; i++)
		if (f->committed[i].queue == number(c, "queueId") &&
		    skua_str_eq_z(skua_command_field(c, "topic"),
			f->committed[i].topic))
			offset = f->committed[i].offset;
	struct field field = { SKUA_STR("offset"), text_of(text, offset) };

	reply(fd, c, offset < 0 ? 22 : 0, &field, 1, skua_str_n(NULL, 0));
}

static void
take_max(struct fake *f, int fd, const struct command *c)
{
	char text[32];
	struct field field = { SKUA_STR("offset"),
		text_of(text, count_in(f, skua_command_field(c, "topic"),
		    number(c, "queueId"))) };

	reply(fd, c, 0, &field, 1, skua_str_n(NULL, 0));
}

void
fake_serve(struct fake *f, int fd, const struct command *c)
{
	switch (c->code) {
	case 105:
		if (f->route == NULL ||
		    skua_str_starts(skua_command_field(c, "topic"), "%RETRY%"))
			fake_reply(fd, c, 17);
		else
			reply(fd, c, 0, NULL, 0, skua_str_z(f->route));
		break;
	case 310:
	case 320:
		take_send(f, fd, c);
		break;
	case 11:
	case 361:
		take_pull(f, fd, c);
		break;
	case 14:
		take_offset(f, fd, c);
		break;
	case 15:
		take_commit(f, c);
		fake_reply(fd, c, 0);
		break;
	case 30:
		take_max(f, fd, c);
		break;
	case 34:
		take_heartbeat(f, c);
		fake_reply(fd, c, 0);
		break;
	case 38:
		take_members(f, fd, c);
		break;
	default:
		fake_reply(fd, c, 0);
		break;
	}
}
