package skua.compat;

import java.text.SimpleDateFormat;
import java.util.Date;
import java.util.Map;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.common.topic.TopicValidator;
import org.apache.rocketmq.remoting.protocol.ResponseCode;

/**
 * A broker that makes no topics of itself (autoCreateTopicEnable=false) and keeps nothing for long: log files of
 * 64 KiB, fileReservedTime=0, deleteWhen names every hour.  Only in a queue that has lost its beginning does a new
 * group start where it asks to.
 */
final class ColdCases {
    private static final int LOG_FILE = 64 * 1024;
    /** RocketMQ does not look for expired files in its first minute. */
    private static final int EXPIRY_SECONDS = 75;

    /** No case waits for what another has waited for in vain. */
    private static boolean nothingExpires;

    private ColdCases() {
    }

    static void register(Map<String, Case> cases) {
        cases.put("auto-create-off", ColdCases::autoCreateOff);
        cases.put("expired-offsets", ColdCases::expiredOffsets);
        cases.put("from-first", scene -> startsFrom(scene, ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET, 0));
        cases.put("from-timestamp", scene -> startsFrom(scene, ConsumeFromWhere.CONSUME_FROM_TIMESTAMP, 10));
        cases.put("from-last", scene -> startsFrom(scene, ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET, 20));
    }

    private static void autoCreateOff(Scene scene) throws Exception {
        DefaultMQProducer producer = scene.producer();
        MQClientException route = Check.fails(MQClientException.class, "the route of the default topic",
            () -> scene.admin().examineTopicRouteInfo(TopicValidator.AUTO_CREATE_TOPIC_KEY_TOPIC));
        Check.equal(ResponseCode.TOPIC_NOT_EXIST, route.getResponseCode(), "code for the default topic's route");

        String known = scene.topic("known", 1);
        producer.send(Letters.make(known, "known", 0));
        MessageQueue queue = producer.fetchPublishMessageQueues(known).get(0);
        String unknown = scene.name("unknown");
        MQBrokerException send = Check.fails(MQBrokerException.class, "a message to an unknown topic",
            () -> producer.send(Letters.make(unknown, "lost", 0), new MessageQueue(unknown, queue.getBrokerName(), 0)));
        Check.equal(ResponseCode.TOPIC_NOT_EXIST, send.getResponseCode(), "code of the broker");
    }

    /** A topic with one queue whose first ten messages have expired. */
    private static MessageQueue agedQueue(Scene scene, DefaultMQProducer producer) throws Exception {
        String topic = scene.topic("topic", 1);
        PushCases.sendAll(producer, Letters.make(topic, "gone", 0, 10));
        String filler = scene.topic("filler", 1);
        producer.setCompressMsgBodyOverHowmuch(Integer.MAX_VALUE);
        for (int number = 0; number < 8; number++) {
            producer.send(new Message(filler, new byte[LOG_FILE / 3]));
        }
        MessageQueue queue = producer.fetchPublishMessageQueues(topic).get(0);
        Check.that(!nothingExpires, "nothing expires, see the first case");
        nothingExpires = true;
        Check.eventually(EXPIRY_SECONDS, "the first ten messages to expire", () -> minimum(scene, queue) == 10);
        nothingExpires = false;
        return queue;
    }

    private static long minimum(Scene scene, MessageQueue queue) {
        try {
            return scene.admin().minOffset(queue);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void expiredOffsets(Scene scene) throws Exception {
        DefaultMQProducer producer = scene.producer();
        MessageQueue queue = agedQueue(scene, producer);
        PushCases.sendAll(producer, Letters.make(queue.getTopic(), "kept", 0, 10));
        DefaultMQPullConsumer consumer = scene.pullConsumer(scene.name("group"));

        PullResult early = consumer.pull(queue, "*", 3, 32);

        Check.equal(PullStatus.OFFSET_ILLEGAL, early.getPullStatus(), "status of a pull at an expired offset");
        Check.equal(10L, early.getNextBeginOffset(), "where to go on");
        Check.equal(10L, early.getMinOffset(), "minimum offset");
        Check.equal(20L, early.getMaxOffset(), "maximum offset");
        Check.equal(-1L, consumer.fetchConsumeOffset(queue, true), "offset of a group that has none");
    }

    /** Ten messages in one second, ten in a later one, then the consumer, then ten more. */
    private static void startsFrom(Scene scene, ConsumeFromWhere where, int first) throws Exception {
        DefaultMQProducer producer = scene.producer();
        MessageQueue queue = agedQueue(scene, producer);
        String topic = queue.getTopic();
        PushCases.sendAll(producer, Letters.make(topic, "old", 0, 10));
        long second = nextSecond();
        PushCases.sendAll(producer, Letters.make(topic, "old", 10, 20));
        nextSecond();
        Inbox inbox = new Inbox();
        DefaultMQPushConsumer consumer = scene.pushConsumer(scene.name("group"), topic, "*", inbox);
        consumer.setConsumeFromWhere(where);
        consumer.setConsumeTimestamp(new SimpleDateFormat("yyyyMMddHHmmss").format(new Date(second)));
        scene.start(consumer);
        Check.eventually(Scene.PATIENCE_SECONDS, "the consumer to take its queue",
            () -> consumer.getDefaultMQPushConsumerImpl().getRebalanceImpl().getProcessQueueTable().containsKey(queue));

        PushCases.sendAll(producer, Letters.make(topic, "old", 20, 30));

        inbox.awaitExactly(Scene.PATIENCE_SECONDS, Letters.keys("old", first, 30));
    }

    /** The time stamp of a consumer counts seconds. */
    private static long nextSecond() throws InterruptedException {
        long next = System.currentTimeMillis() / 1000 * 1000 + 1000;
        Thread.sleep(next - System.currentTimeMillis());
        return next;
    }
}
