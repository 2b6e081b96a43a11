/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends the lines of standard input, a hundred of them as one request:
 * batch NAMESRV TOPIC.  A batch is stored whole, or not at all.
 */
#include <stdio.h>
#include <string.h>

#include <skua/producer.h>

#define BATCH 100
#define LINE_MAX_SIZE 1024

static size_t
read_lines(const char *topic, char text[BATCH][LINE_MAX_SIZE],
    struct skua_outgoing m[BATCH])
{
	size_t n = 0;

	while (n < BATCH && fgets(text[n], LINE_MAX_SIZE, stdin) != NULL) {
		text[n][strcspn(text[n], "\n")] = '\0';
		memset(&m[n], 0, sizeof(m[n]));
		m[n].topic = topic;
		m[n].body = skua_str_z(text[n]);
		n += m[n].body.len > 0;
	}
	return n;
}

int
main(int argc, char **argv)
{
	static char text[BATCH][LINE_MAX_SIZE];
	struct skua_outgoing m[BATCH];
	struct skua_client *client = NULL;
	struct skua_producer *producer = NULL;
	struct skua_sent sent;
	struct skua_error e;
	size_t n;
	int rc;

	if (argc != 3) {
		(void)fprintf(stderr, "usage: batch NAMESRV TOPIC <LINES\n");
		return 2;
	}
	rc = skua_client_new(argv[1], &client, &e);
	if (rc == SKUA_OK)
		rc = skua_producer_new(client, NULL, &producer, &e);
	while (rc == SKUA_OK && (n = read_lines(argv[2], text, m)) > 0) {
		rc = skua_producer_send_batch(producer, m, n, &sent, &e);
		if (rc == SKUA_OK)
			(void)printf("%zu lines in queue %d from offset %lld\n",
			    sent.count, sent.queue_id,
			    (long long)sent.queue_offset);
	}
	if (rc != SKUA_OK)
		(void)fprintf(stderr, "batch: %s\n", e.text);
	skua_producer_free(&producer);
	skua_client_free(&client);
	return rc == SKUA_OK ? 0 : 1;
}
