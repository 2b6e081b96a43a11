package skua.compat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.protocol.body.SubscriptionGroupWrapper;

/** A data folder written by the server under test opens in RocketMQ, and nothing in it has changed. */
final class StoreCases {
    private static final int MESSAGES = 200;
    private static final int BIG = 100_000;
    private static final String TOPIC = "store";
    private static final String GROUP = "store-group";
    private static final String SERIES = "stored";

    private static Written written;
    private static boolean tried;

    private StoreCases() {
    }

    /** What the first server was told, and where RocketMQ now serves it. */
    private static final class Written {
        final Map<String, SendResult> results = new HashMap<>();
        Server reader;
    }

    static void register(Map<String, Case> cases) {
        cases.put("topics", StoreCases::topics);
        cases.put("groups", StoreCases::groups);
        cases.put("messages", StoreCases::messages);
        cases.put("big-messages", StoreCases::bigMessages);
        cases.put("tags", StoreCases::tags);
        cases.put("keys", StoreCases::keys);
        cases.put("offset-ids", StoreCases::offsetIds);
        cases.put("consumer-offsets", StoreCases::consumerOffsets);
        cases.put("goes-on", StoreCases::goesOn);
    }

    /** Written and opened once, by the first case that asks. */
    private static Scene opened(Scene scene) throws Exception {
        Check.that(!tried || written != null, "the store did not open, see the first case");
        if (!tried) {
            tried = true;
            Written attempt = new Written();
            Server writer = Server.create("writer", Server.SUBJECT).start();
            Scene before = scene.at(writer);
            write(before, attempt);
            before.closeAndWait();
            writer.stop();
            attempt.reader = Server.adopt("reader", Server.ROCKETMQ, writer).start();
            written = attempt;
        }
        return scene.at(written.reader);
    }

    private static void write(Scene scene, Written attempt) throws Exception {
        scene.admin().createAndUpdateTopicConfig(scene.server().broker(), new TopicConfig(TOPIC, 4, 4, 6));
        scene.admin().createAndUpdateTopicConfig(scene.server().broker(), new TopicConfig("read-only", 3, 5, 4));
        DefaultMQProducer producer = scene.producer();
        for (Message message : Letters.make(TOPIC, SERIES, 0, MESSAGES)) {
            attempt.results.put(message.getKeys(), producer.send(message));
        }
        producer.setCompressMsgBodyOverHowmuch(Integer.MAX_VALUE);
        for (int number = 0; number < 3; number++) {
            producer.send(new Message("store-big", "big", "big-" + number, new byte[BIG]));
        }
        DefaultMQPullConsumer consumer = scene.pullConsumer(GROUP);
        for (MessageQueue queue : consumer.fetchSubscribeMessageQueues(TOPIC)) {
            consumer.pull(queue, "*", 0, 32);
            scene.commit(GROUP, queue, 10 + queue.getQueueId());
        }
    }

    private static void topics(Scene scene) throws Exception {
        Scene reader = opened(scene);
        Map<String, TopicConfig> topics = reader.admin().getAllTopicConfig(reader.server().broker(), 5000)
            .getTopicConfigTable();
        for (String topic : List.of(TOPIC, "read-only", "store-big")) {
            Check.that(topics.containsKey(topic), "topic %s is gone", topic);
        }
        TopicConfig readOnly = topics.get("read-only");
        Check.equal(3, readOnly.getReadQueueNums(), "read queues");
        Check.equal(5, readOnly.getWriteQueueNums(), "write queues");
        Check.equal(4, readOnly.getPerm(), "permission");
    }

    private static void groups(Scene scene) throws Exception {
        Scene reader = opened(scene);
        SubscriptionGroupWrapper groups = reader.admin().getAllSubscriptionGroup(reader.server().broker(), 5000);
        Check.that(groups.getSubscriptionGroupTable().containsKey(GROUP), "group %s is gone", GROUP);
    }

    private static void messages(Scene scene) throws Exception {
        Inbox inbox = opened(scene).consume(scene.name("group"), TOPIC);
        inbox.awaitKeys(Scene.PATIENCE_SECONDS, Letters.keys(SERIES, 0, MESSAGES));
        for (MessageExt found : inbox.ofSeries(SERIES)) {
            Letters.verify(Letters.make(TOPIC, SERIES, Integer.parseInt(found.getUserProperty("number"))), found);
            SendResult result = written.results.get(found.getKeys());
            Check.equal(result.getMsgId(), found.getMsgId(), found.getKeys() + ": message id");
            Check.equal(result.getQueueOffset(), found.getQueueOffset(), found.getKeys() + ": queue offset");
            Check.equal(result.getMessageQueue().getQueueId(), found.getQueueId(), found.getKeys() + ": queue");
        }
        Check.equal(MESSAGES, inbox.ofSeries(SERIES).size(), "messages");
    }

    private static void bigMessages(Scene scene) throws Exception {
        Inbox inbox = opened(scene).consume(scene.name("group"), "store-big");
        inbox.awaitExactly(Scene.PATIENCE_SECONDS, Letters.keys("big", 0, 3));
        Check.equal(BIG, inbox.all().get(0).getBody().length, "length of the body");
    }

    /** Judged by the server from its consume queue. */
    private static void tags(Scene scene) throws Exception {
        DefaultMQPullConsumer consumer = opened(scene).pullConsumer(scene.name("group"));
        int found = 0;
        for (MessageQueue queue : consumer.fetchSubscribeMessageQueues(TOPIC)) {
            List<MessageExt> tagged = consumer.pull(queue, "B", 0, 32).getMsgFoundList();
            for (MessageExt message : tagged) {
                Check.equal("B", message.getTags(), "tag of " + message.getKeys());
            }
            found += tagged.size();
        }
        Check.equal((MESSAGES + 1) / 3, found, "messages tagged B");
    }

    private static void keys(Scene scene) throws Exception {
        DefaultMQProducer producer = opened(scene).producer();
        for (int number : new int[] {0, 57, MESSAGES - 1}) {
            String key = Letters.key(SERIES, number);
            Letters.verify(Letters.make(TOPIC, SERIES, number), QueryCases.query(producer, TOPIC, key, 1).get(0));
        }
    }

    /** The id names the address that the writer had, so the reader has the same. */
    private static void offsetIds(Scene scene) throws Exception {
        DefaultMQProducer producer = opened(scene).producer();
        String key = Letters.key(SERIES, 42);
        Letters.verify(Letters.make(TOPIC, SERIES, 42),
            producer.viewMessage(TOPIC, written.results.get(key).getOffsetMsgId()));
    }

    private static void consumerOffsets(Scene scene) throws Exception {
        DefaultMQPullConsumer consumer = opened(scene).pullConsumer(GROUP);
        for (MessageQueue queue : consumer.fetchSubscribeMessageQueues(TOPIC)) {
            Check.equal(10L + queue.getQueueId(), consumer.fetchConsumeOffset(queue, true),
                "offset of queue " + queue.getQueueId());
        }
    }

    /** New messages follow the old ones. */
    private static void goesOn(Scene scene) throws Exception {
        DefaultMQProducer producer = opened(scene).producer();
        for (MessageQueue queue : producer.fetchPublishMessageQueues(TOPIC)) {
            long end = MESSAGES / 4;
            Check.equal(end, producer.send(Letters.make(TOPIC, "new", queue.getQueueId()), queue).getQueueOffset(),
                "offset of a new message");
        }
    }
}
