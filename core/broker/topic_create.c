/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Topics that a producer sends to before anybody made them.
 * Upstream: TopicConfigManager.createTopicInSendMessageMethod,
 * AbstractSendMessageProcessor.msgCheck.
 */
#include "base/log.h"
#include "broker/keeping.h"

#define DEFAULT_TOPIC "TBW102"
#define RETRY_PREFIX "%RETRY%"

/* The pattern new topics are made after; false when there is none.  The setting
 * alone decides about TBW102, whose inherit bit other brokers may have lost. */
static bool
take_pattern(struct broker *b, struct skua_str name, struct topic_conf *c)
{
	const struct topic *topic = skua_topic_find(&b->topics, name);
	const struct conf *conf = broker_conf(b);
	bool is_default = skua_str_eq_z(name, DEFAULT_TOPIC);
	const struct topic_conf *pattern;

	if (is_default && !conf->auto_create_topic)
		return false;
	memset(c, 0, sizeof(*c));
	if (topic == NULL) {
		/* The broker was started while creation was off. */
		c->perm = PERM_READ | PERM_WRITE;
		c->write_queues = conf->default_queues > TOPIC_QUEUES_MAX ?
		    TOPIC_QUEUES_MAX :
		    (int32_t)conf->default_queues;
		return is_default;
	}
	pattern = skua_topic_conf(topic);
	c->perm = pattern->perm & ~PERM_INHERIT;
	c->write_queues = pattern->write_queues;
	c->multi_tag = pattern->multi_tag;
	return is_default || (pattern->perm & PERM_INHERIT) != 0;
}

/* Names come from anybody who can send a message. */
static bool
has_room(const struct broker *b)
{
	static struct log_limit limit;
	int64_t max = broker_conf(b)->auto_topics_max;

	if ((int64_t)skua_map_count(&b->topics.map) < max)
		return true;
	if (skua_log_allowed(&limit, 1))
		skua_log(SKUA_LOG_WARNING, "broker",
		    "no topic is created by sending to it: there are %lld "
		    "(maxAutoCreatedTopics)",
		    (long long)max);
	return false;
}

static struct topic *
put(struct broker *b, struct skua_str name, const struct topic_conf *c)
{
	struct topic *topic;

	if (!has_room(b))
		return NULL;
	topic = skua_topic_put(b, name, c);
	skua_log(SKUA_LOG_NOTICE, "broker", "topic %s auto-created, %d queues",
	    topic->name, c->write_queues);
	skua_keep_topics(b, NULL, NULL);
	return topic;
}

/* Messages that failed come back by it: one queue, and a group that owns it. */
static struct topic *
create_retry_topic(struct broker *b, struct skua_str name, bool unit)
{
	struct topic_conf c = { .read_queues = 1, .write_queues = 1,
		.perm = PERM_READ | PERM_WRITE,
		.sys_flag = unit ? TOPIC_UNIT_SUB : 0 };

	return put(b, name, &c);
}

static bool
has_group(struct broker *b, struct skua_str retry_topic)
{
	size_t n = sizeof(RETRY_PREFIX) - 1;

	return skua_group_need(b, skua_str_n(retry_topic.p + n,
		   retry_topic.len - n)) != NULL;
}

struct topic *
skua_topic_auto_create(struct broker *b, struct skua_str name,
    struct skua_str default_topic, int64_t queues, bool unit)
{
	struct topic *topic = skua_topic_find(&b->topics, name);
	bool is_retry = skua_str_starts(name, RETRY_PREFIX);
	struct topic_conf c;
	struct skua_error e;

	if (topic != NULL)
		return topic;
	if (skua_topic_check_name(name, &e) != SKUA_OK ||
	    (is_retry && !has_group(b, name)))
		return NULL;
	if (!take_pattern(b, default_topic, &c))
		return is_retry ? create_retry_topic(b, name, unit) : NULL;
	if (queues > 0 && queues < c.write_queues)
		c.write_queues = (int32_t)queues;
	if (c.write_queues < 1)
		c.write_queues = 1;
	c.read_queues = c.write_queues;
	if (unit)
		c.sys_flag = is_retry ? TOPIC_UNIT_SUB : TOPIC_UNIT;
	return put(b, name, &c);
}
