package adjoint.cli;

import adjoint.cli.config.Config;
import adjoint.cli.report.Figures;
import adjoint.cli.run.RunException;
import adjoint.cli.run.RunFolder;
import adjoint.data.Batch;
import adjoint.data.Loader;
import adjoint.linalg.Parallel;
import adjoint.nn.Metrics;
import adjoint.nn.Parameters;
import adjoint.nn.Trainer;
import adjoint.nn.files.SafeTensors;
import adjoint.nn.metrics.Confusion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `adjoint evaluate`: measures a run's model on its test series.
@Command(
        name = "evaluate",
        description = "Measures the model of a run on its test series.",
        mixinStandardHelpOptions = true)
final class EvaluateCommand implements Callable<Integer> {
    private final Console console;

    @picocli.CommandLine.Parameters(paramLabel = "RUN", description = "The folder of a run.")
    private Path run;

    @Option(names = "--data", paramLabel = "DIR", description = "Folder with the data sets (else that of the run).")
    private String data;

    EvaluateCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        RunFolder folder = RunFolder.existing(run);
        Config recorded = folder.readConfig();
        Config config = data == null ? recorded : recorded.withDataFolder(data);
        if (!Files.exists(folder.model())) {
            throw new RunException(folder.model() + " is missing: the run has not come to its first end yet");
        }
        Problem problem = Problem.of(config.data());
        Classifier classifier = Classifier.of(config.model(), config.training().seed(), problem);
        try {
            Parameters.of(classifier.model())
                    .load(SafeTensors.read(folder.model()).tensors());
        } catch (IllegalArgumentException e) {
            throw new RunException(folder.model() + " does not fit " + folder.config() + ": " + e.getMessage());
        }
        tell(problem, measure(config, problem, classifier));
        return 0;
    }

    private static Metrics measure(Config config, Problem problem, Classifier classifier) {
        int batch = Math.min(config.training().batch(), problem.test().size());
        MemoryEstimate.of(config, problem).require(batch, Runtime.getRuntime().maxMemory());
        Trainer<Batch> trainer = new Trainer<>(
                classifier.model(),
                classifier,
                new Trainer.Config(
                        Classifier.optimizer(config.optimiser()),
                        Double.POSITIVE_INFINITY,
                        config.training().shards(),
                        config.training().seed()));
        try (Parallel.Scope _ = Parallel.with(config.training().threads())) {
            return trainer.evaluate(
                    Loader.inOrder(problem.test(), problem.padding(), batch).epoch(0));
        }
    }

    private void tell(Problem problem, Metrics metrics) {
        console.out()
                .println("test accuracy " + Figures.percent(metrics.accuracy()) + ", loss "
                        + Figures.number(metrics.loss().value()) + ", "
                        + Figures.count(metrics.samples()) + " series");
        List<String> classes = problem.test().classNames();
        Confusion confusion = metrics.confusion();
        for (int i = 0; i < classes.size(); i++) {
            long all = 0;
            for (int j = 0; j < classes.size(); j++) {
                all += confusion.count(i, j);
            }
            console.out().println("  class " + classes.get(i) + ": " + confusion.count(i, i) + " of " + all + " found");
        }
    }
}
