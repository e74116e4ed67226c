package adjoint.cli;

import adjoint.cli.config.Config;
import adjoint.cli.config.ConfigException;
import adjoint.cli.report.Figures;
import adjoint.cli.run.RunFolder;
import adjoint.linalg.Parallel;
import adjoint.linalg.Rng;
import adjoint.nn.Metrics;
import adjoint.nn.Trainer;
import adjoint.nn.files.SafeTensors;
import adjoint.nn.metrics.Confusion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `adjoint evaluate`: measures a run's model on its test cases.
@Command(
        name = "evaluate",
        description = "Measures the model of a run on its test cases.",
        mixinStandardHelpOptions = true)
final class EvaluateCommand implements Callable<Integer> {
    private final Console console;

    @picocli.CommandLine.Parameters(paramLabel = "RUN", description = "The folder of a run.")
    private Path run;

    @Option(names = "--data", paramLabel = "DIR", description = "Folder with the data sets (else that of the run).")
    private String data;

    @Option(
            names = "--draws",
            paramLabel = "N",
            description = "Averages the predictions of N draws of Gaussian processes (default: of their mean).")
    private int draws;

    EvaluateCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        if (draws < 0) {
            throw new ConfigException("--draws: expected a whole number of at least 0, got '" + draws + "'");
        }
        RunFolder folder = RunFolder.existing(run);
        Config recorded = folder.readConfig();
        Config config = data == null ? recorded : recorded.withDataFolder(data);
        SafeTensors state = folder.readModel();
        Problem<?> problem = Problem.of(config);
        measure(config, problem, folder, state);
        return 0;
    }

    private <B> void measure(Config config, Problem<B> problem, RunFolder folder, SafeTensors state) {
        Task<B> task = problem.task(config.model(), config.training().seed());
        folder.load(state, task.model());
        int batch = Math.min(config.training().batch(), problem.testSize());
        MemoryEstimate.of(config, problem).require(batch, Runtime.getRuntime().maxMemory());
        Trainer<B> trainer = new Trainer<>(
                task.model(),
                draws == 0
                        ? task
                        : task.averaging(draws, Rng.of(config.training().seed()).child("draws")),
                Recipe.evaluation(config));
        try (Parallel.Scope _ = Parallel.with(config.training().threads())) {
            tell(problem, trainer.evaluate(problem.testing(batch).epoch(0)));
        }
    }

    private void tell(Problem<?> problem, Metrics metrics) {
        String accuracy = "accuracy " + Figures.percent(metrics.accuracy());
        double loss = metrics.loss().value();
        String figures = switch (problem.measure()) {
            case ACCURACY -> accuracy + ", loss " + Figures.number(loss);
            case LOSS -> String.format(Locale.ROOT, "loss %.4f nats, ", loss) + accuracy;
        };
        console.out().println("test " + figures + ", " + Figures.count(metrics.samples()) + " " + problem.cases());
        List<String> classes = problem.classNames();
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
