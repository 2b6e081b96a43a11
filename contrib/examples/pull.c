/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a topic from its beginning, as fast as the program asks:
 * pull NAMESRV TOPIC GROUP.  Ends when nothing came for two seconds.
 */
#include <stdio.h>
#include <stdlib.h>

#include <skua/consumer.h>

static int
assign_all(struct skua_client *client, struct skua_lite *lite,
    const char *topic, struct skua_error *e)
{
	struct skua_route_info *route;
	int rc = skua_client_route(client, topic, &route, e);

	if (rc != SKUA_OK)
		return rc;
	rc = skua_lite_assign(lite, topic, route->queues, route->count, e);
	skua_route_free(&route);
	return rc;
}

static long
read_all(struct skua_lite *lite)
{
	struct skua_polled polled;
	long n = 0;

	while (skua_lite_poll(lite, 100, 2000, &polled) == SKUA_OK) {
		for (size_t i = 0; i < polled.count; i++)
			(void)printf(SKUA_STR_FMT "\n",
			    SKUA_STR_ARG(polled.messages[i].body));
		n += (long)polled.count;
		skua_polled_free(&polled);
	}
	return n;
}

int
main(int argc, char **argv)
{
	struct skua_lite_options options = { .size = sizeof(options),
		.group = { .group = argc > 3 ? argv[3] : NULL,
		    .from = SKUA_FROM_FIRST },
		.no_auto_commit = true };
	struct skua_client *client = NULL;
	struct skua_lite *lite = NULL;
	struct skua_error e;
	int rc;

	if (argc != 4) {
		(void)fprintf(stderr, "usage: pull NAMESRV TOPIC GROUP\n");
		return 2;
	}
	rc = skua_client_new(argv[1], &client, &e);
	if (rc == SKUA_OK)
		rc = skua_lite_new(client, &options, &lite, &e);
	if (rc == SKUA_OK)
		rc = assign_all(client, lite, argv[2], &e);
	if (rc == SKUA_OK)
		rc = skua_lite_start(lite, &e);
	if (rc == SKUA_OK) {
		(void)fprintf(stderr, "%ld messages\n", read_all(lite));
		rc = skua_lite_commit(lite, &e);
	}
	if (rc != SKUA_OK)
		(void)fprintf(stderr, "pull: %s\n", e.text);
	skua_lite_free(&lite);
	skua_client_free(&client);
	return rc == SKUA_OK ? 0 : 1;
}
