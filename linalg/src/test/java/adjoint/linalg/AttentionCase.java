package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertEquals;

import adjoint.linalg.Attention.Heads;
import adjoint.linalg.Attention.Sizes;
import java.util.Arrays;

/// An attention with operands, as [PlainAttention] and as kernels see it.
///
/// @param interleaved whether the rows of all heads of a batch entry lie side by side, as a projection writes them, or
///     one head lies behind the other; in both there is room between rows, which nobody may use
/// @param bias 0 none, 1 one per query and key, 2 one per key, 3 per query and key with −∞ for every third
record AttentionCase(Sizes sizes, boolean interleaved, boolean causal, boolean masked, int bias, double p, long seed) {
    private static final double UNUSED = Double.NaN;

    int items() {
        return sizes.batch() * sizes.heads();
    }

    double scale() {
        return 0.7 / Math.sqrt(Math.max(1, sizes.width()));
    }

    private Rng rng() {
        return Rng.of(seed);
    }

    /// Normal numbers, rounded to a precision.
    private double[] normal(Provided<?> kernels, String name, int n) {
        double[] x = new double[n];
        rng().child(name).fillNormal(x, 0, n, 0, 1);
        return Provided.doubles(kernels.array(x));
    }

    double[] q(Provided<?> kernels) {
        return normal(kernels, "q", items() * sizes.queries() * sizes.width());
    }

    double[] k(Provided<?> kernels) {
        return normal(kernels, "k", items() * sizes.keys() * sizes.width());
    }

    double[] v(Provided<?> kernels) {
        return normal(kernels, "v", items() * sizes.keys() * sizes.valueWidth());
    }

    double[] dOut(Provided<?> kernels) {
        return normal(kernels, "dOut", items() * sizes.queries() * sizes.valueWidth());
    }

    /// Per item; the same for all heads of a batch entry.
    private double[] mask() {
        double[] mask = new double[items() * sizes.keys()];
        for (int i = 0; i < mask.length; i++) {
            long batch = i / Math.max(1, sizes.keys()) / sizes.heads();
            mask[i] = rng().child("mask").below(batch * sizes.keys() + i % sizes.keys(), 3);
        }
        return mask;
    }

    /// Per item; the same for all of them.
    private double[] bias(Provided<?> kernels) {
        int rows = sizes.queries() * sizes.keys();
        double[] one = normal(kernels, "bias", rows);
        double[] all = new double[items() * rows];
        for (int i = 0; i < all.length; i++) {
            int at = i % rows;
            all[i] = bias == 2 ? one[at % sizes.keys()] : one[at];
            if (bias == 3 && rng().child("hidden").below(at, 3) == 0) {
                all[i] = Double.NEGATIVE_INFINITY;
            }
        }
        return all;
    }

    PlainAttention plain(Provided<?> kernels) {
        return new PlainAttention(
                items(),
                sizes.queries(),
                sizes.keys(),
                sizes.width(),
                sizes.valueWidth(),
                scale(),
                causal,
                masked ? mask() : null,
                bias > 0 ? bias(kernels) : null,
                p,
                rng().child("drop"));
    }

    <A> Attention<A> attention(Provided<A> p) {
        Attention<A> attention = Attention.of(p.kernels(), sizes, scale());
        if (causal) {
            attention = attention.causal();
        }
        if (masked) {
            int stride = sizes.heads() * sizes.keys();
            attention = attention.keyMask(new Heads<>(p.array(mask()), 0, stride, 0, 0));
        }
        if (bias > 0) {
            int stride = bias == 2 ? 0 : sizes.keys();
            attention = attention.bias(new Heads<>(p.array(bias(p)), 0, 0, 0, stride));
        }
        return this.p == 0 ? attention : attention.dropout(this.p, rng().child("drop"));
    }

    /// An operand whose rows of `cols` hold the contiguous `values`; room between them is NaN.
    <A> Heads<A> heads(Provided<A> p, int rows, int cols, double[] values) {
        int offset = 3;
        int row = interleaved ? sizes.heads() * (cols + 1) + 2 : cols + 2;
        int head = interleaved ? cols + 1 : rows * row + 1;
        int batch = (interleaved ? rows * row : sizes.heads() * head) + 1;
        // Nothing behind the last element: reading on would fail.
        int end = items() == 0 || rows == 0
                ? offset
                : offset + (sizes.batch() - 1) * batch + (sizes.heads() - 1) * head + (rows - 1) * row + cols;
        double[] all = new double[end];
        Arrays.fill(all, UNUSED);
        Heads<A> heads = new Heads<>(null, offset, batch, head, row);
        for (int i = 0; i < values.length; i++) {
            all[at(heads, i / cols / rows, i / cols % rows) + i % cols] = values[i];
        }
        return new Heads<>(p.array(all), offset, batch, head, row);
    }

    <A> Heads<A> empty(Provided<A> p, int rows, int cols) {
        double[] values = new double[items() * rows * cols];
        Arrays.fill(values, 77);
        return heads(p, rows, cols, values);
    }

    private int at(Heads<?> x, int item, int row) {
        return x.offset()
                + item / sizes.heads() * x.batchStride()
                + item % sizes.heads() * x.headStride()
                + row * x.rowStride();
    }

    /// The contiguous values of an operand; fails if the room between rows has been written to.
    double[] values(Heads<?> x, int rows, int cols) {
        double[] all = Provided.doubles(x.array());
        double[] values = new double[items() * rows * cols];
        for (int i = 0; i < values.length; i++) {
            int at = at(x, i / cols / rows, i / cols % rows) + i % cols;
            values[i] = all[at];
            all[at] = UNUSED;
        }
        for (double rest : all) {
            assertEquals(UNUSED, rest, "room between rows");
        }
        return values;
    }

    /// What the kernels make of it: out, lse, dq, dk, dv.
    <A> double[][] run(Provided<A> p) {
        return run(p, q(p), k(p), v(p), dOut(p));
    }

    <A> double[][] run(Provided<A> p, double[] q, double[] k, double[] v, double[] dOut) {
        Sizes s = sizes;
        Heads<A> hq = heads(p, s.queries(), s.width(), q);
        Heads<A> hk = heads(p, s.keys(), s.width(), k);
        Heads<A> hv = heads(p, s.keys(), s.valueWidth(), v);
        Heads<A> out = empty(p, s.queries(), s.valueWidth());
        A lse = p.array(new double[2 + items() * s.queries()]);
        Attention<A> attention = attention(p);
        attention.forward(hq, hk, hv, out, lse, 2);
        Heads<A> dq = empty(p, s.queries(), s.width());
        Heads<A> dk = empty(p, s.keys(), s.width());
        Heads<A> dv = empty(p, s.keys(), s.valueWidth());
        Heads<A> g = heads(p, s.queries(), s.valueWidth(), dOut);
        attention.backward(hq, hk, hv, out, lse, 2, g, dq, dk, dv);
        double[] allLse = Provided.doubles(lse);
        return new double[][] {
            values(out, s.queries(), s.valueWidth()),
            Arrays.copyOfRange(allLse, 2, allLse.length),
            values(dq, s.queries(), s.width()),
            values(dk, s.keys(), s.width()),
            values(dv, s.keys(), s.valueWidth())
        };
    }
}
