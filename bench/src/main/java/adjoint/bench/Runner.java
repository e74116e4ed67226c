package adjoint.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Measures cases in processes of their own.
///
/// With one thread both sides take turns within one process, a few milliseconds each, so that a machine whose speed
/// drifts serves both alike. Pools of threads would disturb each other, as an idle one spins for a while: with more
/// threads each side has its own process, and between their turns there is a pause in which a pool falls asleep.
final class Runner implements AutoCloseable {
    private static final String OURS = "ours";
    private static final String THEIRS = "theirs";
    /// OpenBLAS spins for 2²⁶ cycles before it sleeps, about 25 ms.
    private static final long PAUSE_MILLIS = 40;
    /// How much longer a turn is after such a pause: cores that slept take some 30 ms to come up to speed.
    private static final int LONGER = 10;

    private final Suite suite;
    private final Pace pace;
    private final Machine machine;
    private final List<Case> cases;
    private final Map<WorkerProcess.Setup, WorkerProcess> workers = new HashMap<>();
    private final Map<String, String> versions = new LinkedHashMap<>();
    private final Map<String, String> absent = new LinkedHashMap<>();

    Runner(Suite suite, Pace pace, Machine machine) {
        this.suite = suite;
        this.pace = pace;
        this.machine = machine;
        this.cases = suite.cases();
    }

    /// Versions of the contenders met so far, ours included, by title.
    Map<String, String> versions() {
        return versions;
    }

    /// Why peers are absent, by title.
    Map<String, String> absent() {
        return absent;
    }

    /// Measures one case of the suite.
    Row measure(Group group, Case wanted) throws IOException {
        int number = cases.indexOf(wanted);
        try {
            boolean apart = wanted.threads() > 1 || wanted.peer().threads() > 0;
            return apart ? apart(group, wanted, number) : together(group, wanted, number);
        } catch (WorkerProcess.FailedException e) {
            return Row.without(suite.name(), group.title(), wanted, "failed: " + e.getMessage());
        }
    }

    private Row together(Group group, Case wanted, int number) throws IOException, WorkerProcess.FailedException {
        WorkerProcess worker = worker("both", wanted.threads(), wanted.vectors(), Map.of());
        Opened opened = opened(wanted, worker.ask(open(number, OURS, THEIRS)));
        Map<String, Object> nanos = worker.ask(Map.of(
                "do", "pairs",
                "burst", pace.burst(),
                "rounds", pace.rounds(),
                "fewest", pace.fewest(),
                "budget", pace.budget()));
        return row(group, wanted, opened, numbers(nanos.get(OURS)), numbers(nanos.get(THEIRS)), worker);
    }

    private Row apart(Group group, Case wanted, int number) throws IOException, WorkerProcess.FailedException {
        int theirThreads = wanted.peer().threads() > 0 ? wanted.peer().threads() : wanted.threads();
        WorkerProcess ours = worker(OURS, wanted.threads(), wanted.vectors(), Map.of());
        WorkerProcess theirs =
                worker(THEIRS, theirThreads, wanted.vectors(), wanted.peer().environment());
        Map<String, Object> answer = new LinkedHashMap<>(ours.ask(open(number, OURS)));
        answer.putAll(theirs.ask(open(number, THEIRS)));
        Opened opened = opened(wanted, answer);
        List<Double> ourNanos = new ArrayList<>();
        List<Double> theirNanos = new ArrayList<>();
        long start = System.nanoTime();
        for (int round = 0;
                round < pace.rounds() && (round < pace.fewest() || System.nanoTime() - start < 2 * pace.budget());
                round++) {
            if (opened.ours != null) {
                ourNanos.add(burst(ours, OURS));
            }
            if (opened.theirs != null) {
                theirNanos.add(burst(theirs, THEIRS));
            }
        }
        return row(group, wanted, opened, numbers(ourNanos), numbers(theirNanos), ours);
    }

    private double burst(WorkerProcess worker, String side) throws WorkerProcess.FailedException {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Map<String, Object> answer = worker.ask(Map.of("do", "burst", "side", side, "burst", LONGER * pace.burst()));
        return ((Number) answer.get("nanos")).doubleValue();
    }

    private Map<String, Object> open(int number, String... sides) {
        return Map.of("do", "open", "case", number, "sides", List.of(sides), "warmup", pace.warmup());
    }

    /// What an opened case says of both sides; a side that is absent is null.
    private record Opened(Map<?, ?> ours, Map<?, ?> theirs, String remark) {}

    private Opened opened(Case wanted, Map<String, Object> answer) {
        Map<?, ?> ours = (Map<?, ?>) answer.get(OURS);
        Map<?, ?> theirs = (Map<?, ?>) answer.get(THEIRS);
        String missing = Stream.of(missing(suite.ours(), wanted, ours), missing(wanted.peer(), wanted, theirs))
                .filter(reason -> !reason.isEmpty())
                .collect(Collectors.joining("; "));
        if (!missing.isEmpty()) {
            return new Opened(
                    ours.containsKey("sketch") ? ours : null, theirs.containsKey("sketch") ? theirs : null, missing);
        }
        return new Opened(ours, theirs, difference(wanted, numbers(ours.get("sketch")), numbers(theirs.get("sketch"))));
    }

    /// Why a side is missing, or nothing.
    private String missing(Peer peer, Case wanted, Map<?, ?> side) {
        if (side.get("absent") instanceof String reason) {
            absent.putIfAbsent(peer.title(), reason);
            return peer.title() + " is absent";
        }
        if (side.get("lacks") instanceof String kernel) {
            return peer.title() + " has no " + kernel;
        }
        if (wanted.vectors() == Case.Vectors.WIDEST) {
            versions.putIfAbsent(peer.title(), side.get("version").toString());
        }
        return "";
    }

    /// Where two results differ by more than the operation allows, or nothing.
    static String difference(Case wanted, double[] ours, double[] theirs) {
        if (theirs.length == 0) {
            return "";
        }
        if (ours.length != theirs.length) {
            return "differs: " + ours.length + " elements here, " + theirs.length + " there";
        }
        double allowed = wanted.operation()
                .allowed(Arrays.stream(theirs).map(Math::abs).max().orElse(0));
        for (int i = 0; i < ours.length; i++) {
            if (!(Math.abs(ours[i] - theirs[i]) <= allowed)) {
                return "differs: " + ours[i] + " here, " + theirs[i] + " there, in sample " + i;
            }
        }
        return "";
    }

    /// The largest difference of two results, NaN where there is nothing to compare.
    private static double largest(Opened opened) {
        if (opened.ours == null || opened.theirs == null) {
            return Double.NaN;
        }
        double[] ours = numbers(opened.ours.get("sketch"));
        double[] theirs = numbers(opened.theirs.get("sketch"));
        return IntStream.range(0, Math.min(ours.length, theirs.length))
                .mapToDouble(i -> Math.abs(ours[i] - theirs[i]))
                .max()
                .orElse(Double.NaN);
    }

    private Row row(Group group, Case wanted, Opened opened, double[] ours, double[] theirs, WorkerProcess worker)
            throws WorkerProcess.FailedException {
        double bytes = opened.ours == null || !(boolean) opened.ours.get("repeats")
                ? Double.NaN
                : ((Number) worker.ask(Map.of("do", "bytes")).get("bytes")).doubleValue();
        Unit unit = wanted.operation().unit();
        double[] our = figures(unit, opened.ours, ours);
        double[] their = figures(unit, opened.theirs, theirs);
        double[] ratios = new double[Math.min(our.length, their.length)];
        Arrays.setAll(ratios, i -> unit.ratio(our[i], their[i]));
        return new Row(
                suite.name(),
                group.title(),
                wanted,
                Statistics.median(our),
                Statistics.median(their),
                Statistics.median(ratios),
                Statistics.quantile(ratios, 0.25),
                Statistics.quantile(ratios, 0.75),
                ratios.length,
                bytes,
                largest(opened),
                opened.theirs == null ? "" : opened.theirs.get("setting").toString(),
                opened.remark);
    }

    private static double[] figures(Unit unit, Map<?, ?> side, double[] nanos) {
        if (side == null) {
            return new double[0];
        }
        double work = ((Number) side.get("work")).doubleValue();
        return Arrays.stream(nanos).map(time -> unit.figure(work, time)).toArray();
    }

    private static double[] numbers(Object list) {
        return list == null
                ? new double[0]
                : ((List<?>) list)
                        .stream()
                                .mapToDouble(each -> each == null ? Double.NaN : ((Number) each).doubleValue())
                                .toArray();
    }

    private WorkerProcess worker(String role, int threads, Case.Vectors vectors, Map<String, String> environment)
            throws IOException {
        WorkerProcess.Setup setup = new WorkerProcess.Setup(role, threads, vectors, environment);
        WorkerProcess worker = workers.get(setup);
        if (worker == null || !worker.isAlive()) {
            worker = WorkerProcess.start(suite, setup, machine);
            workers.put(setup, worker);
        }
        return worker;
    }

    @Override
    public void close() {
        new ArrayList<>(workers.values()).forEach(WorkerProcess::close);
        workers.clear();
    }
}
