package skua.compat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;

/** A Java member and a member on libskua in one group: the same shares on both sides. */
final class CMemberCases {
    private static final int QUEUES = 7;

    private CMemberCases() {
    }

    static void register(Map<String, Case> cases) {
        cases.put("one-group", CMemberCases::oneGroup);
    }

    /** The other program: what it was given, and what it got. */
    private static final class Member {
        private final Process process;
        private Set<Integer> queues = Set.of();
        private final List<String> keys = new ArrayList<>();

        Member(Scene scene, String group, String topic) throws IOException {
            process = new ProcessBuilder(System.getenv("SKUA_COMPAT_C"), "member", scene.server().namesrv(), group, topic)
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
            Thread reader = new Thread(this::read);
            reader.setDaemon(true);
            reader.start();
            scene.closeWith(process::destroy);
        }

        private void read() {
            try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    take(line);
                }
            } catch (IOException e) {
                take("");
            }
        }

        private synchronized void take(String line) {
            List<String> words = Arrays.asList(line.split(" "));
            if (words.get(0).equals("queues")) {
                queues = words.stream().skip(1).map(Integer::valueOf).collect(Collectors.toCollection(TreeSet::new));
            } else if (words.get(0).equals("got")) {
                keys.add(words.get(1));
            }
            notifyAll();
        }

        synchronized Set<Integer> queues() {
            return queues;
        }

        synchronized List<String> keys() {
            return new ArrayList<>(keys);
        }

        /** Ends in an orderly way. */
        void leave() throws Exception {
            process.getOutputStream().close();
            Check.equal(0, process.waitFor(), "the member's exit status");
        }
    }

    private static Set<Integer> queuesOf(DefaultMQPushConsumer consumer, String topic) {
        return consumer.getDefaultMQPushConsumerImpl().getRebalanceImpl().getProcessQueueTable().keySet().stream()
            .filter(queue -> queue.getTopic().equals(topic)).map(queue -> queue.getQueueId())
            .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Until both hold about half, no queue twice, and none is left out. */
    private static void awaitShares(DefaultMQPushConsumer java, Member member, String topic) throws Exception {
        long end = System.nanoTime() + Scene.PATIENCE_SECONDS * 1_000_000_000L;
        Set<Integer> mine;
        Set<Integer> theirs;
        do {
            Thread.sleep(50);
            mine = queuesOf(java, topic);
            theirs = member.queues();
            Set<Integer> all = new HashSet<>(mine);
            all.addAll(theirs);
            if (all.size() == QUEUES && mine.size() + theirs.size() == QUEUES
                && Math.abs(mine.size() - theirs.size()) == 1) {
                return;
            }
        } while (System.nanoTime() < end);
        throw new AssertionError("shares stayed " + mine + " in Java and " + theirs + " in C");
    }

    private static void oneGroup(Scene scene) throws Exception {
        String topic = scene.topic("topic", QUEUES);
        String group = scene.group("group", topic);
        Inbox inbox = new Inbox();
        DefaultMQProducer producer = scene.producer();
        DefaultMQPushConsumer java = scene.consume(group, topic, "*", inbox);
        Member member = new Member(scene, group, topic);
        awaitShares(java, member, topic);

        List<Message> messages = Letters.make(topic, "shared", 0, 140);
        PushCases.sendAll(producer, messages);
        long end = System.nanoTime() + Scene.PATIENCE_SECONDS * 1_000_000_000L;
        while (inbox.size() + member.keys().size() < 140 && System.nanoTime() < end) {
            Thread.sleep(20);
        }

        Set<String> all = new HashSet<>(inbox.counts().keySet());
        all.addAll(member.keys());
        Check.equal(new HashSet<>(Letters.keys("shared", 0, 140)), all, "what came to both");
        Check.equal(140, inbox.size() + member.keys().size(), "deliveries");
        Check.that(inbox.size() >= 40 && member.keys().size() >= 40, "shares of %d and %d messages", inbox.size(),
            member.keys().size());

        member.leave();
        PushCases.sendAll(producer, Letters.make(topic, "alone", 0, 70));
        inbox.awaitKeys(Scene.PATIENCE_SECONDS, Letters.keys("alone", 0, 70));
    }
}
