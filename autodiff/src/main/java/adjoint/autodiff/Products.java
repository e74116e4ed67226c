package adjoint.autodiff;

import adjoint.linalg.Kernels;
import adjoint.linalg.Transpose;
import java.util.List;

/// Matrix products and the linear layer.
final class Products {
    private Products() {}

    /// `[…, m, k] · […, k, n]`, batch axes broadcast.
    static final Op<Void> MATMUL = new Op<>("matmul", "A·B over the last two axes") {
        @Override
        void infer(Call call, Void none) {
            Tensor a = call.in(0);
            Tensor b = call.in(1);
            DType dtype = Elementwise.floating(this, a, b);
            if (a.dim(-1) != b.dim(-2)) {
                throw mismatch(a.shape(), b.shape());
            }
            int rank = Math.max(a.rank(), b.rank());
            int[] dims = new int[rank];
            for (int d = 3; d <= rank; d++) {
                int x = d <= a.rank() ? a.dim(-d) : 1;
                int y = d <= b.rank() ? b.dim(-d) : 1;
                if (x != y && x != 1 && y != 1) {
                    throw ShapeError.broadcast("matmul", a.shape(), b.shape(), d);
                }
                dims[rank - d] = x == 1 ? y : x;
            }
            dims[rank - 2] = a.dim(-2);
            dims[rank - 1] = b.dim(-1);
            call.output(dtype, Shape.of(dims));
        }

        private ShapeError mismatch(Shape a, Shape b) {
            String hint = a.dim(-1) == b.dim(-1)
                    ? "; did you mean the right one transposed, transpose(-2, -1)?"
                    : a.dim(-2) == b.dim(-2)
                            ? "; did you mean the left one transposed, transpose(-2, -1)?"
                            : "; they must be equal";
            return new ShapeError("matmul: shapes " + a + " and " + b + ": the last axis of the left has length "
                    + a.dim(-1) + ", axis -2 of the right " + b.dim(-2) + hint);
        }

        @Override
        Tensor batch(Batch batch, Void params) {
            return batch.aligned(this, params);
        }

        @Override
        void compute(Call call, Void none) {
            Tensor out = call.out(0);
            BatchedProduct product = call.engine.product;
            product.begin(out.shape());
            product.left(call.in(0), false);
            product.right(call.in(1), false);
            product.into(out.array(), out.offset, out.shape());
            product.run(out.dtype(), 0);
        }

        @Override
        void vjp(Call call, Void none, Flow flow) {
            if (flow.wants(0)) {
                flow.give(0, flow.gradient().matmul(call.in(1).transpose(-2, -1)));
            }
            if (flow.wants(1)) {
                flow.give(1, call.in(0).transpose(-2, -1).matmul(flow.gradient()));
            }
        }

        @Override
        Tensor jvp(Call call, Void none, Tangents tangents) {
            Tensor left = tangents.plus(null, 0, t -> t.matmul(call.in(1)));
            return tangents.plus(left, 1, t -> call.in(0).matmul(t));
        }

        @Override
        int reads(int i) {
            return input(1 - i);
        }

        /// dA = G·Bᵀ and dB = Aᵀ·G, straight into the gradients of the inputs.
        @Override
        void fusedVjp(Call call, Void none, Flow flow) {
            Tensor g = flow.gradient();
            for (int i = 0; i < 2; i++) {
                if (flow.wants(i)) {
                    Tensor input = call.in(i);
                    if (g.size() == 0) {
                        flow.intoZeroed(i);
                        continue;
                    }
                    flow.into(i, false);
                    BatchedProduct product = flow.engine().product;
                    product.begin(g.shape());
                    product.left(i == 0 ? g : call.in(0), i == 1);
                    product.right(i == 0 ? call.in(1) : g, i == 0);
                    product.into(flow.array(), flow.offset(), input.shape());
                    product.run(g.dtype(), flow.beta());
                }
            }
        }

        @Override
        Cost cost(Call call, Void none) {
            return new Cost(2L * call.out(0).size() * call.in(0).dim(-1), Cost.bytes(call));
        }
    };

    /// `x·Wᵀ + b` over the last axis, of x `[…, in]`, W `[out, in]` and, where there is one, b `[out]`.
    static final FusedOp<Void> LINEAR = new FusedOp<>("linear", "x·Wᵀ + b") {
        @Override
        void infer(Call call, Void none) {
            Tensor x = call.in(0);
            Tensor weight = call.in(1);
            DType dtype = Elementwise.floating(this, x, weight);
            if (weight.rank() != 2 || x.rank() == 0 || x.dim(-1) != weight.dim(1)) {
                throw mismatch(x.shape(), weight.shape());
            }
            if (call.inputs() == 3) {
                Tensor bias = call.in(2);
                Elementwise.floating(this, x, bias);
                if (bias.rank() != 1 || bias.dim(0) != weight.dim(0)) {
                    throw new ShapeError("linear: bias must have shape [" + weight.dim(0) + "] for a weight of "
                            + weight.shape() + ", got " + bias.shape());
                }
            }
            int[] dims = x.shape().dims();
            dims[dims.length - 1] = weight.dim(0);
            call.output(dtype, Shape.of(dims));
        }

        private ShapeError mismatch(Shape x, Shape weight) {
            boolean flipped = weight.rank() == 2 && x.rank() > 0 && x.dim(-1) == weight.at(0);
            return new ShapeError("linear: x of shape " + x + " and weight of shape " + weight
                    + ": weight must be [out, in] with `in` the last axis of x"
                    + (flipped ? "; did you mean weight.transpose(0, 1)?" : ""));
        }

        @Override
        Tensor batch(Batch batch, Void params) {
            boolean bias = batch.inputs() == 3;
            if (!batch.isBatched(1) && !(bias && batch.isBatched(2))) {
                return batch.whole(this, params);
            }
            int rank = Math.max(2, batch.rank(0));
            boolean isVector = batch.in(0).rank() == 1;
            Tensor x = isVector ? batch.in(0).unsqueeze(0) : batch.raised(0, rank);
            Tensor product = x.matmul(batch.raised(1, rank).transpose(-2, -1));
            Tensor sum = bias ? product.add(batch.raised(2, rank)) : product;
            return batch.rank(0) == 1 ? sum.squeeze(-2) : sum;
        }

        @Override
        void compute(Call call, Void none) {
            Engine engine = call.engine;
            Tensor x = byRows(engine, call.in(0));
            Tensor weight = byRows(engine, call.in(1));
            Tensor out = call.out(0);
            int in = weight.dim(1);
            int outs = weight.dim(0);
            int rows = rows(out, outs);
            Kernels<Object> kernels = Engine.kernels(out.dtype());
            if (call.inputs() == 3) {
                Tensor bias = engine.dense(call.in(2));
                kernels.gemmBias(
                        Transpose.NO,
                        Transpose.YES,
                        rows,
                        outs,
                        in,
                        1,
                        x.array(),
                        x.offset,
                        ld(x),
                        weight.array(),
                        weight.offset,
                        ld(weight),
                        out.array(),
                        out.offset,
                        Math.max(1, outs),
                        bias.array(),
                        bias.offset);
                engine.drop(bias, call.in(2));
            } else {
                kernels.gemm(
                        Transpose.NO,
                        Transpose.YES,
                        rows,
                        outs,
                        in,
                        1,
                        x.array(),
                        x.offset,
                        ld(x),
                        weight.array(),
                        weight.offset,
                        ld(weight),
                        0,
                        out.array(),
                        out.offset,
                        Math.max(1, outs));
            }
            engine.drop(weight, call.in(1));
            engine.drop(x, call.in(0));
        }

        @Override
        int reads(int i) {
            return i == 2 ? NO_VALUES : input(1 - i);
        }

        /// dX = G·W, dW = Gᵀ·X, db = Σ rows of G, straight into the gradients of the inputs.
        @Override
        void fusedVjp(Call call, Void none, Flow flow) {
            Engine engine = flow.engine();
            Tensor g = byRows(engine, flow.gradient());
            int in = call.in(1).dim(1);
            int outs = call.in(1).dim(0);
            int rows = rows(g, outs);
            Kernels<Object> kernels = Engine.kernels(g.dtype());
            if (flow.wants(0)) {
                Tensor weight = byRows(engine, call.in(1));
                flow.into(0, false);
                kernels.gemm(
                        Transpose.NO,
                        Transpose.NO,
                        rows,
                        in,
                        outs,
                        1,
                        g.array(),
                        g.offset,
                        ld(g),
                        weight.array(),
                        weight.offset,
                        ld(weight),
                        flow.beta(),
                        flow.array(),
                        flow.offset(),
                        Math.max(1, in));
                engine.drop(weight, call.in(1));
            }
            if (flow.wants(1)) {
                Tensor x = byRows(engine, call.in(0));
                flow.into(1, false);
                kernels.gemm(
                        Transpose.YES,
                        Transpose.NO,
                        outs,
                        in,
                        rows,
                        1,
                        g.array(),
                        g.offset,
                        ld(g),
                        x.array(),
                        x.offset,
                        ld(x),
                        flow.beta(),
                        flow.array(),
                        flow.offset(),
                        Math.max(1, in));
                engine.drop(x, call.in(0));
            }
            if (call.inputs() == 3 && flow.wants(2)) {
                flow.into(2, false);
                kernels.sumRows(rows, outs, g.array(), g.offset, ld(g), flow.beta(), flow.array(), flow.offset());
            }
            engine.drop(g, flow.gradient());
        }

        @Override
        void vjp(Call call, Void none, Flow flow) {
            Tensor g = flow.gradient();
            Tensor weight = call.in(1);
            if (flow.wants(0)) {
                flow.give(0, g.matmul(weight));
            }
            if (flow.wants(1)) {
                int rows = rows(g, weight.dim(0));
                Tensor left = g.reshape(rows, weight.dim(0)).transpose(0, 1);
                flow.give(1, left.matmul(call.in(0).reshape(rows, weight.dim(1))));
            }
            if (call.inputs() == 3 && flow.wants(2)) {
                flow.give(2, g);
            }
        }

        @Override
        Tensor jvp(Call call, Void none, Tangents tangents) {
            Tensor sum = tangents.plus(null, 0, t -> t.linear(call.in(1), null));
            sum = tangents.plus(sum, 1, t -> call.in(0).linear(t, null));
            sum = call.inputs() == 3 ? tangents.plus(sum, 2, t -> t) : sum;
            return sum.expand(call.out(0).shape());
        }

        @Override
        Tensor plain(Tensor[] in, Void none) {
            Tensor product = in[0].matmul(in[1].transpose(0, 1));
            return in.length == 3 ? product.add(in[2]) : product;
        }

        @Override
        Cost cost(Call call, Void none) {
            return new Cost(2L * call.out(0).size() * call.in(1).dim(1), Cost.bytes(call));
        }
    };

    static final List<Op<?>> ALL = List.of(MATMUL, LINEAR);

    /// The tensor if it is a matrix of rows at one distance, else a dense copy.
    private static Tensor byRows(Engine engine, Tensor tensor) {
        return Layout.rowStride(tensor) < 0 ? engine.dense(tensor) : tensor;
    }

    private static int ld(Tensor tensor) {
        return Math.max(1, Layout.rowStride(tensor));
    }

    /// The number of rows of length `cols`.
    private static int rows(Tensor tensor, int cols) {
        if (cols > 0) {
            return tensor.size() / cols;
        }
        int rows = 1;
        for (int d = 0; d < tensor.rank() - 1; d++) {
            rows *= tensor.shape().at(d);
        }
        return rows;
    }
}
