/* SPDX-License-Identifier: Apache-2.0 */
/* skua top on a terminal: it shows, and leaves everything as it was. */
#define _XOPEN_SOURCE 700 /* posix_openpt */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "server.h"

#define PATIENCE_MS 20000
#define OPEN "\033[?1049h\033[?25l"
#define CLOSE "\033[?25h\033[?1049l"

struct scene {
	struct server server;
	int master, slave;
	pid_t pid;
	struct termios before;
	char seen[1 << 20];
	size_t len;
};

static void
become_top(const struct scene *s)
{
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/skua", getenv("builddir"));
	(void)setsid();
	(void)ioctl(s->slave, TIOCSCTTY, 0);
	for (int fd = 0; fd < 3; fd++)
		(void)dup2(s->slave, fd);
	(void)setenv("TERM", "xterm", 1);
	(void)execl(path, path, "top", "-n", s->server.namesrv, "-i", "0.2",
	    (char *)NULL);
	_exit(127);
}

static void
read_some(struct scene *s)
{
	struct pollfd in = { .fd = s->master, .events = POLLIN };
	ssize_t n;

	if (poll(&in, 1, PATIENCE_MS) <= 0)
		fail_msg("nothing more came after: %s", s->seen);
	n = read(s->master, s->seen + s->len, sizeof(s->seen) - 1 - s->len);
	assert_true(n > 0);
	s->len += (size_t)n;
	s->seen[s->len] = '\0';
}

/* Until the text has come; what came before it is forgotten. */
static void
expect(struct scene *s, const char *text)
{
	char *at;

	while ((at = strstr(s->seen, text)) == NULL)
		read_some(s);
	at += strlen(text);
	s->len -= (size_t)(at - s->seen);
	memmove(s->seen, at, s->len + 1);
}

static void
begin(struct scene *s)
{
	struct winsize size = { .ws_row = 24, .ws_col = 40 };

	memset(s, 0, sizeof(*s));
	server_start(&s->server);
	s->master = posix_openpt(O_RDWR | O_NOCTTY);
	assert_true(s->master >= 0 && grantpt(s->master) == 0 &&
	    unlockpt(s->master) == 0);
	/* Kept open, so that the terminal stays what it is. */
	s->slave = open(ptsname(s->master), O_RDWR | O_NOCTTY);
	assert_true(s->slave >= 0);
	assert_int_equal(0, ioctl(s->master, TIOCSWINSZ, &size));
	assert_int_equal(0, tcgetattr(s->slave, &s->before));
	s->pid = fork();
	assert_true(s->pid >= 0);
	if (s->pid == 0)
		become_top(s);
	expect(s, OPEN);
	expect(s, "BROKER");
}

static void
assert_as_before(const struct scene *s)
{
	struct termios now;

	assert_int_equal(0, tcgetattr(s->slave, &now));
	assert_int_equal(s->before.c_lflag, now.c_lflag);
	assert_int_equal(s->before.c_iflag, now.c_iflag);
	assert_int_equal(s->before.c_oflag, now.c_oflag);
}

static void
assert_ended(struct scene *s)
{
	int status;

	expect(s, CLOSE);
	assert_int_equal(s->pid, waitpid(s->pid, &status, 0));
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_as_before(s);
}

static void
end(struct scene *s)
{
	(void)close(s->master);
	(void)close(s->slave);
	server_free(&s->server);
}

static struct scene scene;

static void
q_gives_the_terminal_back(void **state)
{
	struct termios raw;

	(void)state;
	begin(&scene);
	assert_int_equal(0, tcgetattr(scene.slave, &raw));
	assert_int_equal(0, raw.c_lflag & (tcflag_t)(ICANON | ECHO));
	assert_int_equal(1, write(scene.master, "q", 1));
	assert_ended(&scene);
	end(&scene);
}

static void
so_do_signals(void **state)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		begin(&scene);
		assert_int_equal(0, kill(scene.pid, signals[i]));
		assert_ended(&scene);
		end(&scene);
	}
}

static void
while_it_is_stopped_the_shell_has_it(void **state)
{
	int status;

	(void)state;
	begin(&scene);
	assert_int_equal(0, kill(scene.pid, SIGTSTP));
	expect(&scene, CLOSE);
	assert_int_equal(scene.pid, waitpid(scene.pid, &status, WUNTRACED));
	assert_true(WIFSTOPPED(status));
	assert_as_before(&scene);
	assert_int_equal(0, kill(scene.pid, SIGCONT));
	expect(&scene, OPEN);
	expect(&scene, "BROKER");
	assert_int_equal(1, write(scene.master, "q", 1));
	assert_ended(&scene);
	end(&scene);
}

/* What is between two line ends, without the sequences. */
static size_t
width_of(const char *line, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (line[i] != '\033') {
			n++;
			continue;
		}
		while (i + 1 < len && strchr("mKHJ", line[i]) == NULL)
			i++;
	}
	return n;
}

static void
lines_end_at_the_edge(void **state)
{
	const char *line;

	(void)state;
	begin(&scene);
	expect(&scene, "\033[H"); /* the next picture, from its first line */
	while ((line = strstr(scene.seen, "\033[J")) == NULL)
		read_some(&scene);
	*(char *)(uintptr_t)line = '\0';
	for (line = scene.seen; *line != '\0';) {
		size_t len = strcspn(line, "\r\n");

		assert_true(width_of(line, len) <= 40);
		line += len;
		line += strspn(line, "\r\n");
	}
	assert_int_equal(1, write(scene.master, "q", 1));
	scene.seen[scene.len = 0] = '\0';
	assert_ended(&scene);
	end(&scene);
}

RUN(T(q_gives_the_terminal_back), T(so_do_signals),
    T(while_it_is_stopped_the_shell_has_it), T(lines_end_at_the_edge))
