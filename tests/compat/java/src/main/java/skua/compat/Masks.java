package skua.compat;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.rocketmq.client.producer.SendResult;

/** Puts words in place of what differs between two servers that behave alike. */
final class Masks {
    /** What it is on this server, and the word for it. */
    private final Map<String, String> names = new LinkedHashMap<>();

    Masks(Server server) {
        names.put(server.broker(), "BROKER");
        names.put(server.namesrv(), "NAMESRV");
        names.put(server.file("").getAbsolutePath(), "FOLDER");
    }

    void nameMessage(int number, SendResult result) {
        names.put(result.getMsgId(), "MESSAGE-" + number + ".");
        names.put(result.getOffsetMsgId(), "OFFSET-ID-" + number + ".");
    }

    /** From the words back to what they stand for. */
    String reveal(String line) {
        String revealed = line;
        for (Map.Entry<String, String> name : names.entrySet()) {
            revealed = revealed.replace(name.getValue(), name.getKey());
        }
        return revealed;
    }

    String apply(String text) {
        String masked = text;
        for (Map.Entry<String, String> name : names.entrySet()) {
            masked = masked.replace(name.getKey(), name.getValue());
        }
        return masked
            .replaceAll("(?m)^(listenPort|haListenPort) += +\\d+", "$1 = PORT")
            .replaceAll("\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d([.,]\\d{3})?", "TIME")
            .replaceAll("\\b1\\d{12}\\b", "MILLISECONDS")
            .replaceAll("\\b127\\.0\\.0\\.1:\\d+", "ADDRESS")
            .replaceAll("\\bV\\d+_\\d+_\\d+\\b", "VERSION")
            .replaceAll("(?<![\\d.])\\d+\\.\\d+(?![\\d.])", "DECIMAL")
            .replaceAll("\\b\\d+ms\\b", "DURATION")
            .replaceAll("[ \\t]+", " ")
            .replaceAll("(?m) $", "");
    }
}
