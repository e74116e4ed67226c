package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/// Every kernel of every provider against its definition written as a plain loop, on random sizes, offsets
/// and leading dimensions. What lies outside the result must stay as it was, to the bit.
class KernelsLaws {
    private static final double OUTSIDE = -77;

    /// Normal numbers that single precision represents.
    private static double[] values(long seed, int n) {
        double[] x = new double[n];
        for (int i = 0; i < n; i++) {
            x[i] = (float) Rng.of(seed).normal(i);
        }
        return x;
    }

    private static double[] outside(int n) {
        double[] x = new double[n];
        java.util.Arrays.fill(x, OUTSIDE);
        return x;
    }

    /// Lengths around those where vectors, unrolled loops and blocks end.
    private static int length(int small, int blocks) {
        return blocks * DoubleKernels.BLOCK + small;
    }

    private static void assertClose(Provided<?> p, double expected, double actual, double scale) {
        assertEquals(expected, actual, 64 * p.epsilon() * scale + Double.MIN_NORMAL, p.name());
    }

    @Property(tries = 150)
    void sumsAreCloseToTheExactOnes(
            @ForAll @IntRange(max = 300) int small,
            @ForAll @IntRange(max = 3) int blocks,
            @ForAll @IntRange(max = 5) int xOff,
            @ForAll @IntRange(max = 5) int yOff,
            @ForAll long seed) {
        int n = length(small, blocks);
        double[] x = values(seed, xOff + n);
        double[] y = values(seed + 1, yOff + n);
        double sum = IntStream.range(0, n).mapToDouble(i -> x[xOff + i]).sum();
        double size =
                IntStream.range(0, n).mapToDouble(i -> Math.abs(x[xOff + i])).sum();
        double dot = IntStream.range(0, n)
                .mapToDouble(i -> x[xOff + i] * y[yOff + i])
                .sum();
        double dotSize = IntStream.range(0, n)
                .mapToDouble(i -> Math.abs(x[xOff + i] * y[yOff + i]))
                .sum();
        double squares = IntStream.range(0, n)
                .mapToDouble(i -> x[xOff + i] * x[xOff + i])
                .sum();
        for (Provided<?> p : Provided.all()) {
            checkSums(p, x, xOff, y, yOff, n, new double[] {sum, size, dot, dotSize, squares});
        }
    }

    private static <A> void checkSums(
            Provided<A> p, double[] x, int xOff, double[] y, int yOff, int n, double[] expected) {
        A a = p.array(x);
        A b = p.array(y);
        assertClose(p, expected[0], p.kernels().sum(a, xOff, n), expected[1]);
        assertClose(p, expected[2], p.kernels().dot(a, xOff, b, yOff, n), expected[3]);
        assertClose(p, expected[4], p.kernels().sumSquares(a, xOff, n), expected[4]);
    }

    @Property(tries = 150)
    void sumRowsIsTheSumOfEveryColumn(
            @ForAll @IntRange(max = 70) int rows,
            @ForAll @IntRange(max = 70) int cols,
            @ForAll @IntRange(max = 3) int gap,
            @ForAll @IntRange(max = 3) int off,
            @ForAll @IntRange(max = 2) int betaChoice,
            @ForAll long seed) {
        int ld = cols + gap;
        double beta = new double[] {0, 1, -0.5}[betaChoice];
        double[] x = values(seed, off + rows * ld);
        double[] before = values(seed + 1, off + cols + 2);
        if (beta == 0) {
            java.util.Arrays.fill(before, off, off + cols, Double.NaN);
        }
        double[] expected = before.clone();
        for (int j = 0; j < cols; j++) {
            double sum = beta == 0 ? 0 : beta * before[off + j];
            for (int r = 0; r < rows; r++) {
                sum += x[off + r * ld + j];
            }
            expected[off + j] = sum;
        }
        for (Provided<?> p : Provided.all()) {
            double[] out = sumRows(p, rows, cols, x, off, ld, beta, before);
            assertArrayEquals(expected, out, 100 * p.epsilon(), p.name());
        }
    }

    private static <A> double[] sumRows(
            Provided<A> p, int rows, int cols, double[] x, int off, int ld, double beta, double[] before) {
        A out = p.array(before);
        p.kernels().sumRows(rows, cols, p.array(x), off, ld, beta, out, off);
        return Provided.doubles(out);
    }

    @Property(tries = 150)
    void rowUpdatesTouchTheirRangeOnly(
            @ForAll @IntRange(max = 200) int n,
            @ForAll @IntRange(max = 3) int xOff,
            @ForAll @IntRange(max = 3) int yOff,
            @ForAll long seed) {
        double[] x = values(seed, xOff + n + 2);
        double[] y = values(seed + 1, yOff + n + 2);
        for (Provided<?> p : Provided.all()) {
            checkUpdates(p, n, x, xOff, y, yOff);
        }
    }

    private static <A> void checkUpdates(Provided<A> p, int n, double[] x, int xOff, double[] y, int yOff) {
        double[] axpy = y.clone();
        double[] scaled = y.clone();
        double[] filled = y.clone();
        double[] u = x.clone();
        double[] v = y.clone();
        for (int i = 0; i < n; i++) {
            axpy[yOff + i] += 0.75 * x[xOff + i];
            scaled[yOff + i] *= -1.5;
            filled[yOff + i] = 0.25;
            u[xOff + i] = 0.6 * x[xOff + i] + 0.8 * y[yOff + i];
            v[yOff + i] = 0.6 * y[yOff + i] - 0.8 * x[xOff + i];
        }
        double tolerance = 16 * p.epsilon();
        A out = p.array(y);
        p.kernels().axpy(n, 0.75, p.array(x), xOff, out, yOff);
        assertArrayEquals(axpy, Provided.doubles(out), tolerance, p.name());
        out = p.array(y);
        p.kernels().scale(n, -1.5, out, yOff);
        assertArrayEquals(scaled, Provided.doubles(out), tolerance, p.name());
        out = p.array(y);
        p.kernels().fill(out, yOff, n, 0.25);
        assertArrayEquals(filled, Provided.doubles(out), p.name());
        A left = p.array(x);
        A right = p.array(y);
        p.kernels().rot(n, left, xOff, right, yOff, 0.6, 0.8);
        assertArrayEquals(u, Provided.doubles(left), tolerance, p.name());
        assertArrayEquals(v, Provided.doubles(right), tolerance, p.name());
    }

    @Property(tries = 150)
    void firstNonFiniteIsTheFirstOne(
            @ForAll @IntRange(min = 1, max = 300) int small,
            @ForAll @IntRange(max = 2) int blocks,
            @ForAll @IntRange(max = 3) int off,
            @ForAll @IntRange(max = 2) int kind,
            @ForAll long seed) {
        int n = length(small, blocks);
        double[] x = values(seed, off + n + 1);
        x[off] = Float.MAX_VALUE;
        x[off + n - 1] = -Float.MAX_VALUE;
        // Neighbours do not count.
        x[off + n] = Double.NaN;
        double bad = new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}[kind];
        int first = Rng.of(seed).below(0, n);
        int second = Rng.of(seed).below(1, n);
        for (Provided<?> p : Provided.all()) {
            checkFirst(p, x, off, n, -1);
        }
        x[off + first] = bad;
        x[off + second] = Double.NaN;
        for (Provided<?> p : Provided.all()) {
            checkFirst(p, x, off, n, Math.min(first, second));
        }
    }

    private static <A> void checkFirst(Provided<A> p, double[] x, int off, int n, int expected) {
        assertEquals(expected, p.kernels().firstNonFinite(p.array(x), off, n), p.name());
        assertEquals(expected < 0, p.kernels().allFinite(p.array(x), off, n), p.name());
    }

    @Property(tries = 150)
    void transposeSwapsRowsAndColumns(
            @ForAll @IntRange(max = 70) int rows,
            @ForAll @IntRange(max = 70) int cols,
            @ForAll @IntRange(max = 3) int inGap,
            @ForAll @IntRange(max = 3) int outGap,
            @ForAll @IntRange(max = 3) int off,
            @ForAll long seed) {
        int ldIn = cols + inGap;
        int ldOut = rows + outGap;
        double[] in = values(seed, off + rows * ldIn);
        double[] expected = outside(off + cols * ldOut + 1);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < cols; c++) {
                expected[off + c * ldOut + r] = in[off + r * ldIn + c];
            }
        }
        for (Provided<?> p : Provided.all()) {
            double[] out = transpose(p, rows, cols, in, off, ldIn, outside(expected.length), ldOut);
            assertArrayEquals(expected, out, p.name());
        }
    }

    private static <A> double[] transpose(
            Provided<A> p, int rows, int cols, double[] in, int off, int ldIn, double[] before, int ldOut) {
        A out = p.array(before);
        p.kernels().transpose(rows, cols, p.array(in), off, ldIn, out, off, ldOut);
        return Provided.doubles(out);
    }

    /// Random rank, sizes and axis orders of input and output; some input axes are repeated (stride 0) or run
    /// backwards.
    @Property(tries = 400)
    void copyStridedMovesEveryElement(
            @ForAll @IntRange(max = 5) int rank,
            @ForAll @IntRange(max = 2) int scale,
            @ForAll @IntRange(max = 3) int gap,
            @ForAll long seed) {
        Rng rng = Rng.of(seed);
        int most = new int[] {3, 5, 20}[rank > 3 ? Math.min(scale, 1) : scale];
        int[] shape = new int[rank];
        for (int d = 0; d < rank; d++) {
            // Now and then an axis of size 0.
            shape[d] = rng.below(100 + d, 40) == 0 ? 0 : 1 + rng.below(d, most);
        }
        int[] inStrides = strides(shape, rng.child("in").permutation(rank), gap);
        int[] outStrides = strides(shape, rng.child("out").permutation(rank), gap);
        int inOff = gap;
        for (int d = 0; d < rank; d++) {
            switch (rng.below(200 + d, 6)) {
                case 0 -> inStrides[d] = 0;
                case 1 -> {
                    inOff += Math.max(0, shape[d] - 1) * inStrides[d];
                    inStrides[d] = -inStrides[d];
                }
                default -> {}
            }
        }
        double[] in = values(seed, extent(shape, inStrides) + inOff + 1);
        double[] expected = outside(extent(shape, outStrides) + gap + 1);
        copy(0, shape, in, inOff, inStrides, expected, gap, outStrides);
        for (Provided<?> p : Provided.all()) {
            double[] out = copyStrided(p, shape, in, inOff, inStrides, outside(expected.length), gap, outStrides);
            assertArrayEquals(expected, out, p.name());
        }
    }

    /// Strides of an array whose axes are nested in that order, with a gap after each innermost run.
    private static int[] strides(int[] shape, int[] order, int gap) {
        int[] strides = new int[shape.length];
        int step = 1;
        for (int k = order.length - 1; k >= 0; k--) {
            strides[order[k]] = step;
            step = step * Math.max(1, shape[order[k]]) + (k == order.length - 1 ? gap : 0);
        }
        return strides;
    }

    private static int extent(int[] shape, int[] strides) {
        int extent = 1;
        for (int d = 0; d < shape.length; d++) {
            extent += Math.max(0, (shape[d] - 1) * strides[d]);
        }
        return extent;
    }

    private static void copy(int d, int[] shape, double[] in, int i, int[] inStrides, double[] out, int o, int[] os) {
        if (d == shape.length) {
            out[o] = in[i];
            return;
        }
        for (int e = 0; e < shape[d]; e++) {
            copy(d + 1, shape, in, i + e * inStrides[d], inStrides, out, o + e * os[d], os);
        }
    }

    private static <A> double[] copyStrided(
            Provided<A> p,
            int[] shape,
            double[] in,
            int inOff,
            int[] inStrides,
            double[] before,
            int outOff,
            int[] outStrides) {
        A out = p.array(before);
        p.kernels().copyStrided(shape, p.array(in), inOff, inStrides, out, outOff, outStrides);
        return Provided.doubles(out);
    }

    /// Σ_r ⟨gather(x)[r], y[r]⟩ = ⟨x, scatterAdd(y)⟩: each is the other's transpose.
    @Property(tries = 150)
    void gatherAndScatterAreAdjoint(
            @ForAll @IntRange(min = 1, max = 20) int rows,
            @ForAll @IntRange(max = 20) int picked,
            @ForAll @IntRange(min = 1, max = 40) int cols,
            @ForAll @IntRange(max = 3) int gap,
            @ForAll long seed) {
        int[] index = new int[picked + 1];
        for (int r = 0; r < picked; r++) {
            index[r + 1] = Rng.of(seed).below(r, rows);
        }
        for (Provided<?> p : Provided.all()) {
            checkAdjoint(p, rows, picked, cols, cols + gap, index, seed);
        }
    }

    private static <A> void checkAdjoint(
            Provided<A> p, int rows, int picked, int cols, int ld, int[] index, long seed) {
        A x = p.array(values(seed, rows * ld));
        A y = p.array(values(seed + 1, picked * ld));
        A gathered = p.array(outside(picked * ld));
        A scattered = p.array(new double[rows * ld]);
        p.kernels().gatherRows(picked, cols, x, 0, ld, index, 1, gathered, 0, ld);
        p.kernels().scatterAddRows(picked, cols, y, 0, ld, index, 1, scattered, 0, ld);
        double left = 0;
        double right = 0;
        for (int r = 0; r < picked; r++) {
            left += p.kernels().dot(gathered, r * ld, y, r * ld, cols);
        }
        for (int r = 0; r < rows; r++) {
            right += p.kernels().dot(x, r * ld, scattered, r * ld, cols);
        }
        assertEquals(left, right, 64 * p.epsilon() * (1 + picked * cols), p.name());
        double[] kept = Provided.doubles(gathered);
        for (int r = 0; r < picked; r++) {
            for (int c = 0; c < ld; c++) {
                double expected = c < cols ? Provided.doubles(x)[index[r + 1] * ld + c] : OUTSIDE;
                assertEquals(expected, kept[r * ld + c], p.name());
            }
        }
    }

    /// A pass over a part of a stream draws what a pass over the whole draws there, for all providers alike.
    @Property(tries = 60)
    void drawsDependOnKeyAndCounterOnly(
            @ForAll @IntRange(max = 100) int n, @ForAll int key0, @ForAll int key1, @ForAll long counter) {
        Map<Precision, double[]> uniforms = new EnumMap<>(Precision.class);
        Map<Precision, double[]> normals = new EnumMap<>(Precision.class);
        for (Provided<?> p : Provided.all()) {
            double[] whole = uniform(p, key0, key1, counter, n);
            double[] tail = uniform(p, key0, key1, counter + n / 3, n - n / 3);
            assertArrayEquals(Arrays.copyOfRange(whole, n / 3, n), tail, p.name());
            double[] normal = normal(p, key0, key1, counter, n);
            Precision precision = p.kernels().precision();
            assertArrayEquals(uniforms.computeIfAbsent(precision, _ -> whole), whole, p.name());
            assertArrayEquals(normals.computeIfAbsent(precision, _ -> normal), normal, p.name());
            for (double u : whole) {
                assertTrue(u >= 0 && u < 1, p.name());
            }
        }
        assertArrayEquals(uniforms.get(Precision.F64), uniforms.get(Precision.F32), 0x1p-24);
        for (int i = 0; i < n; i++) {
            double z = normals.get(Precision.F64)[i];
            assertEquals(z, normals.get(Precision.F32)[i], Math.abs(z) < 4 ? 1e-5 : 0.2);
        }
    }

    private static <A> double[] uniform(Provided<A> p, int key0, int key1, long counter, int n) {
        A x = p.array(new double[n]);
        p.kernels().uniform(key0, key1, counter, x, 0, n, 0, 1);
        return Provided.doubles(x);
    }

    private static <A> double[] normal(Provided<A> p, int key0, int key1, long counter, int n) {
        A x = p.array(new double[n]);
        p.kernels().normal(key0, key1, counter, x, 0, n, 0, 1);
        return Provided.doubles(x);
    }
}
