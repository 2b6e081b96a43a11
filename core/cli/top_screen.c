/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See top.h: the terminal.  Its other screen is used and its settings are put
 * back: at the end, when a signal ends the program, and while it is stopped
 * (^Z).  Signals only leave a note; what must be done is done in the wait.
 */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/buf.h"
#include "cli/top.h"

#define OPEN "\033[?1049h\033[?25l"  /* the other screen, no cursor */
#define CLOSE "\033[?25h\033[?1049l"

static struct termios before;
static volatile sig_atomic_t ending, stopping;
static size_t rows = 24, columns = 80;

static void
on_signal(int number)
{
	if (number == SIGTSTP)
		stopping = 1;
	else if (number != SIGWINCH) /* that one only ends the wait */
		ending = 1;
}

static void
put_all(const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDOUT_FILENO, text, len);

		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

static void
measure(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0)
		return;
	rows = size.ws_row;
	columns = size.ws_col;
}

static void
take(void)
{
	struct termios raw = before;

	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	put_all(OPEN, strlen(OPEN));
	measure();
}

static void
give_back(void)
{
	put_all(CLOSE, strlen(CLOSE));
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &before);
}

bool
top_screen_open(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT,
		SIGTSTP, SIGWINCH };
	struct sigaction action;

	if (isatty(STDIN_FILENO) != 1 || isatty(STDOUT_FILENO) != 1 ||
	    tcgetattr(STDIN_FILENO, &before) != 0)
		return false;
	memset(&action, 0, sizeof(action)); /* without SA_RESTART */
	action.sa_handler = on_signal;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		(void)sigaction(signals[i], &action, NULL);
	take();
	return true;
}

void
top_screen_close(void)
{
	give_back();
}

size_t
top_screen_rows(void)
{
	return rows;
}

/* The line as far as there is room; colours take none. */
static void
put_clipped(struct buf *b, const char *line, size_t len)
{
	size_t shown = 0;

	for (size_t i = 0; i < len && shown < columns;) {
		size_t n = 1;

		if (line[i] == '\033')
			n = strcspn(line + i, "m") + 1;
		else
			while ((line[i + n] & 0xc0) == 0x80)
				n++;
		shown += line[i] != '\033';
		(void)skua_buf_put(b, line + i, n);
		i += n;
	}
	(void)skua_buf_put(b, "\033[0m\033[K", 7);
}

void
top_screen_draw(const char *text)
{
	struct buf b = { NULL, 0, 0 };

	(void)skua_buf_put(&b, "\033[H", 3);
	for (size_t row = 0; row < rows && *text != '\0'; row++) {
		size_t len = strcspn(text, "\n");

		if (row > 0)
			(void)skua_buf_put(&b, "\r\n", 2);
		put_clipped(&b, text, len);
		text += len + (text[len] == '\n');
	}
	(void)skua_buf_put(&b, "\033[J", 3);
	put_all((char *)b.p, b.len);
	skua_buf_free(&b);
}

/* ^Z: the shell sees its own screen meanwhile. */
static void
stop(void)
{
	stopping = 0;
	give_back();
	(void)raise(SIGSTOP);
	take();
}

int
top_screen_wait(int64_t ms)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	unsigned char key;
	int n;

	if (ending)
		return -1;
	n = poll(&in, 1, (int)ms);
	measure();
	if (stopping)
		stop();
	if (ending)
		return -1;
	if (n <= 0)
		return 0;
	return read(STDIN_FILENO, &key, 1) == 1 ? key : -1;
}
