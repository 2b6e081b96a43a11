/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends a message for each key to the queue that a plug-in picks:
 * selector NAMESRV TOPIC PLUGIN KEY...  PLUGIN is "hash" for the module
 * selector-hash, or a module's path.
 */
#include <stdio.h>

#include <skua/producer.h>

static int
send_keys(struct skua_producer *producer, const char *topic, char **keys,
    struct skua_error *e)
{
	int rc = SKUA_OK;

	for (; *keys != NULL && rc == SKUA_OK; keys++) {
		struct skua_outgoing m = { .topic = topic, .keys = *keys,
			.body = skua_str_z("hello") };
		struct skua_sent sent;

		rc = skua_producer_send(producer, &m, &sent, e);
		if (rc == SKUA_OK)
			(void)printf("%s: queue %d\n", *keys, sent.queue_id);
	}
	return rc;
}

int
main(int argc, char **argv)
{
	struct skua_producer_options options = { .size = sizeof(options) };
	struct skua_selector_module module = { NULL, NULL, NULL };
	struct skua_client *client = NULL;
	struct skua_producer *producer = NULL;
	struct skua_error e;
	int rc;

	if (argc < 5) {
		(void)fprintf(stderr,
		    "usage: selector NAMESRV TOPIC PLUGIN KEY...\n");
		return 2;
	}
	rc = skua_selector_open(argv[3], NULL, &module, &e);
	options.selector = module.selector;
	options.selector_conf = module.conf;
	if (rc == SKUA_OK)
		rc = skua_client_new(argv[1], &client, &e);
	if (rc == SKUA_OK)
		rc = skua_producer_new(client, &options, &producer, &e);
	if (rc == SKUA_OK)
		rc = send_keys(producer, argv[2], argv + 4, &e);
	if (rc != SKUA_OK)
		(void)fprintf(stderr, "selector: %s\n", e.text);
	skua_producer_free(&producer);
	skua_client_free(&client);
	skua_selector_close(&module);
	return rc == SKUA_OK ? 0 : 1;
}
