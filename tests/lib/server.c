/* SPDX-License-Identifier: Apache-2.0 */
/* See server.h. */
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server.h"

static void
take_address(char to[64], const char *line, const char *name)
{
	const char *at = strstr(line, name);

	assert_non_null(at);
	at += strlen(name);
	(void)snprintf(to, 64, "%.*s", (int)strcspn(at, " ,\n"), at);
}

static void
run_daemon(const struct server *s, int out)
{
	const char *port = strrchr(s->broker, ':');
	const char *namesrv_port = strrchr(s->namesrv, ':');
	char options[4][4200];
	int log = open(test_path(s->folder, "log"),
	    O_WRONLY | O_CREAT | O_APPEND, 0600);

	(void)snprintf(options[0], sizeof(options[0]), "listenPort=%s",
	    port == NULL ? "0" : port + 1);
	(void)snprintf(options[1], sizeof(options[1]), "namesrvListenPort=%s",
	    namesrv_port == NULL ? "0" : namesrv_port + 1);
	(void)snprintf(options[2], sizeof(options[2]), "storePathRootDir=%s",
	    test_path(s->folder, "store"));
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)dup2(out, 1);
	(void)dup2(log, 2);
	(void)execl(getenv("SKUAD"), "skuad", "-o", options[0], "-o",
	    options[1], "-o", options[2], "-o", "brokerIP1=127.0.0.1", "-o",
	    "mappedFileSizeCommitLog=16777216", "-o",
	    "plugin.filter-lua.luaFromClients=*", (char *)NULL);
	_exit(127);
}

void
server_restart(struct server *s)
{
	int out[2];
	char line[512];
	FILE *f;

	assert_int_equal(0, pipe2(out, O_CLOEXEC));
	s->pid = fork();
	assert_true(s->pid >= 0);
	if (s->pid == 0)
		run_daemon(s, out[1]);
	(void)close(out[1]);
	f = fdopen(out[0], "r");
	assert_non_null(fgets(line, sizeof(line), f));
	(void)fclose(f);
	take_address(s->namesrv, line, "namesrv ");
	take_address(s->broker, line, "broker ");
}

void
server_start(struct server *s)
{
	memset(s, 0, sizeof(*s));
	assert_non_null(getenv("SKUAD"));
	s->folder = test_folder();
	server_restart(s);
}

void
server_kill(struct server *s, int signal)
{
	(void)kill(s->pid, signal);
	(void)waitpid(s->pid, NULL, 0);
	s->pid = 0;
}

void
server_free(struct server *s)
{
	if (s->pid != 0)
		server_kill(s, SIGTERM);
	test_folder_remove(s->folder);
}
