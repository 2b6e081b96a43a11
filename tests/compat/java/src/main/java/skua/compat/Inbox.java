package skua.compat;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.rocketmq.common.message.MessageExt;

/** What one or more consumers were given, in the order they were given it. */
final class Inbox {
    private final List<MessageExt> messages = new ArrayList<>();

    synchronized void add(List<MessageExt> batch) {
        messages.addAll(batch);
        notifyAll();
    }

    synchronized List<MessageExt> all() {
        return new ArrayList<>(messages);
    }

    synchronized void forget() {
        messages.clear();
    }

    synchronized List<MessageExt> ofSeries(String series) {
        List<MessageExt> found = all();
        found.removeIf(message -> !message.getKeys().startsWith(series + "-"));
        return found;
    }

    synchronized int size() {
        return messages.size();
    }

    /** Key to how often it came. */
    synchronized Map<String, Integer> counts() {
        Map<String, Integer> counts = new HashMap<>();
        for (MessageExt message : messages) {
            counts.merge(message.getKeys(), 1, Integer::sum);
        }
        return counts;
    }

    synchronized Map<String, MessageExt> byKey() {
        Map<String, MessageExt> found = new HashMap<>();
        for (MessageExt message : messages) {
            found.put(message.getKeys(), message);
        }
        return found;
    }

    synchronized boolean await(int seconds, Predicate<Inbox> enough) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (!enough.test(this)) {
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left <= 0) {
                return false;
            }
            wait(left);
        }
        return true;
    }

    /** Waits until every key came at least once. */
    void awaitKeys(int seconds, Collection<String> keys) throws InterruptedException {
        Set<String> missing = new HashSet<>(keys);
        await(seconds, inbox -> {
            missing.removeAll(inbox.counts().keySet());
            return missing.isEmpty();
        });
        Check.that(missing.isEmpty(), "%d of %d messages did not come within %d s, such as %s", missing.size(),
            keys.size(), seconds, missing.stream().sorted().findFirst().orElse(""));
    }

    /** Exactly these keys came, each once. */
    void holdsExactly(Collection<String> keys) {
        Map<String, Integer> counts = counts();
        for (String key : keys) {
            Check.equal(1, counts.remove(key), "deliveries of " + key);
        }
        Check.that(counts.isEmpty(), "%d unexpected messages came, such as %s", counts.size(),
            counts.keySet().stream().sorted().findFirst().orElse(""));
    }

    void awaitExactly(int seconds, Collection<String> keys) throws InterruptedException {
        awaitKeys(seconds, keys);
        holdsExactly(keys);
    }
}
