package adjoint.cli;

import adjoint.cli.config.Config;
import adjoint.cli.config.ConfigException;
import adjoint.cli.config.Experiments;
import adjoint.cli.config.Settings;
import adjoint.cli.report.Figures;
import adjoint.cli.run.Result;
import adjoint.cli.run.RunFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `adjoint train`: trains a model and leaves a folder with the run.
@Command(
        name = "train",
        description = "Trains a model and writes a folder with its figures, weights and a report.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class TrainCommand implements Callable<Integer> {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");

    private final Console console;

    @Parameters(
            arity = "0..1",
            paramLabel = "EXPERIMENT",
            description =
                    "oscillators (the default), mnist, shakespeare, uea/<data set>, or a configuration file config.yaml;"
                            + " see 'adjoint list'.")
    private String experiment;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Folder with the data sets (else $ADJOINT_DATA, ./data).")
    private String data;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Folder for the run (default: runs/<experiment>-<time>).")
    private Path out;

    @Option(names = "--attention", paramLabel = "KIND", description = "primal, softmax, linear, …; see 'adjoint list'.")
    private String attention;

    @Option(names = "--epochs", paramLabel = "N", description = "Passes over the training cases.")
    private String epochs;

    @Option(names = "--batch", paramLabel = "N", description = "Cases per step.")
    private String batch;

    @Option(names = "--lr", paramLabel = "X", description = "Learning rate.")
    private String lr;

    @Option(names = "--seed", paramLabel = "N", description = "Decides weights, order and dropout.")
    private String seed;

    @Option(names = "--threads", paramLabel = "N", description = "Threads; never changes the result (default: cores).")
    private String threads;

    @Option(
            names = "--log",
            paramLabel = "KINDS",
            description = "What to write beside metrics.jsonl: csv, tensorboard, or both with a comma.")
    private String log;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description =
                    "Any other setting, e.g. --set model.heads=4; may be repeated. Keys are those of config.yaml.")
    private List<String> assignments = List.of();

    @Option(names = "--resume", paramLabel = "DIR", description = "Go on with the run in that folder, bit for bit.")
    private Path resume;

    TrainCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        Result result = resume == null ? train() : goOn();
        return result.ending() == Result.Ending.INTERRUPTED ? 130 : 0;
    }

    private Result train() throws IOException {
        String name = experiment == null ? Experiments.DEFAULT : experiment;
        Config config = resolved(Experiments.of(name).under(overrides()));
        Path path = out == null ? Path.of("runs", folderName(config.experiment())) : out;
        console.out().println("Adjoint " + Versions.adjoint() + ": training " + config.experiment() + " → " + path);
        RunFolder folder = RunFolder.fresh(path);
        Training<?> training = prepared(config, folder);
        try (Interrupt _ = new Interrupt(training::requestStop)) {
            return told(training.run(), folder);
        }
    }

    private Result goOn() throws IOException {
        if (experiment != null || out != null) {
            throw new ConfigException("--resume goes on with the run in " + resume + " as it was configured: give no "
                    + (experiment != null ? "experiment" : "--out"));
        }
        RunFolder folder = RunFolder.existing(resume);
        Settings recorded = Experiments.read(folder.config());
        Config before = Config.of(recorded);
        Config config = resolved(recorded.under(overrides()));
        before.requireSameRun(config);
        console.out().println("Adjoint " + Versions.adjoint() + ": resuming " + config.experiment() + " in " + resume);
        Training<?> training = prepared(config, folder);
        try (Interrupt _ = new Interrupt(training::requestStop)) {
            return told(training.resume(), folder);
        }
    }

    private Training<?> prepared(Config config, RunFolder folder) throws IOException {
        Problem<?> problem = Problem.of(config);
        tell(config, problem);
        return new Training<>(config, problem, folder, console);
    }

    /// What the options say, as settings.
    private Settings overrides() {
        Settings settings = Settings.none();
        for (String assignment : assignments) {
            settings = settings.under(Settings.assignment(assignment));
        }
        return settings.under(option("--attention", "model.attention.kind", attention))
                .under(option("--epochs", "training.epochs", epochs))
                .under(option("--batch", "training.batch", batch))
                .under(option("--lr", "optimiser.lr", lr))
                .under(option("--seed", "training.seed", seed))
                .under(option("--threads", "training.threads", threads))
                .under(option("--log", "training.log", log));
    }

    private static Settings option(String name, String path, String value) {
        return value == null ? Settings.none() : Settings.of(path, value, name);
    }

    /// The configuration with what depends on this machine made definite.
    private Config resolved(Settings settings) {
        Config config = Config.of(settings);
        int cores = Runtime.getRuntime().availableProcessors();
        Config threaded = config.training().threads() == 0 ? config.withThreads(cores) : config;
        return data == null
                ? threaded
                : threaded.withDataFolder(
                        Path.of(data).toAbsolutePath().normalize().toString());
    }

    private static String folderName(String experiment) {
        return experiment.replaceAll("[^A-Za-z0-9_.-]", "-") + "-"
                + LocalDateTime.now().format(TIME);
    }

    private void tell(Config config, Problem<?> problem) {
        console.out().println("data: " + problem.summary());
        Config.Model model = config.model();
        double parameters = MemoryEstimate.parameters(model, problem.outside(model));
        console.out()
                .println("model: " + model.attention().kind().word() + " attention, "
                        + (model.attending() < model.layers() ? "the last " + model.attending() + " of " : "")
                        + model.layers() + " layers of " + model.heads() + " heads, width " + model.width() + ", "
                        + Figures.count((long) parameters) + " parameters; threads: "
                        + config.training().threads());
    }

    private Result told(Result result, RunFolder folder) {
        console.out().println(summary(result));
        console.out().println("report: " + folder.report().toAbsolutePath().normalize());
        if (result.ending() == Result.Ending.INTERRUPTED) {
            console.out().println("interrupted; go on with: adjoint train --resume " + folder.path());
        }
        return result;
    }

    private static String summary(Result result) {
        if (result.epochs() == 0) {
            return "no epoch was completed";
        }
        if (result.measure() == Result.Measure.LOSS) {
            return String.format(
                    Locale.ROOT,
                    "test loss: best %.4f nats (epoch %d), last %.4f",
                    result.bestLoss(),
                    result.bestEpoch(),
                    result.lastLoss());
        }
        return "test accuracy: best " + Figures.percent(result.bestAccuracy()) + " (epoch " + result.bestEpoch()
                + "), last " + Figures.percent(result.lastAccuracy())
                + result.linearAccuracy()
                        .map(linear -> "; a linear classifier on the same split: " + Figures.percent(linear))
                        .orElse("");
    }
}
