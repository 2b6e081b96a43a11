package skua.compat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** {@code Main SUITE list} names a suite's cases; {@code Main SUITE CASE...} runs them in that order. */
public final class Main {
    private static final int CASE_SECONDS = 150;

    private Main() {
    }

    public static void main(String[] args) {
        String suite = args[0];
        Map<String, Case> cases = suites().get(suite);
        List<String> names = new ArrayList<>(Arrays.asList(args).subList(1, args.length));
        if (names.equals(List.of("list"))) {
            cases.keySet().forEach(name -> System.out.println(suite + "." + name));
            return;
        }
        boolean passed = true;
        for (String name : names) {
            passed &= verdict(name, cases.get(name.substring(suite.length() + 1)));
        }
        System.exit(passed ? 0 : 1);
    }

    private static Map<String, Map<String, Case>> suites() {
        Map<String, Case> clients = new LinkedHashMap<>();
        SendCases.register(clients);
        PushCases.register(clients);
        PullCases.register(clients);
        QueryCases.register(clients);
        return Map.of("java", clients,
            "java-binary", clients,
            "java-cold", cases(ColdCases::register),
            "java-restart", cases(RestartCases::register),
            "admin", cases(AdminCases::register),
            "mixed", cases(MixedCases::register),
            "store", cases(StoreCases::register),
            "shuttle", cases(ShuttleCases::register),
            "c-java", cases(CMemberCases::register));
    }

    private static Map<String, Case> cases(Consumer<Map<String, Case>> register) {
        Map<String, Case> cases = new LinkedHashMap<>();
        register.accept(cases);
        return cases;
    }

    private static boolean verdict(String name, Case body) {
        long start = System.nanoTime();
        String reason = body == null ? "no such case" : outcome(name, body);
        if (reason == null) {
            System.out.printf("ok %s (%d)%n", name, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
            return true;
        }
        System.out.printf("FAIL %s: %s%n", name, reason.replaceAll("\\s*\\R\\s*", " | "));
        return false;
    }

    /** Null if the case holds, else why not. */
    private static String outcome(String name, Case body) {
        FutureTask<Void> task = new FutureTask<>(() -> {
            try (Scene scene = new Scene(name, Server.given())) {
                body.run(scene);
            }
            return null;
        });
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
        try {
            task.get(CASE_SECONDS, TimeUnit.SECONDS);
            return null;
        } catch (TimeoutException e) {
            return "no end within " + CASE_SECONDS + " s, in " + where(thread.getStackTrace());
        } catch (InterruptedException e) {
            return "interrupted";
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            String text = cause instanceof AssertionError ? cause.getMessage() : cause.toString();
            return text + " in " + where(cause.getStackTrace());
        }
    }

    /** The line of the case itself. */
    private static String where(StackTraceElement[] trace) {
        return Arrays.stream(trace)
            .filter(element -> element.getClassName().startsWith("skua.compat.") && element.getFileName() != null)
            .filter(element -> element.getFileName().endsWith("Cases.java"))
            .findFirst()
            .map(element -> element.getFileName() + ":" + element.getLineNumber())
            .orElse("the driver");
    }
}
