package skua.compat;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;

/** What mqadmin prints about the server under test is what it prints about RocketMQ after the same traffic. */
final class AdminCases {
    /** Settings whose absence a user of mqadmin would notice. */
    private static final List<String> CORE_SETTINGS = List.of("brokerName", "brokerClusterName", "brokerId",
        "brokerIP1", "listenPort", "namesrvAddr", "brokerPermission", "autoCreateTopicEnable",
        "autoCreateSubscriptionGroup", "defaultTopicQueueNums", "clusterTopicEnable", "brokerTopicEnable",
        "storePathRootDir", "mappedFileSizeCommitLog", "mappedFileSizeConsumeQueue",
        "maxMessageSize", "fileReservedTime", "deleteWhen", "diskMaxUsedSpaceRatio", "flushDiskType",
        "flushIntervalCommitLog", "brokerRole", "haListenPort", "longPollingEnable", "messageIndexEnable",
        "messageDelayLevel", "enablePropertyFilter", "notifyConsumerIdsChangedEnable", "rejectTransactionMessage",
        "maxTransferCountOnMessageInMemory", "maxTransferBytesOnMessageInMemory", "traceOn", "regionId");

    /** Where a Java broker looks for its own set-up. */
    private static final String JAVA_HOME_SETTING = "rocketmqHome";

    /** Lines of these come in the order of a hash table. */
    private static final List<String> UNORDERED = List.of("topicList", "topicList-cluster", "topicList-deleted",
        "consumerProgress");

    /** Columns that count per second or so far, by step. */
    private static final Map<String, String> RATES = Map.of("consumerProgress", "(?m)\\d+(?= \\d+$)",
        "statsAll", "(?m)\\d+ \\d+$");

    private static boolean tried;
    private static Map<String, String> reference;
    private static Map<String, String> subject;

    private AdminCases() {
    }

    static void register(Map<String, Case> cases) {
        for (String step : AdminScript.steps()) {
            cases.put(step, scene -> {
                runScripts(scene);
                comparison(step).accept(withoutRates(step, reference), withoutRates(step, subject));
            });
        }
    }

    private static String withoutRates(String step, Map<String, String> printed) {
        return RATES.containsKey(step) ? printed.get(step).replaceAll(RATES.get(step), "RATE") : printed.get(step);
    }

    private static BiConsumer<String, String> comparison(String step) {
        if (step.startsWith("getBrokerConfig")) {
            return AdminCases::sameSettings;
        }
        if (step.equals("brokerStatus")) {
            return AdminCases::sameKindsOfStatus;
        }
        return UNORDERED.contains(step) ? AdminCases::sameLinesInAnyOrder : AdminCases::sameLines;
    }

    /** Both scripts once, by the first case that asks; if they break, that case says why. */
    private static synchronized void runScripts(Scene scene) throws Exception {
        Check.that(!tried || subject != null, "the script did not get to its end, see the first case");
        if (tried) {
            return;
        }
        tried = true;
        Server referenceServer = Server.create("reference", Server.ROCKETMQ);
        Server subjectServer = Server.create("subject", Server.SUBJECT);
        CompletableFuture<Void> starting = CompletableFuture.runAsync(() -> start(referenceServer));
        start(subjectServer);
        starting.get();
        reference = runScript(scene.at(referenceServer));
        subject = runScript(scene.at(subjectServer));
    }

    /** Keeps the whole of it in the server's folder, for a look after --keep. */
    private static Map<String, String> runScript(Scene scene) throws Exception {
        Map<String, String> printed = AdminScript.run(scene);
        scene.closeAndWait();
        StringBuilder transcript = new StringBuilder();
        printed.forEach((step, text) -> transcript.append("=== ").append(step).append('\n').append(text).append('\n'));
        Files.writeString(scene.server().file("mqadmin.txt").toPath(), transcript);
        return printed;
    }

    private static void start(Server server) {
        try {
            server.start();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> lines(String text) {
        return new ArrayList<>(Arrays.asList(text.strip().split("\\R")));
    }

    private static void sameLines(String expected, String actual) {
        List<String> wanted = lines(expected);
        List<String> found = lines(actual);
        List<String> differences = new ArrayList<>();
        for (int at = 0; at < Math.max(wanted.size(), found.size()); at++) {
            String want = at < wanted.size() ? wanted.get(at) : "nothing";
            String have = at < found.size() ? found.get(at) : "nothing";
            if (!want.equals(have)) {
                differences.add("line " + (at + 1) + " is [" + have + "], not [" + want + "]");
            }
        }
        Check.that(differences.isEmpty(), "%d lines differ: %s", differences.size(), some(differences));
    }

    private static String some(List<String> differences) {
        return String.join("; ", differences.subList(0, Math.min(4, differences.size())));
    }

    private static void sameLinesInAnyOrder(String expected, String actual) {
        List<String> missing = lines(expected);
        List<String> extra = lines(actual);
        lines(actual).forEach(missing::remove);
        lines(expected).forEach(extra::remove);
        Check.that(missing.isEmpty() && extra.isEmpty(), "missing: %s; extra: %s", missing, extra);
    }

    private static Map<String, String> table(String text, String separator) {
        Map<String, String> table = new TreeMap<>();
        for (String line : lines(text)) {
            int at = line.indexOf(separator);
            if (at > 0) {
                table.put(line.substring(0, at).strip(), line.substring(at + separator.length()).strip());
            }
        }
        return table;
    }

    /** All that we have is as RocketMQ has it; we may have less, but not less than the core, and may add our own. */
    private static void sameSettings(String expected, String actual) {
        Map<String, String> wanted = table(expected, " =");
        Map<String, String> found = table(actual, " =");
        List<String> differences = new ArrayList<>();
        found.forEach((key, value) -> {
            if (!key.equals(JAVA_HOME_SETTING) && wanted.containsKey(key) && !wanted.get(key).equals(value)) {
                differences.add(key + " is [" + value + "], not [" + wanted.get(key) + "]");
            }
        });
        CORE_SETTINGS.stream().filter(key -> !found.containsKey(key)).forEach(key -> differences.add("no " + key));
        reportAbsent(wanted, found);
        Check.that(differences.isEmpty(), "%d settings differ: %s", differences.size(), String.join("; ", differences));
    }

    private static void reportAbsent(Map<String, String> wanted, Map<String, String> found) {
        TreeSet<String> absent = new TreeSet<>(wanted.keySet());
        absent.removeAll(found.keySet());
        if (!absent.isEmpty()) {
            System.out.printf("note: getBrokerConfig lacks %d of %d settings: %s%n", absent.size(), wanted.size(),
                String.join(" ", absent));
        }
    }

    /** What Skua shows beside: what peers make it hold (skuad(8), LIMITS). */
    private static final List<String> OWN_STATUS = List.of("connections", "connectionsClosedAtLimit",
        "connectionsRefused", "connectionsRested", "deferredBytes", "pullsParked", "readingBytes", "requestsDeferred",
        "requestsRefusedBusy", "sessionBytes", "unsentBytes");

    private static void sameKindsOfStatus(String expected, String actual) {
        Map<String, String> wanted = table(expected, ":");
        Map<String, String> found = table(actual, ":");
        TreeSet<String> missing = new TreeSet<>(wanted.keySet());
        missing.removeAll(found.keySet());
        TreeSet<String> extra = new TreeSet<>(found.keySet());
        extra.removeAll(wanted.keySet());
        extra.removeAll(OWN_STATUS);
        List<String> kinds = new ArrayList<>();
        wanted.forEach((key, value) -> {
            String other = found.getOrDefault(key, "");
            if (!kind(value).isEmpty() && !kind(other).isEmpty() && !kind(value).equals(kind(other))) {
                kinds.add(key + " is [" + other + "], not like [" + value + "]");
            }
        });
        Check.that(missing.isEmpty() && extra.isEmpty() && kinds.isEmpty(), "missing: %s; extra: %s; %s", missing,
            extra, kinds);
    }

    /** Numbers of any value are alike; what is not known yet is like anything. */
    private static String kind(String value) {
        return value.equals("null") ? "" : value.replaceAll("DECIMAL|MILLISECONDS|\\d+", "N")
            .replaceAll("N( N)+", "N")
            .replaceAll("N [KMGT]?i?B\\b", "SIZE");
    }
}
