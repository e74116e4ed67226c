package adjoint.cli;

import adjoint.cli.run.RunException;
import adjoint.data.DataFolder;
import adjoint.data.DirectedGraph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `adjoint experiment`: comparisons of kernel machines, which print one table.
@Command(
        name = "experiment",
        description = "Compares kernel machines on a data set and prints one table.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class ExperimentCommand implements Callable<Integer> {
    private static final String CORA = "cora";
    private static final Path FILE = Path.of("graph", "directed-npz", "cora.npz");

    private final Console console;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "EXPERIMENT", description = "cora: the classes of a directed graph of citations.")
    private String name = "";

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Folder with the data sets (else $ADJOINT_DATA, ./data).")
    private String data = "";

    @Option(names = "--splits", paramLabel = "N", description = "Random splits (default ${DEFAULT-VALUE}).")
    private int splits = 10;

    @Option(
            names = "--rank",
            paramLabel = "N",
            description = "Singular triplets of an embedding (default ${DEFAULT-VALUE}).")
    private int rank = 100;

    @Option(names = "--seed", paramLabel = "N", description = "Determines the splits (default ${DEFAULT-VALUE}).")
    private long seed = 1;

    ExperimentCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        if (!name.equals(CORA)) {
            throw new ParameterException(spec.commandLine(), "unknown experiment '" + name + "'; there is " + CORA);
        }
        if (splits < 2 || splits > GraphExperiment.MOST_SPLITS || rank < 1) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--splits must be from 2 to " + GraphExperiment.MOST_SPLITS + " and --rank at least 1, got "
                            + splits + " and " + rank);
        }
        DirectedGraph graph = DirectedGraph.read(file());
        new GraphExperiment(graph, rank, splits, seed).run(line -> console.out().println(line));
        return 0;
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
