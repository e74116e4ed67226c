package adjoint.cli;

import adjoint.cli.config.Config;
import adjoint.cli.config.Saving;
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
import adjoint.nn.Callback;
import adjoint.nn.Checkpoints;
import adjoint.nn.DivergenceException;
import adjoint.nn.Ending;
import adjoint.nn.Fit;
import adjoint.nn.Metrics;
import adjoint.nn.Parameters;
import adjoint.nn.Trainer;
import adjoint.nn.TrainingState;
import adjoint.nn.files.SafeTensors;
import adjoint.nn.logs.HistoryFile;
import adjoint.nn.logs.TensorBoard;
import adjoint.nn.metrics.Mean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// One training, from its configuration to the files of its run.
///
/// @param <B> what a batch is
final class Training<B> {
    /// A softmax kernel has no features, and its spectrum takes O(N³) time: for longer series it is taken at the end
    /// only.
    private static final int LONGEST_DUAL_SPECTRUM = 128;

    private static final int EVENT_INTERVAL = 10;
    private static final String AVERAGE = "average";

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
    private final Checkpoints checkpoints;
    private final Inside inside;
    private List<Epoch> epochs;
    private Optional<Metrics> tested = Optional.empty();

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
        this.task = problem.task(config.model(), seed);
        this.trainer = new Trainer<>(
                task.model(), task, TrainerRecipe.of(config, task.model(), Math.ceilDiv(problem.trainSize(), batch)));
        this.checkpoints = new Checkpoints(
                folder.checkpoints(), config.training().checkpoint().keep());
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

    /// Goes on from the folder's newest checkpoint, or from the beginning if it has none yet.
    ///
    /// @throws RunException if it does not fit
    /// @throws StoppedException if the loss is no longer finite
    Result resume() throws IOException {
        boolean begun = restore();
        folder.begin(config, versions);
        console.out()
                .println(
                        begun
                                ? "going on after epoch " + trainer.epoch() + " of "
                                        + config.training().epochs() + ", step " + trainer.step()
                                : "there is no checkpoint yet: going on from the beginning");
        return train();
    }

    /// @return whether there was a checkpoint
    private boolean restore() throws IOException {
        Optional<TrainingState> state =
                checkpoints.newest(warning -> console.err().println("adjoint: " + warning));
        try {
            state.ifPresent(trainer::restore);
        } catch (IllegalArgumentException e) {
            throw new RunException(folder.checkpoints() + " does not fit: " + e.getMessage());
        }
        // An epoch that was recorded after the checkpoint is trained, and recorded, again.
        epochs = folder.readMetrics();
        epochs.subList(Math.min(trainer.epoch(), epochs.size()), epochs.size()).clear();
        return state.isPresent();
    }

    private Result train() throws IOException {
        int planned = config.training().epochs();
        try (Parallel.Scope _ = Parallel.with(config.training().threads())) {
            Fit.Result reached;
            try (Progress progress = Progress.on(console, planned, problem.trainSize(), samplesDone())) {
                reached = fit(progress).run(planned);
            }
            boolean changed = reached.ending() == Ending.STOPPED
                    || config.training().stopping().restoreBest();
            return finish(
                    ending(reached.ending()),
                    changed || tested.isEmpty() ? trainer.evaluate(testBatches.epoch(0)) : tested.get());
        } catch (DivergenceException e) {
            throw diverged(e);
        } catch (OutOfMemoryError e) {
            if (checkpoints.files().isEmpty()) {
                folder.discard();
            }
            throw new StoppedException(
                    MemoryEstimate.of(config, problem)
                            .shortage(batch, Runtime.getRuntime().maxMemory()),
                    e);
        }
    }

    private static Result.Ending ending(Ending ending) {
        return switch (ending) {
            case FINISHED -> Result.Ending.FINISHED;
            case STOPPED_EARLY -> Result.Ending.STOPPED_EARLY;
            case STOPPED -> Result.Ending.INTERRUPTED;
            case FAILED -> throw new AssertionError("a failed training throws");
        };
    }

    private Fit<B> fit(Progress progress) {
        Saving saving = config.training().checkpoint();
        Fit<B> fit = new Fit<>(trainer, trainBatches)
                .evaluating("test", testBatches.epoch(0))
                .stopping(TrainerRecipe.stopping(config.training().stopping()))
                .saving(checkpoints)
                .telling(new Recorder(progress));
        if (trainer.keepsAverage()) {
            fit.evaluatingAverage(AVERAGE, testBatches.epoch(0));
        }
        if (saving.steps() > 0) {
            fit.savingEvery(saving.steps());
        }
        if (saving.seconds() > 0) {
            fit.savingEvery(Duration.ofSeconds(saving.seconds()));
        }
        if (config.training().logs().contains("csv")) {
            fit.telling(HistoryFile.csv(folder.csv()));
        }
        if (config.training().logs().contains("tensorboard")) {
            fit.telling(new TensorBoard(folder.path(), EVENT_INTERVAL));
        }
        return fit;
    }

    private long samplesDone() {
        long inEpoch = (long) trainer.state().batchesDone() * batch;
        return (long) trainer.epoch() * problem.trainSize() + inEpoch;
    }

    private Epoch record(Metrics trained, Metrics tested, Recorder stretch) {
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
                stretch.samples / Math.max(1e-9, stretch.seconds()),
                Meter.peakMemoryMb(),
                stretch.bytesPerStep(),
                figures);
    }

    private Optional<Epoch.AttentionFigures> figures() {
        Config.Model model = config.model();
        boolean cheap = !model.attention().kind().isMechanism() && model.attending() == model.layers()
                || problem.outside(model).tokens() <= LONGEST_DUAL_SPECTRUM;
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
                config.model().attention().kind().word(),
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
                ending == Result.Ending.FINISHED || ending == Result.Ending.STOPPED_EARLY
                        ? problem.linearAccuracy()
                        : Optional.empty(),
                epochs.stream().mapToDouble(Epoch::seconds).average().orElse(Double.NaN),
                Meter.peakMemoryMb(),
                ending,
                versions);
    }

    /// Goes back to the last good checkpoint and writes the run's files from it.
    private StoppedException diverged(DivergenceException e) throws IOException {
        String advice = "; a smaller --lr (now " + config.optimiser().lr() + ") or optimiser.clip may help";
        if (!restore()) {
            folder.discard();
            return new StoppedException(
                    e.getMessage() + "; no epoch was completed, so there is no checkpoint" + advice, e);
        }
        finish(Result.Ending.NOT_FINITE, trainer.evaluate(testBatches.epoch(0)));
        return new StoppedException(
                e.getMessage() + "; the last good checkpoint, after epoch " + trainer.epoch() + ", is kept in "
                        + folder.path() + advice,
                e);
    }

    /// Keeps the record of each epoch: of the part that this process trains its time, its samples, and what it
    /// allocates.
    private final class Recorder implements Callback {
        private final Progress progress;
        private long begun = System.nanoTime();
        private long allocatedBefore = Meter.allocatedBytes();
        private long ended;
        private long allocated;
        private long samples;
        private long steps;
        private Metrics trained;

        Recorder(Progress progress) {
            this.progress = progress;
        }

        @Override
        public void step(long step, int epoch, int batch, int size, double loss, double gradientNorm) {
            steps++;
            samples += size;
            progress.step(size, loss);
        }

        @Override
        public void epoch(Trainer.Epoch epoch) {
            ended = System.nanoTime();
            allocated = Meter.allocatedBytes() - allocatedBefore;
            trained = epoch.metrics();
        }

        @Override
        public void evaluated(String name, long step, Metrics metrics) {
            if (name.equals(AVERAGE)) {
                return;
            }
            if (!Double.isFinite(metrics.loss().value())) {
                throw new DivergenceException("after epoch " + trainer.epoch() + " the test loss is "
                        + metrics.loss().value());
            }
            tested = Optional.of(metrics);
        }

        @Override
        public void recorded(List<SortedMap<String, Double>> history) {
            Epoch epoch = record(trained, tested.orElseThrow(), this);
            epochs.add(epoch);
            try {
                folder.writeMetrics(epochs);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            progress.epoch(epoch);
            begun = System.nanoTime();
            allocatedBefore = Meter.allocatedBytes();
            samples = 0;
            steps = 0;
        }

        double seconds() {
            return (ended - begun) / 1e9;
        }

        double secondsSinceEnd() {
            return (System.nanoTime() - ended) / 1e9;
        }

        /// 0 if all steps of the epoch were taken before the process began.
        double bytesPerStep() {
            return (double) allocated / Math.max(1, steps);
        }
    }
}
