package skua.compat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;

/** The same traffic, then the same mqadmin commands, against one server: name of the step to what it printed. */
final class AdminScript {
    private static final String TOPIC = "parity";
    private static final String GROUP = "parity-group";
    private static final String LAGGING_GROUP = "parity-lag";
    private static final int MESSAGES = 12;

    /** Steps before the traffic. */
    private static final Map<String, String> MAKE = new LinkedHashMap<>();
    /** Groups of steps after it; those of one group do not disturb each other. */
    private static final List<Map<String, String>> PHASES = new ArrayList<>();

    static {
        MAKE.put("updateTopic", "updateTopic -b BROKER -t parity -r 4 -w 4");
        MAKE.put("updateTopic-cluster", "updateTopic -c compat -t parity-cluster -r 2 -w 3 -p 6");
        MAKE.put("updateTopic-bad-name", "updateTopic -b BROKER -t bad/name");

        Map<String, String> look = new LinkedHashMap<>();
        look.put("clusterList", "clusterList");
        look.put("clusterList-more", "clusterList -m");
        look.put("topicList", "topicList");
        look.put("topicList-cluster", "topicList -c");
        look.put("topicClusterList", "topicClusterList -t parity");
        look.put("topicRoute", "topicRoute -t parity");
        look.put("topicRoute-unknown", "topicRoute -t nowhere");
        look.put("topicStatus", "topicStatus -t parity");
        look.put("topicStatus-unknown", "topicStatus -t nowhere");
        look.put("brokerStatus", "brokerStatus -b BROKER");
        look.put("consumerProgress", "consumerProgress");
        look.put("consumerProgress-group", "consumerProgress -g parity-group -s true");
        look.put("consumerProgress-lag", "consumerProgress -g parity-lag");
        look.put("consumerProgress-unknown", "consumerProgress -g nobody");
        look.put("queryMsgById", "queryMsgById -t parity -i OFFSET-ID-0.");
        look.put("queryMsgByKey", "queryMsgByKey -t parity -k parity-3");
        look.put("queryMsgByKey-unused", "queryMsgByKey -t parity -k nothing");
        look.put("queryMsgByUniqueKey", "queryMsgByUniqueKey -t parity -i MESSAGE-0.");
        look.put("queryMsgByOffset", "queryMsgByOffset -b compat-a -t parity -i 1 -o 2");
        look.put("queryMsgByOffset-beyond", "queryMsgByOffset -b compat-a -t parity -i 1 -o 99");
        look.put("printMsg", "printMsg -t parity");
        look.put("getBrokerConfig", "getBrokerConfig -b BROKER");
        look.put("producerConnection", "producerConnection -g parity-producer -t parity");
        look.put("producerConnection-unknown", "producerConnection -g nobody -t parity");
        look.put("consumerConnection", "consumerConnection -g parity-group");
        look.put("consumerConnection-unknown", "consumerConnection -g nobody");
        look.put("getConsumerConfig", "getConsumerConfig -g parity-group");
        look.put("statsAll", "statsAll -t parity");
        PHASES.add(look);

        Map<String, String> change = new LinkedHashMap<>();
        change.put("updateTopicPerm", "updateTopicPerm -b BROKER -t parity -p 4");
        change.put("updateBrokerConfig", "updateBrokerConfig -b BROKER -k maxMessageSize -v 2097152");
        change.put("updateSubGroup", "updateSubGroup -b BROKER -g parity-made -r 3 -q 2 -s true");
        PHASES.add(change);

        Map<String, String> changed = new LinkedHashMap<>();
        changed.put("topicRoute-read-only", "topicRoute -t parity");
        changed.put("getBrokerConfig-changed", "getBrokerConfig -b BROKER");
        changed.put("getConsumerConfig-made", "getConsumerConfig -g parity-made");
        PHASES.add(changed);

        Map<String, String> delete = new LinkedHashMap<>();
        delete.put("deleteSubGroup", "deleteSubGroup -b BROKER -g parity-made");
        delete.put("deleteTopic", "deleteTopic -c compat -t parity-cluster");
        PHASES.add(delete);

        Map<String, String> deleted = new LinkedHashMap<>();
        deleted.put("getConsumerConfig-deleted", "getConsumerConfig -g parity-made");
        deleted.put("topicRoute-deleted", "topicRoute -t parity-cluster");
        deleted.put("topicList-deleted", "topicList");
        PHASES.add(deleted);
    }

    private final Scene scene;
    private final Masks masks;
    private final Map<String, String> printed = new LinkedHashMap<>();

    private AdminScript(Scene scene) {
        this.scene = scene;
        this.masks = new Masks(scene.server());
    }

    static List<String> steps() {
        List<String> steps = new ArrayList<>(MAKE.keySet());
        PHASES.forEach(phase -> steps.addAll(phase.keySet()));
        return steps;
    }

    static Map<String, String> run(Scene scene) throws Exception {
        AdminScript script = new AdminScript(scene);
        script.phase(MAKE);
        script.traffic();
        for (Map<String, String> phase : PHASES) {
            script.phase(phase);
        }
        return script.printed;
    }

    private void phase(Map<String, String> commands) throws Exception {
        Map<String, String> lines = new LinkedHashMap<>(commands);
        lines.replaceAll((step, line) -> masks.reveal(line));
        Mqadmin.runAll(scene.server().namesrv(), lines).forEach((step, text) -> printed.put(step, masks.apply(text)));
    }

    /** Twelve messages over four queues, read by a group at work and by one that has fallen behind. */
    private void traffic() throws Exception {
        Inbox inbox = scene.consume(GROUP, TOPIC);
        DefaultMQProducer producer = scene.configure(new DefaultMQProducer("parity-producer"));
        scene.start(producer);
        List<MessageQueue> queues = producer.fetchPublishMessageQueues(TOPIC);
        queues.sort(null);
        for (int number = 0; number < MESSAGES; number++) {
            Message message = Letters.make(TOPIC, TOPIC, number);
            masks.nameMessage(number, producer.send(message, queues.get(number % queues.size())));
        }
        inbox.awaitExactly(Scene.PATIENCE_SECONDS, Letters.keys(TOPIC, 0, MESSAGES));
        DefaultMQPullConsumer lagging = scene.pullConsumer(LAGGING_GROUP);
        for (MessageQueue queue : queues) {
            lagging.pull(queue, "*", 0, 1);
            scene.commit(LAGGING_GROUP, queue, 1);
            scene.commit(GROUP, queue, MESSAGES / queues.size());
        }
        lagging.shutdown();
    }
}
