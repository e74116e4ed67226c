package adjoint.nn;

import adjoint.autodiff.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/// A whole training: epochs, evaluations on the side, early stopping, checkpoints, and who hears of it.
///
/// ```
/// Fit<Batch> fit = new Fit<>(trainer, batches.prefetched(1))
///         .evaluating("test", testBatches)
///         .stopping(new EarlyStopping("test_loss", Goal.SMALLER, 10))
///         .saving(new Checkpoints(folder, 3))
///         .savingEvery(Duration.ofMinutes(5))
///         .telling(HistoryFile.csv(folder.resolve("metrics.csv")));
/// fit.resume(System.err::println);
/// Fit.Result result = fit.run(100);
/// ```
///
/// **History.** Each evaluation adds a line to [Trainer#history]: `epoch` and `step` that are done, `rate_factor` of
/// the next step, and per set of batches `test_loss`, `test_accuracy` if something is classified, and `test_<name>` of
/// the auxiliary losses; at the end of an epoch also those of the training itself, `train_loss` and so on.
/// [EarlyStopping] and [adjoint.nn.optim.Plateau] are functions of this history, which is part of the state.
///
/// **Going on.** A process that is killed at any moment and started again with [#resume] goes on from the newest whole
/// checkpoint, and ends with the same bits as one that was not.
///
/// @param <B> what a batch is
public final class Fit<B> {
    private final Trainer<B> trainer;
    private final Batches<B> batches;
    private final List<Side<B>> sides = new ArrayList<>();
    private Optional<EarlyStopping> stopping = Optional.empty();
    private Optional<Checkpoints> checkpoints = Optional.empty();
    private Callback callback = new Callback() {};
    private long evaluationInterval;
    private long savingInterval;
    private long savingNanos = Long.MAX_VALUE;

    private long savedAt;
    private Optional<SortedMap<String, Tensor>> best = Optional.empty();

    private record Side<B>(String name, Iterable<B> batches, boolean average) {}

    /// How it went.
    ///
    /// @param best the line of the history with the best value of the metric of [EarlyStopping], if there is one
    public record Result(Ending ending, int epochs, long steps, Optional<SortedMap<String, Double>> best) {}

    public Fit(Trainer<B> trainer, Batches<B> batches) {
        this.trainer = Objects.requireNonNull(trainer, "trainer");
        this.batches = Objects.requireNonNull(batches, "batches");
    }

    /// Evaluates on these batches, too, under a name that its metrics begin with.
    public Fit<B> evaluating(String name, Iterable<B> batches) {
        sides.add(new Side<>(name, batches, false));
        return this;
    }

    /// As [#evaluating], with the average of the weights in their place.
    public Fit<B> evaluatingAverage(String name, Iterable<B> batches) {
        sides.add(new Side<>(name, batches, true));
        return this;
    }

    /// Evaluates after every `steps` steps instead of at the end of each epoch.
    public Fit<B> evaluatingEvery(long steps) {
        evaluationInterval = positive("the interval of evaluations", steps);
        return this;
    }

    /// Stops early, or only keeps track of the best ([EarlyStopping#never]).
    public Fit<B> stopping(EarlyStopping rule) {
        stopping = Optional.of(rule);
        return this;
    }

    /// Saves a checkpoint at the end of each epoch and of the training, and with [#stopping] the best one.
    public Fit<B> saving(Checkpoints checkpoints) {
        this.checkpoints = Optional.of(checkpoints);
        return this;
    }

    /// Saves after every `steps` steps as well.
    public Fit<B> savingEvery(long steps) {
        savingInterval = positive("the interval of checkpoints", steps);
        return this;
    }

    /// Saves after the first step that ends this long after the last checkpoint as well.
    public Fit<B> savingEvery(Duration time) {
        savingNanos = positive("the interval of checkpoints", time.toNanos());
        return this;
    }

    /// Also tells this callback, after those before.
    public Fit<B> telling(Callback next) {
        callback = callback.and(next);
        return this;
    }

    private static long positive(String what, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(what + " must be positive, got " + value);
        }
        return value;
    }

    /// Goes back to the newest whole checkpoint, if there is one.
    ///
    /// @param warnings hears of each damaged file that it passes over
    /// @return whether there was one
    /// @throws IOException if all checkpoints are damaged
    /// @throws IllegalArgumentException if it is that of another model or configuration
    /// @throws IllegalStateException if no folder for checkpoints was given
    public boolean resume(Consumer<String> warnings) throws IOException {
        Checkpoints folder =
                checkpoints.orElseThrow(() -> new IllegalStateException("there is no folder to resume from"));
        Optional<TrainingState> state = folder.newest(warnings);
        state.ifPresent(trainer::restore);
        return state.isPresent();
    }

    /// Trains until the trainer has done `epochs` epochs in all, or is stopped.
    ///
    /// @throws DivergenceException if a loss or gradient is not finite
    /// @throws UncheckedIOException if a checkpoint cannot be written or the best one cannot be read
    public Result run(int epochs) {
        Ending ending = Ending.FAILED;
        try {
            callback.began(trainer.step(), trainer.history());
            savedAt = System.nanoTime();
            Ending reached = train(epochs);
            if (stopping.isPresent() && stopping.get().restoreBest() && bestLine() >= 0) {
                restoreBest();
            }
            ending = reached;
        } finally {
            callback.ended(ending);
        }
        int line = bestLine();
        return new Result(
                ending,
                trainer.epoch(),
                trainer.step(),
                line < 0 ? Optional.empty() : Optional.of(trainer.history().get(line)));
    }

    private Ending train(int epochs) {
        while (trainer.epoch() < epochs && !stopsEarly()) {
            if (trainer.stopRequested()) {
                save();
                return Ending.STOPPED;
            }
            Trainer.Epoch epoch = trainer.train(batches, this::step);
            if (epoch.completed()) {
                callback.epoch(epoch);
                record(Optional.of(epoch.metrics()), evaluationInterval == 0);
                save();
            }
        }
        return stopsEarly() ? Ending.STOPPED_EARLY : Ending.FINISHED;
    }

    private void step(long step, int epoch, int batch, int samples, double loss, double gradientNorm) {
        callback.step(step, epoch, batch, samples, loss, gradientNorm);
        if (evaluationInterval != 0 && step % evaluationInterval == 0) {
            record(Optional.empty(), true);
            if (stopsEarly()) {
                trainer.requestStop();
                save();
                return;
            }
        }
        if (savingInterval != 0 && step % savingInterval == 0 || System.nanoTime() - savedAt >= savingNanos) {
            save();
        }
    }

    /// Adds a line to the history, and keeps the state if it is the best.
    private void record(Optional<Metrics> trained, boolean evaluates) {
        SortedMap<String, Double> line = new TreeMap<>(Map.of(
                "epoch", (double) trainer.epoch(),
                "step", (double) trainer.step(),
                "rate_factor", trainer.rateFactor()));
        trained.ifPresent(metrics -> put(line, "train", metrics));
        if (evaluates) {
            for (Side<B> side : sides) {
                Metrics metrics = side.average ? trainer.evaluateAverage(side.batches) : trainer.evaluate(side.batches);
                callback.evaluated(side.name, trainer.step(), metrics);
                put(line, side.name, metrics);
            }
        }
        trainer.record(line);
        callback.recorded(trainer.history());
        if (stopping.isPresent() && bestLine() == trainer.history().size() - 1) {
            keepBest();
        }
    }

    private static void put(Map<String, Double> line, String name, Metrics metrics) {
        line.put(name + "_loss", metrics.loss().value());
        line.put(name + "_accuracy", metrics.accuracy());
        metrics.auxiliary().forEach((auxiliary, mean) -> line.put(name + "_" + auxiliary, mean.value()));
    }

    private void keepBest() {
        if (checkpoints.isPresent()) {
            callback.saved(written(checkpoints.get()::saveBest), true);
        } else if (stopping.get().restoreBest()) {
            best = Optional.of(trainer.weights());
        }
    }

    private void restoreBest() {
        if (checkpoints.isPresent()) {
            trainer.restoreWeights(
                    written(_ -> checkpoints.get().best().orElseThrow()).parameters());
        } else {
            trainer.restoreWeights(best.orElseThrow(() -> new IllegalStateException("the best weights lie before the"
                    + " state that this training went on from; give it Checkpoints to keep them")));
        }
    }

    private void save() {
        checkpoints.ifPresent(folder -> callback.saved(written(folder::save), false));
        savedAt = System.nanoTime();
    }

    private interface Access<R> {
        R apply(TrainingState state) throws IOException;
    }

    private <R> R written(Access<R> access) {
        try {
            return access.apply(trainer.state());
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    private boolean stopsEarly() {
        return stopping.isPresent() && stopping.get().stops(values(stopping.get()));
    }

    private List<Double> values(EarlyStopping rule) {
        return trainer.history().stream()
                .map(line -> line.get(rule.metric()))
                .filter(Objects::nonNull)
                .toList();
    }

    /// The position in the history of the line with the best value, -1 if there is none.
    private int bestLine() {
        if (stopping.isEmpty()) {
            return -1;
        }
        int value = stopping.get().best(values(stopping.get()));
        int line = -1;
        while (value >= 0) {
            line++;
            value -= trainer.history().get(line).containsKey(stopping.get().metric()) ? 1 : 0;
        }
        return line;
    }
}
