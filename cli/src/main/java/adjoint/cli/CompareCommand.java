package adjoint.cli;

import adjoint.cli.config.Config;
import adjoint.cli.config.ConfigException;
import adjoint.cli.config.Experiments;
import adjoint.cli.config.Settings;
import adjoint.cli.run.AtomicFile;
import adjoint.cli.run.Result;
import adjoint.cli.run.RunException;
import adjoint.cli.run.RunFolder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `adjoint compare`: trains an experiment with several attentions and seeds, and shows one table. Each run is an
/// `adjoint train` in a process of its own, so that its memory is its own; what is done is not done again.
@Command(
        name = "compare",
        description = "Trains with several attentions and seeds, and shows one table; goes on where it was stopped.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class CompareCommand implements Callable<Integer> {
    private static final int MOST_SEEDS = 1000;
    private static final String GROUP = "model.attention.";

    private final Console console;

    @Parameters(arity = "0..1", paramLabel = "EXPERIMENT", description = "As for 'adjoint train'.")
    private String experiment = Experiments.DEFAULT;

    @Option(
            names = "--attention",
            split = ",",
            paramLabel = "KIND[:KEY=VALUE…]",
            description = "Some of those in 'adjoint list', with commas; each with settings of its own, as in"
                    + " primal,primal:regulariser=rho2:eta=1 (default ${DEFAULT-VALUE}).")
    private List<String> attentions = List.of("primal", "softmax");

    @Option(names = "--seeds", paramLabel = "N", description = "Runs of each, seeds 1 … N (default ${DEFAULT-VALUE}).")
    private int seeds = 3;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Folder for the runs and the table (default: runs/compare-<experiment>).")
    private Path out;

    @Option(names = "--data", paramLabel = "DIR", description = "Folder with the data sets.")
    private String data;

    @Option(names = "--epochs", paramLabel = "N", description = "Passes over the training cases.")
    private String epochs;

    @Option(names = "--threads", paramLabel = "N", description = "Threads; never changes the result (default: cores).")
    private String threads;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Any other setting; may be repeated.")
    private List<String> assignments = List.of();

    CompareCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        if (seeds < 1 || seeds > MOST_SEEDS) {
            throw new ConfigException(
                    "--seeds: expected a whole number from 1 to " + MOST_SEEDS + ", got '" + seeds + "'");
        }
        Map<RunFolder, Planned> runs = new LinkedHashMap<>();
        for (String attention : attentions) {
            Entry entry = Entry.of(attention.strip());
            for (int seed = 1; seed <= seeds; seed++) {
                String name = entry.text.replaceAll("[^A-Za-z0-9_.-]", "-") + "-" + seed;
                runs.put(new RunFolder(root().resolve(name)), new Planned(entry, config(entry, seed)));
            }
        }
        runs.forEach((folder, planned) -> {
            if (Files.exists(folder.config())) {
                folder.readConfig().requireSameRun(planned.config);
            }
        });
        List<Comparison.Run> done = new ArrayList<>();
        for (Map.Entry<RunFolder, Planned> run : runs.entrySet()) {
            String place = (done.size() + 1) + "/" + runs.size();
            done.add(trained(run.getKey(), run.getValue(), place));
        }
        Comparison table = Comparison.of(experiment, done);
        table.lines().forEach(console.out()::println);
        Path page = root().resolve("comparison.html");
        AtomicFile.write(page, table.toHtml());
        AtomicFile.write(root().resolve("comparison.json"), table.toJson());
        console.out().println("table: " + page.toAbsolutePath().normalize());
        return 0;
    }

    private Path root() {
        return out == null ? Path.of("runs", "compare-" + experiment.replaceAll("[^A-Za-z0-9_.-]", "-")) : out;
    }

    /// A run that is to be in the table.
    private record Planned(Entry entry, Config config) {}

    /// An attention with settings of its own, below `model.attention`.
    ///
    /// @param text `primal:regulariser=rho2:eta=1`
    /// @param settings `regulariser=rho2`, …
    private record Entry(String text, String kind, List<String> settings) {
        static Entry of(String text) {
            List<String> parts = List.of(text.split(":", -1));
            return new Entry(text, parts.getFirst(), parts.subList(1, parts.size()));
        }

        /// @throws ConfigException for what is no assignment
        Settings over(Settings defaults) {
            Settings all = defaults.under(Settings.of(GROUP + "kind", kind, "--attention"));
            for (String setting : settings) {
                int equals = setting.indexOf('=');
                if (equals < 1) {
                    throw new ConfigException(origin() + ": expected key=value after ':', e.g."
                            + " primal:regulariser=rho2, got '" + setting + "'");
                }
                all = all.under(Settings.of(
                        GROUP + setting.substring(0, equals).strip(),
                        setting.substring(equals + 1).strip(),
                        origin()));
            }
            return all;
        }

        /// @throws ConfigException for a setting without a meaning for the kind
        Config require(Config config) {
            List<String> known = config.model().attention().kind().settings();
            for (String setting : settings) {
                String key = setting.substring(0, setting.indexOf('=')).strip();
                if (!known.contains(key)) {
                    throw new ConfigException(origin() + ": " + kind + " attention has no setting " + key + "; it has "
                            + String.join(", ", known));
                }
            }
            return config;
        }

        private String origin() {
            return "entry '" + text + "' of --attention";
        }
    }

    private Config config(Entry entry, int seed) {
        Settings settings = Experiments.of(experiment);
        for (String assignment : assignments) {
            settings = settings.under(Settings.assignment(assignment));
        }
        if (epochs != null) {
            settings = settings.under(Settings.of("training.epochs", epochs, "--epochs"));
        }
        return entry.require(
                Config.of(entry.over(settings).under(Settings.of("training.seed", Integer.toString(seed), "--seeds"))));
    }

    private Comparison.Run trained(RunFolder folder, Planned planned, String place) throws IOException {
        boolean begun = Files.exists(folder.config());
        if (!begun || !isDone(folder, planned.config)) {
            console.out().println((begun ? "going on " : "training ") + place + ": " + folder.path());
            run(folder, planned, begun);
        }
        return new Comparison.Run(
                planned.entry.text, folder.readConfig(), folder.readResult(), folder.readInspection());
    }

    private static boolean isDone(RunFolder folder, Config config) {
        if (!Files.exists(folder.result())) {
            return false;
        }
        Result result = folder.readResult();
        return result.ending() != Result.Ending.INTERRUPTED
                && (result.ending() != Result.Ending.FINISHED
                        || result.epochs() >= config.training().epochs());
    }

    /// @throws RunException if it leaves no result
    private void run(RunFolder folder, Planned planned, boolean begun) throws IOException {
        List<String> command = new ArrayList<>(self());
        command.add("train");
        if (begun) {
            command.addAll(List.of("--resume", folder.path().toString()));
        } else {
            command.addAll(List.of(experiment, "--out", folder.path().toString()));
            command.addAll(List.of("--attention", planned.entry.kind));
            command.addAll(
                    List.of("--seed", Long.toString(planned.config.training().seed())));
        }
        option(command, "--data", data);
        option(command, "--epochs", epochs);
        option(command, "--threads", threads);
        assignments.forEach(assignment -> option(command, "--set", assignment));
        planned.entry.settings.forEach(setting -> option(command, "--set", GROUP + setting));
        Process process = new ProcessBuilder(command).start();
        FutureTask<String> told =
                new FutureTask<>(() -> new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
        Thread.ofVirtual().start(told);
        showEpochs(process);
        int status = status(process);
        String errors = errors(told);
        if (status == 0) {
            return;
        }
        String message = errors.lines()
                .filter(line -> line.startsWith("adjoint: "))
                .map(line -> line.substring("adjoint: ".length()))
                .reduce((_, last) -> last)
                .orElse("it ended with status " + status);
        if (!Files.exists(folder.result()) || folder.readResult().ending() != Result.Ending.NOT_FINITE) {
            throw new RunException(
                    "the run " + folder.path() + " did not come to its end: " + message + "; the same command goes on");
        }
        console.err().println("adjoint: " + folder.path() + ": " + message);
    }

    /// A line per epoch as it ends; on a terminal each takes the place of the one before.
    private void showEpochs(Process process) throws IOException {
        int longest = 0;
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("epoch ") && console.terminal()) {
                    longest = Math.max(longest, line.length());
                    console.out().print("\r  " + line + " ".repeat(longest - line.length()));
                    console.out().flush();
                } else if (line.startsWith("epoch ")) {
                    console.out().println("  " + line);
                }
            }
        }
        if (longest > 0) {
            console.out().println();
        }
    }

    private static String errors(FutureTask<String> told) throws IOException {
        try {
            return told.get();
        } catch (ExecutionException e) {
            throw new IOException(
                    "a run's messages cannot be read: " + e.getCause().getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while a run was trained");
        }
    }

    private static int status(Process process) throws IOException {
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while a run was trained");
        }
    }

    private static void option(List<String> command, String name, String value) {
        if (value != null) {
            command.addAll(List.of(name, value));
        }
    }

    /// This command line, with the options of this JVM.
    private static List<String> self() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("-X") || argument.startsWith("--add-modules"))
                .forEach(command::add);
        String modules = System.getProperty("jdk.module.path", "");
        if (Main.class.getModule().isNamed()
                && System.getProperty("jdk.module.main", "").startsWith("adjoint.")) {
            command.addAll(List.of("--module-path", modules, "--module", "adjoint.cli/" + Main.class.getName()));
        } else {
            String separator = modules.isEmpty() ? "" : System.getProperty("path.separator");
            command.addAll(List.of("-cp", modules + separator + System.getProperty("java.class.path")));
            command.add(Main.class.getName());
        }
        return command;
    }
}
