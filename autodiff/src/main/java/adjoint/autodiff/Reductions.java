package adjoint.autodiff;

import adjoint.linalg.Chains;
import adjoint.linalg.Kernels;
import java.util.Arrays;
import java.util.List;

/// Sums over axes, and the positions of extremes.
final class Reductions {
    private Reductions() {}

    /// Sums to a shape that broadcasts to that of the input: the adjoint of broadcasting.
    static final LinearOp<Shape> SUM = new LinearOp<>("sum", "Σ x over axes") {
        @Override
        void infer(Call call, Shape to) {
            call.output(Elementwise.floating(this, call.in(0)), to);
        }

        @Override
        Tensor batch(Batch batch, Shape to) {
            Tensor x = batch.in(0);
            int[] kept = new int[x.rank()];
            Arrays.fill(kept, 1);
            System.arraycopy(to.array(), 0, kept, kept.length - to.rank(), to.rank());
            kept[0] = batch.size();
            return x.sumTo(Shape.of(kept)).reshape(to.prepend(batch.size()));
        }

        @Override
        void compute(Call call, Shape to) {
            Tensor out = call.out(0);
            sumTo(call.engine, call.in(0), to, out.array(), out.offset, 0);
        }

        @Override
        void vjp(Call call, Shape to, Flow flow) {
            flow.give(0, flow.gradient().expand(call.in(0).shape()));
        }
    };

    static final Op<Void> ARGMAX = new Extremal("argmax", "largest") {
        @Override
        void search(Kernels<Object> kernels, int rows, int cols, Tensor x, int[] out, int offset) {
            kernels.argMax(rows, cols, x.array(), x.offset, cols, out, offset);
        }
    };

    static final Op<Void> ARGMIN = new Extremal("argmin", "smallest") {
        @Override
        void search(Kernels<Object> kernels, int rows, int cols, Tensor x, int[] out, int offset) {
            kernels.argMin(rows, cols, x.array(), x.offset, cols, out, offset);
        }
    };

    /// Position of the first extreme element over the last axis, which is dropped.
    private abstract static class Extremal extends Op<Void> {
        private final String word;

        Extremal(String name, String word) {
            super(name, "the position of the first " + word + " element along an axis");
            this.word = word;
        }

        abstract void search(Kernels<Object> kernels, int rows, int cols, Tensor x, int[] out, int offset);

        @Override
        final void infer(Call call, Void none) {
            Tensor x = call.in(0);
            Elementwise.floating(this, x);
            int rank = x.rank();
            if (x.shape().at(rank - 1) == 0) {
                throw new ShapeError(name() + ": an axis of length 0 has no " + word + " element, shape " + x.shape());
            }
            call.output(DType.I32, Shape.of(x.shape().array(), rank - 1));
        }

        @Override
        final Tensor batch(Batch batch, Void params) {
            return batch.aligned(this, params);
        }

        @Override
        final void compute(Call call, Void none) {
            Tensor x = call.engine.dense(call.in(0));
            Tensor out = call.out(0);
            search(Engine.kernels(x.dtype()), out.size(), x.dim(-1), x, (int[]) out.array(), out.offset);
            call.engine.drop(x, call.in(0));
        }

        @Override
        final void vjp(Call call, Void none, Flow flow) {
            throw new IllegalStateException(name() + " has no gradient");
        }

        @Override
        final Tensor jvp(Call call, Void none, Tangents tangents) {
            throw new IllegalStateException(name() + " has no tangent");
        }

        @Override
        public final boolean isDifferentiable() {
            return false;
        }
    }

    static final List<Op<?>> ALL = List.of(SUM, ARGMAX, ARGMIN);

    /// `out = beta·out + Σ x`, over the axes that `to` lacks or has with length 1; `out` is dense.
    ///
    /// Works from the last axis to the first on groups of neighbouring axes that are summed or kept alike: the last
    /// group as sums of rows, the others as column sums.
    static void sumTo(Engine engine, Tensor x, Shape to, Object out, int offset, double beta) {
        if (x.strides != null && !rowsSuffice(x, to)) {
            Tensor dense = engine.dense(x);
            sumTo(engine, dense, to, out, offset, beta);
            engine.drop(dense, x);
            return;
        }
        int axis = x.rank();
        int cols = 1;
        while (axis > 0 && isSummed(x, to, axis - 1)) {
            cols *= x.shape().at(--axis);
        }
        int rows = product(x, 0, axis);
        if (!anySummed(x, to, axis)) {
            sumRows(engine, x, rows, cols, out, offset, beta);
        } else if (cols == 1) {
            sumColumns(engine, x.dtype(), x.array(), x.offset, x, to, axis, out, offset, beta);
        } else {
            Storage sums = engine.takeTemporary(x.dtype(), rows);
            sumRows(engine, x, rows, cols, sums.array, 0, 0);
            sumColumns(engine, x.dtype(), sums.array, 0, x, to, axis, out, offset, beta);
            engine.dropTemporary(sums);
        }
    }

    /// Whether a strided tensor can be summed where it lies: over its last axis alone, which has no gaps.
    private static boolean rowsSuffice(Tensor x, Shape to) {
        int last = x.rank() - 1;
        return isSummed(x, to, last) && !anySummed(x, to, last) && (x.shape().at(last) == 1 || x.strides[last] == 1);
    }

    /// Axes of length 1 count as kept, and fall in with whatever is beside them.
    private static boolean isSummed(Tensor x, Shape to, int axis) {
        int own = axis - (x.rank() - to.rank());
        return own < 0 || to.at(own) != x.shape().at(axis);
    }

    private static boolean anySummed(Tensor x, Shape to, int end) {
        for (int d = 0; d < end; d++) {
            if (isSummed(x, to, d)) {
                return true;
            }
        }
        return false;
    }

    private static int product(Tensor x, int from, int to) {
        int product = 1;
        for (int d = from; d < to; d++) {
            product *= x.shape().at(d);
        }
        return product;
    }

    private static void sumRows(Engine engine, Tensor x, int rows, int cols, Object out, int offset, double beta) {
        Kernels<Object> kernels = Engine.kernels(x.dtype());
        if (rows == 1 && x.strides == null) {
            double before = beta == 0 ? 0 : beta * Tensor.element(out, offset);
            kernels.fill(out, offset, 1, before + kernels.sum(x.array(), x.offset, cols));
            return;
        }
        Storage sums = beta == 0 ? null : engine.takeTemporary(x.dtype(), rows);
        Object to = sums == null ? out : sums.array;
        int at = sums == null ? offset : 0;
        Sweep sweep = engine.sweep;
        sweep.rows(x.strides == null ? Shape.of(rows, cols) : x.shape());
        sweep.add(x.strides == null ? Tensor.view(x, x.offset, Shape.of(rows, cols), null) : x);
        sweep.addPerRow(to, at);
        sweep.plan();
        sweep.run(x.dtype().precision(), Chains.SUM_ROW);
        if (sums != null) {
            kernels.axpy(rows, 1, to, at, out, offset);
            engine.dropTemporary(sums);
        }
    }

    /// Sums the dense `from`, of the first `end` axes of `x`, over those that are summed. The last one is kept.
    private static void sumColumns(
            Engine engine,
            DType dtype,
            Object from,
            int fromOffset,
            Tensor x,
            Shape to,
            int end,
            Object out,
            int offset,
            double beta) {
        int kept = end;
        while (!isSummed(x, to, kept - 1)) {
            kept--;
        }
        int summed = kept;
        while (summed > 0 && isSummed(x, to, summed - 1)) {
            summed--;
        }
        int cols = product(x, kept, end);
        int rows = product(x, summed, kept);
        int planes = product(x, 0, summed);
        boolean more = anySummed(x, to, summed);
        Storage sums = more ? engine.takeTemporary(dtype, planes * cols) : null;
        Kernels<Object> kernels = Engine.kernels(dtype);
        for (int plane = 0; plane < planes; plane++) {
            kernels.sumRows(
                    rows,
                    cols,
                    from,
                    fromOffset + plane * rows * cols,
                    cols,
                    more ? 0 : beta,
                    more ? sums.array : out,
                    (more ? 0 : offset) + plane * cols);
        }
        if (more) {
            sumRest(engine, dtype, sums.array, x, to, summed, cols, out, offset, beta);
            engine.dropTemporary(sums);
        }
    }

    /// Goes on with `planes × cols` partial sums, whose planes still have axes to be summed.
    private static void sumRest(
            Engine engine,
            DType dtype,
            Object from,
            Tensor x,
            Shape to,
            int end,
            int cols,
            Object out,
            int offset,
            double beta) {
        int[] dims = new int[end + 1];
        int[] kept = new int[end + 1];
        for (int d = 0; d < end; d++) {
            dims[d] = x.shape().at(d);
            kept[d] = isSummed(x, to, d) ? 1 : dims[d];
        }
        dims[end] = cols;
        kept[end] = cols;
        Tensor rest = Tensor.over(from, 0, Shape.of(dims));
        sumTo(engine, rest, Shape.of(kept), out, offset, beta);
    }
}
