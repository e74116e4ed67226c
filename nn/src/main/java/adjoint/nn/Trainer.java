package adjoint.nn;

import adjoint.autodiff.BufferPool;
import adjoint.autodiff.GradientSink;
import adjoint.autodiff.Tape;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Parallel;
import adjoint.linalg.Rng;
import adjoint.nn.optim.Clipping;
import adjoint.nn.optim.FlatParameters;
import adjoint.nn.optim.Optimizer;
import adjoint.nn.optim.ParameterGroup;
import adjoint.nn.optim.Plateau;
import adjoint.nn.optim.Schedule;
import adjoint.nn.optim.WeightAverage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/// Trains a model on batches, several threads at a time, with the same bits for any number of them.
///
/// [Fit] is the loop around it: evaluation, early stopping, checkpoints, logs. Its parts by hand:
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
/// **Accumulation.** A step may take several batches one after another, with the gradient of the mean over all their
/// samples: what one large batch gives, in the memory of a small one. What is left at the end of an epoch is a step
/// too.
///
/// **Randomness** of a step comes from (seed, step, shard) alone, so [#state], which is read and written whole, holds
/// all that decides what follows: a training that is stopped and restored, also in the middle of an epoch, goes on bit
/// for bit.
///
/// **Buffers.** What modules told of their buffers ([Pass#update]) is merged in the order of the shards, and applied
/// after the step; in a step of several batches, batch by batch.
///
/// **Divergence.** A loss or gradient that is not finite stops the training with a [DivergenceException] before
/// anything is changed.
///
/// @param <B> what a batch is
public final class Trainer<B> {
    private final Config config;
    private final Objective<B> objective;
    private final Parameters parameters;
    private final FlatParameters flat;
    private final Optional<WeightAverage.Running> average;
    private final List<Tensor> leaves;
    private final List<Shard> shards;
    private final Pools pools = new Pools();
    private final Object[] gradients;
    private final Rng key;
    private final List<SortedMap<String, Double>> history = new ArrayList<>();
    private final BufferUpdates updates = new BufferUpdates();
    private Metrics running = new Metrics();
    private long step;
    private int epoch;
    private int batchesDone;
    private volatile boolean stopRequested;

    /// How to train.
    ///
    /// @param groups the optimisers, and which parameters they move
    /// @param schedule what learning rates are multiplied with
    /// @param plateau another factor, by the history of a metric
    /// @param accumulation batches per step
    /// @param average the average of the weights that is kept beside them
    /// @param shards into how many parts a batch is cut; more threads than that have nothing to do
    /// @param seed determines dropout
    public record Config(
            List<ParameterGroup> groups,
            Schedule schedule,
            Optional<Plateau> plateau,
            Clipping clipping,
            int accumulation,
            Optional<WeightAverage> average,
            int shards,
            long seed) {
        public Config {
            groups = List.copyOf(groups);
            Objects.requireNonNull(schedule, "schedule");
            Objects.requireNonNull(clipping, "clipping");
            if (accumulation < 1) {
                throw new IllegalArgumentException("a step needs at least one batch, got " + accumulation);
            }
            if (shards < 1) {
                throw new IllegalArgumentException("a batch needs at least one shard, got " + shards);
            }
        }

        /// One optimiser for all parameters, at a constant rate.
        ///
        /// @param clip the largest norm of the gradient; a larger one is scaled down to it. Infinity turns that off.
        public Config(Optimizer optimizer, double clip, int shards, long seed) {
            this(
                    ParameterGroup.all(optimizer),
                    new Schedule.Constant(1),
                    Optional.empty(),
                    new Clipping.Norm(clip),
                    1,
                    Optional.empty(),
                    shards,
                    seed);
        }

        public Config with(List<ParameterGroup> groups) {
            return new Config(groups, schedule, plateau, clipping, accumulation, average, shards, seed);
        }

        public Config with(Schedule schedule) {
            return new Config(groups, schedule, plateau, clipping, accumulation, average, shards, seed);
        }

        public Config with(Plateau plateau) {
            return new Config(groups, schedule, Optional.of(plateau), clipping, accumulation, average, shards, seed);
        }

        public Config with(Clipping clipping) {
            return new Config(groups, schedule, plateau, clipping, accumulation, average, shards, seed);
        }

        public Config with(WeightAverage average) {
            return new Config(groups, schedule, plateau, clipping, accumulation, Optional.of(average), shards, seed);
        }

        /// With steps of several batches.
        public Config accumulating(int batches) {
            return new Config(groups, schedule, plateau, clipping, batches, average, shards, seed);
        }
    }

    /// What came out of an epoch, or of the part of it before a stop.
    ///
    /// @param number counted from 0
    /// @param completed false if [#requestStop] ended it before its last batch
    public record Epoch(int number, Metrics metrics, boolean completed) {}

    /// Takes over the model's parameters: they move into one array, and [Parameter#value] is a new tensor from now on.
    ///
    /// @throws IllegalArgumentException if the model has no parameters, they are of several dtypes, or they do not fit
    ///     the groups
    public Trainer(Module model, Objective<B> objective, Config config) {
        this.config = config;
        this.objective = objective;
        this.parameters = Parameters.of(model);
        this.flat = parameters.moveTo(config.groups(), config.clipping(), config.shards());
        this.average = config.average().map(rule -> new WeightAverage.Running(rule, flat));
        this.leaves = parameters.all().stream().map(Parameter::value).toList();
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
        Iterator<B> remaining = batches.epoch(epoch, batchesDone).iterator();
        try {
            return train(remaining, listener);
        } finally {
            Prefetch.close(remaining);
        }
    }

    private Epoch train(Iterator<B> remaining, StepListener listener) {
        while (!stopRequested && remaining.hasNext()) {
            step(remaining, listener);
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
        Iterator<B> remaining = batches.iterator();
        try {
            while (remaining.hasNext()) {
                B batch = remaining.next();
                int size = size(batch);
                Parallel.tasks(shards.size(), i -> shards.get(i).evaluate(batch, size));
                shards.forEach(shard -> metrics.merge(shard.metrics));
            }
        } finally {
            Prefetch.close(remaining);
        }
        return metrics;
    }

    /// As [#evaluate], with the average of the weights in their place.
    ///
    /// @throws IllegalStateException if the configuration asks for no average
    public Metrics evaluateAverage(Iterable<B> batches) {
        WeightAverage.Running running = running();
        running.swap();
        try {
            return evaluate(batches);
        } finally {
            running.swap();
        }
    }

    /// Whether the configuration asks for an average of the weights.
    public boolean keepsAverage() {
        return average.isPresent();
    }

    /// The average of the weights by path, and the buffers as they are: what a state file of the averaged model holds.
    /// Not a copy.
    ///
    /// @throws IllegalStateException if the configuration asks for no average
    public SortedMap<String, Tensor> averaged() {
        SortedMap<String, Tensor> averaged = flat.byName(running().values());
        parameters.buffers().forEach((name, buffer) -> averaged.put(name, buffer.value()));
        return averaged;
    }

    private WeightAverage.Running running() {
        return average.orElseThrow(() -> new IllegalStateException("the training keeps no average of the weights"));
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

    /// What learning rates are multiplied with in the next step.
    public double rateFactor() {
        double factor = config.schedule().at(step);
        return config.plateau().isEmpty()
                ? factor
                : factor * plateau(config.plateau().get());
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
                parameters.values(),
                flat.state(),
                average.isPresent() ? averaged() : Collections.emptySortedMap());
    }

    /// Goes on from a state.
    ///
    /// @throws IllegalArgumentException if it is that of another model or configuration; nothing is changed then
    public void restore(TrainingState state) {
        if (!state.config().equals(config.toString())) {
            throw new IllegalArgumentException(
                    "the training was started with " + state.config() + ", it cannot go on with " + config);
        }
        parameters.check(state.parameters());
        if (average.isPresent()) {
            parameters.check(state.average());
        }
        flat.restore(state.optimizer());
        parameters.load(state.parameters());
        average.ifPresent(running -> {
            for (int i = 0; i < leaves.size(); i++) {
                state.average().get(parameters.names().get(i)).copyTo(running.values(), flat.offset(i));
            }
        });
        List<SortedMap<String, Double>> lines = List.copyOf(state.history());
        history.clear();
        history.addAll(lines);
        running = new Metrics();
        running.merge(state.running());
        step = state.step();
        epoch = state.epoch();
        batchesDone = state.batchesDone();
    }

    /// Copies of the weights, by path.
    SortedMap<String, Tensor> weights() {
        SortedMap<String, Tensor> copies = new TreeMap<>();
        parameters.values().forEach((name, value) -> {
            Object array = value.dtype().allocate(value.size());
            value.copyTo(array, 0);
            copies.put(name, Tensor.wrap(array, 0, value.shape()));
        });
        return copies;
    }

    /// Overwrites the weights alone; the training's course is as it was.
    void restoreWeights(SortedMap<String, Tensor> values) {
        parameters.load(values);
    }

    /// A step with the next batches, of which there is one at least.
    private void step(Iterator<B> batches, StepListener listener) {
        Metrics metrics = new Metrics();
        updates.clear();
        int samples = 0;
        int taken = 0;
        int unit = 0;
        while (taken < config.accumulation() && batches.hasNext()) {
            B batch = batches.next();
            int size = size(batch);
            unit = taken == 0 ? size : unit;
            accumulate(batch, size, taken, unit);
            shards.forEach(shard -> metrics.merge(shard.metrics));
            samples += size;
            taken++;
        }
        double scale = (double) unit / samples;
        double norm = scale * flat.norm(gradients);
        if (!Double.isFinite(norm)) {
            String first = flat.nonFinite(gradients);
            throw new DivergenceException(place() + "the gradient's norm is " + norm + "; "
                    + (first != null ? "the gradient of " + first : "it is too large for " + flat.dtype()));
        }
        flat.step(gradients, scale, norm, step + 1, rateFactor());
        updates.apply();
        running.merge(metrics);
        step++;
        batchesDone += taken;
        average.ifPresent(running -> running.add(step));
        listener.step(step, epoch, batchesDone, samples, metrics.loss().value(), norm);
    }

    /// Adds the gradient of the mean loss of a batch, times its size and by `unit`, to those of the `taken` batches
    /// before it.
    private void accumulate(B batch, int size, int taken, int unit) {
        Parallel.tasks(shards.size(), i -> shards.get(i).train(batch, size, taken, unit));
        for (Shard shard : shards) {
            if (shard.fault != null) {
                throw new DivergenceException(place() + shard.fault);
            }
        }
        BufferUpdates.Batch merged = updates.new Batch();
        shards.forEach(shard -> merged.add(shard.told, shard.samples));
    }

    private double plateau(Plateau plateau) {
        return plateau.at(history.stream()
                .map(line -> line.get(plateau.metric()))
                .filter(Objects::nonNull)
                .toList());
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

    /// Pools that are not in use. The one used last comes first, since most of it is still in the cache: so there are
    /// as many as threads, not as shards.
    private static final class Pools {
        private final ArrayDeque<BufferPool> free = new ArrayDeque<>();

        synchronized BufferPool take() {
            BufferPool last = free.pollLast();
            return last == null ? new BufferPool() : last;
        }

        synchronized void give(BufferPool pool) {
            free.addLast(pool);
        }
    }

    /// One part of every batch, with what it needs to run beside the others.
    private final class Shard implements GradientSink {
        private final int index;
        private final Object gradient = flat.buffer();
        private final Map<Tensor, Tensor> targets = new IdentityHashMap<>();
        private Metrics metrics;
        private List<BufferUpdates.Update> told;
        private int samples;
        private String fault;
        private boolean adds;

        Shard(int index) {
            this.index = index;
            for (int i = 0; i < leaves.size(); i++) {
                targets.put(leaves.get(i), flat.view(gradient, i));
            }
        }

        /// Leaves the gradient of this part's share of the loss, on top of those of the `taken` batches before, or the
        /// fault that kept it from doing so.
        void train(B batch, int size, int taken, int unit) {
            metrics = new Metrics();
            told = List.of();
            fault = null;
            int from = bound(index, size);
            int to = bound(index + 1, size);
            samples = to - from;
            adds = taken > 0;
            if (from == to) {
                if (!adds) {
                    flat.zero(gradient);
                }
                return;
            }
            BufferPool pool = pools.take();
            try (Tape tape = Tape.open(pool)) {
                tape.watch(leaves);
                Rng own = key.child(step).child(index);
                Pass pass = Pass.training(taken == 0 ? own : own.child(taken), tape);
                Tensor task = objective.loss(batch, from, to, pass);
                Tensor total = pass.total(task);
                if (!Double.isFinite(total.item())) {
                    fault = "the loss is " + total.item() + "; " + origin(tape);
                    return;
                }
                metrics.add(task.item(), pass, samples);
                told = pass.updates();
                tape.backward(total.mul((to - from) / (double) unit), this);
            } finally {
                pools.give(pool);
            }
        }

        private String origin(Tape tape) {
            String parameter = flat.nonFinite(flat.values());
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
            BufferPool pool = pools.take();
            try (Tape _ = Tape.open(pool)) {
                Pass pass = Pass.evaluation();
                metrics.add(objective.loss(batch, from, to, pass).item(), pass, to - from);
            } finally {
                pools.give(pool);
            }
        }

        @Override
        public Tensor target(Tensor leaf) {
            return targets.get(leaf);
        }

        @Override
        public boolean adds() {
            return adds;
        }

        private int bound(int shard, int size) {
            return (int) ((long) shard * size / config.shards());
        }
    }
}
