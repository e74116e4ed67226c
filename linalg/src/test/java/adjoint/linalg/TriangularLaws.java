package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/// `syrk`, `trmm` and `trsm` of every provider against their definitions, on random sizes, offsets and leading
/// dimensions. The triangles that must not be read hold NaN.
class TriangularLaws {
    /// A matrix within an array: `[r, c]` is `x[off + r·ld + c]`.
    private record Matrix(double[] x, int off, int ld) {
        /// Normal numbers that single precision represents.
        static Matrix random(long seed, int rows, int cols, int off) {
            int ld = cols + off;
            double[] x = new double[off + rows * ld + 1];
            for (int i = 0; i < x.length; i++) {
                x[i] = (float) Rng.of(seed).normal(i);
            }
            return new Matrix(x, off, ld);
        }

        int at(int r, int c) {
            return off + r * ld + c;
        }

        double get(int r, int c) {
            return x[at(r, c)];
        }

        Matrix copy() {
            return new Matrix(x.clone(), off, ld);
        }
    }

    private record Shape(Side side, Triangle triangle, Transpose ta, Diagonal diagonal, int m, int n) {
        int order() {
            return side == Side.LEFT ? m : n;
        }

        private boolean isStored(int r, int c) {
            return triangle == Triangle.LOWER ? c <= r : c >= r;
        }

        /// A triangle with a large diagonal, so that solving with it is well conditioned, and NaN elsewhere.
        Matrix matrix(long seed, int off) {
            Matrix a = Matrix.random(seed, order(), order(), off);
            for (int r = 0; r < order(); r++) {
                for (int c = 0; c < order(); c++) {
                    if (!isStored(r, c) || r == c && diagonal == Diagonal.UNIT) {
                        a.x[a.at(r, c)] = Double.NaN;
                    } else if (r == c) {
                        a.x[a.at(r, c)] = (float) (2 + Math.abs(a.get(r, c)));
                    } else {
                        a.x[a.at(r, c)] = (float) (a.get(r, c) / order());
                    }
                }
            }
            return a;
        }

        /// op(A)[r, c], with its zeros and ones.
        double op(Matrix a, int r, int c) {
            int row = ta == Transpose.YES ? c : r;
            int column = ta == Transpose.YES ? r : c;
            if (row == column && diagonal == Diagonal.UNIT) {
                return 1;
            }
            return isStored(row, column) ? a.get(row, column) : 0;
        }

        /// `alpha·op(A)·B` or `alpha·B·op(A)` in the place of B.
        double[] product(double alpha, Matrix a, Matrix b) {
            Matrix out = b.copy();
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    double sum = 0;
                    for (int p = 0; p < order(); p++) {
                        sum += side == Side.LEFT ? op(a, i, p) * b.get(p, j) : b.get(i, p) * op(a, p, j);
                    }
                    out.x[out.at(i, j)] = alpha * sum;
                }
            }
            return out.x;
        }
    }

    @Property(tries = 150)
    void trmmIsItsDefinitionAndTrsmUndoesIt(
            @ForAll Side side,
            @ForAll Triangle triangle,
            @ForAll Transpose ta,
            @ForAll Diagonal diagonal,
            @ForAll @IntRange(max = 150) int order,
            @ForAll @IntRange(max = 70) int other,
            @ForAll @IntRange(max = 2) int off,
            @ForAll long seed) {
        int m = side == Side.LEFT ? order : other;
        int n = side == Side.LEFT ? other : order;
        Shape shape = new Shape(side, triangle, ta, diagonal, m, n);
        Matrix a = shape.matrix(seed, off);
        Matrix b = Matrix.random(seed + 1, m, n, off);
        double[] product = shape.product(0.5, a, b);
        for (Provided<?> p : Provided.all()) {
            checkTriangular(p, shape, a, b, product);
        }
    }

    private static <A> void checkTriangular(Provided<A> p, Shape s, Matrix a, Matrix b, double[] product) {
        A matrix = p.array(a.x);
        A x = p.array(b.x);
        p.kernels().trmm(s.side, s.triangle, s.ta, s.diagonal, s.m, s.n, 0.5, matrix, a.off, a.ld, x, b.off, b.ld);
        assertArrayEquals(product, Provided.doubles(x), 200 * p.epsilon(), p.name());
        p.kernels().trsm(s.side, s.triangle, s.ta, s.diagonal, s.m, s.n, 2, matrix, a.off, a.ld, x, b.off, b.ld);
        assertArrayEquals(b.x, Provided.doubles(x), 400 * p.epsilon(), p.name());
    }

    @Property(tries = 100)
    void syrkIsItsDefinition(
            @ForAll Triangle triangle,
            @ForAll Transpose ta,
            @ForAll @IntRange(max = 150) int n,
            @ForAll @IntRange(max = 40) int k,
            @ForAll @IntRange(max = 2) int off,
            @ForAll @IntRange(max = 2) int betaChoice,
            @ForAll long seed) {
        double beta = new double[] {0, 1, -0.5}[betaChoice];
        boolean transposed = ta == Transpose.YES;
        Matrix a = Matrix.random(seed, transposed ? k : n, transposed ? n : k, off);
        Matrix c = Matrix.random(seed + 1, n, n, off);
        Matrix expected = c.copy();
        for (int i = 0; i < n; i++) {
            int to = triangle == Triangle.LOWER ? i + 1 : n;
            for (int j = triangle == Triangle.LOWER ? 0 : i; j < to; j++) {
                double sum = 0;
                for (int p = 0; p < k; p++) {
                    sum += transposed ? a.get(p, i) * a.get(p, j) : a.get(i, p) * a.get(j, p);
                }
                expected.x[c.at(i, j)] = 0.75 * sum + (beta == 0 ? 0 : beta * c.get(i, j));
                c.x[c.at(i, j)] = beta == 0 ? Double.NaN : c.get(i, j);
            }
        }
        for (Provided<?> p : Provided.all()) {
            checkSyrk(p, triangle, ta, n, k, a, beta, c, expected);
        }
    }

    private static <A> void checkSyrk(
            Provided<A> p,
            Triangle triangle,
            Transpose ta,
            int n,
            int k,
            Matrix a,
            double beta,
            Matrix c,
            Matrix expected) {
        A out = p.array(c.x);
        p.kernels().syrk(triangle, ta, n, k, 0.75, p.array(a.x), a.off, a.ld, beta, out, c.off, c.ld);
        assertArrayEquals(expected.x, Provided.doubles(out), 200 * p.epsilon(), p.name());
    }

    /// Large enough that strips are computed on several threads.
    @Example
    void theNumberOfThreadsChangesNoBit() {
        for (Side side : Side.values()) {
            int m = side == Side.LEFT ? 120 : 1000;
            int n = side == Side.LEFT ? 1000 : 120;
            Shape shape = new Shape(side, Triangle.UPPER, Transpose.NO, Diagonal.NON_UNIT, m, n);
            for (Provided<?> p : Provided.all()) {
                assertArrayEquals(solved(p, shape, 1), solved(p, shape, 3), p.name());
            }
        }
    }

    private static <A> double[] solved(Provided<A> p, Shape s, int threads) {
        Matrix a = s.matrix(7, 0);
        A b = p.array(Matrix.random(8, s.m, s.n, 0).x);
        try (Parallel.Scope _ = Parallel.with(threads)) {
            p.kernels().trsm(s.side, s.triangle, s.ta, s.diagonal, s.m, s.n, 1, p.array(a.x), 0, a.ld, b, 0, s.n);
        }
        return Provided.doubles(b);
    }

    /// Diagonal elements without a normal reciprocal, among them a subnormal, are divided by.
    @Example
    void extremeDiagonals() {
        for (Provided<?> p : Provided.all()) {
            double tiny =
                    p.epsilon() * (p.kernels().precision() == Precision.F32 ? Float.MIN_NORMAL : Double.MIN_NORMAL);
            double[] d = {tiny, 1, 4};
            assertArrayEquals(new double[] {3, -2, 0.5}, solveDiagonal(p, d, 3 * tiny, -2, 2), p.name());
            assertArrayEquals(
                    new double[] {Double.POSITIVE_INFINITY, Double.NaN, 0},
                    solveDiagonal(p, new double[] {0, 0, Double.POSITIVE_INFINITY}, 1, 0, 2),
                    p.name());
            assertTrue(Double.isNaN(solveDiagonal(p, new double[] {Double.NaN, 1, 1}, 0, 0, 0)[0]), p.name());
        }
    }

    private static <A> double[] solveDiagonal(Provided<A> p, double[] d, double... b) {
        double[] a = new double[9];
        for (int i = 0; i < 3; i++) {
            // On the left, each unknown has its own column: off the diagonal zeros would meet infinities.
            a[4 * i] = d[i];
        }
        double[] x = new double[3];
        for (int i = 0; i < 3; i++) {
            A one = p.array(b[i]);
            p.kernels()
                    .trsm(
                            Side.LEFT,
                            Triangle.LOWER,
                            Transpose.NO,
                            Diagonal.NON_UNIT,
                            1,
                            1,
                            1,
                            p.array(a),
                            4 * i,
                            3,
                            one,
                            0,
                            1);
            x[i] = Provided.doubles(one)[0];
        }
        return x;
    }

    @Example
    void withAlphaZeroNothingIsRead() {
        for (Provided<?> p : Provided.all()) {
            withAlphaZeroNothingIsRead(p);
        }
    }

    private static <A> void withAlphaZeroNothingIsRead(Provided<A> p) {
        double[] nan = new double[6];
        Arrays.fill(nan, Double.NaN);
        A b = p.array(nan);
        p.kernels().trsm(Side.LEFT, Triangle.LOWER, Transpose.NO, Diagonal.UNIT, 2, 3, 0, p.array(nan), 0, 2, b, 0, 3);
        assertArrayEquals(new double[6], Provided.doubles(b));
    }

    @Example
    void wrongArgumentsAreNamed() {
        Kernels<double[]> kernels = Kernels.f64();
        double[] x = new double[6];
        assertEquals(
                "trsm: leading dimension 2 of a (3 × 3) must be ≥ 3",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> kernels.trsm(
                                        Side.RIGHT,
                                        Triangle.LOWER,
                                        Transpose.NO,
                                        Diagonal.UNIT,
                                        2,
                                        3,
                                        1,
                                        x,
                                        0,
                                        2,
                                        x,
                                        0,
                                        3))
                        .getMessage());
        assertEquals(
                "trmm: b is -1 × 3, sizes must be ≥ 0",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> kernels.trmm(
                                        Side.RIGHT,
                                        Triangle.LOWER,
                                        Transpose.NO,
                                        Diagonal.UNIT,
                                        -1,
                                        3,
                                        1,
                                        new double[9],
                                        0,
                                        3,
                                        x,
                                        0,
                                        3))
                        .getMessage());
        assertEquals(
                "syrk: c (3 × 3 with leading dimension 3 from offset 0) reaches from index 0 to 9, "
                        + "the array has 6 elements",
                assertThrows(
                                IndexOutOfBoundsException.class,
                                () -> kernels.syrk(Triangle.LOWER, Transpose.NO, 3, 2, 1, x, 0, 2, 0, x, 0, 3))
                        .getMessage());
    }
}
