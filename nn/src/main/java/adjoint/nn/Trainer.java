package adjoint.nn;

import adjoint.autodiff.BufferPool;
import adjoint.autodiff.GradientSink;
import adjoint.autodiff.Tape;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Parallel;
import adjoint.linalg.Rng;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/// Trains a model on batches, several threads at a time, with the same bits for any number of them.
///
/// ```
/// Trainer<Batch> trainer = new Trainer<>(model, objective, new Trainer.Config(new AdamW(1e-3), 1.0, 2, 42));
/// while (trainer.epoch() < 100 && !trainer.stopRequested()) {
///     Trainer.Epoch trained = trainer.train(batches, StepListener.NONE);
///     Metrics tested = trainer.evaluate(testBatches);
///     trainer.record(Map.of("train_loss", trained.metrics().loss().value(), "test_accuracy", tested.accuracy()));
///     trainer.state().write(folder.resolve("state.safetensors"));
/// }
/// ```
///
/// **A step.** A batch is cut into a fixed number of shards; each runs forward and backward on a tape of its own, on
/// whatever thread is free (`adjoint.linalg.Parallel`), its gradient written in place into one flat array. Their sum,
/// the clipping by its norm and the optimiser are two passes over memory. The loss is the mean over the batch.
///
/// **Randomness** of a step comes from (seed, step, shard) alone, so [#state], which is read and written whole, holds
/// all that decides what follows: a training that is stopped and restored, also in the middle of an epoch, goes on bit
/// for bit.
///
/// **Divergence.** A loss or gradient that is not finite stops the training with a [DivergenceException] before
/// anything is changed.
///
/// @param <B> what a batch is
public final class Trainer<B> {
    /// PyTorch's, in `clip_grad_norm_`.
    private static final double CLIP_EPSILON = 1e-6;

    private final Config config;
    private final Objective<B> objective;
    private final ParameterStore store;
    private final List<Tensor> leaves;
    private final List<Shard> shards;
    private final Object[] gradients;
    private final Rng key;
    private final List<SortedMap<String, Double>> history = new ArrayList<>();
    private Metrics running = new Metrics();
    private long step;
    private int epoch;
    private int batchesDone;
    private volatile boolean stopRequested;

    /// @param clip the largest norm of the gradient; a larger one is scaled down to it. Infinity turns that off.
    /// @param shards into how many parts a batch is cut; more threads than that have nothing to do
    /// @param seed determines dropout
    public record Config(Optimizer optimizer, double clip, int shards, long seed) {
        public Config {
            if (!(clip > 0)) {
                throw new IllegalArgumentException(
                        "the clipping norm must be > 0 (infinity: no clipping), got " + clip);
            }
            if (shards < 1) {
                throw new IllegalArgumentException("a batch needs at least one shard, got " + shards);
            }
        }
    }

    /// What came out of an epoch, or of the part of it before a stop.
    ///
    /// @param number counted from 0
    /// @param completed false if [#requestStop] ended it before its last batch
    public record Epoch(int number, Metrics metrics, boolean completed) {}

    /// Takes over the model's parameters: they move into one array, and [Parameter#value] is a new tensor from now on.
    ///
    /// @throws IllegalArgumentException if the model has no parameters, or they are of several dtypes
    public Trainer(Module model, Objective<B> objective, Config config) {
        this.config = config;
        this.objective = objective;
        this.store = new ParameterStore(Parameters.of(model));
        this.leaves = store.leaves();
        this.key = Rng.of(config.seed()).child("pass");
        this.shards = IntStream.range(0, config.shards()).mapToObj(Shard::new).toList();
        this.gradients = shards.stream().map(shard -> shard.gradient).toArray();
    }

    /// Trains on the batches of the present epoch, from the first one not yet seen, to its end or until
    /// [#requestStop].
    ///
    /// @throws DivergenceException if a loss or gradient is not finite
    /// @throws IllegalArgumentException if there are fewer batches than before the training was stopped, or none
    public Epoch train(Batches<B> batches, StepListener listener) {
        Iterator<B> remaining = batches.epoch(epoch).iterator();
        for (int i = 0; i < batchesDone; i++) {
            if (!remaining.hasNext()) {
                throw new IllegalArgumentException("epoch " + epoch + " now has " + i + " batches, but " + batchesDone
                        + " were already trained on");
            }
            remaining.next();
        }
        while (!stopRequested && remaining.hasNext()) {
            step(remaining.next(), listener);
        }
        if (remaining.hasNext()) {
            return new Epoch(epoch, running, false);
        }
        if (batchesDone == 0) {
            throw new IllegalArgumentException("epoch " + epoch + " has no batch");
        }
        Epoch done = new Epoch(epoch, running, true);
        running = new Metrics();
        epoch++;
        batchesDone = 0;
        return done;
    }

    /// Measures the objective on batches, without dropout, in the same shards.
    public Metrics evaluate(Iterable<B> batches) {
        Metrics metrics = new Metrics();
        for (B batch : batches) {
            int size = size(batch);
            Parallel.tasks(shards.size(), i -> shards.get(i).evaluate(batch, size));
            shards.forEach(shard -> metrics.merge(shard.metrics));
        }
        return metrics;
    }

    /// Asks [#train] to return before the next step. May be called from any thread.
    public void requestStop() {
        stopRequested = true;
    }

    public boolean stopRequested() {
        return stopRequested;
    }

    /// Steps taken.
    public long step() {
        return step;
    }

    /// The epoch that is or will be trained next, counted from 0: the number of epochs completed.
    public int epoch() {
        return epoch;
    }

    /// Adds a line to [#history]. A value that is NaN counts as absent.
    public void record(Map<String, Double> values) {
        SortedMap<String, Double> line = new TreeMap<>(values);
        line.values().removeIf(value -> value.isNaN());
        history.add(Collections.unmodifiableSortedMap(line));
    }

    /// What was given to [#record], in order; part of the state.
    public List<SortedMap<String, Double>> history() {
        return Collections.unmodifiableList(history);
    }

    /// All that decides how the training goes on. Not a copy: write it before the next step.
    public TrainingState state() {
        return new TrainingState(
                config.toString(),
                step,
                epoch,
                batchesDone,
                running,
                history(),
                store.parameters().values(),
                store.moment1(),
                store.moment2());
    }

    /// Goes on from a state.
    ///
    /// @throws IllegalArgumentException if it is that of another model or configuration; nothing is changed then
    public void restore(TrainingState state) {
        if (!state.config().equals(config.toString())) {
            throw new IllegalArgumentException(
                    "the training was started with " + state.config() + ", it cannot go on with " + config);
        }
        Parameters parameters = store.parameters();
        parameters.check(state.moment1());
        parameters.check(state.moment2());
        parameters.load(state.parameters());
        store.setMoments(state.moment1(), state.moment2());
        List<SortedMap<String, Double>> lines = List.copyOf(state.history());
        history.clear();
        history.addAll(lines);
        running = new Metrics();
        running.merge(state.running());
        step = state.step();
        epoch = state.epoch();
        batchesDone = state.batchesDone();
    }

    private void step(B batch, StepListener listener) {
        int size = size(batch);
        Parallel.tasks(shards.size(), i -> shards.get(i).train(batch, size));
        for (Shard shard : shards) {
            if (shard.fault != null) {
                throw new DivergenceException(place() + shard.fault);
            }
        }
        double norm = store.norm(gradients);
        if (!Double.isFinite(norm)) {
            String first = store.nonFiniteGradient(gradients);
            throw new DivergenceException(place() + "the gradient's norm is " + norm + "; "
                    + (first != null ? first : "it is too large for " + store.dtype()));
        }
        double clip = Math.min(1, config.clip() / (norm + CLIP_EPSILON));
        store.update(gradients, clip, config.optimizer().update(step + 1));
        Metrics metrics = new Metrics();
        shards.forEach(shard -> metrics.merge(shard.metrics));
        running.merge(metrics);
        step++;
        batchesDone++;
        listener.step(step, epoch, batchesDone, size, metrics.loss().value(), norm);
    }

    private int size(B batch) {
        int size = objective.size(batch);
        if (size < 1) {
            throw new IllegalArgumentException("a batch needs at least one sample, got " + size);
        }
        return size;
    }

    private String place() {
        return "step " + (step + 1) + " (epoch " + epoch + ", batch " + batchesDone + "): ";
    }

    /// One part of every batch, with what it needs to run beside the others.
    private final class Shard implements GradientSink {
        private final int index;
        private final BufferPool pool = new BufferPool();
        private final Object gradient = store.buffer();
        private final Map<Tensor, Tensor> targets = store.byLeaf(gradient);
        private Metrics metrics;
        private String fault;

        Shard(int index) {
            this.index = index;
        }

        /// Leaves the gradient of this part's share of the mean loss, or the fault that kept it from doing so.
        void train(B batch, int size) {
            metrics = new Metrics();
            fault = null;
            int from = bound(index, size);
            int to = bound(index + 1, size);
            if (from == to) {
                store.zero(gradient);
                return;
            }
            try (Tape tape = Tape.open(pool)) {
                tape.watch(leaves);
                Pass pass = Pass.training(key.child(step).child(index), tape);
                Tensor task = objective.loss(batch, from, to, pass);
                Tensor total = pass.total(task);
                if (!Double.isFinite(total.item())) {
                    fault = "the loss is " + total.item() + "; " + origin(tape);
                    return;
                }
                metrics.add(task.item(), pass, to - from);
                tape.backward(total.mul((to - from) / (double) size), this);
            }
        }

        private String origin(Tape tape) {
            String parameter = store.nonFiniteValue();
            return parameter != null
                    ? parameter
                    : tape.firstNonFinite()
                            .map(operation -> "first came " + operation)
                            .orElse("no operation on the parameters made it: the batch itself is not finite");
        }

        void evaluate(B batch, int size) {
            metrics = new Metrics();
            int from = bound(index, size);
            int to = bound(index + 1, size);
            if (from == to) {
                return;
            }
            try (Tape _ = Tape.open(pool)) {
                Pass pass = Pass.evaluation();
                metrics.add(objective.loss(batch, from, to, pass).item(), pass, to - from);
            }
        }

        @Override
        public Tensor target(Tensor leaf) {
            return targets.get(leaf);
        }

        private int bound(int shard, int size) {
            return (int) ((long) shard * size / config.shards());
        }
    }
}
