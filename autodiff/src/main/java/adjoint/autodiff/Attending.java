package adjoint.autodiff;

import adjoint.linalg.Attention;
import adjoint.linalg.Attention.Heads;
import adjoint.linalg.CounterHash;
import adjoint.linalg.Kernels;
import java.util.List;

/// Softmax attention as one operation: see [DotProductAttention].
final class Attending {
    private Attending() {}

    /// Behind q, k and v, an operation's inputs are the key mask and the bias, if there are such.
    record Settings(double scale, boolean causal, boolean masked, boolean biased, Stochastic.Drop drop) {
        Tensor mask(Tensor[] in) {
            return masked ? in[3] : null;
        }

        Tensor bias(Tensor[] in) {
            return biased ? in[masked ? 4 : 3] : null;
        }
    }

    /// drop(softmax(scale·q·kᵀ + bias))·v, and per query the logarithm of the sum of its exponentials.
    static final FusedOp<Settings> ATTENTION = new FusedOp<>("attention", "drop(softmax(q·kᵀ·s + b))·v") {
        @Override
        void infer(Call call, Settings settings) {
            Tensor[] in = call.inputArray();
            check(in, settings);
            Shape q = in[0].shape();
            int width = in[2].dim(3);
            Tensor byQueries = call.engine.allocate(in[0].dtype(), Shape.of(q.at(0), q.at(2), q.at(1), width));
            int[] strides = Layout.dense(byQueries.shape());
            call.view(byQueries, 0, Shape.of(q.at(0), q.at(1), q.at(2), width), new int[] {
                strides[0], strides[2], strides[1], strides[3]
            });
            call.output(in[0].dtype(), Shape.of(q.at(0), q.at(1), q.at(2)));
        }

        @Override
        void compute(Call call, Settings settings) {
            try (Operands operands = new Operands(call.engine, call.inputArray(), settings)) {
                Tensor lse = call.out(1);
                operands.attention.forward(
                        operands.heads(0),
                        operands.heads(1),
                        operands.heads(2),
                        operands.heads(call.out(0)),
                        lse.array(),
                        lse.offset);
            }
        }

        /// No gradient by the bias: where one is wanted, the operation is not used.
        @Override
        void fusedVjp(Call call, Settings settings, Flow flow) {
            Engine engine = flow.engine();
            Tensor[] gradients = new Tensor[3];
            Tensor[] added = new Tensor[3];
            for (int i = 0; i < 3; i++) {
                Tensor input = call.in(i);
                if (flow.wants(i)) {
                    flow.into(i, false);
                    gradients[i] = Tensor.over(flow.array(), flow.offset(), input.shape());
                }
                if (!flow.wants(i) || flow.beta() != 0) {
                    added[i] = gradients[i];
                    Storage sum = engine.takeTemporary(input.dtype(), input.size());
                    gradients[i] = new Tensor(sum, 0, input.shape(), null, input.dtype());
                }
            }
            try (Operands operands = new Operands(engine, call.inputArray(), settings)) {
                Tensor lse = call.out(1);
                operands.attention.backward(
                        operands.heads(0),
                        operands.heads(1),
                        operands.heads(2),
                        operands.heads(call.out(0)),
                        lse.array(),
                        lse.offset,
                        operands.heads(flow.gradient()),
                        operands.heads(gradients[0]),
                        operands.heads(gradients[1]),
                        operands.heads(gradients[2]));
            }
            for (int i = 0; i < 3; i++) {
                Tensor sum = added[i];
                if (sum != null) {
                    Engine.kernels(sum.dtype()).axpy(sum.size(), 1, gradients[i].array(), 0, sum.array(), sum.offset);
                }
                if (sum != null || !flow.wants(i)) {
                    engine.dropTemporary(gradients[i].storage);
                }
            }
        }

        @Override
        Tensor plain(Tensor[] in, Settings settings) {
            Tensor mask = settings.mask(in);
            Tensor bias = settings.bias(in);
            int queries = in[0].dim(2);
            int keys = in[1].dim(2);
            Tensor k = in[1];
            Tensor v = in[2];
            if (mask != null) {
                Tensor rows = mask.reshape(mask.dim(0), 1, keys, 1);
                k = k.where(rows, 0);
                v = v.where(rows, 0);
            }
            Tensor scores = in[0].matmul(k.transpose(-2, -1)).mul(settings.scale);
            if (bias != null) {
                scores = scores.add(bias);
            }
            if (settings.causal) {
                scores = scores.where(lowerTriangle(queries, keys, scores.dtype()), Double.NEGATIVE_INFINITY);
            }
            if (mask != null) {
                scores = scores.where(mask.reshape(mask.dim(0), 1, 1, keys), Double.NEGATIVE_INFINITY);
            }
            Tensor weights = softmax(scores);
            if (settings.drop.p() > 0) {
                weights = weights.mul(kept(weights.shape(), settings.drop, weights.dtype()));
            }
            return weights.matmul(v);
        }

        @Override
        Cost cost(Call call, Settings settings) {
            Tensor q = call.in(0);
            long products = 2L * q.dim(0) * q.dim(1) * q.dim(2) * call.in(1).dim(2);
            return new Cost(products * (q.dim(3) + call.in(2).dim(3)), Cost.bytes(call));
        }
    };

    static final List<Op<?>> ALL = List.of(ATTENTION);

    /// Rows that are all −∞ become 0.
    private static Tensor softmax(Tensor scores) {
        if (scores.dim(-1) == 0) {
            return scores;
        }
        Tensor max = scores.max(true, -1).detach();
        Tensor shift = max.where(max.equal(Double.NEGATIVE_INFINITY).neg().add(1), 0);
        Tensor e = scores.sub(shift).exp();
        Tensor sum = e.sum(true, -1);
        return e.div(sum.add(sum.equal(0)));
    }

    private static Tensor lowerTriangle(int rows, int cols, DType dtype) {
        Tensor triangle = Tensor.zeros(dtype, rows, cols);
        for (int r = 0; r < rows; r++) {
            Engine.kernels(dtype).fill(triangle.array(), r * cols, Math.min(r + 1, cols), 1);
        }
        return triangle;
    }

    /// 0 or 1/(1 − p) per weight, by the draws of [Attention#dropout].
    private static Tensor kept(Shape shape, Stochastic.Drop drop, DType dtype) {
        Tensor kept = Tensor.zeros(dtype, shape);
        int keys = shape.at(3);
        for (int i = 0; i < shape.size(); i++) {
            long row = i / keys;
            float draw = CounterHash.uniform(
                    (row << 32) + i % keys, drop.key().key0(), drop.key().key1());
            Tensor.setElement(kept.array(), i, draw >= drop.p() ? 1 / (1 - drop.p()) : 0);
        }
        return kept;
    }

    /// Whether the operands fit each other.
    static void check(Tensor[] in, Settings settings) {
        Tensor q = in[0];
        Tensor k = in[1];
        Tensor v = in[2];
        Elementwise.floating(ATTENTION, q, k);
        Elementwise.floating(ATTENTION, q, v);
        boolean fit = q.rank() == 4 && k.rank() == 4 && v.rank() == 4;
        for (int d = 0; fit && d < 2; d++) {
            fit = q.dim(d) == k.dim(d) && q.dim(d) == v.dim(d);
        }
        if (!fit || k.dim(2) != v.dim(2) || q.dim(3) != k.dim(3)) {
            throw new ShapeError("attention: q [batch, heads, queries, width], k [batch, heads, keys, width] and"
                    + " v [batch, heads, keys, valueWidth] must agree, got " + q.shape() + ", " + k.shape() + " and "
                    + v.shape());
        }
        Tensor mask = settings.mask(in);
        if (mask != null) {
            Elementwise.floating(ATTENTION, q, mask);
            if (mask.rank() != 2 || mask.dim(0) != q.dim(0) || mask.dim(1) != k.dim(2)) {
                throw new ShapeError("attention: the key mask must be [batch, keys] = [" + q.dim(0) + ", " + k.dim(2)
                        + "], got " + mask.shape());
            }
        }
        Tensor bias = settings.bias(in);
        if (bias != null) {
            Elementwise.floating(ATTENTION, q, bias);
            Shape scores = Shape.of(q.dim(0), q.dim(1), q.dim(2), k.dim(2));
            if (!broadcasts(bias.shape(), scores)) {
                throw new ShapeError("attention: the bias must broadcast to [batch, heads, queries, keys] = " + scores
                        + ", got " + bias.shape());
            }
        }
    }

    private static boolean broadcasts(Shape shape, Shape to) {
        boolean fits = shape.rank() <= to.rank();
        for (int d = 1; fits && d <= shape.rank(); d++) {
            int length = shape.at(shape.rank() - d);
            fits = length == 1 || length == to.at(to.rank() - d);
        }
        return fits;
    }

    /// The operands as the kernel takes them, copied where their rows have gaps.
    private static final class Operands implements AutoCloseable {
        final Attention<Object> attention;
        private final Engine engine;
        private final Tensor[] in;
        private final Tensor[] copies = new Tensor[8];
        private int copied;

        Operands(Engine engine, Tensor[] in, Settings settings) {
            this.engine = engine;
            this.in = in;
            Shape q = in[0].shape();
            int keys = in[1].dim(2);
            Attention.Sizes sizes = new Attention.Sizes(q.at(0), q.at(1), q.at(2), keys, q.at(3), in[2].dim(3));
            Kernels<Object> kernels = Engine.kernels(in[0].dtype());
            Attention<Object> plain = Attention.of(kernels, sizes, settings.scale);
            plain = settings.causal ? plain.causal() : plain;
            if (settings.masked) {
                Tensor mask = settings.mask(in);
                plain = plain.keyMask(heads(Tensor.view(mask, mask.offset, Shape.of(q.at(0), 1, 1, keys), new int[] {
                    Layout.stride(mask, 0), 0, 0, Layout.stride(mask, 1)
                })));
            }
            if (settings.biased) {
                plain = plain.bias(heads(alongKeys(settings.bias(in), keys)));
            }
            double p = settings.drop.p();
            attention = p > 0 ? plain.dropout(p, settings.drop.key()) : plain;
        }

        Heads<Object> heads(int i) {
            return heads(in[i]);
        }

        /// Axes of length 1 serve all items.
        Heads<Object> heads(Tensor x) {
            Tensor usable = isUsable(x) ? x : copy(x);
            int[] strides = new int[3];
            for (int d = 0; d < 3; d++) {
                strides[d] = usable.dim(d) == 1 ? 0 : Layout.stride(usable, d);
            }
            // The distance of rows, where there is but one, must still have room for it.
            boolean single = usable.dim(2) == 1;
            return new Heads<>(usable.array(), usable.offset, strides[0], strides[1], single ? 0 : strides[2]);
        }

        private static boolean isUsable(Tensor x) {
            if (x.strides == null) {
                return true;
            }
            boolean usable = x.dim(3) == 1 || x.strides[3] == 1;
            for (int d = 0; d < 3; d++) {
                usable &= x.dim(d) == 1 || x.strides[d] >= (d == 2 ? x.dim(3) : 0);
            }
            return usable;
        }

        private Tensor copy(Tensor x) {
            Tensor dense = engine.dense(x);
            copies[copied++] = dense;
            return dense;
        }

        /// The bias with all four axes, and with the last one as long as there are keys.
        private static Tensor alongKeys(Tensor bias, int keys) {
            int[] dims = {1, 1, 1, keys};
            int[] strides = new int[4];
            int gap = 4 - bias.rank();
            for (int d = gap; d < 4; d++) {
                int length = bias.shape().at(d - gap);
                dims[d] = d == 3 ? keys : length;
                strides[d] = length == 1 ? 0 : Layout.stride(bias, d - gap);
            }
            return Tensor.view(bias, bias.offset, Shape.of(dims), strides);
        }

        @Override
        public void close() {
            while (copied > 0) {
                engine.dropTemporary(copies[--copied].storage);
            }
        }
    }
}
