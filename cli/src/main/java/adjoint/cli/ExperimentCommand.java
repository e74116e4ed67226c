package adjoint.cli;

import adjoint.cli.config.Experiments;
import adjoint.cli.config.Settings;
import adjoint.cli.run.RunException;
import adjoint.data.DataFolder;
import adjoint.data.DirectedGraph;
import adjoint.data.FormatException;
import adjoint.data.Split;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `adjoint experiment`: comparisons of kernel machines and of attentions, which print one table.
@Command(
        name = "experiment",
        description = "Compares kernel machines or attentions on a data set and prints one table.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class ExperimentCommand implements Callable<Integer> {
    private static final String CORA = "cora";
    private static final String UNCERTAINTY = "uncertainty";
    /// The only two sets of one number of channels with more than a hundred training series of which one has few
    /// classes.
    private static final String SET = "uea/UWaveGestureLibrary";

    private static final String OTHER = "uea/Handwriting";
    /// Smaller than what the authors train on such series, and with J² in the loss.
    private static final List<String> SMALL = List.of(
            "model.width=64",
            "model.heads=4",
            "model.feedForward=128",
            "model.attention.rank=10",
            "model.attention.rankMulti=10",
            "model.attention.eta=1");

    private static final int MOST_SEEDS = 100;
    private static final Path FILE = Path.of("graph", "directed-npz", "cora.npz");

    private final Console console;

    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "EXPERIMENT",
            description =
                    "cora: the classes of a directed graph of citations; uncertainty: probabilities of KEP-SVGP and"
                            + " softmax attention, on gestures and on what is none.")
    private String name = "";

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Folder with the data sets (else $ADJOINT_DATA, ./data).")
    private String data = "";

    @Option(names = "--splits", paramLabel = "N", description = "cora: random splits (default ${DEFAULT-VALUE}).")
    private int splits = 10;

    @Option(
            names = "--rank",
            paramLabel = "N",
            description = "cora: singular triplets of an embedding (default ${DEFAULT-VALUE}).")
    private int rank = 100;

    @Option(names = "--seed", paramLabel = "N", description = "cora: determines the splits (default ${DEFAULT-VALUE}).")
    private long seed = 1;

    @Option(
            names = "--seeds",
            paramLabel = "N",
            description = "uncertainty: trainings of each, seeds 1 … N (default ${DEFAULT-VALUE}).")
    private int seeds = 3;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            description = "uncertainty: passes over the training series (default ${DEFAULT-VALUE}).")
    private String epochs = "40";

    @Option(
            names = "--draws",
            paramLabel = "N",
            description = "uncertainty: draws of the Gaussian process (default ${DEFAULT-VALUE}).")
    private int draws = 20;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "uncertainty: folder for result.json and the page (default ${DEFAULT-VALUE}).")
    private Path out = Path.of("runs", UNCERTAINTY);

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "uncertainty: a setting of all models; may be repeated.")
    private List<String> assignments = List.of();

    ExperimentCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        switch (name) {
            case CORA -> cora();
            case UNCERTAINTY -> uncertainty();
            default ->
                throw new ParameterException(
                        spec.commandLine(),
                        "unknown experiment '" + name + "'; there are " + CORA + " and " + UNCERTAINTY);
        }
        return 0;
    }

    private void uncertainty() throws IOException {
        if (seeds < 1 || seeds > MOST_SEEDS || draws < 1) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--seeds must be from 1 to " + MOST_SEEDS + " and --draws at least 1, got " + seeds + " and "
                            + draws);
        }
        Settings settings = Experiments.defaults(SET);
        for (String assignment : SMALL) {
            settings = settings.under(Settings.assignment(assignment));
        }
        for (String assignment : assignments) {
            settings = settings.under(Settings.assignment(assignment));
        }
        settings = settings.under(Settings.of("training.epochs", epochs, "--epochs"));
        UncertaintyExperiment.Table table = new UncertaintyExperiment(
                        settings, read(SET), read(OTHER).test(), seeds, draws)
                .run(line -> console.out().println(line));
        table.lines().forEach(console.out()::println);
        console.out().println("table: " + table.write(out).toAbsolutePath().normalize());
    }

    private Split read(String set) throws IOException {
        try {
            return Problem.folder(data).find(set).read();
        } catch (FormatException e) {
            throw e;
        } catch (IOException e) {
            throw new RunException(e.getMessage());
        }
    }

    private void cora() throws IOException {
        if (splits < 2 || splits > GraphExperiment.MOST_SPLITS || rank < 1) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--splits must be from 2 to " + GraphExperiment.MOST_SPLITS + " and --rank at least 1, got "
                            + splits + " and " + rank);
        }
        DirectedGraph graph = DirectedGraph.read(file());
        new GraphExperiment(graph, rank, splits, seed).run(line -> console.out().println(line));
    }

    private Path file() {
        for (Path root : Problem.folder(data).roots()) {
            if (Files.exists(root.resolve(FILE))) {
                return root.resolve(FILE);
            }
        }
        throw new RunException("there is no " + FILE + " below "
                + Problem.folder(data).roots() + ": name the folder above it with --data or " + DataFolder.VARIABLE);
    }
}
