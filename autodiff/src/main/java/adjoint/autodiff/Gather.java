package adjoint.autodiff;

import adjoint.linalg.Kernels;
import java.util.List;

/// Taking elements by index along an axis, and adding them up there.
final class Gather {
    private Gather() {}

    /// Positions of an axis of length `length`: `index[offset …]`, of shape `shape`.
    record Positions(int[] index, int offset, Shape shape, int axis, int length) {
        /// An `I32` tensor as positions of an axis of `x`.
        static Positions of(String op, Tensor index, Tensor x, int axis) {
            requireIndex(op, index);
            Tensor dense = index.contiguous();
            int[] values = (int[]) dense.array();
            int length = x.shape().at(axis);
            requireInside(op, values, dense.offset, dense.size(), axis, length);
            return new Positions(values, dense.offset, dense.shape(), axis, length);
        }

        /// The same positions where there is one more axis in front.
        Positions behind() {
            return new Positions(index, offset, shape, axis + 1, length);
        }
    }

    /// An axis, and how long it is in what is taken from.
    record Axis(int axis, int length) {
        void requireInside(String op, Engine engine, Tensor index) {
            Tensor dense = engine.dense(index);
            try {
                Gather.requireInside(op, (int[]) dense.array(), dense.offset, dense.size(), axis, length);
            } finally {
                engine.drop(dense, index);
            }
        }

        /// Where the elements that an index means lie in a dense tensor; to be given back with `dropTemporary`.
        Storage flat(Engine engine, Tensor index) {
            Tensor dense = engine.dense(index);
            Storage storage = engine.takeTemporary(DType.I32, index.size());
            int[] from = (int[]) dense.array();
            int[] flat = (int[]) storage.array;
            int cols = columns(index.shape(), axis);
            int run = index.shape().at(axis) * cols;
            int k = 0;
            for (int plane = 0; k < index.size(); plane++) {
                int start = plane * length * cols;
                for (int end = k + run; k < end; ) {
                    for (int c = 0; c < cols; c++, k++) {
                        flat[k] = start + from[dense.offset + k] * cols + c;
                    }
                }
            }
            engine.drop(dense, index);
            return storage;
        }
    }

    /// The index's shape replaces the axis.
    static final LinearOp<Positions> TAKE = new LinearOp<>("take", "x[index] along an axis") {
        @Override
        void infer(Call call, Positions positions) {
            Tensor x = call.in(0);
            call.output(x.dtype(), taken(x.shape(), positions));
        }

        @Override
        Tensor batch(Batch batch, Positions positions) {
            return Engine.run(this, positions.behind(), batch.in(0));
        }

        @Override
        void compute(Call call, Positions positions) {
            Tensor x = call.engine.dense(call.in(0));
            Tensor out = call.out(0);
            int count = positions.shape.size();
            int cols = columns(x.shape(), positions.axis);
            int planes = planes(x.shape(), positions.axis);
            for (int p = 0; p < planes; p++) {
                int from = x.offset + p * positions.length * cols;
                int to = out.offset + p * count * cols;
                if (cols == 1) {
                    pick(count, x.array(), from, positions.index, positions.offset, out.array(), to);
                } else {
                    for (int i = 0; i < count; i++) {
                        int at = positions.index[positions.offset + i];
                        System.arraycopy(x.array(), from + at * cols, out.array(), to + i * cols, cols);
                    }
                }
            }
            call.engine.drop(x, call.in(0));
        }

        @Override
        void vjp(Call call, Positions positions, Flow flow) {
            flow.give(0, Engine.run(SCATTER_ADD, positions, flow.gradient()));
        }

        @Override
        void fusedVjp(Call call, Positions positions, Flow flow) {
            flow.intoZeroed(0);
            scatter(flow.engine(), flow.gradient(), call.in(0).shape(), positions, flow.array(), flow.offset());
        }
    };

    /// Zeros of the shape that was taken from, to whose positions the input is added in order.
    static final LinearOp<Positions> SCATTER_ADD = new LinearOp<>("scatterAdd", "x added up at index along an axis") {
        @Override
        void infer(Call call, Positions positions) {
            Tensor g = call.in(0);
            int[] dims = new int[g.rank() - positions.shape.rank() + 1];
            for (int d = 0; d < dims.length; d++) {
                dims[d] = d < positions.axis
                        ? g.shape().at(d)
                        : d == positions.axis ? positions.length : g.shape().at(d + positions.shape.rank() - 1);
            }
            call.output(Elementwise.floating(this, g), Shape.of(dims));
        }

        @Override
        Tensor batch(Batch batch, Positions positions) {
            return Engine.run(this, positions.behind(), batch.in(0));
        }

        @Override
        void compute(Call call, Positions positions) {
            Tensor out = call.out(0);
            Engine.fill(out, 0);
            scatter(call.engine, call.in(0), out.shape(), positions, out.array(), out.offset);
        }

        @Override
        void vjp(Call call, Positions positions, Flow flow) {
            flow.give(0, Engine.run(TAKE, positions, flow.gradient()));
        }
    };

    /// Of a tensor and an `I32` index of the result's shape, one for each element.
    static final Op<Axis> TAKE_ALONG_AXIS =
            new Op<>("takeAlongAxis", "x[…, index[…, i, …], …], one index per element") {
                @Override
                void infer(Call call, Axis axis) {
                    axis.requireInside(name(), call.engine, call.in(1));
                    call.output(call.in(0).dtype(), call.in(1).shape());
                }

                @Override
                void compute(Call call, Axis axis) {
                    Tensor x = call.engine.dense(call.in(0));
                    Tensor out = call.out(0);
                    Storage flat = axis.flat(call.engine, call.in(1));
                    pick(out.size(), x.array(), x.offset, (int[]) flat.array, 0, out.array(), out.offset);
                    call.engine.dropTemporary(flat);
                    call.engine.drop(x, call.in(0));
                }

                @Override
                void vjp(Call call, Axis axis, Flow flow) {
                    flow.give(0, Engine.run(SCATTER_ADD_ALONG_AXIS, axis, flow.gradient(), call.in(1)));
                }

                @Override
                void fusedVjp(Call call, Axis axis, Flow flow) {
                    flow.intoZeroed(0);
                    scatterAlong(flow.engine(), flow.gradient(), call.in(1), axis, flow.array(), flow.offset());
                }

                @Override
                int reads(int i) {
                    return input(1);
                }

                @Override
                Tensor jvp(Call call, Axis axis, Tangents tangents) {
                    return Engine.run(this, axis, tangents.of(0), call.in(1));
                }
            };

    /// Zeros of the shape that was taken from, to which each element is added at an index of its own.
    static final Op<Axis> SCATTER_ADD_ALONG_AXIS =
            new Op<>("scatterAddAlongAxis", "x added up along an axis, one index per element") {
                @Override
                void infer(Call call, Axis axis) {
                    axis.requireInside("scatterAdd", call.engine, call.in(1));
                    int[] dims = call.in(0).shape().dims();
                    dims[axis.axis] = axis.length;
                    call.output(Elementwise.floating(this, call.in(0)), Shape.of(dims));
                }

                @Override
                void compute(Call call, Axis axis) {
                    Tensor out = call.out(0);
                    Engine.fill(out, 0);
                    scatterAlong(call.engine, call.in(0), call.in(1), axis, out.array(), out.offset);
                }

                @Override
                void vjp(Call call, Axis axis, Flow flow) {
                    flow.give(0, Engine.run(TAKE_ALONG_AXIS, axis, flow.gradient(), call.in(1)));
                }

                @Override
                int reads(int i) {
                    return input(1);
                }

                @Override
                Tensor jvp(Call call, Axis axis, Tangents tangents) {
                    return Engine.run(this, axis, tangents.of(0), call.in(1));
                }
            };

    static final List<Op<?>> ALL = List.of(TAKE, SCATTER_ADD, TAKE_ALONG_AXIS, SCATTER_ADD_ALONG_AXIS);

    /// The shape of `x.take(index, axis)`.
    static Shape taken(Shape x, Positions positions) {
        int[] dims = new int[x.rank() - 1 + positions.shape.rank()];
        int rank = 0;
        for (int d = 0; d < x.rank(); d++) {
            if (d == positions.axis) {
                for (int k = 0; k < positions.shape.rank(); k++) {
                    dims[rank++] = positions.shape.at(k);
                }
            } else {
                dims[rank++] = x.at(d);
            }
        }
        return Shape.of(dims);
    }

    /// `x.takeAlongAxis(index, axis)`: the axes but `axis` broadcast.
    static Tensor takeAlongAxis(Tensor x, Tensor index, int axis) {
        int along = x.shape().axis(axis);
        if (index.rank() != x.rank()) {
            throw new ShapeError("takeAlongAxis: the index must have as many axes as the tensor, got " + index.shape()
                    + " for shape " + x.shape());
        }
        int[] from = x.shape().dims();
        int[] to = index.shape().dims();
        for (int d = 0; d < to.length; d++) {
            if (d != along && from[d] != to[d]) {
                if (from[d] != 1 && to[d] != 1) {
                    throw new ShapeError("takeAlongAxis: the index " + index.shape() + " and the tensor " + x.shape()
                            + " do not broadcast: axis " + d + " has lengths " + to[d] + " and " + from[d]);
                }
                int length = from[d] == 1 ? to[d] : from[d];
                from[d] = length;
                to[d] = length;
            }
        }
        requireIndex("takeAlongAxis", index);
        Axis of = new Axis(along, x.dim(along));
        return Engine.run(TAKE_ALONG_AXIS, of, x.expand(Shape.of(from)), index.expand(Shape.of(to)));
    }

    /// `x` plus `source`, each row of which is added at its index.
    static Tensor indexAdd(Tensor x, Tensor index, Tensor source, int axis) {
        Positions positions = Positions.of("indexAdd", index, x, x.shape().axis(axis));
        Shape expected = taken(x.shape(), positions);
        if (!source.shape().equals(expected)) {
            throw new ShapeError("indexAdd: the source for index " + index.shape() + " along axis " + axis
                    + " of shape " + x.shape() + " must have shape " + expected + ", got " + source.shape());
        }
        return x.add(Engine.run(SCATTER_ADD, positions, source));
    }

    /// `x` plus `source`, each element of which is added at its index.
    static Tensor scatterAdd(Tensor x, Tensor index, Tensor source, int axis) {
        return x.add(
                Engine.run(SCATTER_ADD_ALONG_AXIS, scattered("scatterAdd", x, index, source, axis), source, index));
    }

    /// `x` with the elements of `source` at their indices: of the values of both, one after the other, each position
    /// takes the one that was put there last. So a value that is overwritten has no gradient.
    static Tensor scatter(Tensor x, Tensor index, Tensor source, int axis) {
        Axis along = scattered("scatter", x, index, source, axis);
        along.requireInside("scatter", Engine.ofThread(), index);
        int[] last = new int[x.size()];
        for (int i = 0; i < last.length; i++) {
            last[i] = i;
        }
        Engine engine = Engine.ofThread();
        Storage flat = along.flat(engine, index);
        int[] at = (int[]) flat.array;
        for (int k = 0; k < source.size(); k++) {
            last[at[k]] = x.size() + k;
        }
        engine.dropTemporary(flat);
        Tensor both = Tensor.concat(0, x.flatten(), source.flatten());
        return both.take(last, 0).reshape(x.shape());
    }

    private static Axis scattered(String op, Tensor x, Tensor index, Tensor source, int axis) {
        int along = x.shape().axis(axis);
        if (!source.shape().equals(index.shape())) {
            throw new ShapeError(
                    op + ": the source must have the index's shape " + index.shape() + ", got " + source.shape());
        }
        boolean fits = index.rank() == x.rank();
        for (int d = 0; fits && d < x.rank(); d++) {
            fits = d == along || index.shape().at(d) == x.shape().at(d);
        }
        if (!fits) {
            throw new ShapeError(op + " along axis " + axis + ": the index " + index.shape() + " may differ from shape "
                    + x.shape() + " in the length of that axis alone");
        }
        requireIndex(op, index);
        return new Axis(along, x.dim(along));
    }

    private static void requireIndex(String op, Tensor index) {
        if (index.dtype() != DType.I32) {
            throw new IllegalArgumentException(op + ": the index must be I32, got " + index.dtype() + index.shape());
        }
    }

    private static void requireInside(String op, int[] index, int offset, int n, int axis, int length) {
        for (int i = 0; i < n; i++) {
            int at = index[offset + i];
            if (at < 0 || at >= length) {
                throw new IndexOutOfBoundsException(op + ": index " + at + " at position " + i + " is outside axis "
                        + axis + " of length " + length);
            }
        }
    }

    /// `to[i] = from[index[i]]`, all from their offsets on.
    private static void pick(int n, Object from, int offset, int[] index, int iOff, Object to, int at) {
        switch (from) {
            case float[] a -> {
                float[] out = (float[]) to;
                for (int i = 0; i < n; i++) {
                    out[at + i] = a[offset + index[iOff + i]];
                }
            }
            case double[] a -> {
                double[] out = (double[]) to;
                for (int i = 0; i < n; i++) {
                    out[at + i] = a[offset + index[iOff + i]];
                }
            }
            case int[] a -> {
                int[] out = (int[]) to;
                for (int i = 0; i < n; i++) {
                    out[at + i] = a[offset + index[iOff + i]];
                }
            }
            case long[] a -> {
                long[] out = (long[]) to;
                for (int i = 0; i < n; i++) {
                    out[at + i] = a[offset + index[iOff + i]];
                }
            }
            default -> throw new IllegalStateException("no such array: " + from.getClass());
        }
    }

    private static void scatterAlong(Engine engine, Tensor from, Tensor index, Axis axis, Object array, int offset) {
        Tensor g = engine.dense(from);
        Storage flat = axis.flat(engine, index);
        int[] at = (int[]) flat.array;
        if (array instanceof float[] sum) {
            float[] x = (float[]) g.array();
            for (int i = 0; i < g.size(); i++) {
                sum[offset + at[i]] += x[g.offset + i];
            }
        } else {
            double[] sum = (double[]) array;
            double[] x = (double[]) g.array();
            for (int i = 0; i < g.size(); i++) {
                sum[offset + at[i]] += x[g.offset + i];
            }
        }
        engine.dropTemporary(flat);
        engine.drop(g, from);
    }

    private static void scatter(Engine engine, Tensor from, Shape to, Positions positions, Object array, int offset) {
        Tensor g = engine.dense(from);
        Kernels<Object> kernels = Engine.kernels(g.dtype());
        int count = positions.shape.size();
        int cols = columns(to, positions.axis);
        int planes = planes(to, positions.axis);
        for (int p = 0; p < planes; p++) {
            kernels.scatterAddRows(
                    count,
                    cols,
                    g.array(),
                    g.offset + p * count * cols,
                    cols,
                    positions.index,
                    positions.offset,
                    array,
                    offset + p * positions.length * cols,
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
