/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends messages without waiting for each answer: producer NAMESRV TOPIC COUNT.
 * When too much is under way it waits for what there is, and goes on.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include <skua/producer.h>

static atomic_long stored, failed;

/* On the client's thread. */
static void
on_sent(void *arg, int status, const struct skua_sent *sent,
    const struct skua_error *e)
{
	(void)arg;
	(void)sent;
	if (status == SKUA_OK) {
		atomic_fetch_add(&stored, 1);
	} else {
		atomic_fetch_add(&failed, 1);
		(void)fprintf(stderr, "not stored: %s\n", e->text);
	}
}

static int
send_one(struct skua_producer *producer, const char *topic, long i)
{
	char body[64], key[32];
	struct skua_outgoing m = { .topic = topic,
		.tag = i % 2 == 0 ? "even" : "odd",
		.keys = key };
	int rc;

	(void)snprintf(key, sizeof(key), "k%ld", i);
	m.body = skua_str_n(body,
	    (size_t)snprintf(body, sizeof(body), "message %ld", i));
	rc = skua_producer_send_async(producer, &m, on_sent, NULL);
	if (rc != SKUA_EAGAIN)
		return rc;
	rc = skua_producer_drain(producer, 10000);
	return rc != SKUA_OK ?
	    rc :
	    skua_producer_send_async(producer, &m, on_sent, NULL);
}

int
main(int argc, char **argv)
{
	struct skua_producer_options options = { .size = sizeof(options),
		.group = "example-producer",
		.compression = SKUA_COMPRESSION_LZ4 };
	struct skua_client *client = NULL;
	struct skua_producer *producer = NULL;
	struct skua_error e;
	long count = argc > 3 ? strtol(argv[3], NULL, 10) : 0;
	int rc;

	if (argc != 4) {
		(void)fprintf(stderr, "usage: producer NAMESRV TOPIC COUNT\n");
		return 2;
	}
	rc = skua_client_new(argv[1], &client, &e);
	if (rc == SKUA_OK)
		rc = skua_producer_new(client, &options, &producer, &e);
	if (rc != SKUA_OK) {
		(void)fprintf(stderr, "producer: %s\n", e.text);
		return 1;
	}
	for (long i = 0; i < count && rc == SKUA_OK; i++)
		rc = send_one(producer, argv[2], i);
	if (rc == SKUA_OK)
		rc = skua_producer_drain(producer, 30000);
	skua_producer_free(&producer);
	skua_client_free(&client);
	if (rc != SKUA_OK)
		(void)fprintf(stderr, "producer: %s\n", skua_strerror(rc));
	(void)printf("stored %ld, failed %ld\n", atomic_load(&stored),
	    atomic_load(&failed));
	return rc == SKUA_OK && atomic_load(&failed) == 0 ? 0 : 1;
}
