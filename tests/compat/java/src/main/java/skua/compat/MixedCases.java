package skua.compat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.remoting.protocol.body.ClusterInfo;
import org.apache.rocketmq.remoting.protocol.route.BrokerData;
import org.apache.rocketmq.remoting.protocol.route.TopicRouteData;

/** One cluster of two makers: the nameserver is of one, a broker of the other. */
final class MixedCases {
    private MixedCases() {
    }

    static void register(Map<String, Case> cases) {
        cases.put("reference-broker", scene -> oneBroker(scene, Server.SUBJECT, Server.ROCKETMQ));
        cases.put("reference-namesrv", scene -> oneBroker(scene, Server.ROCKETMQ, Server.SUBJECT));
        cases.put("both-brokers", MixedCases::bothBrokers);
        cases.put("both-brokers-one-leaves", MixedCases::oneLeaves);
    }

    private static Server namesrv(Scene scene, String kind) throws Exception {
        return Server.create(scene.name("namesrv"), kind, "namesrv").start();
    }

    private static Server broker(Scene scene, String kind, Server namesrv, String brokerName) throws Exception {
        return Server.create(scene.name(brokerName), kind, "broker", "namesrvAddr=" + namesrv.namesrv(),
            "brokerName=" + brokerName).start();
    }

    /** Registration follows the start of a broker, it is not part of it. */
    private static void awaitBrokers(Scene scene, Set<String> names) throws Exception {
        Check.eventually(Scene.PATIENCE_SECONDS, "the nameserver to know the brokers " + names, () -> {
            try {
                return scene.admin().examineBrokerClusterInfo().getBrokerAddrTable().keySet().equals(names);
            } catch (Exception e) {
                return false;
            }
        });
    }

    private static void oneBroker(Scene scene, String namesrvKind, String brokerKind) throws Exception {
        Server namesrv = namesrv(scene, namesrvKind);
        Server server = broker(scene, brokerKind, namesrv, "broker-a");
        Scene cluster = scene.at(server);
        awaitBrokers(cluster, Set.of("broker-a"));

        ClusterInfo known = cluster.admin().examineBrokerClusterInfo();
        Check.equal(Map.of("compat", Set.of("broker-a")), known.getClusterAddrTable(), "clusters");
        Check.equal(Map.of(0L, server.broker()), known.getBrokerAddrTable().get("broker-a").getBrokerAddrs(),
            "addresses of the broker");
        String topic = cluster.topic("topic", 3);
        checkRoute(cluster.admin().examineTopicRouteInfo(topic), server);
        roundTrip(cluster, topic);
        roundTrip(cluster, cluster.name("auto-created"));
        namesrvKnowsNoMore(cluster, server);
    }

    private static void checkRoute(TopicRouteData route, Server server) {
        Check.equal(1, route.getQueueDatas().size(), "queue entries in the route");
        Check.equal(3, route.getQueueDatas().get(0).getReadQueueNums(), "read queues");
        Check.equal(3, route.getQueueDatas().get(0).getWriteQueueNums(), "write queues");
        Check.equal(6, route.getQueueDatas().get(0).getPerm(), "permission");
        BrokerData broker = route.getBrokerDatas().get(0);
        Check.equal("broker-a", broker.getBrokerName(), "broker in the route");
        Check.equal("compat", broker.getCluster(), "cluster in the route");
        Check.equal(Map.of(0L, server.broker()), broker.getBrokerAddrs(), "addresses in the route");
    }

    private static void roundTrip(Scene scene, String topic) throws Exception {
        PushCases.sendAll(scene.producer(), Letters.make(topic, "letter", 0, 40));
        scene.consume(topic + "-group", topic).awaitExactly(Scene.PATIENCE_SECONDS, Letters.keys("letter", 0, 40));
    }

    /** A broker that is gone is out of the route at once: the nameserver sees the connection end. */
    private static void namesrvKnowsNoMore(Scene scene, Server broker) throws Exception {
        broker.kill();
        awaitBrokers(scene, Set.of());
    }

    /** A topic on both brokers: messages go to both, and come from both. */
    private static void bothBrokers(Scene scene) throws Exception {
        Server namesrv = namesrv(scene, Server.SUBJECT);
        Scene cluster = scene.at(broker(scene, Server.ROCKETMQ, namesrv, "broker-a"));
        String topic = topicOnBoth(cluster, broker(scene, Server.SUBJECT, namesrv, "broker-b"));

        PushCases.sendAll(cluster.producer(), Letters.make(topic, "letter", 0, 80));

        Inbox inbox = cluster.consume(cluster.name("group"), topic);
        inbox.awaitExactly(Scene.PATIENCE_SECONDS, Letters.keys("letter", 0, 80));
        for (String broker : List.of("broker-a", "broker-b")) {
            Check.equal(40L, inbox.all().stream().filter(message -> broker.equals(message.getBrokerName())).count(),
                "messages from " + broker);
        }
    }

    /** The nameserver hears of a new topic from each broker in its own time. */
    private static String topicOnBoth(Scene cluster, Server other) throws Exception {
        awaitBrokers(cluster, Set.of("broker-a", "broker-b"));
        String topic = cluster.topic("topic", 2);
        cluster.admin().createAndUpdateTopicConfig(other.broker(), new TopicConfig(topic, 2, 2, 6));
        Check.eventually(Scene.PATIENCE_SECONDS, "a route to two brokers", () -> {
            try {
                return cluster.admin().examineTopicRouteInfo(topic).getQueueDatas().size() == 2;
            } catch (Exception e) {
                return false;
            }
        });
        return topic;
    }

    /** A producer goes on with the broker that is left. */
    private static void oneLeaves(Scene scene) throws Exception {
        Server namesrv = namesrv(scene, Server.ROCKETMQ);
        Server leaver = broker(scene, Server.ROCKETMQ, namesrv, "broker-a");
        Scene cluster = scene.at(leaver);
        String topic = topicOnBoth(cluster, broker(scene, Server.SUBJECT, namesrv, "broker-b"));
        DefaultMQProducer producer = cluster.producer();
        PushCases.sendAll(producer, Letters.make(topic, "before", 0, 4));

        leaver.kill();

        PushCases.sendAll(producer, Letters.make(topic, "after", 0, 20));
    }
}
