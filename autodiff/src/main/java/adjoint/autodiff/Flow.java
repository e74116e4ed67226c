package adjoint.autodiff;

import adjoint.linalg.Chain;

/// The gradients on their way through one call: that of its output comes in, those of its inputs go out.
///
/// An input may receive several contributions, from several calls. The first one is taken as it is where possible, or
/// written straight to where it belongs; later ones are added in place.
final class Flow {
    private static final Chain ACCUMULATE = Chain.define("accumulate", c -> c.accumulate(c.in()));

    private final Tape tape;
    private final Engine engine;
    private final Tensor[] operands = new Tensor[4];
    private Call call;
    private Tensor gradient;
    /// Only inputs whose source has this number are of concern; 0 stands for all.
    private int concern;
    private boolean recording;

    /// Where [#into] says to put a gradient.
    private Object array;
    private int offset;
    private double beta;

    Flow(Tape tape, Engine engine) {
        this.tape = tape;
        this.engine = engine;
    }

    void start(Call call, Tensor gradient, int concern, boolean recording) {
        this.call = call;
        this.gradient = gradient;
        this.concern = concern;
        this.recording = recording;
    }

    void finish() {
        call = null;
        gradient = null;
        operands(null, null, null, null);
        array = null;
    }

    /// The gradient of output 0.
    Tensor gradient() {
        return gradient;
    }

    /// Whether a gradient of input `i` is wanted.
    boolean wants(int i) {
        Call source = call.source(i);
        return source != null && (concern == 0 || source.concern == concern);
    }

    Engine engine() {
        return engine;
    }

    /// Scratch for [#fuse].
    Tensor[] operands(Tensor a, Tensor b, Tensor c) {
        return operands(a, b, c, null);
    }

    Tensor[] operands(Tensor a, Tensor b, Tensor c, Tensor d) {
        operands[0] = a;
        operands[1] = b;
        operands[2] = c;
        operands[3] = d;
        return operands;
    }

    /// Contributes to the gradient of input `i` a tensor of that input's shape, or of one it broadcasts to, over which
    /// it is then summed.
    void give(int i, Tensor contribution) {
        if (recording) {
            Call source = call.source(i);
            Tensor reduced = contribution.sumTo(call.in(i).shape());
            source.gradient = source.gradient == null ? reduced : source.gradient.add(reduced);
        } else {
            deliver(call.source(i), contribution);
        }
    }

    /// The same for the gradient of an entry.
    void deliver(Call source, Tensor contribution) {
        Tensor result = source.out(0);
        if (!contribution.shape().equals(result.shape())) {
            into(source, false);
            Reductions.sumTo(engine, contribution, result.shape(), array, offset, beta);
        } else if (source.target == null && source.gradient == null) {
            source.gradient = contribution;
            contribution.storage.retain();
        } else {
            into(source, false);
            if (beta == 0) {
                Engine.copy(contribution, array, offset);
            } else {
                accumulate(contribution);
            }
        }
    }

    private void accumulate(Tensor contribution) {
        Sweep sweep = engine.sweep;
        sweep.elements(contribution.shape());
        sweep.add(contribution);
        sweep.addDense(array, offset);
        sweep.plan();
        sweep.run(contribution.dtype().precision(), ACCUMULATE);
    }

    /// Adds the output's gradient to what [#intoZeroed] said, from `start` on at the given strides.
    void addAt(int start, int[] strides) {
        Sweep sweep = engine.sweep;
        sweep.rows(gradient.shape());
        sweep.add(gradient);
        sweep.addStrided(array, offset + start, strides);
        sweep.plan();
        sweep.run(gradient.dtype().precision(), ACCUMULATE);
    }

    /// Contributes an element-wise formula. `last` says that nothing reads the output's gradient afterwards, so that
    /// its buffer may be written.
    void fuse(int i, Fusion formula, Tensor[] operands, double[] parameter, boolean last) {
        Shape shape = call.out(0).shape();
        if (formula.passed() >= 0) {
            give(i, operands[formula.passed()]);
        } else if (call.in(i).shape().equals(shape)) {
            into(i, last);
            formula.run(engine, shape, operands, parameter, array, offset, beta);
        } else {
            Tensor whole = engine.allocate(call.out(0).dtype(), shape);
            formula.run(engine, shape, operands, parameter, whole.array(), whole.offset, 0);
            give(i, whole);
        }
    }

    /// Says where a kernel is to put its contribution to the gradient of input `i`: to [#array] from [#offset] on,
    /// dense and in row-major order, replacing what is there if [#beta] is 0, adding to it if 1. The kernel must do
    /// so.
    ///
    /// @param last the kernel is the last to read the output's gradient, element by element or row by row, so that the
    ///     place may be that of the gradient itself
    void into(int i, boolean last) {
        into(call.source(i), last);
    }

    private void into(Call source, boolean last) {
        Tensor result = source.out(0);
        if (source.target != null) {
            at(source.target, source.written ? 1 : 0);
            source.written = true;
        } else if (source.gradient == null) {
            source.gradient = last && fits(result) ? gradient : engine.allocate(result.dtype(), result.shape());
            source.gradient.storage.retain();
            at(source.gradient, 0);
        } else {
            if (!source.gradient.storage.isExclusive() || source.gradient.strides != null) {
                own(source);
            }
            at(source.gradient, 1);
        }
    }

    private boolean fits(Tensor result) {
        return gradient.storage.isExclusive()
                && gradient.strides == null
                && gradient.shape().equals(result.shape());
    }

    /// Replaces a gradient that lies in a shared buffer by a copy.
    private void own(Call source) {
        Tensor shared = source.gradient;
        source.gradient = engine.allocate(shared.dtype(), shared.shape());
        source.gradient.storage.retain();
        Engine.copy(shared, source.gradient.array(), source.gradient.offset);
        shared.storage.release();
    }

    private void at(Tensor place, double beta) {
        array = place.array();
        offset = place.offset;
        this.beta = beta;
    }

    Object array() {
        return array;
    }

    int offset() {
        return offset;
    }

    double beta() {
        return beta;
    }

    /// Runs a sweep that has its inputs, with the gradient of input `i` as the one output, where [#into] said.
    void run(int i, Chain chain) {
        Sweep sweep = engine.sweep;
        DType dtype = call.in(i).dtype();
        int size = call.in(i).size();
        Storage sum = beta == 0 ? null : engine.takeTemporary(dtype, size);
        sweep.addDense(sum == null ? array : sum.array, sum == null ? offset : 0);
        sweep.plan();
        sweep.run(dtype.precision(), chain);
        if (sum != null) {
            Engine.kernels(dtype).axpy(size, 1, sum.array, 0, array, offset);
            engine.dropTemporary(sum);
        }
    }

    /// As [#into], for a kernel that adds to parts of the gradient: what is not there yet becomes 0.
    void intoZeroed(int i) {
        into(i, false);
        if (beta == 0) {
            Engine.kernels(call.in(i).dtype()).fill(array, offset, call.in(i).size(), 0);
        }
    }
}
