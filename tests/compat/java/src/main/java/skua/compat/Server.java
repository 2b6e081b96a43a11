package skua.compat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;

/** A server in its folder, worked by the same script that the runner uses. */
final class Server {
    /** The reference, and whatever this run tests. */
    static final String ROCKETMQ = "rocketmq";
    static final String SUBJECT = environment("SKUA_COMPAT_KIND");
    static final String BROKER_NAME = "compat-a";

    private final File dir;

    private Server(File dir) {
        this.dir = dir;
    }

    static String environment(String variable) {
        String value = System.getenv(variable);
        Check.that(value != null && !value.isEmpty(), "%s is not set", variable);
        return value;
    }

    /** The one that the runner has started, if this suite has one. */
    static Server given() {
        return new Server(new File(environment("SKUA_COMPAT_DIR")));
    }

    /** A server of a case's own: kind, then roles and settings as the script takes them. */
    static Server create(String name, String kind, String... settings) throws Exception {
        Server server = new Server(new File(environment("SKUA_COMPAT_DIR"), name));
        List<String> arguments = new ArrayList<>(List.of(kind));
        arguments.addAll(Arrays.asList(settings));
        server.control("create", arguments);
        return server;
    }

    /** A server of another kind on the folder and the ports of one that has stopped. */
    static Server adopt(String name, String kind, Server stopped) throws Exception {
        Server server = new Server(new File(environment("SKUA_COMPAT_DIR"), name));
        server.control("adopt", List.of(kind, stopped.dir.getPath()));
        return server;
    }

    Server start() throws Exception {
        control("start", List.of());
        return this;
    }

    void stop() throws Exception {
        control("stop", List.of());
    }

    void stopBroker() throws Exception {
        control("stop-broker", List.of());
    }

    void kill() throws Exception {
        control("kill", List.of());
    }

    void killBroker() throws Exception {
        control("kill-broker", List.of());
    }

    File file(String name) {
        return new File(dir, name);
    }

    /** The data folder: of the server that it was made for. */
    Path store() throws IOException {
        Properties settings = new Properties();
        try (var reader = Files.newBufferedReader(file("broker.conf").toPath())) {
            settings.load(reader);
        }
        return Path.of(settings.getProperty("storePathRootDir"));
    }

    String namesrv() {
        return address("NAMESRV");
    }

    String broker() {
        return address("BROKER");
    }

    int brokerPort() {
        return Integer.parseInt(broker().substring(broker().lastIndexOf(':') + 1));
    }

    private String address(String name) {
        Properties addresses = new Properties();
        try (var reader = Files.newBufferedReader(file("address").toPath())) {
            addresses.load(reader);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return addresses.getProperty(name);
    }

    private void control(String command, List<String> arguments) throws Exception {
        List<String> line = new ArrayList<>(List.of(environment("SKUA_COMPAT_SERVER"), command, dir.getPath()));
        line.addAll(arguments);
        Path output = Files.createTempFile(Path.of(environment("SKUA_COMPAT_DIR")), "control", ".log");
        int status = new ProcessBuilder(line)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start()
            .waitFor();
        String said = Files.readString(output);
        Files.delete(output);
        Check.that(status == 0, "server %s: %s", command, said);
    }
}
