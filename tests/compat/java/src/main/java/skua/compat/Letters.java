package skua.compat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.rocketmq.common.message.Message;

/** Numbered messages that can be told apart, and checked, wherever they turn up. */
final class Letters {
    private Letters() {
    }

    static String key(String series, int number) {
        return series + "-" + number;
    }

    static String tag(int number) {
        return "ABC".substring(number % 3, number % 3 + 1);
    }

    static byte[] body(String key) {
        return ("body of " + key).getBytes(StandardCharsets.UTF_8);
    }

    static Message make(String topic, String series, int number) {
        String key = key(series, number);
        Message message = new Message(topic, tag(number), key, number, body(key), true);
        message.putUserProperty("number", Integer.toString(number));
        message.putUserProperty("series", series);
        return message;
    }

    static List<Message> make(String topic, String series, int from, int to) {
        List<Message> messages = new ArrayList<>();
        for (int number = from; number < to; number++) {
            messages.add(make(topic, series, number));
        }
        return messages;
    }

    static List<String> keys(String series, int from, int to) {
        List<String> keys = new ArrayList<>();
        for (int number = from; number < to; number++) {
            keys.add(key(series, number));
        }
        return keys;
    }

    /** Everything the sender put in is what the reader found. */
    static void verify(Message sent, Message received) {
        String key = sent.getKeys();
        Check.equal(key, received.getKeys(), "key");
        Check.equal(sent.getTopic(), received.getTopic(), key + ": topic");
        Check.equal(sent.getTags(), received.getTags(), key + ": tag");
        Check.equal(sent.getFlag(), received.getFlag(), key + ": flag");
        Check.that(java.util.Arrays.equals(sent.getBody(), received.getBody()), "%s: body differs", key);
        for (String name : new String[] {"number", "series"}) {
            Check.equal(sent.getUserProperty(name), received.getUserProperty(name), key + ": property " + name);
        }
    }
}
