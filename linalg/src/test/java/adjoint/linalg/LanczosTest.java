package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class LanczosTest {
    private static final Kernels<double[]> F64 = Kernels.f64();

    /// Both ends of a random spectrum, in every precision, beside the dense result.
    @Test
    void bothEnds() {
        int n = 150;
        double[] a = SymmetricMatrices.of(n, 0, 4);
        for (Provided<?> p : Provided.all()) {
            check(p, n, a, 5);
        }
    }

    /// Without a restart, and with all values.
    @Test
    void smallMatrices() {
        for (int n = 0; n < 12; n++) {
            for (int kind = 0; kind < SymmetricMatrices.KINDS; kind++) {
                for (int count = 0; count <= n; count += 1 + n / 3) {
                    double[] a = SymmetricMatrices.of(n, kind, n);
                    for (Provided<?> p : Provided.all()) {
                        check(p, n, a, count);
                    }
                }
            }
        }
    }

    private static <A> void check(Provided<A> p, int n, double[] values, int count) {
        A a = p.array(values);
        double[] plain = Provided.doubles(a);
        double[] exact = SymmetricEigen.values(F64, n, plain);
        LinearOperator<A> operator = LinearOperator.of(p.kernels(), n, n, a);
        double tolerance = 100 * p.epsilon();
        Lanczos<A> top = Lanczos.largest(p.kernels(), operator, count, tolerance, 5000, Rng.of(1));
        check(p, n, plain, Arrays.copyOfRange(exact, n - count, n), top);
        Lanczos<A> bottom = Lanczos.smallest(p.kernels(), operator, count, tolerance, 5000, Rng.of(2));
        check(p, n, plain, Arrays.copyOf(exact, count), bottom);
    }

    /// Values beside the dense ones, orthonormal vectors, and residuals that are what they say.
    private static <A> void check(Provided<A> p, int n, double[] a, double[] exact, Lanczos<A> found) {
        int count = exact.length;
        double rounding = 200 * Math.max(1, n) * p.epsilon() * Matrices.norm(a);
        double[] values = Provided.doubles(found.values());
        double[] vectors = Provided.doubles(found.vectors());
        assertArrayEquals(exact, values, rounding, p + ", n = " + n);
        Matrices.assertOrthonormalColumns(n, count, vectors, 50 * (1 + n) * p.epsilon());
        double[] product = Matrices.product(n, n, count, a, vectors);
        for (int j = 0; j < count; j++) {
            double residual = 0;
            for (int i = 0; i < n; i++) {
                residual = Math.hypot(residual, product[i * count + j] - values[j] * vectors[i * count + j]);
            }
            assertEquals(residual, found.residuals()[j], rounding, p + ", n = " + n);
        }
    }

    /// A diagonal operator, which is never stored as a matrix.
    @Test
    void anOperatorWithoutMatrix() {
        int n = 2000;
        LinearOperator<double[]> operator = new LinearOperator<>() {
            @Override
            public int rows() {
                return n;
            }

            @Override
            public int cols() {
                return n;
            }

            @Override
            public void apply(Transpose transpose, int k, double[] x, int xOff, double[] y, int yOff) {
                for (int i = 0; i < n; i++) {
                    // Four values stand out at the upper end.
                    y[yOff + i] = x[xOff + i] * (i < 4 ? 10 + i : Math.sin(i));
                }
            }
        };
        Lanczos<double[]> found = Lanczos.largest(F64, operator, 4, 1e-12, 2000, Rng.of(3));
        assertArrayEquals(new double[] {10, 11, 12, 13}, found.values(), 1e-10);
        assertTrue(found.products() < 200, "products: " + found.products());
        for (int j = 0; j < 4; j++) {
            assertEquals(1, Math.abs(found.vectors()[j * 4 + j]), 1e-10);
        }
    }

    /// Residuals bound the error also where it stops early.
    @Test
    void stoppedEarly() {
        int n = 300;
        double[] a = SymmetricMatrices.tridiagonal(n, _ -> 2, _ -> -1);
        double[] exact = SymmetricEigen.values(F64, n, a);
        Lanczos<double[]> found = Lanczos.smallest(F64, LinearOperator.of(F64, n, n, a), 3, 1e-10, 50, Rng.of(4));
        assertTrue(found.products() < 90);
        for (int j = 0; j < 3; j++) {
            double value = found.values()[j];
            double nearest =
                    Arrays.stream(exact).map(x -> Math.abs(x - value)).min().orElseThrow();
            assertTrue(nearest <= found.residuals()[j] + 1e-13);
            assertTrue(found.residuals()[j] > 1e-10);
        }
    }

    /// Every vector of the unit matrix is invariant; random ones go on.
    @Test
    void theUnitMatrix() {
        int n = 100;
        double[] a = SymmetricMatrices.combined(n, (i, j) -> i == j ? 3 : 0);
        Lanczos<double[]> found = Lanczos.largest(F64, LinearOperator.of(F64, n, n, a), 4, 1e-12, 10_000, Rng.of(5));
        assertArrayEquals(new double[] {3, 3, 3, 3}, found.values(), 1e-14);
        assertTrue(found.products() < n);
        Matrices.assertOrthonormalColumns(n, 4, found.vectors());
    }

    @Test
    void theSameKeyGivesTheSameBits() {
        int n = 90;
        LinearOperator<double[]> operator = LinearOperator.of(F64, n, n, SymmetricMatrices.of(n, 0, 6));
        Lanczos<double[]> first = Lanczos.largest(F64, operator, 3, 1e-10, 1000, Rng.of(6));
        Lanczos<double[]> again = Lanczos.largest(F64, operator, 3, 1e-10, 1000, Rng.of(6));
        assertArrayEquals(first.vectors(), again.vectors());
    }

    @Test
    void wrongInputIsNamed() {
        LinearOperator<double[]> wide = LinearOperator.of(F64, 2, 3, new double[6]);
        assertMessage(
                "Lanczos.largest: the operator must be square, it is 2 × 3",
                () -> Lanczos.largest(F64, wide, 1, 0, 10, Rng.of(1)));
        LinearOperator<double[]> square = LinearOperator.of(F64, 2, 2, new double[] {1, 0, 0, Double.NaN});
        assertMessage(
                "Lanczos.smallest: the number of values must be from 0 to 2, got 3",
                () -> Lanczos.smallest(F64, square, 3, 0, 10, Rng.of(1)));
        assertMessage(
                "Lanczos.smallest: the tolerance must be ≥ 0, got NaN",
                () -> Lanczos.smallest(F64, square, 1, Double.NaN, 10, Rng.of(1)));
        assertMessage(
                "Lanczos.smallest: element 1 of a product with the operator is NaN, all must be finite",
                () -> Lanczos.smallest(F64, square, 1, 0, 10, Rng.of(1)));
    }

    private static void assertMessage(String expected, Runnable call) {
        assertEquals(
                expected,
                assertThrows(IllegalArgumentException.class, call::run).getMessage());
    }
}
