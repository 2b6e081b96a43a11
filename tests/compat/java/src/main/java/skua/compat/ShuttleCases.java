package skua.compat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.protocol.subscription.SubscriptionGroupConfig;

/** One data folder, served by RocketMQ and by the server under test in turns; small files, so that there are many. */
final class ShuttleCases {
    private static final String TOPIC = "shuttle";
    private static final String GROUP = "shuttle-group";
    private static final int QUEUES = 2;
    private static final int SINGLES = 80;
    private static final int BATCHED = 10;
    private static final int BIG = 30_000;
    private static final int SLOTS = 64;
    private static final String[] SETTINGS = {"mappedFileSizeCommitLog=65536", "mappedFileSizeConsumeQueue=800",
        "maxHashSlotNum=" + SLOTS, "maxIndexNum=128", "maxMessageSize=60000"};

    private ShuttleCases() {
    }

    static void register(Map<String, Case> cases) {
        cases.put("from-rocketmq", scene -> shuttle(scene, "a", false, Server.ROCKETMQ, Server.SUBJECT));
        cases.put("to-and-fro", scene -> shuttle(scene, "b", false, Server.SUBJECT, Server.ROCKETMQ, Server.SUBJECT,
            Server.ROCKETMQ, Server.SUBJECT));
        cases.put("after-kills", scene -> shuttle(scene, "c", true, Server.ROCKETMQ, Server.SUBJECT, Server.ROCKETMQ,
            Server.SUBJECT));
        if (StoreTool.isThere()) {
            cases.put("repaired", scene -> shuttle(scene, "d", false, true, Server.SUBJECT, Server.ROCKETMQ,
                Server.SUBJECT, Server.ROCKETMQ));
        }
    }

    /** What one turn wrote, and when it began. */
    private record Turn(String series, long began, List<SendResult> results) {
    }

    private static void shuttle(Scene scene, String name, boolean kill, String... kinds) throws Exception {
        shuttle(scene, name, kill, false, kinds);
    }

    private static void shuttle(Scene scene, String name, boolean kill, boolean repair, String... kinds)
        throws Exception {
        List<Turn> turns = new ArrayList<>();
        Server server = null;
        for (String kind : kinds) {
            String folder = "shuttle-" + name + turns.size();
            server = server == null ? Server.create(folder, kind, SETTINGS) : Server.adopt(folder, kind, server);
            server.start();
            Scene here = scene.at(server);
            if (turns.isEmpty()) {
                here.admin().createAndUpdateTopicConfig(server.broker(), new TopicConfig(TOPIC, QUEUES, QUEUES, 6));
                SubscriptionGroupConfig group = new SubscriptionGroupConfig();
                group.setGroupName(GROUP);
                here.admin().createAndUpdateSubscriptionGroupConfig(server.broker(), group);
            } else {
                read(here, turns, !kill);
            }
            turns.add(write(here, "turn" + turns.size()));
            here.closeAndWait();
            if (kill) {
                server.kill();
            } else {
                server.stop();
            }
            if (StoreTool.isThere()) {
                StoreTool tool = new StoreTool(server.store());
                tool.check();
                if (repair) {
                    tool.breakAndRepair(TOPIC, SLOTS);
                }
            }
        }
    }

    private static Message big(String series) {
        Message message = new Message(TOPIC, "big", Letters.key(series, SINGLES + BATCHED), new byte[BIG]);
        message.putUserProperty("number", Integer.toString(SINGLES + BATCHED));
        return message;
    }

    private static Turn write(Scene scene, String series) throws Exception {
        Turn turn = new Turn(series, System.currentTimeMillis(), new ArrayList<>());
        DefaultMQProducer producer = scene.producer();
        Thread.sleep(5);
        for (Message message : Letters.make(TOPIC, series, 0, SINGLES)) {
            turn.results().add(producer.send(message));
        }
        producer.send(Letters.make(TOPIC, series, SINGLES, SINGLES + BATCHED));
        producer.send(big(series));
        DefaultMQPullConsumer consumer = scene.pullConsumer(GROUP);
        for (MessageQueue queue : consumer.fetchSubscribeMessageQueues(TOPIC)) {
            scene.commit(GROUP, queue, consumer.maxOffset(queue) - 1);
        }
        return turn;
    }

    private static void read(Scene scene, List<Turn> turns, boolean committed) throws Exception {
        consume(scene, turns);
        DefaultMQProducer producer = scene.producer();
        for (Turn turn : turns) {
            lookUp(scene, producer, turn);
        }
        DefaultMQPullConsumer consumer = scene.pullConsumer(GROUP);
        for (MessageQueue queue : consumer.fetchSubscribeMessageQueues(TOPIC)) {
            Check.equal(0L, consumer.minOffset(queue), "minimum offset");
            if (committed) { // offsets are on disk some seconds later
                Check.equal(consumer.maxOffset(queue) - 1, consumer.fetchConsumeOffset(queue, true), "group's offset");
            }
            times(consumer, queue, turns);
            tags(consumer, queue);
        }
    }

    private static void consume(Scene scene, List<Turn> turns) throws Exception {
        List<String> keys = new ArrayList<>();
        for (Turn turn : turns) {
            keys.addAll(Letters.keys(turn.series(), 0, SINGLES + BATCHED + 1));
        }
        Inbox inbox = scene.consume(scene.name("all" + turns.size()), TOPIC);
        inbox.awaitKeys(Scene.PATIENCE_SECONDS, keys);
        inbox.holdsExactly(keys);
        Map<String, MessageExt> found = inbox.byKey();
        for (Turn turn : turns) {
            for (int number = 0; number < SINGLES + BATCHED; number++) {
                MessageExt message = found.get(Letters.key(turn.series(), number));
                Letters.verify(Letters.make(TOPIC, turn.series(), number), message);
                if (number < SINGLES) {
                    SendResult result = turn.results().get(number);
                    Check.equal(result.getMsgId(), message.getMsgId(), message.getKeys() + ": message id");
                    Check.equal(result.getQueueOffset(), message.getQueueOffset(), message.getKeys() + ": offset");
                }
            }
            Letters.verify(big(turn.series()), found.get(big(turn.series()).getKeys()));
        }
    }

    private static void lookUp(Scene scene, DefaultMQProducer producer, Turn turn) throws Exception {
        for (int number : new int[] {0, SINGLES / 2, SINGLES - 1}) {
            Message sent = Letters.make(TOPIC, turn.series(), number);
            SendResult result = turn.results().get(number);
            Letters.verify(sent, QueryCases.query(producer, TOPIC, sent.getKeys(), 1).get(0));
            Letters.verify(sent, producer.viewMessage(TOPIC, result.getOffsetMsgId()));
            Letters.verify(sent, producer.viewMessage(TOPIC, result.getMsgId()));
        }
    }

    /** The first message at or after a turn's beginning is the turn's first. */
    private static void times(DefaultMQPullConsumer consumer, MessageQueue queue, List<Turn> turns) throws Exception {
        for (Turn turn : turns) {
            long first = turn.results().stream()
                .filter(result -> result.getMessageQueue().equals(queue))
                .mapToLong(SendResult::getQueueOffset).min().orElseThrow();
            Check.equal(first, consumer.searchOffset(queue, turn.began()), "offset at the beginning of " + turn.series());
        }
    }

    private static void tags(DefaultMQPullConsumer consumer, MessageQueue queue) throws Exception {
        List<MessageExt> tagged = consumer.pull(queue, "B", 0, 32).getMsgFoundList();
        Check.that(tagged != null && tagged.size() > 10, "tag B finds too few");
        for (MessageExt message : tagged) {
            Check.equal("B", message.getTags(), "tag of " + message.getKeys());
        }
    }
}
