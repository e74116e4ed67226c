package adjoint.autodiff;

import java.util.Arrays;
import java.util.function.UnaryOperator;

/// One application of an operation: an entry of the Wengert list. Entries are used again by the next tape.
///
/// A watched tensor is an entry without operation.
final class Call {
    Engine engine;
    Tape tape;
    Op<?> op;
    Object params;
    String scope;
    /// The user's line that it was recorded from, where the tape checks values.
    String site;
    int index;

    private int inputs;
    private Tensor[] in = new Tensor[3];
    /// Where an input comes from: the entry that made it, or null if no gradient is wanted for it.
    private Call[] source = new Call[3];
    private int outputs;
    private Tensor[] out = new Tensor[3];

    /// Which values the gradients will be worked out from, as [Op#reads] says.
    private int reads;
    /// Whether the results are held because they may be used again.
    private boolean usable;

    /// During the backward pass: the gradient of output 0 so far, or null.
    Tensor gradient;
    /// During a sweep forward: the tangent of output 0, or null.
    Tensor tangent;
    /// For a watched tensor: the caller's buffer for its gradient, or null.
    Tensor target;
    /// Whether `target` already holds a gradient to add to.
    boolean written;
    /// The number of the last differentiation that this entry is of concern to.
    int concern;
    /// Where the gradient of a watched tensor goes after its hook has seen it.
    Tensor afterHook;
    /// Called with the gradient when it is complete, or null.
    UnaryOperator<Tensor> hook;
    /// True for an input of a nested differentiation, whose gradient nobody asks the tape for.
    boolean inner;

    void begin(Engine engine, Op<?> op, Object params) {
        this.engine = engine;
        this.op = op;
        this.params = params;
        inputs = 0;
        outputs = 0;
    }

    void input(Tensor tensor) {
        tensor.requireAlive();
        if (inputs == in.length) {
            in = Arrays.copyOf(in, 2 * inputs);
            source = Arrays.copyOf(source, 2 * inputs);
        }
        in[inputs] = tensor;
        source[inputs++] = null;
    }

    int inputs() {
        return inputs;
    }

    Tensor in(int i) {
        return in[i];
    }

    /// All inputs; behind the last one there may be more entries.
    Tensor[] inputArray() {
        return in;
    }

    Call source(int i) {
        return source[i];
    }

    void source(int i, Call call) {
        source[i] = call;
    }

    /// The number of inputs of which a gradient is wanted.
    int sources() {
        int sources = 0;
        for (int i = 0; i < inputs; i++) {
            sources += source[i] == null ? 0 : 1;
        }
        return sources;
    }

    int outputs() {
        return outputs;
    }

    Tensor out(int i) {
        return out[i];
    }

    /// Declares the next output: a new buffer, which the operation's kernel fills.
    Tensor output(DType dtype, Shape shape) {
        return add(engine.allocate(dtype, shape));
    }

    /// Declares the next output: a view of an input, with nothing to compute.
    Tensor view(Tensor of, int offset, Shape shape, int[] strides) {
        return add(Tensor.view(of, offset, shape, strides));
    }

    Tensor add(Tensor output) {
        if (outputs == out.length) {
            out = Arrays.copyOf(out, 2 * outputs);
        }
        out[outputs++] = output;
        return output;
    }

    /// Holds the results, which may be used again, and all that the wanted gradients will be worked out from.
    void hold() {
        usable = true;
        for (int i = 0; i < outputs; i++) {
            out[i].storage.retain();
        }
        for (int i = 0; i < inputs; i++) {
            reads |= source[i] == null ? Op.NO_VALUES : op.reads(i);
        }
        if (reads != Op.NO_VALUES) {
            forEachRead(true);
        }
    }

    /// Lets go of the results, as far as no gradient needs them.
    void releaseResults() {
        if (usable) {
            usable = false;
            for (int i = 0; i < outputs; i++) {
                out[i].storage.release();
            }
        }
    }

    /// Lets go of what its gradients have been worked out from.
    void releaseReads() {
        if (reads != Op.NO_VALUES) {
            forEachRead(false);
            reads = Op.NO_VALUES;
        }
    }

    private void forEachRead(boolean hold) {
        for (int i = 0; i < inputs; i++) {
            if ((reads & Op.input(Math.min(i, 15))) != 0) {
                hold(in[i].storage, hold);
            }
        }
        for (int i = 0; i < outputs; i++) {
            if ((reads & Op.output(Math.min(i, 15))) != 0) {
                hold(out[i].storage, hold);
            }
        }
    }

    /// Storages of other pools belong to tapes of other threads, or to nobody, and are not counted.
    private void hold(Storage storage, boolean hold) {
        if (storage.pool != tape.pool()) {
            return;
        }
        if (hold) {
            storage.retain();
        } else {
            storage.release();
        }
    }

    /// Lets go of everything; results no longer point here.
    void forget() {
        releaseResults();
        releaseReads();
        for (int i = 0; i < outputs; i++) {
            if (out[i].call == this) {
                out[i].call = null;
            }
        }
        Arrays.fill(in, 0, inputs, null);
        Arrays.fill(source, 0, inputs, null);
        Arrays.fill(out, 0, outputs, null);
        inputs = 0;
        outputs = 0;
        engine = null;
        tape = null;
        op = null;
        params = null;
        scope = null;
        site = null;
        gradient = null;
        tangent = null;
        target = null;
        afterHook = null;
        hook = null;
        written = false;
        concern = 0;
        inner = false;
        usable = false;
    }

    /// `matmul [2, 3] x [3, 4]`.
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(op.name());
        for (int i = 0; i < inputs; i++) {
            text.append(i == 0 ? " " : " x ").append(in[i].shape());
        }
        return text.toString();
    }
}
