package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.linalg.Attention.Heads;
import adjoint.linalg.Attention.Sizes;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AttentionTest {
    private static final int OUT = 0;
    private static final int LSE = 1;
    private static final int DQ = 2;
    private static final int DK = 3;
    private static final int DV = 4;

    static List<Provided<?>> providers() {
        return Provided.all();
    }

    private static AttentionCase plain(int queries, int keys, int width, double p) {
        return new AttentionCase(new Sizes(1, 1, queries, keys, width, width), false, false, false, 0, p, 7);
    }

    private static AttentionCase causal(int queries, int keys, int width) {
        return new AttentionCase(new Sizes(1, 1, queries, keys, width, width), false, true, false, 0, 0, 7);
    }

    /// Two queries and two keys by hand: weights 1/(1 + e) and e/(1 + e), and 1/2.
    @ParameterizedTest
    @MethodSource("providers")
    <A> void isASoftmaxOfProducts(Provided<A> p) {
        Attention<A> attention = Attention.of(p.kernels(), new Sizes(1, 1, 2, 2, 1, 1), 0.5);
        A out = p.array(0, 0);
        A lse = p.array(0, 0);
        attention.forward(column(p.array(1, 0)), column(p.array(0, 2)), column(p.array(3, 5)), column(out), lse, 0);
        double e = Math.E;
        assertArrayEquals(new double[] {(3 + 5 * e) / (1 + e), 4}, Provided.doubles(out), 4 * 5 * p.epsilon());
        assertArrayEquals(new double[] {Math.log(1 + e), Math.log(2)}, Provided.doubles(lse), 4 * p.epsilon());
    }

    private static <A> Heads<A> column(A array) {
        return new Heads<>(array, 0, 0, 0, 1);
    }

    /// A thousand keys: several blocks, whose sums are scaled to one maximum after the other.
    @ParameterizedTest
    @MethodSource("providers")
    <A> void forwardIsAccurate(Provided<A> p) {
        AttentionCase c = plain(200, 1000, 64, 0);
        double[] q = c.q(p);
        double[] k = c.k(p);
        double[] v = c.v(p);
        double[] expected = c.plain(p).forward(q, k, v).out();
        // In double precision the definition, added up in another order, is no more exact than what it judges.
        double tolerance = p.kernels().precision() == Precision.F32 ? 3e-7 : 3e-15;
        assertArrayEquals(expected, c.run(p, q, k, v, c.dOut(p))[OUT], tolerance);
    }

    /// The gradients of a loss by central differences of the double-precision kernels, with everything that may hide,
    /// add or drop.
    @ParameterizedTest
    @MethodSource("providers")
    <A> void gradientsAreThoseOfForward(Provided<A> p) {
        if (p.kernels().precision() == Precision.F32) {
            return;
        }
        for (int settings = 0; settings < 16; settings++) {
            AttentionCase c = new AttentionCase(
                    new Sizes(1, 2, 3, 4, 3, 2),
                    true,
                    (settings & 1) != 0,
                    (settings & 2) != 0,
                    (settings & 4) != 0 ? 3 : 0,
                    (settings & 8) != 0 ? 0.4 : 0,
                    settings);
            double[][] x = {c.q(p), c.k(p), c.v(p)};
            double[] dOut = c.dOut(p);
            double[][] actual = c.run(p, x[0], x[1], x[2], dOut);
            for (int operand = 0; operand < 3; operand++) {
                for (int i = 0; i < x[operand].length; i++) {
                    double h = 1e-5;
                    double at = x[operand][i];
                    x[operand][i] = at + h;
                    double above = loss(c.run(p, x[0], x[1], x[2], dOut)[OUT], dOut);
                    x[operand][i] = at - h;
                    double below = loss(c.run(p, x[0], x[1], x[2], dOut)[OUT], dOut);
                    x[operand][i] = at;
                    assertEquals((above - below) / (2 * h), actual[DQ + operand][i], 1e-8, c + " " + operand + " " + i);
                }
            }
        }
    }

    private static double loss(double[] out, double[] dOut) {
        double loss = 0;
        for (int i = 0; i < out.length; i++) {
            loss += out[i] * dOut[i];
        }
        return loss;
    }

    // ---- masks

    @ParameterizedTest
    @MethodSource("providers")
    <A> void aQueryThatSeesNoKeyGivesZero(Provided<A> p) {
        Sizes sizes = new Sizes(1, 1, 40, 30, 5, 6);
        AttentionCase c = new AttentionCase(sizes, false, false, false, 0, 0, 3);
        double[] bias = new double[40 * 30];
        Arrays.fill(bias, 7 * 30, 8 * 30, Double.NEGATIVE_INFINITY);
        Heads<A> hidden = new Heads<>(p.array(bias), 0, 0, 0, 30);
        Attention<A> attention = Attention.of(p.kernels(), sizes, 1).bias(hidden);
        double[][] r = run(p, c, attention);
        for (int i = 0; i < 40; i++) {
            boolean sees = i != 7;
            assertEquals(sees, r[LSE][i] != Double.NEGATIVE_INFINITY, "lse");
            for (int j = 0; j < 6; j++) {
                assertEquals(sees, r[OUT][i * 6 + j] != 0, "out");
            }
            for (int j = 0; j < 5; j++) {
                assertEquals(sees, r[DQ][i * 5 + j] != 0, "dq");
            }
        }
        for (int gradient : new int[] {DK, DV}) {
            assertTrue(Arrays.stream(r[gradient]).allMatch(Double::isFinite));
        }
        Attention<A> blind =
                Attention.of(p.kernels(), sizes, 1).keyMask(new Heads<>(p.array(new double[30]), 0, 0, 0, 0));
        double[][] zero = run(p, c, blind);
        for (int result : new int[] {OUT, DQ, DK, DV}) {
            assertTrue(Arrays.stream(zero[result]).allMatch(x -> x == 0));
        }
    }

    private static <A> double[][] run(Provided<A> p, AttentionCase c, Attention<A> attention) {
        return run(p, c, attention, c.q(p), c.k(p), c.v(p));
    }

    /// Contiguous operands of one item.
    private static <A> double[][] run(
            Provided<A> p, AttentionCase c, Attention<A> attention, double[] q, double[] k, double[] v) {
        Sizes s = c.sizes();
        double[] dOut = c.dOut(p);
        double[][] results = {
            new double[s.queries() * s.valueWidth()],
            new double[s.queries()],
            new double[q.length],
            new double[k.length],
            new double[v.length]
        };
        A out = p.array(results[OUT]);
        A lse = p.array(results[LSE]);
        A dq = p.array(q);
        A dk = p.array(k);
        A dv = p.array(v);
        Heads<A> hq = rows(p.array(q), s.width());
        Heads<A> hk = rows(p.array(k), s.width());
        Heads<A> hv = rows(p.array(v), s.valueWidth());
        Heads<A> ho = rows(out, s.valueWidth());
        attention.forward(hq, hk, hv, ho, lse, 0);
        attention.backward(
                hq,
                hk,
                hv,
                ho,
                lse,
                0,
                rows(p.array(dOut), s.valueWidth()),
                rows(dq, s.width()),
                rows(dk, s.width()),
                rows(dv, s.valueWidth()));
        List<A> arrays = List.of(out, lse, dq, dk, dv);
        for (int i = 0; i < results.length; i++) {
            results[i] = Provided.doubles(arrays.get(i));
        }
        return results;
    }

    private static <A> Heads<A> rows(A array, int columns) {
        return new Heads<>(array, 0, 0, 0, columns);
    }

    /// Garbage in the padding changes nothing, and gets no gradient.
    @ParameterizedTest
    @MethodSource("providers")
    <A> void hiddenKeysAreNotUsed(Provided<A> p) {
        AttentionCase c = plain(50, 40, 20, 0);
        double[] mask = new double[40];
        Arrays.fill(mask, 0, 25, 1);
        Attention<A> attention =
                Attention.of(p.kernels(), c.sizes(), 0.3).keyMask(new Heads<>(p.array(mask), 0, 0, 0, 0));
        double[] k = c.k(p);
        double[] v = c.v(p);
        double[][] clean = run(p, c, attention, c.q(p), k, v);
        Arrays.fill(k, 25 * 20, 33 * 20, Double.NaN);
        Arrays.fill(v, 29 * 20, 40 * 20, Double.POSITIVE_INFINITY);
        double[][] dirty = run(p, c, attention, c.q(p), k, v);
        for (int r = 0; r < clean.length; r++) {
            assertArrayEquals(clean[r], dirty[r]);
        }
        for (int i = 25 * 20; i < 40 * 20; i++) {
            assertEquals(0, dirty[DK][i]);
            assertEquals(0, dirty[DV][i]);
        }
    }

    /// Whatever is in later keys: block for block they are not even looked at.
    @ParameterizedTest
    @MethodSource("providers")
    <A> void causalQueriesSeeThemselvesAndWhatIsBefore(Provided<A> p) {
        AttentionCase all = causal(300, 300, 8);
        double[] q = all.q(p);
        double[] k = all.k(p);
        double[] v = all.v(p);
        double[] dOut = all.dOut(p);
        double[] out = all.run(p, q, k, v, dOut)[OUT];
        double[] changed = k.clone();
        Arrays.fill(changed, 100 * 8, changed.length, 9);
        double[] other = all.run(p, q, changed, v, dOut)[OUT];
        assertArrayEquals(Arrays.copyOf(out, 100 * 8), Arrays.copyOf(other, 100 * 8));
        for (int i = 100; i < 300; i++) {
            assertFalse(Arrays.equals(out, i * 8, i * 8 + 8, other, i * 8, i * 8 + 8));
        }
    }

    // ---- numbers

    @ParameterizedTest
    @MethodSource("providers")
    <A> void nonFiniteNumbersSpreadAsInTheFormulas(Provided<A> p) {
        AttentionCase c = plain(40, 35, 4, 0);
        double[] q = c.q(p);
        q[3 * 4] = Double.NaN;
        double[][] r = c.run(p, q, c.k(p), c.v(p), c.dOut(p));
        for (int i = 0; i < 40; i++) {
            assertEquals(i == 3, Double.isNaN(r[OUT][i * 4]), "row " + i);
            assertEquals(i == 3, Double.isNaN(r[LSE][i]), "row " + i);
            assertEquals(i == 3, Double.isNaN(r[DQ][i * 4]), "row " + i);
        }
        assertTrue(Arrays.stream(r[DK]).allMatch(Double::isNaN));

        double[] v = c.v(p);
        v[34 * 4 + 1] = Double.POSITIVE_INFINITY;
        r = c.run(p, c.q(p), c.k(p), v, c.dOut(p));
        for (int i = 0; i < 40; i++) {
            assertEquals(Double.POSITIVE_INFINITY, r[OUT][i * 4 + 1]);
            assertTrue(Double.isFinite(r[OUT][i * 4]));
        }
    }

    /// A score of +∞ is NaN in a softmax, one of −∞ no weight; scores far apart neither overflow nor vanish.
    @ParameterizedTest
    @MethodSource("providers")
    <A> void extremeScores(Provided<A> p) {
        Attention<A> attention = Attention.of(p.kernels(), new Sizes(1, 1, 4, 3, 1, 1), 1);
        double big = 1e4;
        A out = p.array(new double[4]);
        A lse = p.array(new double[4]);
        double infinity = Double.POSITIVE_INFINITY;
        attention.forward(
                column(p.array(1, -1, infinity, 0)),
                column(p.array(big, -big, 1)),
                column(p.array(10, 20, 30)),
                column(out),
                lse,
                0);
        double[] o = Provided.doubles(out);
        assertEquals(10, o[0]);
        assertEquals(20, o[1]);
        assertTrue(Double.isNaN(o[2]));
        assertEquals(20, o[3], 20 * p.epsilon());
        assertEquals(big, Provided.doubles(lse)[0], big * p.epsilon());
    }

    // ---- dropout

    /// With equal weights and V = 1, `out` is the mask over the keys; with dOut = 1, dv is the mask over the queries.
    @ParameterizedTest
    @MethodSource("providers")
    <A> void backwardDropsWhatForwardDrops(Provided<A> p) {
        int n = 260;
        double rate = 0.3;
        Rng key = Rng.of(11).child("drop");
        Attention<A> attention =
                Attention.of(p.kernels(), new Sizes(1, 1, n, n, 1, n), 1).dropout(rate, key);
        A zero = p.array(new double[n]);
        A one = p.array(identity(n));
        A out = p.array(new double[n * n]);
        A lse = p.array(new double[n]);
        A dv = p.array(new double[n * n]);
        A dq = p.array(new double[n]);
        A dk = p.array(new double[n]);
        attention.forward(column(zero), column(zero), rows(one, n), rows(out, n), lse, 0);
        attention.backward(
                column(zero),
                column(zero),
                rows(one, n),
                rows(out, n),
                lse,
                0,
                rows(one, n),
                column(dq),
                column(dk),
                rows(dv, n));
        double[] forward = Provided.doubles(out);
        double[] backward = Provided.doubles(dv);
        int kept = 0;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                boolean keep = CounterHash.uniform(((long) i << 32) + j, key.key0(), key.key1()) >= rate;
                double weight = keep ? 1 / (n * (1 - rate)) : 0;
                assertEquals(weight, forward[i * n + j], 8 * p.epsilon() / n);
                assertEquals(weight, backward[j * n + i], 100 * p.epsilon() / n);
                kept += keep ? 1 : 0;
            }
        }
        // Five standard deviations of a binomial distribution: one key in 1.7 million fails.
        double deviation = Math.sqrt(n * n * rate * (1 - rate));
        assertEquals(n * n * (1 - rate), kept, 5 * deviation);
    }

    private static double[] identity(int n) {
        double[] x = new double[n * n];
        for (int i = 0; i < n; i++) {
            x[i * n + i] = 1;
        }
        return x;
    }

    /// A p so great that no draw reaches it drops all.
    @ParameterizedTest
    @MethodSource("providers")
    <A> void allMayBeDropped(Provided<A> p) {
        double[][] r = plain(33, 20, 3, Math.nextDown(1.0)).run(p);
        assertTrue(Arrays.stream(r[OUT]).allMatch(x -> x == 0));
        assertTrue(Arrays.stream(r[LSE]).allMatch(Double::isFinite));
    }

    // ---- threads

    /// Whether items are the pieces of work, or blocks of queries and chunks of keys.
    @ParameterizedTest
    @MethodSource("providers")
    <A> void bitsDoNotDependOnThreads(Provided<A> p) {
        for (Sizes sizes : List.of(new Sizes(1, 1, 300, 700, 5, 9), new Sizes(2, 9, 40, 30, 17, 16))) {
            for (boolean causal : new boolean[] {false, true}) {
                AttentionCase c = new AttentionCase(sizes, true, causal, false, 0, 0.1, 5);
                double[][] alone = withThreads(1, c, p);
                for (int threads : new int[] {2, 5}) {
                    double[][] together = withThreads(threads, c, p);
                    for (int r = 0; r < alone.length; r++) {
                        assertArrayEquals(alone[r], together[r]);
                    }
                }
            }
        }
    }

    private static double[][] withThreads(int threads, AttentionCase c, Provided<?> p) {
        try (Parallel.Scope _ = Parallel.with(threads)) {
            return c.run(p);
        }
    }

    // ---- errors

    private static String failure(Class<? extends Exception> type, Runnable call) {
        return assertThrows(type, call::run).getMessage();
    }

    private static Heads<float[]> heads(int length, int offset, int batch, int head, int row) {
        return new Heads<>(new float[length], offset, batch, head, row);
    }

    @Test
    void settingsAreChecked() {
        Kernels<float[]> f32 = Kernels.f32();
        Sizes sizes = new Sizes(2, 3, 4, 5, 6, 7);
        Class<IllegalArgumentException> illegal = IllegalArgumentException.class;
        assertEquals(
                "attention: all sizes must be ≥ 0, got"
                        + " Sizes[batch=2, heads=3, queries=4, keys=-5, width=6, valueWidth=7]",
                failure(illegal, () -> Attention.of(f32, new Sizes(2, 3, 4, -5, 6, 7), 1)));
        assertEquals(
                "attention: batch·heads·queries must be < 2^31, got"
                        + " Sizes[batch=65536, heads=32768, queries=1, keys=5, width=6, valueWidth=7]",
                failure(illegal, () -> Attention.of(f32, new Sizes(65536, 32768, 1, 5, 6, 7), 1)));
        assertEquals(
                "attention: the scale must be finite, got Infinity",
                failure(illegal, () -> Attention.of(f32, sizes, Double.POSITIVE_INFINITY)));
        Attention<float[]> attention = Attention.of(f32, sizes, 1);
        assertEquals(
                "attention: the dropout must be in [0, 1), got 1.0",
                failure(illegal, () -> attention.dropout(1, Rng.of(1))));
        assertEquals(
                "attention.bias: row stride 4 of bias must be ≥ 5, the elements of a row",
                failure(illegal, () -> attention.bias(heads(20, 0, 0, 0, 4))));
        assertEquals(
                "attention.keyMask: mask (2 × 3 items of 1 × 5, offset 1, strides 5, 0, 0) reaches to index 11,"
                        + " the array has 10 elements",
                failure(IndexOutOfBoundsException.class, () -> attention.keyMask(heads(10, 1, 5, 0, 9))));
    }

    @Test
    void operandsAreCheckedBeforeAnythingIsWritten() {
        Sizes s = new Sizes(1, 2, 3, 4, 5, 6);
        Attention<float[]> attention = Attention.of(Kernels.f32(), s, 1);
        Heads<float[]> q = heads(30, 0, 0, 15, 5);
        Heads<float[]> k = heads(40, 0, 0, 20, 5);
        Heads<float[]> v = heads(48, 0, 0, 24, 6);
        Heads<float[]> out = heads(36, 0, 0, 18, 6);
        float[] lse = new float[6];
        Arrays.fill(out.array(), 9);
        Class<IllegalArgumentException> illegal = IllegalArgumentException.class;
        Class<IndexOutOfBoundsException> outside = IndexOutOfBoundsException.class;
        assertEquals(
                "attention.forward: q (1 × 2 items of 3 × 5, offset 1, strides 0, 15, 5) reaches to index 31,"
                        + " the array has 30 elements",
                failure(outside, () -> attention.forward(heads(30, 1, 0, 15, 5), k, v, out, lse, 0)));
        assertEquals(
                "attention.forward: offset and strides of k must be ≥ 0, got offset 20, strides 0, -20, 5",
                failure(illegal, () -> attention.forward(q, heads(40, 20, 0, -20, 5), v, out, lse, 0)));
        assertEquals(
                "attention.forward: items of out (offset 0, strides 0, 0, 6) must not overlap each other",
                failure(illegal, () -> attention.forward(q, k, v, heads(36, 0, 0, 0, 6), lse, 0)));
        assertEquals(
                "attention.forward: lse (6 elements from offset 1) reaches from index 1 to 7,"
                        + " the array has 6 elements",
                failure(outside, () -> attention.forward(q, k, v, out, lse, 1)));
        assertEquals(
                "attention.backward: dv (1 × 2 items of 4 × 6, offset 0, strides 0, 24, 6) reaches to index 48,"
                        + " the array has 40 elements",
                failure(outside, () -> attention.backward(q, k, v, out, lse, 0, out, q, k, heads(40, 0, 0, 24, 6))));
        for (float x : out.array()) {
            assertEquals(9, x);
        }
    }

    /// Queries, keys and values of all heads in one array, and their gradients in another, side by side within a row.
    @Test
    void operandsMayLieSideBySideButNotOverlap() {
        Sizes s = new Sizes(2, 2, 3, 3, 4, 4);
        Attention<float[]> attention = Attention.of(Kernels.f32(), s, 1);
        float[] packed = new float[2 * 3 * 24 + 1];
        float[] gradients = new float[packed.length];
        float[] lse = new float[12];
        Heads<float[]> out = heads(48, 0, 24, 12, 4);
        // By head, and within a head queries, keys, values.
        Heads<float[]> q = new Heads<>(packed, 0, 72, 12, 24);
        Heads<float[]> k = new Heads<>(packed, 4, 72, 12, 24);
        Heads<float[]> v = new Heads<>(packed, 8, 72, 12, 24);
        Heads<float[]> dq = new Heads<>(gradients, 0, 72, 12, 24);
        Heads<float[]> dk = new Heads<>(gradients, 4, 72, 12, 24);
        Heads<float[]> dv = new Heads<>(gradients, 8, 72, 12, 24);
        Arrays.fill(packed, 1);
        attention.forward(q, k, v, out, lse, 0);
        assertEquals(1, out.array()[47]);
        attention.backward(q, k, v, out, lse, 0, out, dq, dk, dv);
        assertEquals(1, gradients[8], 1e-6);
        Class<IllegalArgumentException> illegal = IllegalArgumentException.class;
        assertEquals(
                "attention.backward: items of dk (offset 7, strides 72, 12, 24) must not overlap dv (offset 8,"
                        + " strides 72, 12, 24) of the same array",
                failure(
                        illegal,
                        () -> attention.backward(
                                q, k, v, out, lse, 0, out, dq, new Heads<>(gradients, 7, 72, 12, 24), dv)));
        assertEquals(
                "attention.forward: items of out (offset 4, strides 72, 11, 24) must not overlap q (offset 0, strides"
                        + " 72, 12, 24) of the same array",
                failure(illegal, () -> attention.forward(q, k, v, new Heads<>(packed, 4, 72, 11, 24), lse, 0)));
        assertEquals(
                "attention.forward: items of out (offset 0, strides 12, 6, 4) must not overlap each other",
                failure(illegal, () -> attention.forward(q, k, v, heads(48, 0, 12, 6, 4), lse, 0)));
    }
}
