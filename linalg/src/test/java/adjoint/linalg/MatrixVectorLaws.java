package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/// `gemv`, `symv` and `ger` of every provider against their definitions, on random sizes, offsets, increments and
/// leading dimensions.
class MatrixVectorLaws {
    /// Normal numbers that single precision represents.
    private static double[] values(long seed, int n) {
        double[] x = new double[n];
        for (int i = 0; i < n; i++) {
            x[i] = (float) Rng.of(seed).normal(i);
        }
        return x;
    }

    private static double beta(int choice) {
        return new double[] {0, 1, -0.5}[choice];
    }

    /// y before the call; NaN where it must not be read.
    private static double[] before(long seed, int off, int n, int inc, double beta) {
        double[] y = values(seed, off + n * inc + 2);
        for (int i = 0; beta == 0 && i < n; i++) {
            y[off + i * inc] = Double.NaN;
        }
        return y;
    }

    @Property(tries = 200)
    void gemvIsItsDefinition(
            @ForAll @IntRange(max = 150) int m,
            @ForAll @IntRange(max = 150) int n,
            @ForAll Transpose ta,
            @ForAll @IntRange(max = 3) int off,
            @ForAll @IntRange(min = 1, max = 3) int incX,
            @ForAll @IntRange(min = 1, max = 3) int incY,
            @ForAll @IntRange(max = 2) int betaChoice,
            @ForAll long seed) {
        boolean transposed = ta == Transpose.YES;
        int xn = transposed ? m : n;
        int yn = transposed ? n : m;
        int lda = n + off;
        double beta = beta(betaChoice);
        double[] a = values(seed, off + m * lda);
        double[] x = values(seed + 1, off + xn * incX);
        double[] y = before(seed + 2, off, yn, incY, beta);
        double[] expected = y.clone();
        for (int i = 0; i < yn; i++) {
            double sum = 0;
            for (int j = 0; j < xn; j++) {
                sum += a[off + (transposed ? j * lda + i : i * lda + j)] * x[off + j * incX];
            }
            int at = off + i * incY;
            expected[at] = 0.75 * sum + (beta == 0 ? 0 : beta * y[at]);
        }
        for (Provided<?> p : Provided.all()) {
            checkGemv(p, ta, m, n, a, off, lda, x, incX, beta, y, incY, expected);
        }
    }

    private static <A> void checkGemv(
            Provided<A> p,
            Transpose ta,
            int m,
            int n,
            double[] a,
            int off,
            int lda,
            double[] x,
            int incX,
            double beta,
            double[] y,
            int incY,
            double[] expected) {
        A out = p.array(y);
        p.kernels().gemv(ta, m, n, 0.75, p.array(a), off, lda, p.array(x), off, incX, beta, out, off, incY);
        assertArrayEquals(expected, Provided.doubles(out), 400 * p.epsilon(), p.name());
    }

    @Property(tries = 200)
    void symvReadsOneTriangle(
            @ForAll @IntRange(max = 150) int n,
            @ForAll Triangle triangle,
            @ForAll @IntRange(max = 3) int off,
            @ForAll @IntRange(min = 1, max = 3) int incX,
            @ForAll @IntRange(min = 1, max = 3) int incY,
            @ForAll @IntRange(max = 2) int betaChoice,
            @ForAll long seed) {
        int lda = n + off;
        double beta = beta(betaChoice);
        double[] full = values(seed, off + n * lda);
        double[] a = full.clone();
        for (int r = 0; r < n; r++) {
            for (int c = 0; c < r; c++) {
                int below = off + r * lda + c;
                int above = off + c * lda + r;
                full[above] = full[below];
                a[above] = triangle == Triangle.LOWER ? Double.NaN : full[below];
                a[below] = triangle == Triangle.LOWER ? full[below] : Double.NaN;
            }
        }
        double[] x = values(seed + 1, off + n * incX);
        double[] y = before(seed + 2, off, n, incY, beta);
        double[] expected = y.clone();
        for (int i = 0; i < n; i++) {
            double sum = 0;
            for (int j = 0; j < n; j++) {
                sum += full[off + i * lda + j] * x[off + j * incX];
            }
            int at = off + i * incY;
            expected[at] = -1.5 * sum + (beta == 0 ? 0 : beta * y[at]);
        }
        for (Provided<?> p : Provided.all()) {
            checkSymv(p, triangle, n, a, off, lda, x, incX, beta, y, incY, expected);
        }
    }

    private static <A> void checkSymv(
            Provided<A> p,
            Triangle triangle,
            int n,
            double[] a,
            int off,
            int lda,
            double[] x,
            int incX,
            double beta,
            double[] y,
            int incY,
            double[] expected) {
        A out = p.array(y);
        p.kernels().symv(triangle, n, -1.5, p.array(a), off, lda, p.array(x), off, incX, beta, out, off, incY);
        assertArrayEquals(expected, Provided.doubles(out), 400 * p.epsilon(), p.name());
    }

    @Property(tries = 150)
    void gerIsItsDefinition(
            @ForAll @IntRange(max = 40) int m,
            @ForAll @IntRange(max = 80) int n,
            @ForAll @IntRange(max = 3) int off,
            @ForAll @IntRange(min = 1, max = 3) int incX,
            @ForAll @IntRange(min = 1, max = 3) int incY,
            @ForAll long seed) {
        int lda = n + off;
        double[] a = values(seed, off + m * lda);
        double[] x = values(seed + 1, off + m * incX);
        double[] y = values(seed + 2, off + n * incY);
        double[] expected = a.clone();
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                expected[off + i * lda + j] += 0.75 * x[off + i * incX] * y[off + j * incY];
            }
        }
        for (Provided<?> p : Provided.all()) {
            checkGer(p, m, n, x, incX, y, incY, a, off, lda, expected);
        }
    }

    private static <A> void checkGer(
            Provided<A> p,
            int m,
            int n,
            double[] x,
            int incX,
            double[] y,
            int incY,
            double[] a,
            int off,
            int lda,
            double[] expected) {
        A out = p.array(a);
        p.kernels().ger(m, n, 0.75, p.array(x), off, incX, p.array(y), off, incY, out, off, lda);
        assertArrayEquals(expected, Provided.doubles(out), 16 * p.epsilon(), p.name());
    }

    /// Large enough for several threads, and for several blocks of columns.
    @Example
    void theNumberOfThreadsChangesNoBit() {
        int m = 133;
        int n = 4211;
        for (Provided<?> p : Provided.all()) {
            for (Transpose ta : Transpose.values()) {
                double[] one = large(p, ta, m, n, 1);
                assertArrayEquals(one, large(p, ta, m, n, 3), p.name());
                assertArrayEquals(large(p, ta, n, m, 1), large(p, ta, n, m, 2), p.name());
                double[] expected = new double[one.length];
                double[] a = values(5, m * n);
                double[] x = values(6, ta == Transpose.YES ? m : n);
                for (int i = 0; i < m * n; i++) {
                    int row = i / n;
                    int column = i % n;
                    expected[ta == Transpose.YES ? column : row] += a[i] * x[ta == Transpose.YES ? row : column];
                }
                assertArrayEquals(expected, one, m * n / 100.0 * p.epsilon(), p.name());
            }
        }
    }

    private static <A> double[] large(Provided<A> p, Transpose ta, int m, int n, int threads) {
        A y = p.array(new double[ta == Transpose.YES ? n : m]);
        A x = p.array(values(6, ta == Transpose.YES ? m : n));
        try (Parallel.Scope _ = Parallel.with(threads)) {
            p.kernels().gemv(ta, m, n, 1, p.array(values(5, m * n)), 0, n, x, 0, 1, 0, y, 0, 1);
        }
        return Provided.doubles(y);
    }

    @Example
    void noZeroHidesANaN() {
        for (Provided<?> p : Provided.all()) {
            noZeroHidesANaN(p);
        }
    }

    private static <A> void noZeroHidesANaN(Provided<A> p) {
        double[] nan = new double[9 * 20];
        Arrays.fill(nan, Double.NaN);
        double[] zeros = new double[20];
        for (Transpose ta : Transpose.values()) {
            A y = p.array(zeros);
            p.kernels().gemv(ta, 9, 20, 1, p.array(nan), 0, 20, p.array(zeros), 0, 1, 1, y, 0, 1);
            int n = ta == Transpose.YES ? 20 : 9;
            for (int i = 0; i < n; i++) {
                assertEquals(Double.NaN, Provided.doubles(y)[i]);
            }
        }
        A a = p.array(new double[9 * 20]);
        p.kernels().ger(9, 20, 1, p.array(zeros), 0, 1, p.array(Arrays.copyOf(nan, 20)), 0, 1, a, 0, 20);
        assertArrayEquals(nan, Provided.doubles(a));
    }

    @Example
    void wrongArgumentsAreNamed() {
        Kernels<double[]> kernels = Kernels.f64();
        double[] x = new double[6];
        assertEquals(
                "gemv: the increment of x is 0, must be ≥ 1",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> kernels.gemv(Transpose.NO, 2, 3, 1, x, 0, 3, x, 0, 0, 0, x, 0, 1))
                        .getMessage());
        assertEquals(
                "gemv: y (3 elements, 3 apart, from offset 1) reaches from index 1 to 8, the array has 6 elements",
                assertThrows(
                                IndexOutOfBoundsException.class,
                                () -> kernels.gemv(Transpose.YES, 2, 3, 1, x, 0, 3, x, 0, 2, 0, new double[6], 1, 3))
                        .getMessage());
        assertEquals(
                "symv: leading dimension 1 of a (2 × 2) must be ≥ 2",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> kernels.symv(Triangle.LOWER, 2, 1, x, 0, 1, x, 0, 1, 0, x, 0, 1))
                        .getMessage());
        assertEquals(
                "ger: a (2 × 4 with leading dimension 4 from offset 0) reaches from index 0 to 8, "
                        + "the array has 6 elements",
                assertThrows(
                                IndexOutOfBoundsException.class,
                                () -> kernels.ger(2, 4, 1, x, 0, 1, x, 0, 1, new double[6], 0, 4))
                        .getMessage());
    }
}
