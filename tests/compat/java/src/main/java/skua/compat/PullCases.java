package skua.compat;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Consumers that ask for themselves. */
@SuppressWarnings("deprecation")
final class PullCases {
    private PullCases() {
    }

    static void register(Map<String, Case> cases) {
        cases.put("pull-results", PullCases::results);
        cases.put("pull-tags", PullCases::tags);
        cases.put("pull-long-poll", PullCases::longPoll);
        cases.put("pull-offsets", PullCases::offsets);
        if (!Server.SUBJECT.equals(Server.ROCKETMQ)) {
            cases.put("pull-first-offsets", PullCases::firstOffsets);
        }
        cases.put("lite-subscribe", PullCases::liteSubscribe);
        cases.put("lite-assign-seek", PullCases::liteAssignSeek);
        cases.put("lite-tags", PullCases::liteTags);
        cases.put("lite-two-members", PullCases::liteTwoMembers);
    }

    private static MessageQueue onlyQueue(DefaultMQPullConsumer consumer, String topic) throws Exception {
        Collection<MessageQueue> queues = consumer.fetchSubscribeMessageQueues(topic);
        Check.equal(1, queues.size(), "queues");
        return queues.iterator().next();
    }

    private static void results(Scene scene) throws Exception {
        String topic = scene.topic("topic", 1);
        PushCases.sendAll(scene.producer(), Letters.make(topic, "pulled", 0, 50));
        DefaultMQPullConsumer consumer = scene.pullConsumer(scene.name("group"));
        MessageQueue queue = onlyQueue(consumer, topic);

        expect(consumer.pull(queue, "*", 0, 20), PullStatus.FOUND, 20, 20);
        PullResult middle = consumer.pull(queue, "*", 20, 20);
        expect(middle, PullStatus.FOUND, 20, 40);
        expect(consumer.pull(queue, "*", 40, 20), PullStatus.FOUND, 10, 50);
        expect(consumer.pull(queue, "*", 50, 20), PullStatus.NO_NEW_MSG, 0, 50);
        expect(consumer.pull(queue, "*", 1000, 20), PullStatus.OFFSET_ILLEGAL, 0, 50);
        Check.equal(0L, middle.getMinOffset(), "minimum offset in the answer");
        Check.equal(50L, middle.getMaxOffset(), "maximum offset in the answer");
        for (int at = 0; at < 20; at++) {
            MessageExt message = middle.getMsgFoundList().get(at);
            Check.equal(20L + at, message.getQueueOffset(), "offset");
            Letters.verify(Letters.make(topic, "pulled", 20 + at), message);
        }
    }

    private static void expect(PullResult result, PullStatus status, int count, long next) {
        Check.equal(status, result.getPullStatus(), "status");
        int found = result.getMsgFoundList() == null ? 0 : result.getMsgFoundList().size();
        Check.equal(count, found, "messages");
        Check.equal(next, result.getNextBeginOffset(), "next offset");
    }

    private static void tags(Scene scene) throws Exception {
        String topic = scene.topic("topic", 1);
        PushCases.sendAll(scene.producer(), Letters.make(topic, "pulled", 0, 30));
        DefaultMQPullConsumer consumer = scene.pullConsumer(scene.name("group"));
        MessageQueue queue = onlyQueue(consumer, topic);

        PullResult some = consumer.pull(queue, "A || C", 0, 32);
        Check.equal(PullStatus.FOUND, some.getPullStatus(), "status");
        Check.equal(20, some.getMsgFoundList().size(), "messages tagged A or C");
        expect(consumer.pull(queue, "nobody", 0, 32), PullStatus.NO_MATCHED_MSG, 0, 30);
    }

    /** The answer comes with the message, not with the end of the wait (20 s). */
    private static void longPoll(Scene scene) throws Exception {
        String topic = scene.topic("topic", 1);
        DefaultMQPullConsumer consumer = scene.pullConsumer(scene.name("group"));
        MessageQueue queue = onlyQueue(consumer, topic);
        scene.producer().send(Letters.make(topic, "first", 0));
        CompletableFuture<PullResult> waiting = CompletableFuture.supplyAsync(() -> {
            try {
                return consumer.pullBlockIfNotFound(queue, "A", 1, 32);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        Thread.sleep(500);
        Check.that(!waiting.isDone(), "answered before there was a message");

        scene.producer().send(Letters.make(topic, "second", 0));

        expect(waiting.get(3, TimeUnit.SECONDS), PullStatus.FOUND, 1, 2);
    }

    private static void offsets(Scene scene) throws Exception {
        String topic = scene.topic("topic", 1);
        PushCases.sendAll(scene.producer(), Letters.make(topic, "pulled", 0, 10));
        DefaultMQPullConsumer consumer = scene.pullConsumer(scene.name("group"));
        MessageQueue queue = onlyQueue(consumer, topic);
        // An offset of a group that the broker has never heard of is dropped: the pull introduces it.
        consumer.pull(queue, "*", 0, 1);
        consumer.updateConsumeOffset(queue, 7);
        consumer.getDefaultMQPullConsumerImpl().getOffsetStore().persist(queue);

        Check.eventually(5, "the committed offset at the broker", () -> stored(consumer, queue) == 7);
    }

    /** The first commits of a group come all at once; RocketMQ forgets some of them. */
    private static void firstOffsets(Scene scene) throws Exception {
        String topic = scene.topic("topic", 16);
        for (int round = 0; round < 20; round++) {
            DefaultMQPullConsumer consumer = scene.pullConsumer(scene.name("group-" + round));
            List<MessageQueue> queues = new ArrayList<>(consumer.fetchSubscribeMessageQueues(topic));
            consumer.pull(queues.get(0), "*", 0, 1);
            for (MessageQueue queue : queues) {
                consumer.updateConsumeOffset(queue, 1 + queue.getQueueId());
            }

            consumer.getDefaultMQPullConsumerImpl().getOffsetStore().persistAll(new HashSet<>(queues));

            Check.eventually(5, "all offsets at the broker", () -> queues.stream()
                .allMatch(queue -> stored(consumer, queue) == 1 + queue.getQueueId()));
        }
    }

    static long stored(DefaultMQPullConsumer consumer, MessageQueue queue) {
        try {
            return consumer.fetchConsumeOffset(queue, true);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void drain(DefaultLitePullConsumer consumer, Inbox inbox, Collection<String> keys) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Scene.PATIENCE_SECONDS);
        while (!inbox.counts().keySet().containsAll(keys) && System.nanoTime() < end) {
            inbox.add(consumer.poll(1000));
        }
    }

    private static void drainExactly(DefaultLitePullConsumer consumer, Collection<String> keys) {
        Inbox inbox = new Inbox();
        drain(consumer, inbox, keys);
        inbox.holdsExactly(keys);
    }

    private static void liteSubscribe(Scene scene) throws Exception {
        String topic = scene.topic("topic", 4);
        String group = scene.group("group", topic);
        PushCases.sendAll(scene.producer(), Letters.make(topic, "lite", 0, 100));
        DefaultLitePullConsumer first = scene.liteConsumer(group);
        first.setAutoCommit(false);
        first.subscribe(topic, "*");
        scene.start(first);
        drainExactly(first, Letters.keys("lite", 0, 100));
        first.commitSync();
        first.shutdown();

        PushCases.sendAll(scene.producer(), Letters.make(topic, "more", 0, 20));
        DefaultLitePullConsumer second = scene.liteConsumer(group);
        second.subscribe(topic, "*");
        scene.start(second);
        drainExactly(second, Letters.keys("more", 0, 20));
    }

    private static void liteAssignSeek(Scene scene) throws Exception {
        String topic = scene.topic("topic", 1);
        PushCases.sendAll(scene.producer(), Letters.make(topic, "lite", 0, 20));
        DefaultLitePullConsumer consumer = scene.liteConsumer(scene.name("group"));
        consumer.setAutoCommit(false);
        scene.start(consumer);
        List<MessageQueue> queues = new ArrayList<>(consumer.fetchMessageQueues(topic));
        MessageQueue queue = queues.get(0);
        consumer.assign(queues);
        drainExactly(consumer, Letters.keys("lite", 0, 20));

        consumer.seek(queue, 5);
        drainExactly(consumer, Letters.keys("lite", 5, 20));
        consumer.seekToBegin(queue);
        drainExactly(consumer, Letters.keys("lite", 0, 20));
        consumer.commitSync(Map.of(queue, 12L), true);
        Check.eventually(5, "the committed offset at the broker", () -> committed(consumer, queue) == 12);
        consumer.seekToEnd(queue);
        scene.producer().send(Letters.make(topic, "last", 0));
        drainExactly(consumer, Letters.keys("last", 0, 1));
    }

    private static long committed(DefaultLitePullConsumer consumer, MessageQueue queue) {
        try {
            return consumer.committed(queue);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void liteTags(Scene scene) throws Exception {
        String topic = scene.topic("topic", 1);
        PushCases.sendAll(scene.producer(), Letters.make(topic, "lite", 0, 30));
        DefaultLitePullConsumer consumer = scene.liteConsumer(scene.name("group"));
        consumer.subscribe(topic, "B");
        scene.start(consumer);

        List<String> tagged = new ArrayList<>();
        for (int number = 1; number < 30; number += 3) {
            tagged.add(Letters.key("lite", number));
        }
        drainExactly(consumer, tagged);
    }

    /** Each member ends up with its half of the queues, and commits on its own. */
    private static void liteTwoMembers(Scene scene) throws Exception {
        String topic = scene.topic("topic", 4);
        DefaultLitePullConsumer left = scene.liteConsumer(scene.name("group"));
        DefaultLitePullConsumer right = scene.liteConsumer(scene.name("group"));
        left.subscribe(topic, "*");
        right.subscribe(topic, "*");
        scene.start(left);
        scene.start(right);
        Check.eventually(Scene.PATIENCE_SECONDS, "two queues each",
            () -> assigned(left) == 2 && assigned(right) == 2);

        PushCases.sendAll(scene.producer(), Letters.make(topic, "half", 0, 40));

        Inbox everyone = new Inbox();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Scene.PATIENCE_SECONDS);
        while (everyone.size() < 40 && System.nanoTime() < end) {
            everyone.add(left.poll(200));
            everyone.add(right.poll(200));
        }
        everyone.holdsExactly(Letters.keys("half", 0, 40));
    }

    private static int assigned(DefaultLitePullConsumer consumer) {
        try {
            return consumer.assignment().size();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
