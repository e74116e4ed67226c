package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.QRDecomposition;

class LeastSquaresLaws {
    private static final Kernels<double[]> F64 = Kernels.f64();

    /// Aᵀ·r = 0 in units of m·n·ε·‖A‖·(‖A‖·‖x‖ + ‖b‖), and x is in the row space of A: x = A⁺·A·x.
    @Property(tries = 80)
    void residualsAndSolutionsLieWhereTheyShould(
            @ForAll @IntRange(min = 1, max = 30) int m,
            @ForAll @IntRange(min = 1, max = 30) int n,
            @ForAll @IntRange(max = 4) int columns,
            @ForAll long seed) {
        for (Provided<?> p : Provided.all()) {
            double[] a = Matrices.random(m, n, 0, seed);
            double[] b = Matrices.random(m, columns, 0, seed + 3);
            double condition = Svd.condition(F64, m, n, a);
            if (condition < 1e3) {
                check(p, m, n, a, columns, b, condition);
            }
        }
    }

    private static <A> void check(
            Provided<A> p, int m, int n, double[] values, int columns, double[] rhs, double cond) {
        A a = p.array(values);
        A b = p.array(rhs);
        double[] x = Provided.doubles(LeastSquares.solve(p.kernels(), m, n, a, columns, b));
        double[] av = Provided.doubles(a);
        assertOptimal(p, m, n, av, columns, Provided.doubles(b), x);
        LeastSquares<A> any = LeastSquares.minimumNorm(p.kernels(), m, n, a, columns, b, 1e-5);
        assertEquals(Math.min(m, n), any.rank());
        double tolerance = 100 * (m + n) * p.epsilon() * cond * cond * (1 + Matrices.norm(x));
        assertArrayEquals(x, Provided.doubles(any.x()), tolerance, p.name());
        double[] inverse = Svd.pinv(F64, m, n, av, 1e-9);
        assertArrayEquals(Matrices.product(n, m, columns, inverse, Provided.doubles(b)), x, tolerance, p.name());
    }

    private static void assertOptimal(Provided<?> p, int m, int n, double[] a, int columns, double[] b, double[] x) {
        double[] residual = Matrices.product(m, n, columns, a, x);
        for (int i = 0; i < residual.length; i++) {
            residual[i] -= b[i];
        }
        double norm = Matrices.norm(a);
        double scale = norm * (norm * Matrices.norm(x) + Matrices.norm(b));
        for (double g : Matrices.product(n, m, columns, Matrices.transposed(m, n, a), residual)) {
            assertEquals(0, g, 8 * (m + n) * p.epsilon() * scale, p.name());
        }
    }

    /// Of all solutions the one without a part in the null space, and no longer than pinv's.
    @Property(tries = 60)
    void rankDeficientMatrices(
            @ForAll @IntRange(min = 1, max = 25) int m,
            @ForAll @IntRange(min = 1, max = 25) int n,
            @ForAll @IntRange(min = 1, max = 25) int wanted,
            @ForAll long seed) {
        int rank = Math.min(wanted, Math.min(m, n));
        double[] left = Qr.thin(F64, m, rank, Matrices.random(m, rank, 0, seed)).q();
        double[] right =
                Qr.thin(F64, n, rank, Matrices.random(n, rank, 0, seed + 1)).q();
        double[] a = Matrices.product(m, rank, n, left, Matrices.transposed(n, rank, right));
        double[] b = Matrices.random(m, 2, 0, seed + 2);
        LeastSquares<double[]> solution = LeastSquares.minimumNorm(F64, m, n, a, 2, b, 1e-12);
        assertEquals(rank, solution.rank());
        // The singular values are 1: A⁺ = Aᵀ.
        double[] expected = Matrices.product(n, m, 2, Matrices.transposed(m, n, a), b);
        assertArrayEquals(expected, solution.x(), 1e-13 * (m + n) * (1 + Matrices.norm(b)));
    }

    @Property(tries = 30)
    void agreesWithCommonsMath(
            @ForAll @IntRange(min = 1, max = 15) int n,
            @ForAll @IntRange(min = 5, max = 20) int more,
            @ForAll long seed) {
        int m = n + more;
        double[] a = Matrices.random(m, n, 0, seed);
        double[] b = Matrices.random(m, 1, 0, seed + 1);
        double[] theirs = new QRDecomposition(new Array2DRowRealMatrix(Matrices.rows(m, n, a), false))
                .getSolver()
                .solve(new org.apache.commons.math3.linear.ArrayRealVector(b, false))
                .toArray();
        double condition = Svd.condition(F64, m, n, a);
        assertArrayEquals(theirs, LeastSquares.solve(F64, m, n, a, 1, b), 1e-14 * m * condition * condition);
    }

    @Example
    void aLineThroughPoints() {
        // y = 1 + 2t at t = 0 … 3, with errors +1, -1, -1, +1 that are orthogonal to constants and lines.
        double[] a = {1, 0, 1, 1, 1, 2, 1, 3};
        double[] x = LeastSquares.solve(F64, 4, 2, a, 1, new double[] {2, 2, 4, 8});
        assertArrayEquals(new double[] {1, 2}, x, 1e-14);
    }

    @Example
    void emptySizesAndZeroMatrices() {
        assertEquals(0, LeastSquares.solve(F64, 3, 0, new double[0], 2, new double[6]).length);
        assertArrayEquals(new double[6], LeastSquares.solve(F64, 0, 3, new double[0], 2, new double[0]));
        LeastSquares<double[]> zero = LeastSquares.minimumNorm(F64, 2, 3, new double[6], 1, new double[] {1, 2}, 1e-10);
        assertEquals(0, zero.rank());
        assertArrayEquals(new double[3], zero.x());
    }

    @Example
    void wrongInputIsNamed() {
        PivotException deficient = assertThrows(
                PivotException.class,
                () -> LeastSquares.solve(F64, 3, 2, new double[] {1, 2, 2, 4, 3, 6}, 1, new double[3]));
        assertEquals(1, deficient.index());
        assertTrue(deficient.getMessage().contains("rank deficient; minimumNorm solves with any rank"));
        assertEquals(
                "LeastSquares.solve: b: a 2 × 1 matrix has 2 elements, the array has 3",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> LeastSquares.solve(F64, 2, 1, new double[] {1, 1}, 1, new double[3]))
                        .getMessage());
        assertEquals(
                "LeastSquares.minimumNorm: a: element [1, 0] of the 2 × 1 matrix is NaN, all must be finite",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> LeastSquares.minimumNorm(
                                        F64, 2, 1, new double[] {1, Double.NaN}, 1, new double[2], 0))
                        .getMessage());
        assertEquals(
                "LeastSquares.minimumNorm: the tolerance must be ≥ 0, got NaN",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> LeastSquares.minimumNorm(F64, 1, 1, new double[1], 1, new double[1], Double.NaN))
                        .getMessage());
    }
}
