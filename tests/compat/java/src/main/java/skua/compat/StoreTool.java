package skua.compat;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** {@code skua store}, let loose on the folder of a server that has stopped. */
final class StoreTool {
    private static final String SKUA = System.getenv("SKUA_COMPAT_SKUA");
    private static final int CLEAN = 0;
    private static final int DAMAGED = 1;
    private static final int UNIT_BYTES = 20;
    private static final int INDEX_HEADER_BYTES = 40;
    private static final int KEY_BYTES = 4;

    private final Path store;

    StoreTool(Path store) {
        this.store = store;
    }

    static boolean isThere() {
        return SKUA != null && !SKUA.isEmpty();
    }

    /** Nothing in the folder is damaged. */
    void check() throws Exception {
        expect(CLEAN, "check");
    }

    /** Damages queues and index files, sees that found, and has them built anew. */
    void breakAndRepair(String topic, int slots) throws Exception {
        Path queues = store.resolve("consumequeue").resolve(topic);
        flip(first(queues.resolve("0")), UNIT_BYTES + UNIT_BYTES - 1);
        remove(queues.resolve("1"));
        flip(first(store.resolve("index")), INDEX_HEADER_BYTES + (long) slots * KEY_BYTES + UNIT_BYTES + 1);
        expect(DAMAGED, "check");
        expect(CLEAN, "repair");
        expect(CLEAN, "check");
    }

    private void expect(int status, String command) throws Exception {
        Path output = Files.createTempFile(store, "tool", ".log");
        List<String> line = List.of(SKUA, "store", command, store.toString());
        int is = new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(output.toFile()).start().waitFor();
        String said = Files.readString(output);
        Files.delete(output);
        Check.that(is == status, "skua store %s: status %d: %s", command, is, said);
    }

    private static Path first(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().findFirst().orElseThrow();
        }
    }

    private static void flip(Path file, long at) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(at);
            int was = bytes.read();
            bytes.seek(at);
            bytes.write(was ^ 4);
        }
    }

    private static void remove(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            files.map(Path::toFile).forEach(File::delete);
        }
        Files.delete(folder);
    }
}
