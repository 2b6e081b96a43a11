/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two charts side by side.  Latency stands over "nines": 0, 90, 99, 99.9 … % are
 * equally far apart, and the latency's scale is logarithmic, so that a tail
 * shows.  The rate stands over time.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "bench/report.h"

enum {
	WIDTH = 960, HEIGHT = 400,
	LEFT = 70, TOP = 50, CHART_WIDTH = 380, CHART_HEIGHT = 290,
	SECOND_LEFT = 560,
	NINES = 5,
};

struct chart {
	FILE *to;
	double left;
	double x_max;        /* of 0 … x_max */
	double y_min, y_max; /* logarithmic when y_min > 0 */
};

struct line {
	const char *name, *colour;
	const struct bench_side *side;
};

static double
place_x(const struct chart *c, double x)
{
	return c->left + x / c->x_max * CHART_WIDTH;
}

static double
place_y(const struct chart *c, double y)
{
	double part = c->y_min > 0 ?
	    log(y / c->y_min) / log(c->y_max / c->y_min) :
	    y / c->y_max;

	return TOP + CHART_HEIGHT * (1 - (part < 0 ? 0 : part));
}

static void
text_at(const struct chart *c, double x, double y, const char *anchor,
    const char *text)
{
	(void)fprintf(c->to,
	    "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", x, y,
	    anchor, text);
}

static void
rule(const struct chart *c, double x1, double y1, double x2, double y2)
{
	(void)fprintf(c->to,
	    "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" "
	    "stroke=\"#ddd\"/>\n",
	    x1, y1, x2, y2);
}

static void
mark_x(const struct chart *c, double x, const char *text)
{
	rule(c, place_x(c, x), TOP, place_x(c, x), TOP + CHART_HEIGHT);
	text_at(c, place_x(c, x), TOP + CHART_HEIGHT + 18, "middle", text);
}

static void
mark_y(const struct chart *c, double y, const char *text)
{
	rule(c, c->left, place_y(c, y), c->left + CHART_WIDTH, place_y(c, y));
	text_at(c, c->left - 6, place_y(c, y) + 4, "end", text);
}

static void
legend(const struct chart *c, const struct line *lines, size_t n)
{
	double x = c->left;

	for (size_t i = 0; i < n; i++, x += 130) {
		(void)fprintf(c->to,
		    "<rect x=\"%.1f\" y=\"%d\" width=\"14\" height=\"4\" "
		    "fill=\"%s\"/>\n",
		    x, TOP - 14, lines[i].colour);
		text_at(c, x + 18, TOP - 9, "start", lines[i].name);
	}
}

static void
begin_line(const struct chart *c, const struct line *l)
{
	(void)fprintf(c->to,
	    "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" "
	    "points=\"",
	    l->colour);
}

static void
point(const struct chart *c, double x, double y)
{
	(void)fprintf(c->to, "%.1f,%.1f ", place_x(c, x), place_y(c, y));
}

static void
end_line(const struct chart *c)
{
	(void)fputs("\"/>\n", c->to);
}

/* --- latency --- */

/* x nines are the part 1 - 10^-x. */
static double
latency_us(const struct bench_side *side, double nines)
{
	double us = (double)skua_histogram_at(&side->latency,
			1 - pow(10, -nines)) / 1000;

	return us < 1 ? 1 : us;
}

static void
latency_range(struct chart *c, const struct line *lines, size_t n)
{
	c->y_min = 1e12;
	c->y_max = 0;
	for (size_t i = 0; i < n; i++) {
		double least = latency_us(lines[i].side, 0.01);
		double most = latency_us(lines[i].side, NINES);

		c->y_min = least < c->y_min ? least : c->y_min;
		c->y_max = most > c->y_max ? most : c->y_max;
	}
	c->y_min = pow(10, floor(log10(c->y_min)));
	c->y_max = pow(10, ceil(log10(c->y_max) + 1e-9));
}

static void
latency_chart(FILE *to, const struct line *lines, size_t n)
{
	static const char *const parts[] = { "0 %", "90 %", "99 %", "99.9 %",
		"99.99 %", "99.999 %" };
	struct chart c = { .to = to, .left = LEFT, .x_max = NINES };
	char text[32];

	if (n == 0)
		return;
	latency_range(&c, lines, n);
	for (int i = 0; i <= NINES; i++)
		mark_x(&c, i, parts[i]);
	for (double y = c.y_min; y <= c.y_max * 1.001; y *= 10) {
		(void)snprintf(text, sizeof(text), y < 1000 ? "%.0f us" :
				"%.0f ms", y < 1000 ? y : y / 1000);
		mark_y(&c, y, text);
	}
	legend(&c, lines, n);
	for (size_t i = 0; i < n; i++) {
		begin_line(&c, &lines[i]);
		for (double x = 0; x <= NINES; x += 0.05)
			point(&c, x, latency_us(lines[i].side, x));
		end_line(&c);
	}
}

/* --- rate --- */

/* 1, 2 or 5 times a power of ten, at most ten of which make up the value. */
static double
round_step(double value)
{
	double power = pow(10, floor(log10(value)));

	return value / power > 5 ? power :
	    value / power > 2	 ? power / 2 :
				   power / 5;
}

static void
rate_chart(FILE *to, const struct line *lines, size_t n)
{
	struct chart c = { .to = to, .left = SECOND_LEFT, .x_max = 0.1 };
	char text[32];
	double step;

	for (size_t i = 0; i < n; i++) {
		const struct series *s = &lines[i].side->series;

		if ((double)s->count / 10 > c.x_max)
			c.x_max = (double)s->count / 10;
		for (size_t k = 0; k < s->count; k++)
			c.y_max = fmax(c.y_max, skua_series_rate(s, k, k + 1));
	}
	if (c.y_max <= 0)
		return;
	step = round_step(c.y_max);
	c.y_max = ceil(c.y_max / step) * step;
	for (double y = 0; y <= c.y_max * 1.001; y += step) {
		(void)snprintf(text, sizeof(text), y >= 10000 ? "%.0fk" : "%.0f",
		    y >= 10000 ? y / 1000 : y);
		mark_y(&c, y, text);
	}
	step = round_step(c.x_max);
	for (double x = 0; x <= c.x_max * 1.001; x += step) {
		(void)snprintf(text, sizeof(text), "%g s", x);
		mark_x(&c, x, text);
	}
	legend(&c, lines, n);
	for (size_t i = 0; i < n; i++) {
		const struct series *s = &lines[i].side->series;

		begin_line(&c, &lines[i]);
		for (size_t k = 0; k < s->count; k++)
			point(&c, ((double)k + 0.5) / 10,
			    skua_series_rate(s, k, k + 1));
		end_line(&c);
	}
}

/* --- the file --- */

static void
put_escaped(FILE *to, const char *text)
{
	for (; *text != '\0'; text++)
		if (*text == '<' || *text == '&')
			(void)fprintf(to, "&#%d;", *text);
		else
			(void)fputc(*text, to);
}

static void
write_plot(FILE *to, const char *title, const struct bench_report *r)
{
	struct line lines[2], with_latency[2];
	size_t n = 0, m = 0;

	if (r->has_produced)
		lines[n++] = (struct line){ "sent", "#1f77b4", &r->produced };
	if (r->has_consumed)
		lines[n++] = (struct line){ "received", "#d62728",
			&r->consumed };
	for (size_t i = 0; i < n; i++)
		if (lines[i].side->latency.count > 0)
			with_latency[m++] = lines[i];
	(void)fprintf(to,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
	    "height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">\n"
	    "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n"
	    "<text x=\"%d\" y=\"22\" font-size=\"15\">",
	    WIDTH, HEIGHT, LEFT);
	put_escaped(to, title);
	(void)fputs("</text>\n", to);
	latency_chart(to, with_latency, m);
	rate_chart(to, lines, n);
	(void)fprintf(to,
	    "<text x=\"%d\" y=\"%d\">latency by share of messages</text>\n"
	    "<text x=\"%d\" y=\"%d\">messages a second over time</text>\n"
	    "</svg>\n",
	    LEFT, HEIGHT - 15, SECOND_LEFT, HEIGHT - 15);
}

int
skua_bench_plot(const char *path, const char *title,
    const struct bench_report *report, struct skua_error *e)
{
	FILE *to = fopen(path, "w");

	if (to != NULL)
		write_plot(to, title, report);
	if (to == NULL || fclose(to) != 0)
		return skua_fail(e, skua_from_errno(errno), "%s: %s", path,
		    strerror(errno));
	return SKUA_OK;
}
