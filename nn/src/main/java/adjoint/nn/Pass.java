package adjoint.nn;

import adjoint.autodiff.Autodiff;
import adjoint.autodiff.DType;
import adjoint.autodiff.Tape;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import adjoint.nn.metrics.Confusion;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;

/// One pass forward through a model: whether it trains, where its randomness comes from, and what modules have to tell
/// beside their results. Confined to a thread; a new one for each pass.
///
/// ```
/// Pass pass = Pass.training(Rng.of(seed).child(step));
/// Tensor loss = pass.total(model.forward(x, pass).crossEntropy(labels));
/// ```
public final class Pass {
    private final Rng key;
    private final boolean training;
    private final Tape tape;
    private final Probe probe;
    private final List<AuxiliaryLoss> losses = new ArrayList<>();
    private final List<BufferUpdates.Update> updates = new ArrayList<>();
    private String path = "";
    private Confusion confusion;
    private long keys;

    private Pass(Rng key, boolean training, Tape tape, Probe probe) {
        this.key = key;
        this.training = training;
        this.tape = tape;
        this.probe = probe;
    }

    /// A pass that trains; `key` determines all its randomness.
    public static Pass training(Rng key) {
        return new Pass(key, true, null, null);
    }

    /// As [#training(Rng)], which tells the tape the paths of the modules.
    public static Pass training(Rng key, Tape tape) {
        return new Pass(key, true, tape, null);
    }

    /// A pass without randomness.
    public static Pass evaluation() {
        return new Pass(null, false, null, null);
    }

    /// An evaluation, without dropout, in which what is a random variable by the model's definition is drawn, instead
    /// of replaced by its mean; `key` determines the draws. Of use to modules that ask [#drawing()].
    public static Pass sampling(Rng key) {
        return new Pass(key, false, null, null);
    }

    /// An evaluation that shows `probe` what modules hand to [#probe].
    public static Pass probing(Probe probe) {
        return new Pass(null, false, null, probe);
    }

    /// True if dropout is on.
    public boolean training() {
        return training;
    }

    /// True if the pass has randomness: in training, and in [#sampling(Rng)].
    public boolean drawing() {
        return key != null;
    }

    /// The key of the next random operation: child number 0, 1, 2, … of the pass's key, in the order of the calls.
    ///
    /// @throws IllegalStateException in an evaluation
    public Rng nextKey() {
        if (key == null) {
            throw new IllegalStateException("an evaluation has no randomness; ask training() first");
        }
        return key.child(keys++);
    }

    /// f(x), computed again on the way back, as [Autodiff#checkpoint]: for functions that draw from a pass. They take
    /// the pass as an argument, and the second time get one that draws the same; what they observe or update counts
    /// once.
    ///
    /// @throws IllegalStateException if f adds a loss, whose intermediate results would be gone
    public Tensor checkpoint(BiFunction<Tensor, Pass, Tensor> f, Tensor x) {
        long first = keys;
        boolean[] again = new boolean[1];
        int before = losses.size();
        Tensor result = Autodiff.checkpoint(
                (Tensor in) -> {
                    Pass pass = again[0] ? new Pass(key, training, null, null) : this;
                    pass.keys = again[0] ? first : keys;
                    again[0] = true;
                    return f.apply(in, pass);
                },
                x);
        if (losses.size() > before) {
            throw new IllegalStateException(
                    "a checkpointed function cannot add the loss " + losses.getLast().name + ": add it outside");
        }
        return result;
    }

    /// Adds `weight`·`loss` to what is minimised. Losses of one name, from the layers of a stack, are averaged:
    /// together they count as the mean of their `weight`·`loss`.
    ///
    /// @param loss a scalar, the mean over the samples of the pass
    public void addLoss(String name, double weight, Tensor loss) {
        losses.add(new AuxiliaryLoss(name, weight, loss));
    }

    /// [#addLoss(String, double, Tensor)] with weight 1.
    public void addLoss(String name, Tensor loss) {
        addLoss(name, 1, loss);
    }

    /// What is minimised: `task` and the auxiliary losses added so far. Losses of weight 0 are only reported.
    public Tensor total(Tensor task) {
        Tensor total = task;
        for (AuxiliaryLoss loss : losses) {
            if (loss.weight != 0) {
                total = total.add(loss.value.mul(loss.weight / count(loss.name)));
            }
        }
        return total;
    }

    /// Tells what is to become of a buffer after this pass: its next value is `rule` of its value then and the mean of
    /// `statistic` over the parts of the batch, weighted with their numbers of samples; the mean has the buffer's dtype
    /// if that is floating, else `F64`. Nothing changes before [#updateBuffers], which a [Trainer] calls for all parts
    /// of a batch at once, after its step.
    ///
    /// ```
    /// pass.update(runningMean, mean, (old, now) -> old.mul(0.9).add(now.mul(0.1)));
    /// ```
    ///
    /// @param rule the same in all parts of a batch
    /// @throws IllegalStateException in an evaluation
    public void update(Buffer buffer, Tensor statistic, BinaryOperator<Tensor> rule) {
        if (!training()) {
            throw new IllegalStateException("an evaluation changes no buffer; ask training() first");
        }
        updates.add(new BufferUpdates.Update(buffer, statistic.shape(), statistic.toDoubles(), rule));
    }

    /// As [#update(Buffer, Tensor, BinaryOperator)], by its own value alone, once per batch: a count.
    public void update(Buffer buffer, UnaryOperator<Tensor> rule) {
        update(buffer, Tensor.zeros(DType.F64, 0), (old, _) -> rule.apply(old));
    }

    /// Changes the buffers as told, in the order in which it was told. For training without a [Trainer]; before the way
    /// back, which may run parts of the model again.
    public void updateBuffers() {
        BufferUpdates all = new BufferUpdates();
        all.new Batch().add(updates, 1);
        all.apply();
        updates.clear();
    }

    /// Counts a classifier's answers.
    ///
    /// @param logits `[n, classes]`
    /// @param labels `I32` `[n]`
    public void observe(Tensor logits, Tensor labels) {
        if (confusion == null) {
            confusion = new Confusion(logits.dim(-1));
        }
        confusion.add(logits, labels);
    }

    /// Names the modules inside: what happens until the scope is closed is at `name` below the present path.
    public Scope scope(String name) {
        String outer = path;
        path = below(name);
        Tape.Scope recording = tape == null ? null : tape.scope(path);
        return () -> {
            path = outer;
            if (recording != null) {
                recording.close();
            }
        };
    }

    /// Says that a module will not use a result again, as [Tape#drop], unless someone looks.
    public void drop(Tensor result) {
        if (tape != null && probe == null) {
            tape.drop(result);
        }
    }

    /// True if someone looks: then a module calls [#probe] for what it has to show.
    public boolean probing() {
        return probe != null;
    }

    /// Shows an intermediate value under the present path and `name`; does nothing if no one looks.
    public void probe(String name, Tensor value) {
        if (probe != null) {
            probe.accept(below(name), value);
        }
    }

    private String below(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    /// What was told so far.
    List<BufferUpdates.Update> updates() {
        return List.copyOf(updates);
    }

    List<AuxiliaryLoss> losses() {
        return losses;
    }

    /// What [#observe] counted, or null if it was never called.
    Confusion confusion() {
        return confusion;
    }

    int count(String name) {
        int count = 0;
        for (AuxiliaryLoss loss : losses) {
            if (loss.name.equals(name)) {
                count++;
            }
        }
        return count;
    }

    record AuxiliaryLoss(String name, double weight, Tensor value) {}

    /// A stretch of the pass inside one module.
    public interface Scope extends AutoCloseable {
        @Override
        void close();
    }

    /// Looks at the inside of modules.
    @FunctionalInterface
    public interface Probe {
        /// @param path the module's path and the value's name, `layers.0.self_attn.q`
        void accept(String path, Tensor value);
    }
}
