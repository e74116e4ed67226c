package adjoint.bench;

import adjoint.cli.run.Json;
import adjoint.linalg.internal.WarmUp;
import com.sun.management.ThreadMXBean;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/// The process that measures: it reads a command per line and answers each with a line, both JSON.
///
/// | command | answer |
/// |---|---|
/// | `{"do": "open", "case": 3, "sides": ["ours", "theirs"], "warmup": 1e9}` | per side its version, work and a sketch
/// of its result, or why it is absent, or that it lacks the kernel |
/// | `{"do": "pairs", "burst": 1e7, "rounds": 31, "fewest": 5, "budget": 3e9}` | per side the nanoseconds per call in
/// each round, in turn with the other's |
/// | `{"do": "burst", "side": "ours", "burst": 1e7}` | nanoseconds per call |
/// | `{"do": "bytes"}` | bytes that one call of ours allocates |
/// | `{"do": "close"}` | |
///
/// It ends with its input, so that none is left behind by a run that was stopped.
public final class Worker {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final String OURS = "ours";
    /// What counts as having got faster.
    private static final double WARMER = 0.97;
    /// After how many times the least duration a warm-up ends.
    private static final int LONGEST_WARMUP = 10;

    private final Suite suite;
    private final List<Case> cases;
    private final Map<Peer, Contender> contenders = new HashMap<>();
    private final Map<String, Task> tasks = new LinkedHashMap<>();

    private Worker(Suite suite) {
        this.suite = suite;
        this.cases = suite.cases();
    }

    /// @param arguments the suite's name
    public static void main(String[] arguments) throws InterruptedException {
        PrintStream answers = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        // What a library prints is no answer.
        System.setOut(System.err);
        Worker worker = new Worker(Suite.of(arguments[0]).orElseThrow());
        BlockingQueue<String> commands = new LinkedBlockingQueue<>();
        Thread.ofPlatform().daemon().start(() -> read(commands));
        while (true) {
            answers.println(Json.write(worker.answer(commands.take())));
        }
    }

    private static void read(BlockingQueue<String> commands) {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                commands.add(line);
            }
        } catch (IOException _) {
            // The other side is gone: so is the reason to be here.
        }
        Runtime.getRuntime().halt(0);
    }

    private Map<String, Object> answer(String line) {
        try {
            @SuppressWarnings("unchecked")
            Map<String, Object> command = (Map<String, Object>) Json.parse(line);
            return switch ((String) command.get("do")) {
                case "open" -> open(command);
                case "pairs" -> pairs(command);
                case "burst" -> burst(tasks.get((String) command.get("side")), number(command, "burst"));
                case "bytes" -> Map.of("bytes", bytes(tasks.get(OURS)));
                case "close" -> close();
                default -> throw new IllegalArgumentException("no such command: " + line);
            };
        } catch (Exception | LinkageError | OutOfMemoryError e) {
            e.printStackTrace();
            return Map.of("failed", Peer.reason(e));
        }
    }

    private Map<String, Object> open(Map<String, Object> command) throws InterruptedException {
        close();
        Case wanted = cases.get((int) number(command, "case"));
        Map<String, Object> answer = new LinkedHashMap<>();
        for (Object side : (List<?>) command.get("sides")) {
            boolean ours = side.equals(OURS);
            Peer peer = ours ? suite.ours() : wanted.peer();
            try {
                Contender contender = contender(peer);
                Optional<Task> task = contender.prepare(wanted.operation());
                if (task.isPresent()) {
                    tasks.put(side.toString(), task.get());
                    answer.put(side.toString(), describe(contender, task.get(), wanted.operation()));
                    warmUp(task.get(), number(command, "warmup"));
                } else {
                    answer.put(
                            side.toString(), Map.of("lacks", wanted.operation().kernel()));
                }
            } catch (Peer.AbsentException e) {
                answer.put(side.toString(), Map.of("absent", e.getMessage()));
            }
        }
        return answer;
    }

    private Contender contender(Peer peer) throws Peer.AbsentException {
        Contender known = contenders.get(peer);
        if (known == null) {
            known = peer.load();
            contenders.put(peer, known);
        }
        return known;
    }

    private static Map<String, Object> describe(Contender contender, Task task, Operation operation) {
        task.call();
        Object result = task.result();
        double[] sketch = result == null ? new double[0] : operation.sketch(result);
        return Map.of(
                "version", contender.version(),
                "setting", task.setting(),
                "repeats", task.repeats(),
                "work", task.work().orElse(operation.work()),
                "sketch", Arrays.stream(sketch).boxed().toList());
    }

    /// Calls the task until it has got no faster for so long: how soon C2 is done depends on what else the machine
    /// has to do.
    private static void warmUp(Task task, long nanos) throws InterruptedException {
        untilSteady(task, nanos);
        // Generated code is compiled in the background and takes over when it is at speed.
        WarmUp.await();
        untilSteady(task, nanos / 4);
    }

    private static void untilSteady(Task task, long nanos) {
        double best = Double.POSITIVE_INFINITY;
        long start = System.nanoTime();
        long since = start;
        do {
            double time = time(task, nanos / 20).nanos;
            if (time < WARMER * best) {
                since = System.nanoTime();
            }
            best = Math.min(best, time);
        } while (System.nanoTime() - since < nanos && System.nanoTime() - start < LONGEST_WARMUP * nanos);
    }

    private Map<String, Object> pairs(Map<String, Object> command) {
        long burst = number(command, "burst");
        int rounds = (int) number(command, "rounds");
        long fewest = number(command, "fewest");
        long budget = number(command, "budget");
        List<Map.Entry<String, Task>> sides = List.copyOf(tasks.entrySet());
        List<Burst[]> all = new ArrayList<>();
        List<Burst[]> undisturbed = new ArrayList<>();
        long start = System.nanoTime();
        while (undisturbed.size() < rounds && (all.size() < fewest || System.nanoTime() - start < budget)) {
            Burst[] round = new Burst[sides.size()];
            for (int i = 0; i < sides.size(); i++) {
                // Who comes first takes turns, too.
                int side = (i + all.size()) % sides.size();
                round[side] = time(sides.get(side).getValue(), burst);
            }
            all.add(round);
            if (Arrays.stream(round).allMatch(Burst::undisturbed)) {
                undisturbed.add(round);
            }
        }
        List<Burst[]> best = undisturbed.size() >= fewest ? undisturbed : all;
        Map<String, Object> answer = new LinkedHashMap<>();
        for (int i = 0; i < sides.size(); i++) {
            int side = i;
            answer.put(
                    sides.get(i).getKey(),
                    best.stream().map(round -> round[side].nanos).toList());
        }
        return answer;
    }

    /// A burst after a pause: unless a single call takes long, what is timed is only the second half, when the threads
    /// are awake and each has found a processor.
    private static Map<String, Object> burst(Task task, long nanos) {
        double first = time(task, 2 * nanos).nanos;
        return Map.of("nanos", first > 10 * nanos ? first : time(task, 2 * nanos).nanos);
    }

    /// What a burst took.
    ///
    /// @param nanos per call
    /// @param share the part of the time in which the thread had a processor to itself
    private record Burst(double nanos, double share) {
        /// Whether no other process was in its way.
        boolean undisturbed() {
            return share > 0.97;
        }
    }

    /// As many calls as fit, at least one.
    private static Burst time(Task task, long nanos) {
        long busy = THREADS.getCurrentThreadCpuTime();
        long start = System.nanoTime();
        long calls = 0;
        long now;
        do {
            task.call();
            calls++;
            now = System.nanoTime();
        } while (now - start < nanos);
        return new Burst(
                (double) (now - start) / calls,
                (double) (THREADS.getCurrentThreadCpuTime() - busy) / (System.nanoTime() - start));
    }

    /// The fewest bytes per call that all threads together allocated, over some tries: what else goes on in the JVM
    /// allocates only now and then. Generated code that is tried in the background, for a shape that is met late, makes
    /// garbage that is not the call's.
    private static double bytes(Task task) throws InterruptedException {
        long fewest = Long.MAX_VALUE;
        long start = System.nanoTime();
        for (int i = 0; i < 10 && (i < 2 || System.nanoTime() - start < 300_000_000L); i++) {
            WarmUp.await();
            long before = THREADS.getTotalThreadAllocatedBytes();
            task.call();
            fewest = Math.min(fewest, THREADS.getTotalThreadAllocatedBytes() - before);
        }
        return fewest;
    }

    private Map<String, Object> close() {
        tasks.values().forEach(Task::close);
        tasks.clear();
        return Map.of();
    }

    private static long number(Map<String, Object> command, String key) {
        return ((Number) command.get(key)).longValue();
    }
}
