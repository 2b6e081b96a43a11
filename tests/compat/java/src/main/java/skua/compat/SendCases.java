package skua.compat;

import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.compression.CompressionType;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.sysflag.MessageSysFlag;
import org.apache.rocketmq.remoting.protocol.ResponseCode;

/** Every way to send, and what arrives of it. */
final class SendCases {
    private static final int FOUR_MIB = 4 * 1024 * 1024;

    private SendCases() {
    }

    static void register(Map<String, Case> cases) {
        cases.put("send-sync", SendCases::sync);
        cases.put("send-async", SendCases::async);
        cases.put("send-oneway", SendCases::oneway);
        cases.put("send-batch", SendCases::batch);
        cases.put("send-selector", SendCases::selector);
        cases.put("send-auto-create", SendCases::autoCreate);
        cases.put("send-compressed-zlib", scene -> compressed(scene, CompressionType.ZLIB));
        cases.put("send-compressed-lz4", scene -> compressed(scene, CompressionType.LZ4));
        cases.put("send-compressed-zstd", scene -> compressed(scene, CompressionType.ZSTD));
        cases.put("send-unicode", SendCases::unicode);
        cases.put("send-4mib", SendCases::exactlyFourMib);
        cases.put("send-over-4mib", SendCases::overFourMib);
        cases.put("send-vip-channel", SendCases::vipChannel);
        cases.put("send-namespace", SendCases::namespace);
    }

    private static void sync(Scene scene) throws Exception {
        String topic = scene.topic("topic", 4);
        DefaultMQProducer producer = scene.producer();
        List<Message> sent = Letters.make(topic, "sync", 0, 100);
        Map<Integer, Long> next = new HashMap<>();
        Map<String, SendResult> results = new HashMap<>();

        for (Message message : sent) {
            SendResult result = producer.send(message);
            checkResult(result, message);
            int queue = result.getMessageQueue().getQueueId();
            Check.equal(next.getOrDefault(queue, 0L), result.getQueueOffset(), "offset in queue " + queue);
            next.put(queue, result.getQueueOffset() + 1);
            results.put(message.getKeys(), result);
        }

        Check.equal(Map.of(0, 25L, 1, 25L, 2, 25L, 3, 25L), next, "messages per queue");
        Inbox inbox = scene.consume(scene.name("group"), topic);
        inbox.awaitExactly(Scene.PATIENCE_SECONDS, Letters.keys("sync", 0, 100));
        for (Message message : sent) {
            checkReceived(scene, message, results.get(message.getKeys()), inbox.byKey().get(message.getKeys()));
        }
    }

    private static void checkResult(SendResult result, Message message) {
        String key = message.getKeys();
        Check.equal(SendStatus.SEND_OK, result.getSendStatus(), key + ": send status");
        Check.equal(message.getProperty(MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX), result.getMsgId(),
            key + ": message id");
        Check.that(result.getOffsetMsgId().matches("[0-9A-F]{32}"), "%s: offset id is %s", key,
            result.getOffsetMsgId());
        Check.equal("DefaultRegion", result.getRegionId(), key + ": region");
        Check.equal(true, result.isTraceOn(), key + ": trace switch");
    }

    private static void checkReceived(Scene scene, Message sent, SendResult result, MessageExt received) {
        String key = sent.getKeys();
        Letters.verify(sent, received);
        Check.equal(result.getMsgId(), received.getMsgId(), key + ": message id on receipt");
        Check.equal(result.getMessageQueue().getQueueId(), received.getQueueId(), key + ": queue");
        Check.equal(result.getQueueOffset(), received.getQueueOffset(), key + ": queue offset");
        Check.equal(new InetSocketAddress("127.0.0.1", scene.server().brokerPort()), received.getStoreHost(),
            key + ": store host");
        Check.equal("127.0.0.1", received.getBornHostString(), key + ": born host");
        Check.equal(0, received.getReconsumeTimes(), key + ": times consumed before");
        Check.equal("DefaultRegion", received.getProperty(MessageConst.PROPERTY_MSG_REGION), key + ": region");
        Check.equal("true", received.getProperty(MessageConst.PROPERTY_TRACE_SWITCH), key + ": trace switch");
        Check.equal("compat", received.getProperty(MessageConst.PROPERTY_CLUSTER), key + ": cluster");
        long now = System.currentTimeMillis();
        Check.that(received.getBornTimestamp() <= received.getStoreTimestamp() && received.getStoreTimestamp() <= now,
            "%s: born %d, stored %d, now %d", key, received.getBornTimestamp(), received.getStoreTimestamp(), now);
    }

    private static void async(Scene scene) throws Exception {
        String topic = scene.topic("topic", 4);
        DefaultMQProducer producer = scene.producer();
        CountDownLatch answers = new CountDownLatch(1000);
        AtomicReference<Throwable> failure = new AtomicReference<>();

        for (Message message : Letters.make(topic, "async", 0, 1000)) {
            producer.send(message, new SendCallback() {
                @Override
                public void onSuccess(SendResult result) {
                    try {
                        checkResult(result, message);
                    } catch (AssertionError e) {
                        failure.compareAndSet(null, e);
                    }
                    answers.countDown();
                }

                @Override
                public void onException(Throwable e) {
                    failure.compareAndSet(null, e);
                    answers.countDown();
                }
            }, 10_000);
        }

        Check.that(answers.await(15, TimeUnit.SECONDS), "%d callbacks missing", answers.getCount());
        Check.equal(null, failure.get(), "first failure");
        Inbox inbox = scene.consume(scene.name("group"), topic);
        inbox.awaitExactly(Scene.PATIENCE_SECONDS, Letters.keys("async", 0, 1000));
        for (MessageExt received : inbox.all()) {
            int number = Integer.parseInt(received.getUserProperty("number"));
            Letters.verify(Letters.make(topic, "async", number), received);
        }
    }

    private static void oneway(Scene scene) throws Exception {
        String topic = scene.topic("topic", 4);
        DefaultMQProducer producer = scene.producer();
        for (Message message : Letters.make(topic, "oneway", 0, 200)) {
            producer.sendOneway(message);
        }

        Inbox inbox = scene.consume(scene.name("group"), topic);
        inbox.awaitExactly(Scene.PATIENCE_SECONDS, Letters.keys("oneway", 0, 200));
        for (MessageExt received : inbox.all()) {
            int number = Integer.parseInt(received.getUserProperty("number"));
            Letters.verify(Letters.make(topic, "oneway", number), received);
        }
    }

    private static void batch(Scene scene) throws Exception {
        String topic = scene.topic("topic", 1);
        DefaultMQProducer producer = scene.producer();
        List<Message> sent = Letters.make(topic, "batch", 0, 100);

        SendResult result = producer.send(sent);

        Check.equal(SendStatus.SEND_OK, result.getSendStatus(), "send status");
        Check.equal(100, result.getMsgId().split(",").length, "unique ids in the answer");
        Check.equal(100, result.getOffsetMsgId().split(",").length, "offset ids in the answer");
        Check.equal(0L, result.getQueueOffset(), "offset of the first");
        Inbox inbox = scene.consume(scene.name("group"), topic);
        inbox.awaitExactly(Scene.PATIENCE_SECONDS, Letters.keys("batch", 0, 100));
        String[] offsetIds = result.getOffsetMsgId().split(",");
        for (MessageExt received : inbox.all()) {
            int number = Integer.parseInt(received.getUserProperty("number"));
            Letters.verify(sent.get(number), received);
            Check.equal((long) number, received.getQueueOffset(), "offset of message " + number);
            Check.equal(received.getKeys(), producer.viewMessage(topic, offsetIds[number]).getKeys(),
                "message under offset id " + number);
        }
    }

    private static void selector(Scene scene) throws Exception {
        String topic = scene.topic("topic", 4);
        DefaultMQProducer producer = scene.producer();
        for (int number = 0; number < 60; number++) {
            SendResult result = producer.send(Letters.make(topic, "selected", number),
                (queues, message, order) -> queues.get((Integer) order % queues.size()), number % 6);
            Check.equal(number % 6 % 4, result.getMessageQueue().getQueueId(), "queue of order " + number % 6);
        }

        Inbox inbox = scene.consume(scene.name("group"), topic);
        inbox.awaitExactly(Scene.PATIENCE_SECONDS, Letters.keys("selected", 0, 60));
        for (MessageExt received : inbox.all()) {
            int number = Integer.parseInt(received.getUserProperty("number"));
            Check.equal(number % 6 % 4, received.getQueueId(), "queue of message " + number);
        }
    }

    /** The client asks for the default topic's route, the broker makes the topic: the fewer queues of both. */
    private static void autoCreate(Scene scene) throws Exception {
        String topic = scene.name("topic");
        DefaultMQProducer producer = scene.configure(new DefaultMQProducer(scene.name("producer")));
        producer.setDefaultTopicQueueNums(3);
        scene.start(producer);

        for (Message message : Letters.make(topic, "new", 0, 12)) {
            Check.equal(SendStatus.SEND_OK, producer.send(message).getSendStatus(), "send status");
        }

        Check.eventually(Scene.PATIENCE_SECONDS, "three queues of the new topic at the nameserver", () -> {
            try {
                return producer.fetchPublishMessageQueues(topic).size() == 3;
            } catch (MQClientException e) {
                return false;
            }
        });
        scene.consume(scene.name("group"), topic)
            .awaitExactly(Scene.PATIENCE_SECONDS, Letters.keys("new", 0, 12));
    }

    private static void compressed(Scene scene, CompressionType type) throws Exception {
        String topic = scene.topic("topic", 1);
        DefaultMQProducer producer = scene.configure(new DefaultMQProducer(scene.name("producer")));
        producer.setCompressType(type);
        scene.start(producer);
        byte[] body = new byte[64 * 1024];
        for (int at = 0; at < body.length; at++) {
            body[at] = (byte) (at / 100);
        }
        producer.send(new Message(topic, "tag", "big", body));

        Inbox inbox = scene.consume(scene.name("group"), topic);
        inbox.awaitExactly(Scene.PATIENCE_SECONDS, List.of("big"));
        MessageExt received = inbox.all().get(0);
        Check.that(Arrays.equals(body, received.getBody()), "the body differs");
        Check.that(received.getStoreSize() < body.length / 2, "stored in %d bytes", received.getStoreSize());
        Check.equal(type, MessageSysFlag.getCompressionType(received.getSysFlag()), "compression in the system flag");
    }

    private static void unicode(Scene scene) throws Exception {
        String topic = scene.topic("topic", 1);
        String text = "Möwe \u0000 海鸥 \ud83d\udc26 \"\\/{}[]: ";
        Message message = new Message(topic, "标签", "ключ 鍵", text.getBytes(StandardCharsets.UTF_8));
        message.putUserProperty("größe", text.replace("\u0000", ""));
        message.putUserProperty("newline", "a\nb\tc");
        scene.producer().send(message);

        Inbox inbox = new Inbox();
        scene.consume(scene.name("group"), topic, "标签", inbox);
        Check.that(inbox.await(Scene.PATIENCE_SECONDS, box -> box.size() == 1), "the message did not come");
        MessageExt received = inbox.all().get(0);
        Check.equal(text, new String(received.getBody(), StandardCharsets.UTF_8), "body");
        Check.equal("标签", received.getTags(), "tag");
        Check.equal("ключ 鍵", received.getKeys(), "keys");
        Check.equal(message.getUserProperty("größe"), received.getUserProperty("größe"), "property");
        Check.equal("a\nb\tc", received.getUserProperty("newline"), "property with a line break");
    }

    private static DefaultMQProducer bigProducer(Scene scene) throws Exception {
        DefaultMQProducer producer = scene.configure(new DefaultMQProducer(scene.name("producer")));
        producer.setMaxMessageSize(2 * FOUR_MIB);
        producer.setCompressMsgBodyOverHowmuch(Integer.MAX_VALUE);
        producer.setSendMsgTimeout(20_000);
        scene.start(producer);
        return producer;
    }

    private static void exactlyFourMib(Scene scene) throws Exception {
        String topic = scene.topic("topic", 1);
        byte[] body = new byte[FOUR_MIB];
        new Random(1).nextBytes(body);
        SendResult result = bigProducer(scene).send(new Message(topic, "tag", "four-mib", body));

        Check.equal(SendStatus.SEND_OK, result.getSendStatus(), "send status");
        Inbox inbox = scene.consume(scene.name("group"), topic);
        inbox.awaitExactly(Scene.PATIENCE_SECONDS, List.of("four-mib"));
        Check.that(Arrays.equals(body, inbox.all().get(0).getBody()), "the body differs");
    }

    private static void overFourMib(Scene scene) throws Exception {
        String topic = scene.topic("topic", 1);
        DefaultMQProducer producer = bigProducer(scene);

        MQBrokerException refusal = Check.fails(MQBrokerException.class, "a body of 4 MiB and one byte",
            () -> producer.send(new Message(topic, new byte[FOUR_MIB + 1])));

        Check.equal(ResponseCode.MESSAGE_ILLEGAL, refusal.getResponseCode(), "code");
        Check.equal(SendStatus.SEND_OK, producer.send(Letters.make(topic, "after", 0)).getSendStatus(),
            "next send on the same connection");
    }

    /** The VIP port is the broker's less two. */
    private static void vipChannel(Scene scene) throws Exception {
        new Socket("127.0.0.1", scene.server().brokerPort() - 2).close();
        String topic = scene.topic("topic", 2);
        DefaultMQProducer producer = scene.configure(new DefaultMQProducer(scene.name("producer")));
        producer.setVipChannelEnabled(true);
        scene.start(producer);
        for (Message message : Letters.make(topic, "vip", 0, 20)) {
            Check.equal(SendStatus.SEND_OK, producer.send(message).getSendStatus(), "send status");
        }

        Inbox inbox = new Inbox();
        DefaultMQPushConsumer consumer = scene.pushConsumer(scene.name("group"), topic, "*", inbox);
        consumer.setVipChannelEnabled(true);
        scene.start(consumer);
        inbox.awaitExactly(Scene.PATIENCE_SECONDS, Letters.keys("vip", 0, 20));
    }

    /** Clients put the namespace before topic and group; the server sees plain, longer names. */
    @SuppressWarnings("deprecation")
    private static void namespace(Scene scene) throws Exception {
        String outer = "inst%" + scene.name("topic");
        scene.admin().createAndUpdateTopicConfig(scene.server().broker(), new TopicConfig(outer, 2, 2, 6));
        DefaultMQProducer producer = scene.configure(new DefaultMQProducer(scene.name("producer")));
        producer.setNamespace("inst");
        scene.start(producer);
        Inbox inbox = new Inbox();
        DefaultMQPushConsumer consumer = scene.pushConsumer(scene.name("group"), inbox);
        consumer.setNamespace("inst");
        consumer.subscribe(scene.name("topic"), "*");
        scene.start(consumer);
        for (Message message : Letters.make(scene.name("topic"), "ns", 0, 20)) {
            producer.send(message);
        }

        inbox.awaitExactly(Scene.PATIENCE_SECONDS, Letters.keys("ns", 0, 20));
        Check.equal(scene.name("topic"), inbox.all().get(0).getTopic(), "topic as the consumer sees it");
        Inbox plain = scene.consume(scene.name("plain"), outer);
        plain.awaitExactly(Scene.PATIENCE_SECONDS, Letters.keys("ns", 0, 20));
        Check.equal(outer, plain.all().get(0).getTopic(), "topic without a namespace");
    }
}
