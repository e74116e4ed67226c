package adjoint.autodiff;

import java.util.List;

/// Operations that show the elements of a tensor under another shape, and their adjoints.
final class Views {
    /// What a view costs.
    static final Op.Cost NOTHING = new Op.Cost(0, 0);

    private Views() {}

    /// The same tensor with an identity of its own.
    static final LinearOp<Void> ALIAS = new LinearOp<>("alias", "x") {
        @Override
        void infer(Call call, Void none) {
            Tensor x = call.in(0);
            call.view(x, x.offset, x.shape(), x.strides);
        }

        @Override
        Tensor batch(Batch batch, Void params) {
            return batch.aligned(this, params);
        }

        @Override
        void compute(Call call, Void none) {}

        @Override
        Cost cost(Call call, Void params) {
            return NOTHING;
        }

        @Override
        void vjp(Call call, Void none, Flow flow) {
            flow.give(0, flow.gradient());
        }
    };

    /// A dense copy.
    static final LinearOp<Void> CONTIGUOUS = new LinearOp<>("contiguous", "x, dense in memory") {
        @Override
        void infer(Call call, Void none) {
            call.output(call.in(0).dtype(), call.in(0).shape());
        }

        @Override
        Tensor batch(Batch batch, Void params) {
            return batch.aligned(this, params);
        }

        @Override
        void compute(Call call, Void none) {
            Engine.copy(call.in(0), call.out(0).array(), call.out(0).offset);
        }

        @Override
        void vjp(Call call, Void none, Flow flow) {
            flow.give(0, flow.gradient());
        }
    };

    /// The same elements in row-major order; a view where the layout allows, else a copy.
    static final LinearOp<Shape> RESHAPE = new LinearOp<>("reshape", "x under another shape") {
        @Override
        void infer(Call call, Shape shape) {
            Tensor x = call.in(0);
            if (x.strides == null) {
                call.view(x, x.offset, shape, null);
                return;
            }
            int[] strides = Layout.reshape(x.shape(), x.strides, shape);
            if (strides == null) {
                call.output(x.dtype(), shape);
            } else {
                call.view(x, x.offset, shape, strides);
            }
        }

        @Override
        Tensor batch(Batch batch, Shape shape) {
            return batch.in(0).reshape(shape.prepend(batch.size()));
        }

        @Override
        void compute(Call call, Shape shape) {
            if (call.out(0).storage != call.in(0).storage) {
                Engine.copy(call.in(0), call.out(0).array(), call.out(0).offset);
            }
        }

        @Override
        Cost cost(Call call, Shape shape) {
            return call.out(0).storage == call.in(0).storage ? NOTHING : new Cost(0, Cost.bytes(call));
        }

        @Override
        void vjp(Call call, Shape shape, Flow flow) {
            flow.give(0, flow.gradient().reshape(call.in(0).shape()));
        }
    };

    /// Axis `i` of the result is axis `axes[i]`.
    static final LinearOp<int[]> PERMUTE = new LinearOp<>("permute", "x with its axes in another order") {
        @Override
        void infer(Call call, int[] axes) {
            Tensor x = call.in(0);
            int rank = x.rank();
            if (axes.length != rank) {
                throw new ShapeError(
                        "permute: shape " + x.shape() + " has " + rank + " axes, got an order of " + axes.length);
            }
            int[] dims = new int[rank];
            int[] strides = new int[rank];
            long seen = 0;
            for (int i = 0; i < rank; i++) {
                if ((seen >>> axes[i] & 1) == 1) {
                    throw new ShapeError("permute: axis " + axes[i] + " of shape " + x.shape() + " is named twice");
                }
                seen |= 1L << axes[i];
                dims[i] = x.shape().at(axes[i]);
                strides[i] = Layout.stride(x, axes[i]);
            }
            call.view(x, x.offset, Shape.of(dims), strides);
        }

        @Override
        Tensor batch(Batch batch, int[] axes) {
            int[] behind = new int[axes.length + 1];
            for (int i = 0; i < axes.length; i++) {
                behind[i + 1] = axes[i] + 1;
            }
            return batch.in(0).permute(behind);
        }

        @Override
        void compute(Call call, int[] axes) {}

        @Override
        Cost cost(Call call, int[] params) {
            return NOTHING;
        }

        @Override
        void vjp(Call call, int[] axes, Flow flow) {
            int[] inverse = new int[axes.length];
            for (int i = 0; i < axes.length; i++) {
                inverse[axes[i]] = i;
            }
            flow.give(0, flow.gradient().permute(inverse));
        }
    };

    /// The positions `from`, `from + step`, … of an axis of length `length`, `count` of them.
    record Range(int axis, int from, int step, int count, int length) {
        /// From `first` until `end` is reached or passed.
        static Range of(int axis, int first, int end, int step, int length) {
            long span = step > 0 ? (long) end - first : (long) first - end;
            long stride = Math.abs((long) step);
            return new Range(axis, first, step, (int) Math.max(0, (span + stride - 1) / stride), length);
        }

        private boolean isAll() {
            return count == length && step == 1;
        }

        /// The same positions in opposite order.
        private Range reversed() {
            return new Range(axis, count == 0 ? 0 : from + (count - 1) * step, -step, count, length);
        }

        /// Where the positions lie in an axis with the given stride.
        void place(int[] strides) {
            strides[axis] *= step;
        }

        /// The same range where there is one more axis in front.
        Range behind() {
            return new Range(axis + 1, from, step, count, length);
        }
    }

    /// The positions of an axis; those of a negative step are turned around in a copy.
    static Tensor slice(Tensor x, Range range) {
        if (range.isAll()) {
            return x;
        }
        if (range.step > 0) {
            return Engine.run(SLICE, range, x);
        }
        Tensor forward = range.reversed().isAll() ? x : Engine.run(SLICE, range.reversed(), x);
        return forward.flip(range.axis);
    }

    /// Of a range with a positive step.
    static final LinearOp<Range> SLICE =
            new LinearOp<>("slice", "every n-th position of an axis, from one to another") {
                @Override
                void infer(Call call, Range range) {
                    Tensor x = call.in(0);
                    int[] dims = x.shape().dims();
                    dims[range.axis] = range.count;
                    int[] strides = x.strides == null ? Layout.dense(x.shape()) : x.strides.clone();
                    int offset = x.offset + range.from * strides[range.axis];
                    range.place(strides);
                    call.view(x, offset, Shape.of(dims), strides);
                }

                @Override
                Tensor batch(Batch batch, Range range) {
                    return Engine.run(this, range.behind(), batch.in(0));
                }

                @Override
                void compute(Call call, Range range) {}

                @Override
                Cost cost(Call call, Range params) {
                    return NOTHING;
                }

                @Override
                void vjp(Call call, Range range, Flow flow) {
                    flow.give(0, Engine.run(EMBED, range, flow.gradient()));
                }

                @Override
                void fusedVjp(Call call, Range range, Flow flow) {
                    if (range.step > 1 && range.axis == call.in(0).rank() - 1) {
                        vjp(call, range, flow);
                        return;
                    }
                    flow.intoZeroed(0);
                    int[] strides = Layout.dense(call.in(0).shape());
                    int start = range.from * strides[range.axis];
                    range.place(strides);
                    flow.addAt(start, strides);
                }
            };

    /// The adjoint of a slice: zeros but for the range, which holds the input.
    static final LinearOp<Range> EMBED = new LinearOp<>("embed", "x at positions of a longer axis, 0 elsewhere") {
        @Override
        void infer(Call call, Range range) {
            int[] dims = call.in(0).shape().dims();
            dims[range.axis] = range.length;
            call.output(call.in(0).dtype(), Shape.of(dims));
        }

        @Override
        Tensor batch(Batch batch, Range range) {
            return Engine.run(this, range.behind(), batch.in(0));
        }

        @Override
        void compute(Call call, Range range) {
            Tensor out = call.out(0);
            Engine.fill(out, 0);
            int[] strides = Layout.dense(out.shape());
            int start = out.offset + range.from * strides[range.axis];
            range.place(strides);
            Engine.copy(call.in(0), out.array(), start, strides);
        }

        @Override
        void vjp(Call call, Range range, Flow flow) {
            flow.give(0, Engine.run(SLICE, range, flow.gradient()));
        }
    };

    /// The elements in the opposite order along the given axes: a copy, because kernels take no negative strides.
    static final LinearOp<int[]> FLIP = new LinearOp<>("flip", "x in opposite order along axes") {
        @Override
        void infer(Call call, int[] axes) {
            call.output(call.in(0).dtype(), call.in(0).shape());
        }

        @Override
        void compute(Call call, int[] axes) {
            Tensor out = call.out(0);
            int[] strides = Layout.dense(out.shape());
            int start = out.offset;
            for (int axis : axes) {
                start += (out.shape().at(axis) - 1) * strides[axis];
                strides[axis] = -strides[axis];
            }
            Engine.copy(call.in(0), out.array(), start, strides);
        }

        @Override
        void vjp(Call call, int[] axes, Flow flow) {
            flow.give(0, Engine.run(FLIP, axes, flow.gradient()));
        }
    };

    /// Repeats axes of length 1, by strides of 0.
    static final LinearOp<Shape> EXPAND = new LinearOp<>("expand", "x repeated along axes of length 1") {
        @Override
        void infer(Call call, Shape shape) {
            Tensor x = call.in(0);
            int gap = shape.rank() - x.rank();
            int[] strides = new int[shape.rank()];
            for (int d = 0; d < shape.rank(); d++) {
                int length = d < gap ? 1 : x.shape().at(d - gap);
                if (length != shape.at(d) && length != 1) {
                    throw new ShapeError("expand: shape " + x.shape() + " does not broadcast to " + shape + ": axis "
                            + (d - gap) + " has length " + length + ", not 1 or " + shape.at(d));
                }
                strides[d] = length == 1 ? 0 : Layout.stride(x, d - gap);
            }
            call.view(x, x.offset, shape, strides);
        }

        @Override
        Tensor batch(Batch batch, Shape shape) {
            return batch.raised(0, shape.rank()).expand(shape.prepend(batch.size()));
        }

        @Override
        void compute(Call call, Shape shape) {}

        @Override
        Cost cost(Call call, Shape params) {
            return NOTHING;
        }

        @Override
        void vjp(Call call, Shape shape, Flow flow) {
            flow.give(0, flow.gradient());
        }
    };

    /// Conversion between dtypes; the gradient is converted back.
    static final LinearOp<DType> CAST = new LinearOp<>("cast", "x in another dtype") {
        @Override
        void infer(Call call, DType dtype) {
            call.output(dtype, call.in(0).shape());
        }

        @Override
        Tensor batch(Batch batch, DType params) {
            return batch.aligned(this, params);
        }

        @Override
        void compute(Call call, DType dtype) {
            Tensor x = call.in(0);
            Storage dense = call.engine.takeTemporary(x.dtype(), x.size());
            Engine.copy(x, dense.array, 0);
            convert(dense.array, call.out(0).array(), call.out(0).offset, x.size());
            call.engine.dropTemporary(dense);
        }

        @Override
        void vjp(Call call, DType dtype, Flow flow) {
            flow.give(0, flow.gradient().to(call.in(0).dtype()));
        }
    };

    /// `to[offset …] = from[0 … n)`, as Java converts numbers.
    static void convert(Object from, Object to, int offset, int n) {
        switch (to) {
            case float[] a -> {
                for (int i = 0; i < n; i++) {
                    a[offset + i] = (float) Tensor.element(from, i);
                }
            }
            case double[] a -> {
                for (int i = 0; i < n; i++) {
                    a[offset + i] = Tensor.element(from, i);
                }
            }
            case int[] a -> {
                for (int i = 0; i < n; i++) {
                    a[offset + i] = from instanceof long[] l ? (int) l[i] : (int) Tensor.element(from, i);
                }
            }
            case long[] a -> {
                for (int i = 0; i < n; i++) {
                    a[offset + i] = from instanceof long[] l ? l[i] : (long) Tensor.element(from, i);
                }
            }
            default -> throw new IllegalStateException("no such array: " + to.getClass());
        }
    }

    /// Tensors one after another along an axis.
    static final LinearOp<Integer> CONCAT = new LinearOp<>("concat", "tensors one after another along an axis") {
        @Override
        void infer(Call call, Integer axis) {
            Tensor first = call.in(0);
            int[] dims = first.shape().dims();
            for (int i = 1; i < call.inputs(); i++) {
                Tensor part = call.in(i);
                requireSame(call, i, axis);
                dims[axis] += part.shape().at(axis);
            }
            call.output(first.dtype(), Shape.of(dims));
        }

        private void requireSame(Call call, int i, int axis) {
            Tensor first = call.in(0);
            Tensor part = call.in(i);
            if (part.dtype() != first.dtype()) {
                throw new IllegalArgumentException("concat: part 0 is " + first.dtype() + ", part " + i + " is "
                        + part.dtype() + "; convert one with to(…)");
            }
            boolean same = part.rank() == first.rank();
            for (int d = 0; same && d < first.rank(); d++) {
                same = d == axis || part.shape().at(d) == first.shape().at(d);
            }
            if (!same) {
                throw new ShapeError("concat along axis " + axis + ": part 0 has shape " + first.shape() + ", part " + i
                        + " has " + part.shape() + "; only the lengths along axis " + axis + " may differ");
            }
        }

        @Override
        Tensor batch(Batch batch, Integer axis) {
            return Engine.run(this, axis + 1, batch.full());
        }

        @Override
        void compute(Call call, Integer axis) {
            Tensor out = call.out(0);
            int inner = 1;
            for (int d = axis + 1; d < out.rank(); d++) {
                inner *= out.shape().at(d);
            }
            int[] strides = null;
            int at = out.offset;
            for (int i = 0; i < call.inputs(); i++) {
                Tensor part = call.in(i);
                int run = part.shape().at(axis) * inner;
                if (part.strides == null && run > 0) {
                    int stride = out.shape().at(axis) * inner;
                    for (int o = 0; o < part.size() / run; o++) {
                        System.arraycopy(part.array(), part.offset + o * run, out.array(), at + o * stride, run);
                    }
                } else if (part.size() > 0) {
                    strides = strides == null ? Layout.dense(out.shape()) : strides;
                    Engine.copy(part, out.array(), at, strides);
                }
                at += run;
            }
        }

        @Override
        void vjp(Call call, Integer axis, Flow flow) {
            int from = 0;
            for (int i = 0; i < call.inputs(); i++) {
                int to = from + call.in(i).shape().at(axis);
                if (flow.wants(i)) {
                    flow.give(i, flow.gradient().slice(axis, from, to));
                }
                from = to;
            }
        }
    };

    static final List<Op<?>> ALL =
            List.of(ALIAS, CONTIGUOUS, RESHAPE, PERMUTE, SLICE, EMBED, FLIP, EXPAND, CAST, CONCAT);
}
