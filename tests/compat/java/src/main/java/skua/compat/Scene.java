package skua.compat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.protocol.subscription.SubscriptionGroupConfig;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

/** What one case works with: names of its own, clients that end with it, and the server's switch. */
final class Scene implements AutoCloseable {
    /** How long to wait for messages. */
    static final int PATIENCE_SECONDS = Integer.parseInt(Server.environment("SKUA_COMPAT_PATIENCE"));

    private static final ExecutorService CLOSER = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "closer");
        thread.setDaemon(true);
        return thread;
    });

    private final String name;
    private final Server server;
    private final List<Runnable> closers = new ArrayList<>();
    private DefaultMQAdminExt admin;
    private int clients;

    Scene(String name, Server server) {
        this.name = name;
        this.server = server;
    }

    Server server() {
        return server;
    }

    /** The same case with another server. */
    Scene at(Server other) {
        Scene scene = new Scene(name, other);
        closers.add(scene::close);
        return scene;
    }

    String name(String suffix) {
        return name.replace('.', '_') + "_" + suffix;
    }

    /** A topic that is there, with so many queues. */
    String topic(String suffix, int queues) throws Exception {
        String topic = name(suffix);
        admin().createAndUpdateTopicConfig(server.broker(), new TopicConfig(topic, queues, queues, 6));
        return topic;
    }

    /**
     * A group with an offset in the topic's first queue, where it would start anyway.  RocketMQ makes a group's
     * table of offsets with its first commit; of two first commits at the same time it forgets one.
     */
    String group(String suffix, String topic) throws Exception {
        SubscriptionGroupConfig config = new SubscriptionGroupConfig();
        config.setGroupName(name(suffix));
        admin().createAndUpdateSubscriptionGroupConfig(server.broker(), config);
        commit(name(suffix), new MessageQueue(topic, Server.BROKER_NAME, 0), 0);
        return name(suffix);
    }

    void commit(String group, MessageQueue queue, long offset) throws Exception {
        admin().updateConsumeOffset(server.broker(), group, queue, offset);
    }

    DefaultMQAdminExt admin() throws Exception {
        if (admin == null) {
            DefaultMQAdminExt created = configure(new DefaultMQAdminExt());
            created.start();
            closeWith(created::shutdown);
            admin = created;
        }
        return admin;
    }

    /**
     * Every client is a process of its own as far as the broker can see.  A second after its start a client may
     * rebalance, and so change its subscription's version, while its heartbeat with the old version is under way:
     * pulls are then refused until the next one, by default 30 s later.
     */
    <C extends ClientConfig> C configure(C client) {
        client.setHeartbeatBrokerInterval(1000);
        client.setNamesrvAddr(server.namesrv());
        client.setInstanceName(name + "-" + ++clients);
        return client;
    }

    DefaultMQProducer producer() throws Exception {
        DefaultMQProducer producer = configure(new DefaultMQProducer(name("producer")));
        start(producer);
        return producer;
    }

    void start(DefaultMQProducer producer) throws Exception {
        producer.start();
        closeWith(producer::shutdown);
    }

    /** A push consumer that reads from the first message on, not subscribed to anything yet. */
    DefaultMQPushConsumer pushConsumer(String group, Inbox inbox) {
        DefaultMQPushConsumer consumer = configure(new DefaultMQPushConsumer(group));
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.registerMessageListener((MessageListenerConcurrently) (batch, context) -> {
            inbox.add(batch);
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        return consumer;
    }

    /** The same, subscribed, not started yet. */
    DefaultMQPushConsumer pushConsumer(String group, String topic, String expression, Inbox inbox) throws Exception {
        DefaultMQPushConsumer consumer = pushConsumer(group, inbox);
        consumer.subscribe(topic, expression);
        return consumer;
    }

    void start(DefaultMQPushConsumer consumer) throws Exception {
        consumer.start();
        closeWith(consumer::shutdown);
    }

    /** A push consumer at work. */
    DefaultMQPushConsumer consume(String group, String topic, String expression, Inbox inbox) throws Exception {
        DefaultMQPushConsumer consumer = pushConsumer(group, topic, expression, inbox);
        start(consumer);
        return consumer;
    }

    Inbox consume(String group, String topic) throws Exception {
        Inbox inbox = new Inbox();
        consume(group, topic, "*", inbox);
        return inbox;
    }

    @SuppressWarnings("deprecation")
    DefaultMQPullConsumer pullConsumer(String group) throws Exception {
        DefaultMQPullConsumer consumer = configure(new DefaultMQPullConsumer(group));
        consumer.start();
        closeWith(consumer::shutdown);
        return consumer;
    }

    DefaultLitePullConsumer liteConsumer(String group) {
        DefaultLitePullConsumer consumer = configure(new DefaultLitePullConsumer(group));
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        return consumer;
    }

    void start(DefaultLitePullConsumer consumer) throws Exception {
        consumer.start();
        closeWith(consumer::shutdown);
    }

    void closeWith(Runnable closer) {
        closers.add(closer);
    }

    /** A client takes up to three seconds to shut down, all of them waiting: nobody waits for it. */
    @Override
    public void close() {
        closers.forEach(CLOSER::execute);
        closers.clear();
    }

    /** Unless its clients' names are to be used again. */
    void closeAndWait() throws Exception {
        List<Future<?>> closing = new ArrayList<>();
        closers.forEach(closer -> closing.add(CLOSER.submit(closer)));
        closers.clear();
        for (Future<?> one : closing) {
            one.get();
        }
    }
}
