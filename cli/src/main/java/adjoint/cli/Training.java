package adjoint.cli;

import adjoint.cli.config.Config;
import adjoint.cli.report.Page;
import adjoint.cli.run.AtomicFile;
import adjoint.cli.run.Epoch;
import adjoint.cli.run.Inspection;
import adjoint.cli.run.Result;
import adjoint.cli.run.RunException;
import adjoint.cli.run.RunFolder;
import adjoint.duality.PrimalAttention;
import adjoint.linalg.Parallel;
import adjoint.linalg.Rng;
import adjoint.nn.Batches;
import adjoint.nn.DivergenceException;
import adjoint.nn.Metrics;
import adjoint.nn.Parameters;
import adjoint.nn.StepListener;
import adjoint.nn.Trainer;
import adjoint.nn.TrainingState;
import adjoint.nn.files.SafeTensors;
import adjoint.nn.metrics.Mean;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// One training, from its configuration to the files of its run.
///
/// @param <B> what a batch is
final class Training<B> {
    /// A softmax kernel has no features, and its spectrum takes O(N³) time: for longer series it is taken at the end
    /// only.
    private static final int LONGEST_DUAL_SPECTRUM = 128;

    private final Config config;
    private final Problem<B> problem;
    private final RunFolder folder;
    private final Console console;
    private final Map<String, String> versions = Versions.all();
    private final int batch;

    private final Task<B> task;
    private final Trainer<B> trainer;
    private final Batches<B> trainBatches;
    private final Batches<B> testBatches;
    private final Inside inside;
    private List<Epoch> epochs;

    /// Builds the model, with its initial weights.
    ///
    /// @throws RunException if the heap cannot hold a batch
    Training(Config config, Problem<B> problem, RunFolder folder, Console console) {
        this.batch = Math.min(config.training().batch(), problem.trainSize());
        MemoryEstimate.of(config, problem).require(batch, Runtime.getRuntime().maxMemory());
        this.config = config;
        this.problem = problem;
        this.folder = folder;
        this.console = console;
        long seed = config.training().seed();
        long steps = (long) config.training().epochs() * Math.ceilDiv(problem.trainSize(), batch);
        Trainer.Config recipe = Recipe.trainer(config, steps);
        this.task = problem.task(config.model(), seed);
        this.trainer = new Trainer<>(task.model(), task, recipe);
        this.trainBatches = problem.training(batch, Rng.of(seed).child("batches"));
        this.testBatches = problem.testing(batch);
        this.inside = Inside.of(task, problem);
    }

    /// Trains from the beginning.
    ///
    /// @throws StoppedException if the loss is no longer finite
    Result run() throws IOException {
        folder.begin(config, versions);
        epochs = folder.readMetrics();
        return train();
    }

    /// Asks the training to come to its end before the next step. May be called from any thread.
    void requestStop() {
        trainer.requestStop();
    }

    /// Goes on from the folder's checkpoint.
    ///
    /// @throws RunException if there is none or it does not fit
    /// @throws StoppedException if the loss is no longer finite
    Result resume() throws IOException {
        restore();
        folder.begin(config, versions);
        console.out()
                .println("going on after epoch " + trainer.epoch() + " of "
                        + config.training().epochs());
        return train();
    }

    private void restore() throws IOException {
        if (!Files.exists(folder.checkpoint())) {
            throw new RunException(
                    "there is no checkpoint in " + folder.path() + ": the run had not completed an epoch");
        }
        try {
            trainer.restore(TrainingState.read(folder.checkpoint()));
        } catch (IllegalArgumentException e) {
            throw new RunException(folder.checkpoint() + " does not fit: " + e.getMessage());
        }
        // An epoch that was recorded after the checkpoint is trained, and recorded, again.
        epochs = folder.readMetrics();
        epochs.subList(Math.min(trainer.epoch(), epochs.size()), epochs.size()).clear();
    }

    private Result train() throws IOException {
        int planned = config.training().epochs();
        try (Parallel.Scope _ = Parallel.with(config.training().threads())) {
            Optional<Metrics> tested = Optional.empty();
            boolean interrupted = false;
            try (Progress progress = Progress.on(console, planned, problem.trainSize(), samplesDone())) {
                while (!interrupted && trainer.epoch() < planned) {
                    tested = epoch(progress);
                    interrupted = tested.isEmpty();
                }
            }
            if (interrupted) {
                trainer.state().write(folder.checkpoint());
            }
            Result.Ending ending = interrupted ? Result.Ending.INTERRUPTED : Result.Ending.FINISHED;
            return finish(ending, tested.orElseGet(this::evaluate));
        } catch (DivergenceException e) {
            throw diverged(e);
        } catch (OutOfMemoryError e) {
            if (!Files.exists(folder.checkpoint())) {
                folder.discard();
            }
            throw new StoppedException(
                    MemoryEstimate.of(config, problem)
                            .shortage(batch, Runtime.getRuntime().maxMemory()),
                    e);
        }
    }

    private long samplesDone() {
        long inEpoch = (long) trainer.state().batchesDone() * batch;
        return (long) trainer.epoch() * problem.trainSize() + inEpoch;
    }

    private Metrics evaluate() {
        return trainer.evaluate(testBatches.epoch(0));
    }

    /// Trains, evaluates and records one epoch.
    ///
    /// @return the evaluation, or nothing if the epoch was interrupted
    private Optional<Metrics> epoch(Progress progress) throws IOException {
        Stretch stretch = new Stretch(progress);
        Trainer.Epoch trained = trainer.train(trainBatches, stretch);
        if (!trained.completed()) {
            return Optional.empty();
        }
        stretch.end();
        Metrics tested = evaluate();
        if (!Double.isFinite(tested.loss().value())) {
            throw new DivergenceException("after epoch " + trainer.epoch() + " the test loss is "
                    + tested.loss().value());
        }
        Epoch record = record(trained.metrics(), tested, stretch);
        epochs.add(record);
        folder.writeMetrics(epochs);
        trainer.state().write(folder.checkpoint());
        progress.epoch(record);
        return Optional.of(tested);
    }

    private Epoch record(Metrics trained, Metrics tested, Stretch stretch) {
        Optional<Epoch.AttentionFigures> figures = figures();
        Mean objective = trained.auxiliary().get(PrimalAttention.OBJECTIVE);
        return new Epoch(
                trainer.epoch(),
                trained.loss().value(),
                trained.accuracy(),
                objective == null ? 0 : objective.value(),
                tested.loss().value(),
                tested.accuracy(),
                stretch.seconds(),
                stretch.secondsSinceEnd(),
                stretch.samples / stretch.seconds(),
                Meter.peakMemoryMb(),
                stretch.bytesPerStep(),
                figures);
    }

    private Optional<Epoch.AttentionFigures> figures() {
        boolean cheap = config.model().attention().kind() == Config.Attention.Kind.PRIMAL
                || problem.outside(config.model()).tokens() <= LONGEST_DUAL_SPECTRUM;
        boolean last = trainer.epoch() == config.training().epochs();
        return cheap || last ? Optional.of(inside.figures()) : Optional.empty();
    }

    /// Writes what a run leaves at its end.
    private Result finish(Result.Ending ending, Metrics tested) throws IOException {
        SafeTensors.write(folder.model(), Parameters.of(task.model()).values(), metadata());
        Inspection inspection = inside.inspect(tested.confusion());
        AtomicFile.write(folder.inspection(), inspection.toJson());
        Result result = result(ending);
        AtomicFile.write(folder.result(), result.toJson());
        AtomicFile.write(folder.report(), new Page(config, epochs, result, inspection).toHtml());
        return result;
    }

    private Map<String, String> metadata() {
        Map<String, String> metadata = new TreeMap<>(problem.metadata());
        metadata.put("format", "pt");
        return metadata;
    }

    private Result result(Result.Ending ending) {
        Comparator<Epoch> goodness = switch (problem.measure()) {
            case ACCURACY -> Comparator.comparingDouble(Epoch::testAccuracy);
            case LOSS -> Comparator.comparingDouble(Epoch::testLoss).reversed();
        };
        Epoch best = epochs.stream()
                .max(goodness.thenComparing(
                        Comparator.comparingInt(Epoch::epoch).reversed()))
                .orElse(null);
        return new Result(
                config.experiment(),
                config.model().attention().kind().name().toLowerCase(Locale.ROOT),
                config.training().seed(),
                config.training().threads(),
                config.training().shards(),
                epochs.size(),
                config.training().epochs(),
                problem.trainSize(),
                problem.testSize(),
                problem.classes(),
                problem.channels(),
                problem.length(),
                Parameters.of(task.model()).count(),
                problem.measure(),
                best == null ? Double.NaN : best.testAccuracy(),
                best == null ? Double.NaN : best.testLoss(),
                best == null ? 0 : best.epoch(),
                best == null ? Double.NaN : epochs.getLast().testAccuracy(),
                best == null ? Double.NaN : epochs.getLast().testLoss(),
                ending == Result.Ending.FINISHED ? problem.linearAccuracy() : Optional.empty(),
                epochs.stream().mapToDouble(Epoch::seconds).average().orElse(Double.NaN),
                Meter.peakMemoryMb(),
                ending,
                versions);
    }

    /// Goes back to the last good checkpoint and writes the run's files from it.
    private StoppedException diverged(DivergenceException e) throws IOException {
        String advice = "; a smaller --lr (now " + config.optimiser().lr() + ") or optimiser.clip may help";
        if (!Files.exists(folder.checkpoint())) {
            folder.discard();
            return new StoppedException(
                    e.getMessage() + "; no epoch was completed, so there is no checkpoint" + advice, e);
        }
        trainer.restore(TrainingState.read(folder.checkpoint()));
        finish(Result.Ending.NOT_FINITE, evaluate());
        return new StoppedException(
                e.getMessage() + "; the last good checkpoint, after epoch " + trainer.epoch() + ", is kept in "
                        + folder.path() + advice,
                e);
    }

    /// The part of an epoch that this process trains: its time, its samples, and what it allocates.
    private static final class Stretch implements StepListener {
        private final Progress progress;
        private final long begun = System.nanoTime();
        private final long allocatedBefore = Meter.allocatedBytes();
        private long ended;
        private long allocated;
        private long samples;
        private long steps;

        Stretch(Progress progress) {
            this.progress = progress;
        }

        @Override
        public void step(long step, int epoch, int batch, int size, double loss, double gradientNorm) {
            steps++;
            samples += size;
            progress.step(size, loss);
        }

        void end() {
            ended = System.nanoTime();
            allocated = Meter.allocatedBytes() - allocatedBefore;
        }

        double seconds() {
            return (ended - begun) / 1e9;
        }

        double secondsSinceEnd() {
            return (System.nanoTime() - ended) / 1e9;
        }

        double bytesPerStep() {
            return (double) allocated / steps;
        }
    }
}
