package adjoint.bench;

import adjoint.cli.Console;
import adjoint.cli.config.Nearest;
import adjoint.cli.run.AtomicFile;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `adjoint bench`: measures a suite beside its peers.
@Command(
        name = "bench",
        description = "Measures Adjoint beside other libraries, in the same run.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class BenchCommand implements Callable<Integer> {
    private static final int DIFFERENT = 1;

    private final Console console;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "SUITE", description = "What to measure: linalg, autodiff, training, duality.")
    private String suite;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Folder for bench.json and bench.html; without it there is only the table.")
    private Path out;

    @Option(
            names = "--quick",
            description = "A choice of the cases, measured more briefly; linalg takes less than two minutes.")
    private boolean quick;

    @Option(
            names = "--only",
            paramLabel = "PATTERN",
            split = ",",
            description = "Only the cases whose kernel and shape contain one of these, e.g. softmax,SVD or 'NT 128x'.")
    private List<String> only = List.of();

    @Option(names = "--threads", paramLabel = "N", description = "Only the cases with that many threads.")
    private Integer threads;

    @Option(
            names = "--peers",
            paramLabel = "NAME",
            split = ",",
            description = "Only the cases with these peers, e.g. openblas,libtorch.")
    private List<String> peers = List.of();

    @Option(names = "--list", description = "Shows the cases instead of measuring them.")
    private boolean list;

    BenchCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        Suite whole = Suite.of(suite)
                .orElseThrow(() -> wrong("unknown suite '" + suite + "'" + Nearest.hint(suite, Suite.names())
                        + " (there is: " + String.join(", ", Suite.names()) + ")"));
        List<Group> groups = chosen(whole);
        if (list) {
            list(groups);
            return 0;
        }
        if (out != null) {
            writable(out);
        }
        Report report = measure(whole, groups);
        if (out != null) {
            AtomicFile.write(out.resolve("bench.json"), report.toJson());
            AtomicFile.write(out.resolve("bench.html"), new BenchPage(report).toHtml());
            console.out().println("report: " + out.resolve("bench.html"));
        }
        return report.rows().stream().anyMatch(row -> row.remark().startsWith("differs")) ? DIFFERENT : 0;
    }

    private List<Group> chosen(Suite whole) {
        List<String> known = whole.peers().stream().map(Peer::id).toList();
        for (String peer : peers) {
            if (!known.contains(peer.toLowerCase(Locale.ROOT))) {
                throw wrong("--peers: unknown peer '" + peer + "'" + Nearest.hint(peer, known) + " (there are: "
                        + String.join(", ", known) + ")");
            }
        }
        if (threads != null && threads < 1) {
            throw wrong("--threads: expected a number ≥ 1, got " + threads);
        }
        List<String> wanted =
                peers.stream().map(peer -> peer.toLowerCase(Locale.ROOT)).toList();
        List<Group> groups = new ArrayList<>();
        for (Group group : whole.groups()) {
            List<Case> cases = group.cases().stream()
                    .filter(each -> !quick || each.quick())
                    .filter(each -> only.isEmpty() || only.stream().anyMatch(each::matches))
                    .filter(each -> threads == null || each.threads() == threads)
                    .filter(each ->
                            wanted.isEmpty() || wanted.contains(each.peer().id()))
                    .toList();
            if (!cases.isEmpty()) {
                groups.add(group.with(cases));
            }
        }
        if (groups.isEmpty()) {
            throw wrong("no case of " + suite + " is chosen by these options (--list shows all)");
        }
        return groups;
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private void writable(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (FileAlreadyExistsException e) {
            throw wrong("the output folder " + folder + " cannot be written: " + e.getMessage() + " is a file");
        } catch (IOException e) {
            throw wrong("the output folder " + folder + " cannot be written: " + e.getMessage());
        }
        if (!Files.isWritable(folder)) {
            throw wrong("the output folder " + folder + " cannot be written: no permission");
        }
    }

    private void list(List<Group> groups) {
        for (Group group : groups) {
            console.out().println(group.title());
            for (Case each : group.cases()) {
                console.out()
                        .println("  " + each + ", " + each.threads() + (each.threads() == 1 ? " thread" : " threads")
                                + ", beside " + each.peer().id());
            }
        }
    }

    private Report measure(Suite whole, List<Group> groups) throws IOException {
        Instant started = Instant.now();
        Machine machine = Machine.here();
        Table table = new Table(console.out());
        table.machine(machine);
        List<Row> rows = new ArrayList<>();
        try (Runner runner = new Runner(whole, quick ? Pace.QUICK : Pace.THOROUGH, machine)) {
            for (Group group : groups) {
                table.group(group);
                for (Case each : group.cases()) {
                    Row row = runner.measure(group, each);
                    rows.add(row);
                    table.row(row);
                }
            }
            Report report =
                    new Report(whole.name(), started, quick, machine, runner.versions(), runner.absent(), groups, rows);
            table.end(report);
            return report;
        }
    }
}
