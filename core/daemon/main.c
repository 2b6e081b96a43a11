/* SPDX-License-Identifier: Apache-2.0 */
/* skuad: arguments, start-up order, signals. */
#include <getopt.h>
#ifdef HAVE_MALLINFO2
#include <malloc.h>
#endif
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/rcu.h"
#include "base/thread.h"
#include "broker/keeping.h"
#include "broker/ports.h"
#include "broker/providers.h"
#include "daemon/daemon.h"
#include "daemon/settings_help.h"
#include "daemon/user.h"
#include "net/addr.h"

#define FIRST_REGISTRATION_MS 3000
#define LAST_REGISTRATION_MS 500
#define COMPLAINTS_SIZE 65536
#define TRIM_MS 3000
#define KEPT_BYTES (4 * 1024 * 1024)
#define TRIM_BYTES (8 * 1024 * 1024)

static const char usage[] =
    "Usage: skuad [-c FILE]... [-o KEY=VALUE]... [-t]\n"
    "A message broker that speaks Apache RocketMQ's protocol.\n"
    "\n"
    "  -c, --config FILE     read settings (a broker.conf) from FILE\n"
    "  -o, --set KEY=VALUE   set one; wins over files\n"
    "  -t, --test            check the settings and plug-ins, then exit\n"
    "      --help-settings   list the settings, with ranges and defaults\n"
    "  -h, --help            show this help\n"
    "  -V, --version         show the version\n"
    "\n"
    "Settings a first start may want:\n"
    "  roles=namesrv,broker         what this process is\n"
    "  bindAddress=127.0.0.1        where it listens\n"
    "  listenPort=10911             the broker's port (0: any free one)\n"
    "  namesrvListenPort=9876       the nameserver's port (0: any free one)\n"
    "  namesrvAddr=HOST:PORT        nameservers elsewhere\n"
    "  storePathRootDir=FOLDER      where messages are kept\n"
    "  store=memory                 keep nothing\n"
    "\n"
    "It stays in the foreground, logs to standard error, and says when it is\n"
    "ready on standard output.  SIGTERM stops it.  See skuad(8).\n";

struct daemon {
	struct broker broker;
	uv_signal_t term, interrupt;
	uv_timer_t trim;
	size_t left; /* bytes that the last one could not give back */
	struct timespec begun;
};

static int
set_option(struct settings *s, const char *option, struct skua_error *e)
{
	const char *equals = strchr(option, '=');
	char *key;
	int rc;

	if (equals == NULL || equals == option)
		return skua_fail(e, SKUA_EINVAL,
		    "-o %s: expected KEY=VALUE", option);
	key = skua_mem_dup(skua_str_n(option, (size_t)(equals - option)));
	rc = skua_settings_set(s, key, equals + 1, "-o", e);
	free(key);
	return rc;
}

struct arguments {
	const char **options;
	size_t option_count;
	bool test, help_settings;
};

/* Files are read as they come; options win over all of them. */
static int
parse_arguments(int argc, char **argv, struct broker *b, struct arguments *a)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "set", required_argument, NULL, 'o' },
		{ "test", no_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ "help-settings", no_argument, NULL, 'S' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	char *complaints = skua_mem_new(1, COMPLAINTS_SIZE);
	int c, rc = SKUA_OK;

	while (rc == SKUA_OK &&
	    (c = getopt_long(argc, argv, "c:o:thV", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			rc = skua_settings_load(b->settings, optarg, complaints,
			    COMPLAINTS_SIZE);
			if (rc != SKUA_OK)
				(void)fprintf(stderr, "skuad: %s", complaints);
			free(b->conf_file);
			b->conf_file = skua_mem_dup(skua_str_z(optarg));
			break;
		case 'o':
			a->options[a->option_count++] = optarg;
			break;
		case 't':
			a->test = true;
			break;
		case 'S':
			a->help_settings = true;
			break;
		case 'h':
			(void)fputs(usage, stdout);
			exit(EXIT_SUCCESS);
		case 'V':
			(void)printf("skuad %s\n", PACKAGE_VERSION);
			exit(EXIT_SUCCESS);
		default:
			(void)fputs("Try `skuad --help'.\n", stderr);
			rc = SKUA_EINVAL;
		}
	}
	if (rc == SKUA_OK && optind < argc) {
		(void)fprintf(stderr,
		    "skuad: unexpected argument \"%s\"; try `skuad --help'\n",
		    argv[optind]);
		rc = SKUA_EINVAL;
	}
	free(complaints);
	return rc;
}

static void
tell_unused(void *arg, const char *key, const char *origin)
{
	(void)arg;
	skua_log(SKUA_LOG_NOTICE, "conf",
	    "%s: %s is accepted and has no effect here", origin, key);
}

static int
load(struct broker *b, const struct arguments *a, struct skua_error *e)
{
	enum skua_log_level level;
	const char *text;
	char *path;
	int rc = SKUA_OK;

	for (size_t i = 0; i < a->option_count && rc == SKUA_OK; i++)
		rc = set_option(b->settings, a->options[i], e);
	if (rc != SKUA_OK)
		return rc;
	text = skua_settings_get(b->settings, "logLevel");
	if (!skua_log_level_parse(text, &level))
		return skua_fail(e, SKUA_EINVAL,
		    "logLevel: \"%s\": expected error, warning, notice, info "
		    "or debug",
		    text);
	skua_log_set_level(level);
	rc = skua_become_user(skua_settings_get(b->settings, "user"), e);
	if (rc == SKUA_OK)
		rc = skua_broker_init(b, e);
	path = skua_module_search_path(
	    skua_settings_get(b->settings, "pluginPath"));
	if (rc == SKUA_OK)
		rc = skua_plugins_load(&b->plugins, path,
		    skua_settings_get(b->settings, "plugins"), e);
	free(path);
	if (rc == SKUA_OK)
		rc = skua_settings_check(b->settings, tell_unused, NULL, e);
	return rc == SKUA_OK && b->has_broker_role ?
	    skua_providers_check(b, e) :
	    rc;
}

/* --- running --- */

static void
end_main_loop(struct broker *b, void *arg)
{
	(void)arg;
	uv_stop(&b->main.uv);
}

/* The nameservers are told first, so that clients go elsewhere. */
static void
on_signal(uv_signal_t *signal, int number)
{
	struct daemon *d = signal->data;
	struct broker *b = &d->broker;

	skua_loop_enter(&b->main);
	if (b->stopping)
		return;
	skua_log(SKUA_LOG_NOTICE, "skuad", "stopping: %s", strsignal(number));
	b->stopping = true;
	if (b->has_broker_role)
		skua_registrar_unregister(b->registrar, LAST_REGISTRATION_MS,
		    end_main_loop, NULL);
	else
		end_main_loop(b, NULL);
}

static int
catch_signals(struct daemon *d)
{
	uv_loop_t *uv = &d->broker.main.uv;

	(void)signal(SIGPIPE, SIG_IGN);
	d->term.data = d->interrupt.data = d;
	if (uv_signal_init(uv, &d->term) != 0 ||
	    uv_signal_init(uv, &d->interrupt) != 0 ||
	    uv_signal_start(&d->term, on_signal, SIGTERM) != 0 ||
	    uv_signal_start(&d->interrupt, on_signal, SIGINT) != 0)
		return SKUA_EIO;
	return SKUA_OK;
}

#ifdef HAVE_MALLINFO2
/* Left to itself malloc keeps the more the larger pieces were that it gave. */
static void
keep_little(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, KEPT_BYTES);
	(void)mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
}

/* Bytes that are free in malloc's eyes and still taken from the system. */
static size_t
unused_bytes(void)
{
	struct mallinfo2 info = mallinfo2();
	size_t resident, shared, used = info.uordblks + info.hblkhd;
	FILE *file = fopen("/proc/self/statm", "re");
	int n;

	if (file == NULL)
		return 0;
	n = fscanf(file, "%*u %zu %zu", &resident, &shared);
	(void)fclose(file);
	if (n != 2)
		return 0;
	resident = (resident - shared) * (size_t)sysconf(_SC_PAGESIZE);
	return resident > used ? resident - used : 0;
}

/* What a burst of requests or a large table took goes back to the system.  What
 * a trim leaves is in pieces; the next one waits until there is more. */
static void
on_trim(uv_timer_t *timer)
{
	struct daemon *d = timer->data;
	size_t unused;

	skua_loop_enter(&d->broker.main);
	unused = unused_bytes();
	if (unused < d->left)
		d->left = unused;
	if (unused < d->left + TRIM_BYTES)
		return;
	(void)malloc_trim(0);
	d->left = unused_bytes();
}

static int
give_memory_back(struct daemon *d)
{
	uv_loop_t *uv = &d->broker.main.uv;

	d->trim.data = d;
	(void)malloc_trim(0);
	return uv_timer_init(uv, &d->trim) == 0 &&
		uv_timer_start(&d->trim, on_trim, TRIM_MS, TRIM_MS) == 0 ?
	    SKUA_OK :
	    SKUA_EIO;
}
#else
static void
keep_little(void)
{
}

static int
give_memory_back(struct daemon *d)
{
	(void)d;
	return SKUA_OK;
}
#endif

/* Clients by the thousand need descriptors by the thousand. */
static void
raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	    limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static void
say_ready(struct broker *b, void *arg)
{
	const struct daemon *d = arg;
	const struct port *namesrv = skua_ports_find(b, "namesrv");
	char text[ADDR_TEXT_SIZE];
	struct timespec now;
	const char *comma = "";

	if (b->stopping)
		return;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	(void)fputs("skuad ready: ", stdout);
	if (namesrv != NULL) {
		(void)printf("namesrv %s",
		    skua_addr_format(&namesrv->listener.addr, text));
		comma = ", ";
	}
	if (b->has_broker_role)
		(void)printf("%sbroker %s", comma, b->store_host_text);
	(void)printf(" (%ld ms)\n",
	    (long)((now.tv_sec - d->begun.tv_sec) * 1000 +
		(now.tv_nsec - d->begun.tv_nsec) / 1000000));
	(void)fflush(stdout);
}

static int
run(struct daemon *d, struct skua_error *e)
{
	struct broker *b = &d->broker;
	const char *bind = skua_settings_get(b->settings, "bindAddress");
	int rc;

	skua_rcu_register();
	rc = skua_broker_start(b, e);
	skua_rcu_unregister();
	if (rc == SKUA_OK) {
		if (strcmp(bind, "127.0.0.1") == 0 || strcmp(bind, "::1") == 0)
			skua_log(SKUA_LOG_NOTICE, "skuad",
			    "listening on %s only; set bindAddress to be "
			    "reached from elsewhere",
			    bind);
		rc = catch_signals(d);
		if (rc == SKUA_OK)
			rc = give_memory_back(d);
		if (rc != SKUA_OK)
			(void)skua_fail(e, rc, "could not start a timer");
		else if (b->has_broker_role)
			skua_keeping_announce(b, FIRST_REGISTRATION_MS,
			    say_ready, d);
		else
			say_ready(b, d);
	}
	if (rc == SKUA_OK) {
		skua_thread_behind_loops();
		skua_loop_run(&b->main);
	}
	skua_broker_stop(b);
	return rc;
}

int
skua_daemon_main(int argc, char **argv)
{
	struct daemon *d = sk_new(struct daemon);
	struct arguments a = { .options =
				   sk_new_array((size_t)argc, const char *) };
	struct skua_error e = { 0 };
	bool started = false;
	int rc;

	(void)clock_gettime(CLOCK_MONOTONIC, &d->begun);
	/* What it writes is its own and its group's. */
	(void)umask(0027);
	raise_descriptors();
	keep_little();
	d->broker.settings = skua_settings_new();
	rc = parse_arguments(argc, argv, &d->broker, &a);
	if (rc != SKUA_OK)
		return EXIT_FAILURE;
	rc = load(&d->broker, &a, &e);
	if (rc == SKUA_OK && a.help_settings) {
		skua_print_settings(&d->broker.plugins);
	} else if (rc == SKUA_OK && a.test) {
		(void)puts("skuad: the settings and plug-ins are fine");
	} else if (rc == SKUA_OK) {
		started = true;
		rc = run(d, &e);
	}
	if (rc != SKUA_OK)
		(void)fprintf(stderr, "skuad: %s\n", e.text);
	if (started)
		skua_broker_fini(&d->broker);
	free(a.options);
	free(d);
	return rc == SKUA_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
