package skua.compat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;

/** The broker goes and comes back under its clients. */
final class RestartCases {
    private static final long RETRY_MILLIS = 50;

    private RestartCases() {
    }

    static void register(Map<String, Case> cases) {
        cases.put("restart-clean", RestartCases::clean);
        cases.put("restart-killed", RestartCases::killed);
        cases.put("restart-live-consumer", RestartCases::liveConsumer);
    }

    /** Topics, messages and offsets are as before, and the same producer goes on. */
    private static void clean(Scene scene) throws Exception {
        String topic = scene.topic("topic", 2);
        String group = scene.group("group", topic);
        DefaultMQProducer producer = scene.producer();
        PushCases.sendAll(producer, Letters.make(topic, "letter", 0, 100));
        Inbox before = new Inbox();
        DefaultMQPushConsumer consumer = scene.consume(group, topic, "*", before);
        before.awaitExactly(Scene.PATIENCE_SECONDS, Letters.keys("letter", 0, 100));
        PushCases.finish(consumer, topic);
        PushCases.sendAll(producer, Letters.make(topic, "letter", 100, 150));

        scene.server().stopBroker();
        scene.server().start();

        long offset = producer.send(Letters.make(topic, "letter", 150)).getQueueOffset();
        Check.equal(75L, offset, "offset of the first message after the restart");
        Inbox after = scene.consume(group, topic);
        Inbox everything = scene.consume(scene.name("new-group"), topic);
        after.awaitExactly(Scene.PATIENCE_SECONDS, Letters.keys("letter", 100, 151));
        everything.awaitExactly(Scene.PATIENCE_SECONDS, Letters.keys("letter", 0, 151));
        Letters.verify(Letters.make(topic, "letter", 7), everything.byKey().get("letter-7"));
    }

    /** What was acknowledged before the kill is there after it. */
    private static void killed(Scene scene) throws Exception {
        String topic = scene.topic("topic", 2);
        DefaultMQProducer producer = scene.producer();
        producer.setRetryTimesWhenSendFailed(0);
        List<String> acknowledged = new CopyOnWriteArrayList<>();
        AtomicBoolean stop = new AtomicBoolean();
        Thread sender = new Thread(() -> sendUntil(stop, producer, topic, acknowledged), "sender");
        sender.start();
        try {
            Check.eventually(20, "500 messages acknowledged", () -> acknowledged.size() >= 500);
            scene.server().killBroker();
            int before = acknowledged.size();
            scene.server().start();
            Check.eventually(20, "500 more after the restart", () -> acknowledged.size() >= before + 500);
        } finally {
            stop.set(true);
            sender.join();
        }

        scene.consume(scene.name("group"), topic).awaitKeys(Scene.PATIENCE_SECONDS, new ArrayList<>(acknowledged));
    }

    private static void sendUntil(AtomicBoolean stop, DefaultMQProducer producer, String topic, List<String> keys) {
        for (int number = 0; !stop.get(); number++) {
            try {
                producer.send(Letters.make(topic, "letter", number));
                keys.add(Letters.key("letter", number));
            } catch (Exception e) {
                pause();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(RETRY_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A consumer that saw the broker die gets what is sent after its return. */
    private static void liveConsumer(Scene scene) throws Exception {
        String topic = scene.topic("topic", 2);
        DefaultMQProducer producer = scene.producer();
        Inbox inbox = new Inbox();
        scene.consume(scene.name("group"), topic, "*", inbox);
        PushCases.sendAll(producer, Letters.make(topic, "before", 0, 20));
        inbox.awaitKeys(Scene.PATIENCE_SECONDS, Letters.keys("before", 0, 20));

        scene.server().killBroker();
        scene.server().start();

        PushCases.sendAll(producer, Letters.make(topic, "after", 0, 20));
        inbox.awaitKeys(Scene.PATIENCE_SECONDS, Letters.keys("after", 0, 20));
    }
}
