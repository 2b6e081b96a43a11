package skua.compat;

import java.util.Objects;
import java.util.function.BooleanSupplier;

/** Assertions whose message is the reason that the runner prints. */
final class Check {
    private static final long POLL_MILLIS = 20;

    private Check() {
    }

    static void that(boolean holds, String format, Object... args) {
        if (!holds) {
            throw new AssertionError(String.format(format, args));
        }
    }

    static void equal(Object expected, Object actual, String what) {
        that(Objects.equals(expected, actual), "%s is %s, not %s", what, actual, expected);
    }

    /** For what the other side does in its own time and announces to nobody. */
    static void eventually(int seconds, String what, BooleanSupplier holds) throws InterruptedException {
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        while (!holds.getAsBoolean()) {
            that(System.nanoTime() < end, "not within %d s: %s", seconds, what);
            Thread.sleep(POLL_MILLIS);
        }
    }

    @FunctionalInterface
    interface Attempt {
        void run() throws Exception;
    }

    /** The call has to fail with this exception; what it threw is returned for a closer look. */
    static <E extends Exception> E fails(Class<E> type, String what, Attempt attempt) throws Exception {
        try {
            attempt.run();
        } catch (Exception e) {
            if (type.isInstance(e)) {
                return type.cast(e);
            }
            throw e;
        }
        throw new AssertionError(what + " was accepted");
    }
}
