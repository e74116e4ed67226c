package adjoint.autodiff;

import adjoint.linalg.Chain;
import adjoint.linalg.Epilogue;
import adjoint.linalg.Expr;
import adjoint.linalg.Kernels;
import adjoint.linalg.PackedMatrix;
import adjoint.linalg.Precision;
import adjoint.linalg.Transpose;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;

/// Recurrent layers over all steps of a sequence as one operation each: see [Recurrence].
///
/// Inputs are what the layer's input contributes to the gates, `[steps, batch, gates·width]`, the recurrent weight
/// `[gates·width, width]` and bias `[gates·width]`, the state before the first step, `[batch, width]`, and for LSTM its
/// cell. Output 0 holds the states after each step, and for LSTM the last cell behind them; output 1 what the gates
/// were; output 2 the cells.
final class Recurring {
    private Recurring() {}

    private static final Chain SUM = Chain.define("sum of rows", c -> c.accumulate(c.in()));

    /// Σ over steps of the input's part and of the state's, then the cell's own function.
    private abstract static class Cell extends FusedOp<Boolean> {
        final int gates;
        /// What is kept of each step, in widths; first the products of the weight with the state before.
        final int kept;
        private final Chain forward;
        private final int forwardArrays;
        private final Chain backward;
        private final int backwardArrays;

        Cell(
                String name,
                String formula,
                int gates,
                int kept,
                Chain forward,
                int forwardArrays,
                Chain backward,
                int backwardArrays) {
            super(name, formula);
            this.gates = gates;
            this.kept = kept;
            this.forward = forward;
            this.forwardArrays = forwardArrays;
            this.backward = backward;
            this.backwardArrays = backwardArrays;
        }

        boolean hasCells() {
            return false;
        }

        /// Whether the state's part has another gradient than the input's.
        boolean isSplit() {
            return false;
        }

        /// The state after a step, and its cell where there is one.
        abstract Tensor[] step(Tensor input, Tensor[] state, Tensor weight, Tensor bias);

        @Override
        void infer(Call call, Boolean reverse) {
            Tensor x = call.in(0);
            for (int i = 1; i < call.inputs(); i++) {
                Elementwise.floating(this, x, call.in(i));
            }
            Tensor weight = call.in(1);
            int width = weight.rank() == 2 ? weight.dim(1) : 0;
            int all = gates * width;
            boolean fits = x.rank() == 3 && width > 0 && x.dim(2) == all && weight.dim(0) == all;
            fits = fits && call.in(2).rank() == 1 && call.in(2).dim(0) == all;
            for (int i = 3; fits && i < call.inputs(); i++) {
                Tensor state = call.in(i);
                fits = state.rank() == 2 && state.dim(0) == x.dim(1) && state.dim(1) == width;
            }
            if (!fits) {
                throw new ShapeError(name() + ": inputs [steps, batch, " + gates + "·width], weight [" + gates
                        + "·width, width], bias [" + gates + "·width] and states [batch, width] must agree, got "
                        + shapes(call));
            }
            if (x.dim(0) == 0) {
                throw new ShapeError(name() + ": a sequence needs at least one step, got inputs " + x.shape());
            }
            int steps = x.dim(0);
            int batch = x.dim(1);
            call.output(x.dtype(), Shape.of(steps + (hasCells() ? 1 : 0), batch, width));
            call.output(x.dtype(), Shape.of(steps, batch, kept * width));
            if (hasCells()) {
                call.output(x.dtype(), Shape.of(steps, batch, width));
            }
        }

        private static String shapes(Call call) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < call.inputs(); i++) {
                text.append(i == 0 ? "" : ", ").append(call.in(i).shape());
            }
            return text.toString();
        }

        @Override
        void compute(Call call, Boolean reverse) {
            Run run = new Run(call, reverse, forwardArrays);
            Tensor weight = run.dense(1);
            PackedMatrix<Object> packed =
                    run.kernels.pack(Transpose.YES, run.width, run.all, weight.array(), weight.offset, run.width);
            Tensor bias = run.dense(2);
            Epilogue<Object> plusBias = Epilogue.columnBias(bias.array(), bias.offset);
            for (int i = 0; i < run.steps; i++) {
                run.at(i);
                run.kernels.gemm(
                        Transpose.NO,
                        run.batch,
                        1,
                        run.before.array(),
                        run.beforeAt,
                        run.width,
                        packed,
                        0,
                        call.out(1).array(),
                        run.keptAt,
                        run.keptWidth,
                        plusBias);
                forward(run);
                run.run(forward);
            }
            if (hasCells()) {
                int last = run.lastStep() * run.state;
                System.arraycopy(call.out(2).array(), last, call.out(0).array(), run.steps * run.state, run.state);
            }
            run.close();
        }

        /// Hands over the arrays of the forward chain.
        abstract void forward(Run run);

        /// Hands over the arrays of the backward chain: gradients of the gates go to `inputs` and, where they differ
        /// for the state's part, to `states`.
        abstract void backward(Run run);

        @Override
        int reads(int i) {
            return ALL_INPUTS & ~input(0) | output(0) | (kept == 1 ? 0 : output(1)) | (hasCells() ? output(2) : 0);
        }

        @Override
        void fusedVjp(Call call, Boolean reverse, Flow flow) {
            Engine engine = flow.engine();
            DType dtype = call.in(0).dtype();
            Run run = new Run(call, reverse, backwardArrays);
            run.gradient = engine.dense(flow.gradient());
            boolean direct = false;
            Storage temporary = null;
            if (flow.wants(0)) {
                flow.into(0, false);
                direct = flow.beta() == 0;
            }
            int size = run.steps * run.batch * run.all;
            if (direct) {
                run.inputs = flow.array();
                run.inputsFrom = flow.offset();
            } else {
                temporary = engine.takeTemporary(dtype, size);
                run.inputs = temporary.array;
            }
            Storage split = isSplit() ? engine.takeTemporary(dtype, size) : null;
            run.states = split == null ? run.inputs : split.array;
            run.statesFrom = split == null ? run.inputsFrom : 0;
            Storage carry = engine.takeTemporary(dtype, run.state);
            Storage carriedCell = hasCells() ? engine.takeTemporary(dtype, run.state) : null;
            run.kernels.fill(carry.array, 0, run.state, 0);
            run.carry = carry.array;
            if (hasCells()) {
                run.carriedCell = carriedCell.array;
                Engine.copy(run.gradient.select(0, run.steps), carriedCell.array, 0);
            }
            backThroughTime(run);
            if (!direct && flow.wants(0)) {
                run.kernels.axpy(size, 1, run.inputs, 0, flow.array(), flow.offset());
            }
            giveParameters(run, flow);
            if (flow.wants(3)) {
                add(flow, run, 3, carry.array);
            }
            if (hasCells() && flow.wants(4)) {
                add(flow, run, 4, carriedCell.array);
            }
            run.close();
            engine.drop(run.gradient, flow.gradient());
            for (Storage storage : new Storage[] {temporary, split, carry, carriedCell}) {
                if (storage != null) {
                    engine.dropTemporary(storage);
                }
            }
        }

        private void backThroughTime(Run run) {
            Tensor weight = run.dense(1);
            PackedMatrix<Object> packed =
                    run.kernels.pack(Transpose.NO, run.all, run.width, weight.array(), weight.offset, run.width);
            for (int i = run.steps - 1; i >= 0; i--) {
                run.at(i);
                backward(run);
                run.run(backward);
                run.kernels.gemm(
                        Transpose.NO,
                        run.batch,
                        1,
                        run.states,
                        run.statesFrom + run.inputAt,
                        run.all,
                        packed,
                        isSplit() ? 1 : 0,
                        run.carry,
                        0,
                        run.width,
                        Epilogue.none());
            }
        }

        /// dW = Σ over steps of (gradient of the gates)ᵀ·(state before), and the sum of the gradients for the bias.
        private void giveParameters(Run run, Flow flow) {
            if (flow.wants(1)) {
                flow.into(1, false);
                run.at(0);
                product(run, flow, flow.beta(), run.inputAt, run.batch, run.before, run.beforeAt);
                int rest = (run.steps - 1) * run.batch;
                if (rest > 0) {
                    run.at(run.reverse ? run.steps - 1 : 1);
                    product(run, flow, 1, run.inputAt, rest, run.before, run.beforeAt);
                }
            }
            if (flow.wants(2)) {
                flow.intoZeroed(2);
                Arguments sum = new Arguments(2);
                sum.put(run.states, run.statesFrom, run.all);
                sum.put(flow.array(), flow.offset(), 0);
                sum.run(SUM, run.dtype.precision(), run.steps * run.batch, run.all);
            }
        }

        private static void product(Run run, Flow flow, double beta, int from, int rows, Tensor before, int beforeAt) {
            run.kernels.gemm(
                    Transpose.YES,
                    Transpose.NO,
                    run.all,
                    run.width,
                    rows,
                    1,
                    run.states,
                    run.statesFrom + from,
                    run.all,
                    before.array(),
                    beforeAt,
                    run.width,
                    beta,
                    flow.array(),
                    flow.offset(),
                    run.width);
        }

        private static void add(Flow flow, Run run, int i, Object contribution) {
            flow.intoZeroed(i);
            run.kernels.axpy(run.state, 1, contribution, 0, flow.array(), flow.offset());
        }

        @Override
        Tensor plain(Tensor[] in, Boolean reverse) {
            int steps = in[0].dim(0);
            Tensor[] states = new Tensor[hasCells() ? steps + 1 : steps];
            Tensor[] state = hasCells() ? new Tensor[] {in[3], in[4]} : new Tensor[] {in[3]};
            for (int i = 0; i < steps; i++) {
                int t = reverse ? steps - 1 - i : i;
                state = step(in[0].select(0, t), state, in[1], in[2]);
                states[t] = state[0];
            }
            if (hasCells()) {
                states[steps] = state[1];
            }
            return Tensor.stack(0, states);
        }

        @Override
        Cost cost(Call call, Boolean reverse) {
            Tensor x = call.in(0);
            return new Cost(2L * x.size() * call.in(1).dim(1) + 10L * x.size(), Cost.bytes(call));
        }
    }

    /// One application under way: sizes, where the present step's values are, and the arguments of the cell's chain.
    private static final class Run {
        final Call call;
        final boolean reverse;
        final DType dtype;
        final Kernels<Object> kernels;
        final int steps;
        final int batch;
        final int width;
        final int all;
        final int keptWidth;
        /// The elements of a state.
        final int state;
        private final Tensor[] dense;
        private final Arguments arguments;

        int inputAt;
        int keptAt;
        Tensor before;
        int beforeAt;
        private int stateAt;
        private int previousAt;

        /// The gradient of output 0.
        Tensor gradient;
        Object inputs;
        int inputsFrom;
        Object states;
        int statesFrom;
        Object carry;
        Object carriedCell;

        Run(Call call, boolean reverse, int arrays) {
            this.call = call;
            this.reverse = reverse;
            Tensor x = call.in(0);
            dtype = x.dtype();
            kernels = Engine.kernels(dtype);
            steps = x.dim(0);
            batch = x.dim(1);
            all = x.dim(2);
            width = call.in(1).dim(1);
            keptWidth = call.out(1).dim(2);
            state = batch * width;
            dense = new Tensor[call.inputs()];
            arguments = new Arguments(arrays);
        }

        /// Input `i` without gaps.
        Tensor dense(int i) {
            if (dense[i] == null) {
                dense[i] = call.engine.dense(call.in(i));
            }
            return dense[i];
        }

        int lastStep() {
            return reverse ? 0 : steps - 1;
        }

        /// Goes to step number `i` in the order of the recurrence.
        void at(int i) {
            int t = reverse ? steps - 1 - i : i;
            stateAt = t * state;
            inputAt = t * batch * all;
            keptAt = t * batch * keptWidth;
            previousAt = i == 0 ? -1 : stateAt + (reverse ? state : -state);
            before = i == 0 ? dense(3) : call.out(0);
            beforeAt = i == 0 ? before.offset : previousAt;
        }

        /// Next in the chain: `[batch, width]` without gaps.
        Run put(Object array, int from) {
            arguments.put(array, from, width);
            return this;
        }

        /// Next: the state before the step.
        Run before() {
            return put(before.array(), beforeAt);
        }

        /// Next: the state after the step.
        Run after() {
            return put(call.out(0).array(), stateAt);
        }

        /// Next: the gradient of the state after the step, by what uses it, and by the next step.
        Run gradients() {
            return put(gradient.array(), gradient.offset + stateAt).put(carry, 0);
        }

        /// Next: the cell after the step.
        Run cell() {
            return put(call.out(2).array(), stateAt);
        }

        /// Next: the cell before the step.
        Run cellBefore() {
            return previousAt < 0
                    ? put(dense(4).array(), dense(4).offset)
                    : put(call.out(2).array(), previousAt);
        }

        /// Next: parts of what is kept of the step.
        Run kept(int... parts) {
            for (int part : parts) {
                arguments.put(call.out(1).array(), keptAt + part * width, keptWidth);
            }
            return this;
        }

        /// Next: the step's part of something like the inputs, gate by gate.
        Run gates(Object array, int from) {
            for (int at = 0; at < all; at += width) {
                arguments.put(array, from + inputAt + at, all);
            }
            return this;
        }

        void run(Chain chain) {
            arguments.run(chain, dtype.precision(), batch, width);
        }

        void close() {
            for (int i = 0; i < dense.length; i++) {
                if (dense[i] != null) {
                    call.engine.drop(dense[i], call.in(i));
                }
            }
        }
    }

    /// The arrays of a chain, put one after the other.
    private static final class Arguments {
        private static final double[] NO_SCALARS = {};

        private final Object[] arrays;
        private final int[] offsets;
        private final int[] strides;
        private int next;

        Arguments(int count) {
            arrays = new Object[count];
            offsets = new int[count];
            strides = new int[count];
        }

        void put(Object array, int offset, int stride) {
            arrays[next] = array;
            offsets[next] = offset;
            strides[next++] = stride;
        }

        void run(Chain chain, Precision precision, int rows, int cols) {
            next = 0;
            chain.run(precision, rows, cols, arrays, offsets, strides, NO_SCALARS);
        }
    }

    /// h ← f(x + W·h + b).
    private static final class Simple extends Cell {
        private final UnaryOperator<Tensor> function;

        /// @param timesSlope from a gradient and f: the gradient times f'
        Simple(
                String name,
                UnaryOperator<Tensor> function,
                UnaryOperator<Expr> kernel,
                BinaryOperator<Expr> timesSlope) {
            super(
                    name + "_rnn",
                    "h ← " + name + "(x + W·h + b), step after step",
                    1,
                    1,
                    Chain.define(name + " step", c -> c.out(kernel.apply(c.in().add(c.in())))),
                    3,
                    Chain.define(name + " step back", c -> {
                        Expr gradient = c.in().add(c.in());
                        c.out(timesSlope.apply(gradient, c.in()));
                    }),
                    4);
            this.function = function;
        }

        @Override
        void forward(Run run) {
            run.gates(run.dense(0).array(), run.dense(0).offset).kept(0).after();
        }

        @Override
        void backward(Run run) {
            run.gradients().after().gates(run.inputs, run.inputsFrom);
        }

        @Override
        Tensor[] step(Tensor input, Tensor[] state, Tensor weight, Tensor bias) {
            return new Tensor[] {function.apply(input.add(state[0].linear(weight, bias)))};
        }
    }

    static final Op<Boolean> TANH = new Simple(
            "tanh", Tensor::tanh, Expr::tanh, (g, h) -> g.mul(h.square().neg().add(1)));

    static final Op<Boolean> RELU =
            new Simple("relu", Tensor::relu, x -> x.max(0), (g, h) -> h.gt(0).where(g, 0));

    /// Long short-term memory (Hochreiter, Schmidhuber, 1997; with the forget gate of Gers et al., 2000). Gates are
    /// in the order input, forget, cell, output.
    static final Op<Boolean> LSTM =
            new Cell(
                    "lstm",
                    "c ← σ(f)·c + σ(i)·tanh(g), h ← σ(o)·tanh(c), step after step",
                    4,
                    4,
                    Chain.define("lstm step", Recurring::lstmForward),
                    15,
                    Chain.define("lstm step back", Recurring::lstmBackward),
                    14) {
                @Override
                boolean hasCells() {
                    return true;
                }

                @Override
                void forward(Run run) {
                    run.gates(run.dense(0).array(), run.dense(0).offset)
                            .kept(0, 1, 2, 3)
                            .cellBefore();
                    run.kept(0, 1, 2, 3).cell().after();
                }

                @Override
                void backward(Run run) {
                    run.gradients()
                            .put(run.carriedCell, 0)
                            .kept(0, 1, 2, 3)
                            .cell()
                            .cellBefore();
                    run.gates(run.inputs, run.inputsFrom).put(run.carriedCell, 0);
                }

                @Override
                Tensor[] step(Tensor input, Tensor[] state, Tensor weight, Tensor bias) {
                    Tensor[] z = parts(input.add(state[0].linear(weight, bias)), 4);
                    Tensor cell =
                            z[1].sigmoid().mul(state[1]).add(z[0].sigmoid().mul(z[2].tanh()));
                    return new Tensor[] {z[3].sigmoid().mul(cell.tanh()), cell};
                }
            };

    private static void lstmForward(Chain.Builder c) {
        Expr[] x = in(c, 4);
        Expr[] s = in(c, 4);
        Expr before = c.in();
        Expr input = x[0].add(s[0]).sigmoid();
        Expr forget = x[1].add(s[1]).sigmoid();
        Expr candidate = x[2].add(s[2]).tanh();
        Expr output = x[3].add(s[3]).sigmoid();
        Expr cell = forget.mul(before).add(input.mul(candidate));
        c.out(input);
        c.out(forget);
        c.out(candidate);
        c.out(output);
        c.out(cell);
        c.out(output.mul(cell.tanh()));
    }

    private static void lstmBackward(Chain.Builder c) {
        Expr gradient = c.in().add(c.in());
        Expr carried = c.in();
        Expr[] gate = in(c, 4);
        Expr cell = c.in().tanh();
        Expr before = c.in();
        Expr byCell = carried.add(gradient.mul(gate[3]).mul(cell.square().neg().add(1)));
        c.out(byCell.mul(gate[2]).mul(slope(gate[0])));
        c.out(byCell.mul(before).mul(slope(gate[1])));
        c.out(byCell.mul(gate[0]).mul(gate[2].square().neg().add(1)));
        c.out(gradient.mul(cell).mul(slope(gate[3])));
        c.out(byCell.mul(gate[1]));
    }

    /// Gated recurrent unit (Cho et al., 2014), with the reset gate behind the product with the state, as in PyTorch
    /// and cuDNN. Gates are in the order reset, update, new; behind their sums, the new state's candidate is kept.
    static final Op<Boolean> GRU =
            new Cell(
                    "gru",
                    "n = tanh(x + σ(r)·(W·h + b)), h ← n + σ(z)·(h − n), step after step",
                    3,
                    4,
                    Chain.define("gru step", Recurring::gruForward),
                    11,
                    Chain.define("gru step back", Recurring::gruBackward),
                    14) {
                @Override
                boolean isSplit() {
                    return true;
                }

                @Override
                void forward(Run run) {
                    run.gates(run.dense(0).array(), run.dense(0).offset)
                            .kept(0, 1, 2)
                            .before();
                    run.kept(0, 1, 3).after();
                }

                @Override
                void backward(Run run) {
                    run.gradients().kept(0, 1, 2, 3).before();
                    run.gates(run.inputs, run.inputsFrom)
                            .gates(run.states, run.statesFrom)
                            .put(run.carry, 0);
                }

                @Override
                Tensor[] step(Tensor input, Tensor[] state, Tensor weight, Tensor bias) {
                    Tensor[] x = parts(input, 3);
                    Tensor[] s = parts(state[0].linear(weight, bias), 3);
                    Tensor update = x[1].add(s[1]).sigmoid();
                    Tensor candidate =
                            x[2].add(x[0].add(s[0]).sigmoid().mul(s[2])).tanh();
                    return new Tensor[] {candidate.add(update.mul(state[0].sub(candidate)))};
                }
            };

    private static void gruForward(Chain.Builder c) {
        Expr[] x = in(c, 3);
        Expr[] s = in(c, 3);
        Expr before = c.in();
        Expr reset = x[0].add(s[0]).sigmoid();
        Expr update = x[1].add(s[1]).sigmoid();
        Expr candidate = x[2].add(reset.mul(s[2])).tanh();
        c.out(reset);
        c.out(update);
        c.out(candidate);
        c.out(candidate.add(update.mul(before.sub(candidate))));
    }

    private static void gruBackward(Chain.Builder c) {
        Expr gradient = c.in().add(c.in());
        Expr reset = c.in();
        Expr update = c.in();
        Expr sum = c.in();
        Expr candidate = c.in();
        Expr before = c.in();
        Expr byCandidate =
                gradient.mul(update.neg().add(1)).mul(candidate.square().neg().add(1));
        Expr byReset = byCandidate.mul(sum).mul(slope(reset));
        Expr byUpdate = gradient.mul(before.sub(candidate)).mul(slope(update));
        c.out(byReset);
        c.out(byUpdate);
        c.out(byCandidate);
        c.out(byReset);
        c.out(byUpdate);
        c.out(byCandidate.mul(reset));
        c.out(gradient.mul(update));
    }

    static final List<Op<?>> ALL = List.of(TANH, RELU, LSTM, GRU);

    /// σ' from σ.
    private static Expr slope(Expr sigmoid) {
        return sigmoid.mul(sigmoid.neg().add(1));
    }

    private static Expr[] in(Chain.Builder c, int count) {
        Expr[] in = new Expr[count];
        for (int i = 0; i < count; i++) {
            in[i] = c.in();
        }
        return in;
    }

    /// The parts of the last axis.
    private static Tensor[] parts(Tensor x, int count) {
        int width = x.dim(-1) / count;
        Tensor[] parts = new Tensor[count];
        for (int i = 0; i < count; i++) {
            parts[i] = x.slice(-1, i * width, (i + 1) * width);
        }
        return parts;
    }
}
