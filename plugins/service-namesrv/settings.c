/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settings over the wire, as properties text.  A change is written to
 * configStorePath before it takes effect.
 * Upstream: remoting.Configuration.
 */
#include <inttypes.h>
#include <stdio.h>
#include <strings.h>

#include <skua/io.h>
#include <skua/properties.h>

#include "conf.h"
#include "namesrv.h"

/* remoting.netty.NettyServerConfig, which the real one lists as well: shown
 * with the broker's value where it has one.  NULL: namesrvListenPort. */
static const struct {
	const char *name, *value;
} netty_rows[] = {
	{ "bindAddress", "0.0.0.0" },
	{ "enableShutdownGracefully", "false" },
	{ "listenPort", NULL },
	{ "serverAsyncSemaphoreValue", "64" },
	{ "serverCallbackExecutorThreads", "0" },
	{ "serverChannelMaxIdleTimeSeconds", "120" },
	{ "serverNettyWorkerGroupEnable", "true" },
	{ "serverOnewaySemaphoreValue", "256" },
	{ "serverPooledByteBufAllocatorEnable", "true" },
	{ "serverSelectorThreads", "3" },
	{ "serverSocketBacklog", "1024" },
	{ "serverSocketRcvBufSize", "0" },
	{ "serverSocketSndBufSize", "0" },
	{ "serverWorkerThreads", "8" },
	{ "shutdownWaitTimeSeconds", "30" },
	{ "useEpollNativeSelector", "false" },
	{ "writeBufferHighWaterMark", "0" },
	{ "writeBufferLowWaterMark", "0" },
};
#define N_NETTY (sizeof(netty_rows) / sizeof(netty_rows[0]))
/* Never to be changed by a request, whatever configBlackList says. */
static const char *const always_black[] = { "configBlackList",
	"configStorePath", "kvConfigPath", "rocketmqHome" };

/* --- showing --- */

struct line {
	const char *name;
	char value[64];
	const char *text; /* instead of value */
};

static int
order_lines(const void *a, const void *b)
{
	return strcmp(((const struct line *)a)->name,
	    ((const struct line *)b)->name);
}

static void
fill_line(struct line *line, const struct skua_option *row,
    struct namesrv_conf *conf)
{
	union field f = field_of(conf, row);

	line->name = row->name;
	line->text = NULL;
	if (row->type == SKUA_OPT_STRING)
		line->text = *f.s;
	else if (row->type == SKUA_OPT_BOOL)
		(void)snprintf(line->value, sizeof(line->value), "%s",
		    __atomic_load_n(f.b, __ATOMIC_RELAXED) ? "true" : "false");
	else
		(void)snprintf(line->value, sizeof(line->value), "%" PRId64,
		    __atomic_load_n(f.i, __ATOMIC_RELAXED));
}

static void
fill_netty(const struct namesrv *ns, struct line *line, size_t i)
{
	line->name = netty_rows[i].name;
	line->text = NULL;
	if (netty_rows[i].value == NULL) {
		(void)snprintf(line->value, sizeof(line->value), "%" PRId64,
		    ns->conf.listen_port);
		return;
	}
	line->text = skua_host_setting(ns->host, line->name);
	if (line->text == NULL)
		line->text = netty_rows[i].value;
}

/* All settings, sorted, as properties text in malloc'd memory.  Nothing is
 * escaped, as upstream. */
static char *
config_text(const struct namesrv *ns, struct namesrv_conf *conf)
{
	struct line lines[N_OPTIONS + N_NETTY];
	size_t n = 0, size = 1, at = 0;
	char *text;

	/* Of the rows that are ours, the port is shown as listenPort. */
	for (size_t i = N_OWN; i < N_OPTIONS; i++)
		fill_line(&lines[n++], &namesrv_options[i], conf);
	for (size_t i = 0; i < N_NETTY; i++)
		fill_netty(ns, &lines[n++], i);
	qsort(lines, n, sizeof(lines[0]), order_lines);
	for (size_t i = 0; i < n; i++) {
		if (lines[i].text == NULL)
			lines[i].text = lines[i].value;
		size += strlen(lines[i].name) + strlen(lines[i].text) + 2;
	}
	text = must_alloc(size, 1);
	for (size_t i = 0; i < n; i++) {
		/* rocketmqHome is left out when nobody set it. */
		if (*lines[i].text != '\0')
			at += (size_t)snprintf(text + at, size - at,
			    "%s=%s\n", lines[i].name, lines[i].text);
	}
	return text;
}

static void
show_job(struct namesrv *ns, struct skua_request *request)
{
	char *text = config_text(ns, &ns->conf);

	skua_answer_body(request, text, strlen(text));
	skua_answer(request, SKUA_CODE_SUCCESS, NULL);
	free(text);
}

/* Texts change on the main thread, the host's as well as ours. */
void
handle_get_config(struct skua_host *host, struct skua_request *request)
{
	run_later(namesrv_of(host), request, show_job);
}

/* --- changing --- */

struct change {
	struct namesrv *ns;
	struct namesrv_conf conf; /* text borrowed or in texts */
	const struct skua_option *rows[N_OPTIONS];
	size_t n_rows;
	char *texts[N_OPTIONS];
	size_t n_texts;
	int32_t code;
	struct skua_error e;
};

static bool
is_black(const struct namesrv *ns, const char *key)
{
	const char *list = ns->conf.config_black_list;
	size_t len = strlen(key);

	for (size_t i = 0; i < sizeof(always_black) / sizeof(char *); i++) {
		if (strcmp(always_black[i], key) == 0)
			return true;
	}
	while (*list != '\0') {
		size_t n = strcspn(list, ";");

		if (n == len && memcmp(list, key, n) == 0)
			return true;
		list += n + (list[n] == ';');
	}
	return false;
}

static int
check_black(void *arg, unsigned line, const char *key, const char *value)
{
	struct change *c = arg;

	(void)line;
	(void)value;
	if (!is_black(c->ns, key))
		return SKUA_OK;
	c->code = SKUA_CODE_NO_PERMISSION;
	return skua_fail(&c->e, SKUA_EPERM,
	    "Can not update config in black list.");
}

static int
set_text(struct change *c, const struct skua_option *row, const char *value)
{
	for (const char *p = value; *p != '\0'; p++) {
		if ((unsigned char)*p < 0x20)
			return skua_fail(&c->e, SKUA_EINVAL,
			    "%s: control characters cannot be kept", row->name);
	}
	if (c->n_texts == N_OPTIONS)
		return skua_fail(&c->e, SKUA_ELIMIT, "%s is set too often",
		    row->name);
	c->texts[c->n_texts] = must_dup(skua_str_z(value));
	*field_of(&c->conf, row).s = c->texts[c->n_texts++];
	return SKUA_OK;
}

static int
set_value(struct change *c, const struct skua_option *row, const char *value)
{
	union field f = field_of(&c->conf, row);
	char *end;
	long long number;

	if (row->type == SKUA_OPT_STRING)
		return set_text(c, row, value);
	if (row->type == SKUA_OPT_BOOL) {
		if (strcasecmp(value, "true") != 0 &&
		    strcasecmp(value, "false") != 0)
			return skua_fail(&c->e, SKUA_EINVAL,
			    "%s=%.64s: neither true nor false", row->name,
			    value);
		*f.b = strcasecmp(value, "true") == 0;
		return SKUA_OK;
	}
	number = strtoll(value, &end, 10);
	if (end == value || *end != '\0' || number < row->min ||
	    number > row->max)
		return skua_fail(&c->e, SKUA_EINVAL, "%s=%.64s: no number "
		    "from %" PRId64 " to %" PRId64, row->name, value,
		    row->min, row->max);
	*f.i = number;
	return SKUA_OK;
}

static int
check_netty(struct change *c, const char *key, const char *value)
{
	for (size_t i = 0; i < N_NETTY; i++) {
		struct line line;

		if (strcmp(netty_rows[i].name, key) != 0)
			continue;
		fill_netty(c->ns, &line, i);
		if (strcmp(line.text != NULL ? line.text : line.value,
		    value) == 0)
			return SKUA_OK;
		return skua_fail(&c->e, SKUA_EINVAL,
		    "%s cannot change while the nameserver runs", key);
	}
	return SKUA_OK; /* unknown keys are ignored, as upstream */
}

static int
take_change(void *arg, unsigned line, const char *key, const char *value)
{
	struct change *c = arg;

	(void)line;
	for (size_t i = N_OWN; i < N_OPTIONS; i++) {
		const struct skua_option *row = &namesrv_options[i];
		size_t k = 0;

		if (strcmp(row->name, key) != 0)
			continue;
		while (k < c->n_rows && c->rows[k] != row)
			k++;
		if (k == c->n_rows)
			c->rows[c->n_rows++] = row;
		return set_value(c, row, value);
	}
	return check_netty(c, key, value);
}

static int
write_config(struct change *c)
{
	const struct skua_io *io = skua_io();
	const char *path = c->ns->conf.config_store_path;
	const char *slash = strrchr(path, '/');
	char *text = config_text(c->ns, &c->conf);
	int rc = SKUA_OK;

	if (slash != NULL && slash != path) {
		char *folder = must_dup(skua_str_n(path,
		    (size_t)(slash - path)));

		rc = io->mkdir(folder);
		free(folder);
	}
	if (rc == SKUA_OK || rc == SKUA_EEXIST)
		rc = skua_file_replace(path, text, strlen(text));
	free(text);
	if (rc == SKUA_OK)
		return rc;
	c->code = SKUA_CODE_SYSTEM_ERROR;
	return skua_fail(&c->e, rc, "could not write \"%s\": %s", path,
	    skua_strerror(rc));
}

static void
update_job(struct namesrv *ns, struct skua_request *request)
{
	struct skua_str text = skua_request_body(request);
	struct change c;
	int rc;

	memset(&c, 0, sizeof(c));
	c.ns = ns;
	c.conf = ns->conf; /* changed on this thread only */
	c.code = SKUA_CODE_INVALID_PARAMETER;
	(void)skua_fail(&c.e, SKUA_EINVAL, "string2Properties error");
	rc = skua_properties_parse(text, check_black, &c);
	if (rc == SKUA_OK)
		rc = skua_properties_parse(text, take_change, &c);
	if (rc == SKUA_OK)
		rc = write_config(&c);
	for (size_t i = 0; i < c.n_rows && rc == SKUA_OK; i++)
		config_publish(ns, c.rows[i], &c.conf);
	for (size_t i = 0; i < c.n_texts; i++)
		free(c.texts[i]);
	if (rc != SKUA_OK) {
		complain(ns, "a change of settings was refused: %s", c.e.text);
		skua_answer(request, c.code, "%s", c.e.text);
		return;
	}
	skua_log(SKUA_LOG_NOTICE, UNIT, "settings were changed: %zu", c.n_rows);
	skua_answer(request, SKUA_CODE_SUCCESS, NULL);
}

void
handle_update_config(struct skua_host *host, struct skua_request *request)
{
	if (skua_request_body(request).len == 0)
		skua_answer(request, SKUA_CODE_SUCCESS, NULL);
	else
		run_later(namesrv_of(host), request, update_job);
}
