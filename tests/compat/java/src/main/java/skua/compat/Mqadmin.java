package skua.compat;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.Options;
import org.apache.rocketmq.srvutil.ServerUtil;
import org.apache.rocketmq.tools.command.MQAdminStartup;
import org.apache.rocketmq.tools.command.SubCommand;
import org.apache.rocketmq.tools.command.SubCommandException;

/**
 * Runs mqadmin's commands inside this process, and catches what each one prints.  Each takes seconds to shut its
 * client down, so they run side by side; that is why this is not its main method, which may run one at a time.
 */
final class Mqadmin extends MQAdminStartup {
    /** A command names its client after the millisecond it starts in; two of one name get in each other's way. */
    private static final long START_GAP_MILLIS = 20;
    private static final String NAME_TAKEN = "has created already";

    private static final ThreadLocal<ByteArrayOutputStream> CAPTURE = new ThreadLocal<>();

    static {
        initCommand();
        PrintStream out = System.out;
        PrintStream err = System.err;
        System.setOut(new PrintStream(new Router(out), true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(new Router(err), true, StandardCharsets.UTF_8));
    }

    private Mqadmin() {
    }

    /** What a thread prints goes to that thread's capture, if it has one. */
    private static final class Router extends OutputStream {
        private final PrintStream fallback;

        Router(PrintStream fallback) {
            this.fallback = fallback;
        }

        @Override
        public void write(int octet) {
            ByteArrayOutputStream target = CAPTURE.get();
            if (target == null) {
                fallback.write(octet);
            } else {
                target.write(octet);
            }
        }

        @Override
        public void flush() {
            fallback.flush();
        }
    }

    private static String run(String line) throws ReflectiveOperationException {
        String text;
        do {
            ByteArrayOutputStream capture = new ByteArrayOutputStream();
            CAPTURE.set(capture);
            try {
                execute(line.split(" "));
            } catch (SubCommandException e) {
                System.out.println(e.getCause() == null ? e : e.getCause());
            } finally {
                CAPTURE.remove();
            }
            text = capture.toString(StandardCharsets.UTF_8);
        } while (text.contains(NAME_TAKEN));
        deleteBodies(text);
        return text;
    }

    /** Commands that show a message leave its body in a file of their choice. */
    private static void deleteBodies(String text) {
        Matcher path = Pattern.compile("Message Body Path:\\s*(\\S+)").matcher(text);
        while (path.find()) {
            new File(path.group(1)).delete();
        }
    }

    private static void execute(String[] words) throws SubCommandException, ReflectiveOperationException {
        SubCommand command = make(words[0]);
        Options options = command.buildCommandlineOptions(ServerUtil.buildCommandlineOptions(new Options()));
        CommandLine arguments = ServerUtil.parseCmdLine("mqadmin " + words[0],
            Arrays.copyOfRange(words, 1, words.length), options, new DefaultParser());
        command.execute(arguments, options, null);
    }

    /** A fresh one: some keep the client of their last run, which is shut down. */
    private static SubCommand make(String name) throws ReflectiveOperationException {
        return SUB_COMMANDS.stream()
            .filter(command -> command.commandName().equals(name))
            .findFirst()
            .orElseThrow()
            .getClass()
            .getDeclaredConstructor()
            .newInstance();
    }

    /** Commands by name, run side by side: what each printed, in the same order. */
    static Map<String, String> runAll(String namesrv, Map<String, String> commands) throws Exception {
        System.setProperty("rocketmq.namesrv.addr", namesrv);
        ExecutorService pool = Executors.newCachedThreadPool();
        Map<String, Future<String>> running = new LinkedHashMap<>();
        for (Map.Entry<String, String> command : commands.entrySet()) {
            running.put(command.getKey(), pool.submit(() -> run(command.getValue())));
            Thread.sleep(START_GAP_MILLIS);
        }
        Map<String, String> printed = new LinkedHashMap<>();
        for (Map.Entry<String, Future<String>> command : running.entrySet()) {
            printed.put(command.getKey(), command.getValue().get());
        }
        pool.shutdown();
        return printed;
    }
}
