package adjoint.autodiff;

import adjoint.linalg.Kernels;
import java.util.List;

/// Taking positions of an axis by index, and its adjoint.
final class Gather {
    private Gather() {}

    /// Which positions of an axis of length `length` to take: `index[offset …]`, of shape `shape`, which replaces the
    /// axis.
    record Index(int[] index, int offset, Shape shape, int axis, int length) {
        void check() {
            for (int i = 0; i < shape.size(); i++) {
                int at = index[offset + i];
                if (at < 0 || at >= length) {
                    throw new IndexOutOfBoundsException("take: index " + at + " at position " + i + " is outside axis "
                            + axis + " of length " + length);
                }
            }
        }
    }

    static final LinearOp<Index> TAKE = new LinearOp<>("take", "x[index] along an axis") {
        @Override
        void infer(Call call, Index index) {
            index.check();
            Tensor x = call.in(0);
            Elementwise.floating(this, x);
            int[] dims = new int[x.rank() - 1 + index.shape.rank()];
            int rank = 0;
            for (int d = 0; d < x.rank(); d++) {
                if (d == index.axis) {
                    for (int k = 0; k < index.shape.rank(); k++) {
                        dims[rank++] = index.shape.at(k);
                    }
                } else {
                    dims[rank++] = x.shape().at(d);
                }
            }
            call.output(x.dtype(), Shape.of(dims));
        }

        @Override
        void compute(Call call, Index index) {
            Tensor x = call.engine.dense(call.in(0));
            Tensor out = call.out(0);
            Kernels<Object> kernels = Engine.kernels(x.dtype());
            int count = index.shape.size();
            int cols = columns(x.shape(), index.axis);
            int planes = planes(x.shape(), index.axis);
            for (int p = 0; p < planes; p++) {
                kernels.gatherRows(
                        count,
                        cols,
                        x.array(),
                        x.offset + p * index.length * cols,
                        cols,
                        index.index,
                        index.offset,
                        out.array(),
                        out.offset + p * count * cols,
                        cols);
            }
            call.engine.drop(x, call.in(0));
        }

        @Override
        void vjp(Call call, Index index, Flow flow) {
            flow.give(0, Engine.run(SCATTER_ADD, index, flow.gradient()));
        }

        @Override
        void fusedVjp(Call call, Index index, Flow flow) {
            flow.intoZeroed(0);
            scatter(flow.engine(), flow.gradient(), call.in(0).shape(), index, flow.array(), flow.offset());
        }
    };

    /// Zeros of the shape that was taken from, to whose positions `index` the input is added in order.
    static final LinearOp<Index> SCATTER_ADD = new LinearOp<>("scatterAdd", "x added up at index along an axis") {
        @Override
        void infer(Call call, Index index) {
            Tensor g = call.in(0);
            int[] dims = new int[g.rank() - index.shape.rank() + 1];
            for (int d = 0; d < dims.length; d++) {
                dims[d] = d < index.axis
                        ? g.shape().at(d)
                        : d == index.axis ? index.length : g.shape().at(d + index.shape.rank() - 1);
            }
            call.output(Elementwise.floating(this, g), Shape.of(dims));
        }

        @Override
        void compute(Call call, Index index) {
            Tensor out = call.out(0);
            Engine.kernels(out.dtype()).fill(out.array(), out.offset, out.size(), 0);
            scatter(call.engine, call.in(0), out.shape(), index, out.array(), out.offset);
        }

        @Override
        void vjp(Call call, Index index, Flow flow) {
            flow.give(0, Engine.run(TAKE, index, flow.gradient()));
        }
    };

    static final List<Op<?>> ALL = List.of(TAKE, SCATTER_ADD);

    private static void scatter(Engine engine, Tensor from, Shape to, Index index, Object array, int offset) {
        Tensor g = engine.dense(from);
        Kernels<Object> kernels = Engine.kernels(g.dtype());
        int count = index.shape.size();
        int cols = columns(to, index.axis);
        int planes = planes(to, index.axis);
        for (int p = 0; p < planes; p++) {
            kernels.scatterAddRows(
                    count,
                    cols,
                    g.array(),
                    g.offset + p * count * cols,
                    cols,
                    index.index,
                    index.offset,
                    array,
                    offset + p * index.length * cols,
                    cols);
        }
        engine.drop(g, from);
    }

    private static int columns(Shape shape, int axis) {
        int columns = 1;
        for (int d = axis + 1; d < shape.rank(); d++) {
            columns *= shape.at(d);
        }
        return columns;
    }

    private static int planes(Shape shape, int axis) {
        int planes = 1;
        for (int d = 0; d < axis; d++) {
            planes *= shape.at(d);
        }
        return planes;
    }
}
