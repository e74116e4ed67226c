package adjoint.cli;

import adjoint.autodiff.Tensor;
import adjoint.cli.config.Config;
import adjoint.cli.report.Figures;
import adjoint.cli.run.RunFolder;
import adjoint.linalg.Parallel;
import adjoint.linalg.Rng;
import adjoint.nn.Batches;
import adjoint.nn.GradientNoise;
import adjoint.nn.LearningRateFinder;
import adjoint.nn.Pass;
import adjoint.nn.Sharpness;
import adjoint.nn.Trainer;
import adjoint.nn.files.SafeTensors;
import adjoint.nn.optim.Schedule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `adjoint diagnose`: what a run's gradients say of its batch size and its learning rate.
@Command(
        name = "diagnose",
        description = "Measures gradient noise and sharpness at a run's weights, and searches a learning rate.",
        mixinStandardHelpOptions = true)
final class DiagnoseCommand implements Callable<Integer> {
    private static final int SEARCH_STEPS = 100;
    /// How far from the configured learning rate the search goes.
    private static final double SEARCH_FACTOR = 1000;

    private static final int PARTS = 8;
    private static final double TOLERANCE = 1e-3;
    private static final int MAX_PRODUCTS = 100;

    private final Console console;

    @Parameters(paramLabel = "RUN", description = "The folder of a run.")
    private Path run;

    @Option(names = "--data", paramLabel = "DIR", description = "Folder with the data sets (else that of the run).")
    private String data;

    DiagnoseCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        RunFolder folder = RunFolder.existing(run);
        Config recorded = folder.readConfig();
        Config config = data == null ? recorded : recorded.withDataFolder(data);
        SafeTensors state = folder.readModel();
        diagnose(config, Problem.of(config), folder, state);
        return 0;
    }

    private <B> void diagnose(Config config, Problem<B> problem, RunFolder folder, SafeTensors state) {
        long seed = config.training().seed();
        Task<B> trained = problem.task(config.model(), seed);
        folder.load(state, trained.model());
        int batch = Math.min(config.training().batch(), problem.trainSize());
        MemoryEstimate.of(config, problem).require(batch, Runtime.getRuntime().maxMemory());
        Rng key = Rng.of(seed);
        try (Parallel.Scope _ = Parallel.with(config.training().threads())) {
            Batches<B> batches = problem.training(batch, key.child("batches"));
            tell(
                    GradientNoise.of(trained.model(), trained, batches.epoch(0), PARTS, key.child("noise")),
                    problem,
                    batch);
            Iterator<B> some = problem.testing(Math.min(batch, problem.testSize()))
                    .epoch(0)
                    .iterator();
            B first = some.next();
            tell(Sharpness.of(trained.model(), () -> loss(trained, first), TOLERANCE, MAX_PRODUCTS, key));
            tell(search(config, problem, batches, batch), config.optimiser().lr());
        }
    }

    private static <B> Tensor loss(Task<B> task, B batch) {
        Pass pass = Pass.evaluation();
        return pass.total(task.loss(batch, 0, task.size(batch), pass));
    }

    /// A short training from the run's initial weights.
    private static <B> LearningRateFinder.Curve search(
            Config config, Problem<B> problem, Batches<B> batches, int batch) {
        Task<B> fresh = problem.task(config.model(), config.training().seed());
        Trainer.Config recipe = TrainerRecipe.of(config, fresh.model(), Math.ceilDiv(problem.trainSize(), batch))
                .with(new Schedule.Constant(1));
        return LearningRateFinder.find(
                fresh.model(), fresh, recipe, batches, 1 / SEARCH_FACTOR, SEARCH_FACTOR, SEARCH_STEPS);
    }

    private void tell(GradientNoise noise, Problem<?> problem, int batch) {
        console.out()
                .println("gradient noise scale: " + Figures.number(noise.scale()) + " " + problem.cases() + " (|G|² "
                        + Figures.number(noise.squaredNorm()) + ", tr Σ " + Figures.number(noise.variance()) + ", "
                        + Figures.count(noise.batches()) + " batches of " + batch + ")");
    }

    private void tell(Sharpness sharpness) {
        console.out()
                .println("sharpness: λ " + Figures.number(sharpness.largest()) + " ± "
                        + Figures.number(sharpness.residual()) + " after " + sharpness.products()
                        + " products; plain descent is unstable above lr " + Figures.number(2 / sharpness.largest()));
    }

    private void tell(LearningRateFinder.Curve curve, double lr) {
        Optional<Double> factor = curve.steepest();
        console.out()
                .println("learning rate: "
                        + factor.map(found -> "the loss falls fastest at lr " + Figures.number(found * lr))
                                .orElse("the loss falls nowhere")
                        + " (searched from " + Figures.number(lr / SEARCH_FACTOR) + " to "
                        + Figures.number(lr * curve.points().getLast().factor()) + ")");
    }
}
