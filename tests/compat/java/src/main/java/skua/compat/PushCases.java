package skua.compat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.store.ReadOffsetType;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.protocol.body.ConsumerConnection;
import org.apache.rocketmq.remoting.protocol.heartbeat.MessageModel;

/** Groups of push consumers: who gets what, and from where on. */
final class PushCases {
    private static final int QUEUES = 6;
    private static final int PROBE_ROUNDS = 100;
    private static final long PROBE_MILLIS = 200;
    private static final long SETTLE_MILLIS = 200;

    private PushCases() {
    }

    static void register(Map<String, Case> cases) {
        cases.put("push-one", PushCases::one);
        cases.put("push-three", PushCases::three);
        cases.put("push-member-leaves", PushCases::memberLeaves);
        cases.put("push-tags", PushCases::tags);
        cases.put("push-resume", PushCases::resume);
        cases.put("push-two-groups", PushCases::twoGroups);
        cases.put("push-broadcast", PushCases::broadcast);
        cases.put("push-heartbeat-v2", PushCases::heartbeatV2);
        cases.put("push-young-topic-last", PushCases::youngTopicLast);
    }

    static void sendAll(DefaultMQProducer producer, List<Message> messages) throws Exception {
        for (Message message : messages) {
            producer.send(message);
        }
    }

    /** Waits in a long poll before the first message is there. */
    private static void one(Scene scene) throws Exception {
        String topic = scene.topic("topic", 4);
        Inbox inbox = scene.consume(scene.name("group"), topic);
        DefaultMQProducer producer = scene.producer();

        sendAll(producer, Letters.make(topic, "one", 0, 200));

        inbox.awaitExactly(Scene.PATIENCE_SECONDS, Letters.keys("one", 0, 200));
    }

    /** Probes every queue, round by round, until each member got its share, and no more, of two rounds running. */
    private static void awaitShares(DefaultMQProducer producer, String topic, List<Inbox> members) throws Exception {
        int shared = 0;
        for (int round = 0; shared < 2; round++) {
            Check.that(round < PROBE_ROUNDS, "after %d rounds the queues are not shared out", PROBE_ROUNDS);
            String series = "probe-" + round;
            sendAll(producer, Letters.make(topic, series, 0, QUEUES));
            Check.eventually(Scene.PATIENCE_SECONDS, "a round of probes", () -> received(members, series) >= QUEUES);
            Thread.sleep(PROBE_MILLIS);
            boolean fair = members.stream()
                .allMatch(member -> member.ofSeries(series).size() == QUEUES / members.size());
            shared = fair ? shared + 1 : 0;
        }
    }

    private static int received(List<Inbox> members, String series) {
        Set<String> keys = new HashSet<>();
        members.forEach(member -> member.ofSeries(series).forEach(message -> keys.add(message.getKeys())));
        return keys.size();
    }

    private static void three(Scene scene) throws Exception {
        String topic = scene.topic("topic", QUEUES);
        DefaultMQProducer producer = scene.producer();
        List<Inbox> members = new ArrayList<>();
        for (int member = 0; member < 3; member++) {
            members.add(scene.consume(scene.name("group"), topic));
        }
        awaitShares(producer, topic, members);

        sendAll(producer, Letters.make(topic, "shared", 0, 300));

        Inbox everyone = gather(members, "shared", 300);
        everyone.holdsExactly(Letters.keys("shared", 0, 300));
        for (Inbox member : members) {
            Check.that(!member.ofSeries("shared").isEmpty(), "a member got nothing");
        }
    }

    private static Inbox gather(List<Inbox> members, String series, int count) throws InterruptedException {
        Check.eventually(Scene.PATIENCE_SECONDS, count + " messages among the members",
            () -> received(members, series) >= count);
        Inbox everyone = new Inbox();
        for (Inbox member : members) {
            everyone.add(member.ofSeries(series));
        }
        return everyone;
    }

    /** The queues of a member that says goodbye go to the others, from where it left off. */
    private static void memberLeaves(Scene scene) throws Exception {
        String topic = scene.topic("topic", QUEUES);
        DefaultMQProducer producer = scene.producer();
        Inbox stays = new Inbox();
        Inbox leaves = new Inbox();
        String group = scene.group("group", topic);
        scene.consume(group, topic, "*", stays);
        DefaultMQPushConsumer leaver = scene.consume(group, topic, "*", leaves);
        awaitShares(producer, topic, List.of(stays, leaves));
        stays.forget();
        leaves.forget();

        finish(leaver, topic);
        sendAll(producer, Letters.make(topic, "later", 0, 60));

        stays.awaitExactly(Scene.PATIENCE_SECONDS, Letters.keys("later", 0, 60));
        leaves.holdsExactly(List.of());
    }

    private static void tags(Scene scene) throws Exception {
        String topic = scene.topic("topic", 4);
        Inbox some = new Inbox();
        Inbox single = new Inbox();
        scene.consume(scene.name("some"), topic, "A || B", some);
        scene.consume(scene.name("single"), topic, "C", single);

        sendAll(scene.producer(), Letters.make(topic, "tagged", 0, 90));

        List<String> wanted = Letters.keys("tagged", 0, 90);
        List<String> ofC = new ArrayList<>();
        for (int number = 2; number < 90; number += 3) {
            ofC.add(Letters.key("tagged", number));
        }
        wanted.removeAll(ofC);
        some.awaitExactly(Scene.PATIENCE_SECONDS, wanted);
        single.awaitExactly(Scene.PATIENCE_SECONDS, ofC);
    }

    private static DefaultMQPushConsumer inOrder(DefaultMQPushConsumer consumer) {
        consumer.setConsumeThreadMin(1);
        consumer.setConsumeThreadMax(1);
        return consumer;
    }

    /**
     * A clean shutdown, once the client has counted everything as consumed: that is after its listener returned.
     * The pull that is under way by then carries an older offset; it has to be there before the last one.
     */
    static void finish(DefaultMQPushConsumer consumer, String topic) throws Exception {
        Check.eventually(Scene.PATIENCE_SECONDS, "the consumer to have consumed everything",
            () -> consumer.getDefaultMQPushConsumerImpl().getRebalanceImpl().getProcessQueueTable().keySet().stream()
                .filter(queue -> queue.getTopic().equals(topic))
                .allMatch(queue -> isConsumed(consumer, queue)));
        Thread.sleep(SETTLE_MILLIS);
        consumer.shutdown();
    }

    private static boolean isConsumed(DefaultMQPushConsumer consumer, MessageQueue queue) {
        try {
            return consumer.getOffsetStore().readOffset(queue, ReadOffsetType.READ_FROM_MEMORY)
                == consumer.getDefaultMQPushConsumerImpl().maxOffset(queue);
        } catch (MQClientException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A clean shutdown leaves the offsets behind: what comes next is new, and all of it. */
    private static void resume(Scene scene) throws Exception {
        String topic = scene.topic("topic", 2);
        String group = scene.group("group", topic);
        DefaultMQProducer producer = scene.producer();
        Inbox first = new Inbox();
        DefaultMQPushConsumer consumer = scene.consume(group, topic, "*", first);
        sendAll(producer, Letters.make(topic, "before", 0, 40));
        first.awaitExactly(Scene.PATIENCE_SECONDS, Letters.keys("before", 0, 40));
        finish(consumer, topic);

        sendAll(producer, Letters.make(topic, "between", 0, 40));
        Inbox second = new Inbox();
        scene.start(inOrder(scene.pushConsumer(group, topic, "*", second)));
        second.awaitKeys(Scene.PATIENCE_SECONDS, Letters.keys("between", 0, 40));
        sendAll(producer, Letters.make(topic, "after", 0, 40));

        second.awaitKeys(Scene.PATIENCE_SECONDS, Letters.keys("after", 0, 40));
        List<String> expected = Letters.keys("between", 0, 40);
        expected.addAll(Letters.keys("after", 0, 40));
        second.holdsExactly(expected);
    }

    private static void twoGroups(Scene scene) throws Exception {
        String topic = scene.topic("topic", 2);
        sendAll(scene.producer(), Letters.make(topic, "copy", 0, 40));

        Inbox one = scene.consume(scene.name("one"), topic);
        Inbox other = scene.consume(scene.name("other"), topic);

        one.awaitExactly(Scene.PATIENCE_SECONDS, Letters.keys("copy", 0, 40));
        other.awaitExactly(Scene.PATIENCE_SECONDS, Letters.keys("copy", 0, 40));
    }

    private static DefaultMQPushConsumer listener(Scene scene, String topic, Inbox inbox) throws Exception {
        DefaultMQPushConsumer consumer = scene.pushConsumer(scene.name("group"), topic, "*", inbox);
        consumer.setMessageModel(MessageModel.BROADCASTING);
        scene.start(consumer);
        return consumer;
    }

    private static void broadcast(Scene scene) throws Exception {
        String topic = scene.topic("topic", 2);
        Inbox left = new Inbox();
        Inbox right = new Inbox();
        listener(scene, topic, left);
        listener(scene, topic, right);

        sendAll(scene.producer(), Letters.make(topic, "news", 0, 40));

        left.awaitExactly(Scene.PATIENCE_SECONDS, Letters.keys("news", 0, 40));
        right.awaitExactly(Scene.PATIENCE_SECONDS, Letters.keys("news", 0, 40));
    }

    /** After the first heartbeat the client leaves its subscriptions out: the broker has to remember them. */
    private static void heartbeatV2(Scene scene) throws Exception {
        String topic = scene.topic("topic", 2);
        Inbox inbox = new Inbox();
        DefaultMQPushConsumer consumer = scene.pushConsumer(scene.name("group"), topic, "A||C", inbox);
        consumer.setUseHeartbeatV2(true);
        consumer.setHeartbeatBrokerInterval(100);
        scene.start(consumer);
        DefaultMQProducer producer = scene.producer();
        for (int round = 0; round < 20; round++) {
            producer.send(new Message(topic, round % 2 == 0 ? "A" : "B", "beat-" + round, new byte[] {1}));
            Thread.sleep(100);
        }

        inbox.awaitExactly(Scene.PATIENCE_SECONDS,
            Arrays.asList("beat-0 beat-2 beat-4 beat-6 beat-8 beat-10 beat-12 beat-14 beat-16 beat-18".split(" ")));
        ConsumerConnection known = scene.admin().examineConsumerConnectionInfo(scene.name("group"));
        Check.equal("A||C", known.getSubscriptionTable().get(topic).getSubString(), "subscription at the broker");
    }

    /** While the first message is still at hand, a new group reads from it, whatever it asked for. */
    private static void youngTopicLast(Scene scene) throws Exception {
        String topic = scene.topic("topic", 1);
        sendAll(scene.producer(), Letters.make(topic, "old", 0, 10));
        Inbox inbox = new Inbox();
        DefaultMQPushConsumer consumer = scene.pushConsumer(scene.name("group"), topic, "*", inbox);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET);
        scene.start(consumer);

        inbox.awaitExactly(Scene.PATIENCE_SECONDS, Letters.keys("old", 0, 10));
    }
}
