package skua.compat;

import java.util.List;
import java.util.Map;
import org.apache.rocketmq.client.QueryResult;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Looking things up: offsets, times, ids, keys. */
final class QueryCases {
    private QueryCases() {
    }

    static void register(Map<String, Case> cases) {
        cases.put("query-offsets", QueryCases::offsets);
        cases.put("query-empty-queue", QueryCases::emptyQueue);
        cases.put("query-by-offset-id", QueryCases::byOffsetId);
        cases.put("query-by-key", QueryCases::byKey);
        cases.put("query-by-unique-id", QueryCases::byUniqueId);
        cases.put("query-unknown-topic", QueryCases::unknownTopic);
    }

    /** So that two messages differ in their store time, which counts milliseconds. */
    private static long nextMillisecond() throws InterruptedException {
        long now = System.currentTimeMillis();
        while (System.currentTimeMillis() <= now + 2) {
            Thread.sleep(1);
        }
        return System.currentTimeMillis();
    }

    private static void offsets(Scene scene) throws Exception {
        String topic = scene.topic("topic", 1);
        DefaultMQProducer producer = scene.producer();
        PushCases.sendAll(producer, Letters.make(topic, "early", 0, 5));
        long middle = nextMillisecond();
        PushCases.sendAll(producer, Letters.make(topic, "late", 0, 5));
        MessageQueue queue = producer.fetchPublishMessageQueues(topic).get(0);
        long first = scene.admin().viewMessage(topic, producer.send(Letters.make(topic, "end", 0)).getOffsetMsgId())
            .getStoreTimestamp();

        Check.equal(0L, producer.minOffset(queue), "minimum offset");
        Check.equal(11L, producer.maxOffset(queue), "maximum offset");
        Check.equal(5L, producer.searchOffset(queue, middle), "offset at the time between");
        Check.equal(0L, producer.searchOffset(queue, 1), "offset long before");
        Check.equal(11L, producer.searchOffset(queue, first + 60_000), "offset after the end");
        long earliest = producer.earliestMsgStoreTime(queue);
        Check.that(earliest > middle - 60_000 && earliest <= middle, "earliest store time is %d, not near %d",
            earliest, middle);
    }

    private static void emptyQueue(Scene scene) throws Exception {
        String topic = scene.topic("topic", 1);
        DefaultMQProducer producer = scene.producer();
        MessageQueue queue = producer.fetchPublishMessageQueues(topic).get(0);

        Check.equal(0L, producer.minOffset(queue), "minimum offset");
        Check.equal(0L, producer.maxOffset(queue), "maximum offset");
        Check.equal(0L, producer.searchOffset(queue, System.currentTimeMillis()), "offset at this time");
        Check.equal(-1L, producer.earliestMsgStoreTime(queue), "earliest store time");
    }

    private static void byOffsetId(Scene scene) throws Exception {
        String topic = scene.topic("topic", 1);
        Message sent = Letters.make(topic, "view", 0);
        SendResult result = scene.producer().send(sent);

        MessageExt found = scene.producer().viewMessage(topic, result.getOffsetMsgId());

        Letters.verify(sent, found);
        Check.equal(result.getMsgId(), found.getMsgId(), "message id");
    }

    /** The index is written behind the message. */
    static List<MessageExt> query(DefaultMQProducer producer, String topic, String key, int count)
        throws Exception {
        long now = System.currentTimeMillis();
        QueryResult[] last = new QueryResult[1];
        Check.eventually(5, count + " messages under key " + key, () -> {
            try {
                last[0] = producer.queryMessage(topic, key, 32, now - 600_000, now + 600_000);
                return last[0].getMessageList().size() == count;
            } catch (MQClientException e) {
                return false;
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        return last[0].getMessageList();
    }

    private static void byKey(Scene scene) throws Exception {
        String topic = scene.topic("topic", 4);
        DefaultMQProducer producer = scene.producer();
        PushCases.sendAll(producer, Letters.make(topic, "noise", 0, 10));
        Message twoKeys = new Message(topic, "tag", "order-7 customer-3", Letters.body("order-7"));
        Message oneKey = new Message(topic, "tag", "customer-3", Letters.body("customer-3"));
        producer.send(twoKeys);
        producer.send(oneKey);

        Check.equal("order-7 customer-3", query(producer, topic, "order-7", 1).get(0).getKeys(), "keys");
        query(producer, topic, "customer-3", 2);
        Check.fails(MQClientException.class, "a query for a key that nobody used", () -> {
            QueryResult nothing = producer.queryMessage(topic, "nobody", 32, 0, System.currentTimeMillis());
            Check.equal(0, nothing.getMessageList().size(), "messages under an unused key");
        });
    }

    private static void byUniqueId(Scene scene) throws Exception {
        String topic = scene.topic("topic", 4);
        DefaultMQProducer producer = scene.producer();
        Message sent = Letters.make(topic, "unique", 0);
        String id = producer.send(sent).getMsgId();

        MessageExt[] found = new MessageExt[1];
        Check.eventually(5, "the message under its unique id", () -> {
            try {
                found[0] = producer.viewMessage(topic, id);
                return found[0] != null;
            } catch (Exception e) {
                return false;
            }
        });
        Letters.verify(sent, found[0]);
    }

    private static void unknownTopic(Scene scene) throws Exception {
        MQClientException refusal = Check.fails(MQClientException.class, "the route of an unknown topic",
            () -> scene.admin().examineTopicRouteInfo(scene.name("nowhere")));

        Check.equal(17, refusal.getResponseCode(), "code");
    }
}
