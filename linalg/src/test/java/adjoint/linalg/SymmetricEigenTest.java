package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SymmetricEigenTest {
    private static final Kernels<double[]> F64 = Kernels.f64();

    @Test
    void aKnownDecomposition() {
        SymmetricEigen<double[]> eigen = SymmetricEigen.of(F64, 2, new double[] {2, 1, 1, 2});
        assertArrayEquals(new double[] {1, 3}, eigen.values(), 1e-15);
        double half = Math.sqrt(0.5);
        assertArrayEquals(
                new double[] {half, half, half, half},
                Arrays.stream(eigen.vectors()).map(Math::abs).toArray(),
                1e-15);
    }

    @Test
    void orderZeroAndOne() {
        SymmetricEigen<double[]> empty = SymmetricEigen.of(F64, 0, new double[0]);
        assertEquals(0, empty.values().length);
        assertEquals(0, empty.vectors().length);
        SymmetricEigen<double[]> one = SymmetricEigen.of(F64, 1, new double[] {-3});
        assertArrayEquals(new double[] {-3}, one.values());
        assertArrayEquals(new double[] {1}, one.vectors());
    }

    @Test
    void diagonalMatricesAreSorted() {
        double[] a = SymmetricMatrices.combined(70, (i, j) -> i == j ? (i * 37 % 70) - 20 : 0);
        SymmetricEigen<double[]> eigen = SymmetricEigen.of(F64, 70, a);
        for (int i = 0; i < 70; i++) {
            assertEquals(i - 20, eigen.values()[i]);
        }
        SymmetricMatrices.assertDecomposes("diagonal", 70, a, eigen.values(), eigen.vectors(), 0x1p-52);
    }

    @Test
    void theUnitMatrix() {
        double[] a = SymmetricMatrices.combined(90, (i, j) -> i == j ? 1 : 0);
        SymmetricEigen<double[]> eigen = SymmetricEigen.of(F64, 90, a);
        for (double value : eigen.values()) {
            assertEquals(1, value);
        }
        assertArrayEquals(a, eigen.vectors());
    }

    /// The second difference matrix has the eigenvalues 2 - 2·cos(kπ/(n + 1)).
    @Test
    void theSecondDifference() {
        int n = 200;
        double[] a = SymmetricMatrices.tridiagonal(n, _ -> 2, _ -> -1);
        double[] expected = new double[n];
        for (int k = 1; k <= n; k++) {
            double s = Math.sin(k * Math.PI / (2 * (n + 1)));
            expected[k - 1] = 4 * s * s;
        }
        check("second difference", n, a, expected, 1e-14);
    }

    /// Clement's matrix has the eigenvalues n - 1, n - 3, …, 1 - n.
    @Test
    void clement() {
        int n = 100;
        double[] a = SymmetricMatrices.tridiagonal(n, _ -> 0, i -> Math.sqrt((i + 1.0) * (n - 1 - i)));
        double[] expected = new double[n];
        for (int k = 0; k < n; k++) {
            expected[k] = 2 * k - (n - 1);
        }
        check("Clement", n, a, expected, 1e-12);
    }

    /// Wilkinson, *The Algebraic Eigenvalue Problem*, chapter 5, §45: the two largest eigenvalues of W₂₁⁺.
    @Test
    void wilkinson() {
        double[] a = SymmetricMatrices.gluedWilkinson(21, 0);
        double[] values = SymmetricEigen.values(F64, 21, a);
        assertEquals(10.746194182903393, values[20], 1e-14);
        assertEquals(10.746194182903322, values[19], 1e-14);
        SymmetricEigen<double[]> eigen = SymmetricEigen.of(F64, 21, a);
        SymmetricMatrices.assertDecomposes("W21", 21, a, eigen.values(), eigen.vectors(), 0x1p-52);
    }

    /// Copies of it, coupled so weakly that each eigenvalue is one of a cluster.
    @Test
    void gluedWilkinson() {
        double[] once = SymmetricEigen.values(F64, 21, SymmetricMatrices.gluedWilkinson(21, 0));
        int copies = 10;
        int n = 21 * copies;
        double[] expected = new double[n];
        for (int i = 0; i < n; i++) {
            expected[i] = once[i / copies];
        }
        for (double glue : new double[] {0, 1e-14, 1e-10}) {
            check("glue " + glue, n, SymmetricMatrices.gluedWilkinson(n, glue), expected, 2 * glue + 1e-13);
        }
    }

    /// Elements over 36 orders of magnitude, from either end: the iteration takes longer where the small ones come
    /// first.
    @Test
    void gradedFromEitherEnd() {
        int n = 360;
        double[] noise = Matrices.random(n, 2, 0, 11);
        for (int direction = -1; direction <= 1; direction += 2) {
            int from = direction < 0 ? 0 : n;
            int sign = direction;
            double[] a = SymmetricMatrices.tridiagonal(
                    n,
                    i -> noise[2 * i] * Math.pow(10, 0.1 * sign * (i - from)),
                    i -> noise[2 * i + 1] * Math.pow(10, 0.1 * sign * (i - from)));
            SymmetricEigen<double[]> eigen = SymmetricEigen.of(F64, n, a);
            SymmetricMatrices.assertDecomposes("graded", n, a, eigen.values(), eigen.vectors(), 0x1p-52);
            assertArrayEquals(eigen.values(), SymmetricEigen.values(F64, n, a), 1e-13);
        }
    }

    private static void check(String what, int n, double[] a, double[] expected, double tolerance) {
        assertArrayEquals(expected, SymmetricEigen.values(F64, n, a), tolerance, what);
        SymmetricEigen<double[]> eigen = SymmetricEigen.of(F64, n, a);
        assertArrayEquals(expected, eigen.values(), tolerance, what);
        SymmetricMatrices.assertDecomposes(what, n, a, eigen.values(), eigen.vectors(), 0x1p-52);
    }

    @Test
    void hugeTinyAndSubnormalNumbers() {
        for (double scale : new double[] {0x1p1020, 0x1p-1000, 0x1p-1040, 0x1p-1070}) {
            double[] values = SymmetricEigen.values(F64, 2, new double[] {2 * scale, 0, scale, 2 * scale});
            assertArrayEquals(new double[] {scale, 3 * scale}, values, 1e-15 * scale);
            SymmetricEigen<double[]> eigen =
                    SymmetricEigen.of(F64, 3, new double[] {scale, 0, 0, -scale, scale, 0, 0, -scale, scale});
            double[] expected = {scale * (1 - Math.sqrt(2)), scale, scale * (1 + Math.sqrt(2))};
            assertArrayEquals(expected, eigen.values(), 1e-15 * scale + Double.MIN_VALUE);
            Matrices.assertOrthonormalColumns(3, 3, eigen.vectors());
        }
        float[] values = SymmetricEigen.values(Kernels.f32(), 2, new float[] {0x1p126f, 0, 0x1p125f, 0x1p126f});
        assertArrayEquals(new float[] {0x1p125f, 0x1.8p126f}, values, 0x1p105f);
    }

    @Test
    void theSameBitsForAnyNumberOfThreads() {
        int n = 300;
        double[] a = SymmetricMatrices.of(n, 0, 7);
        SymmetricEigen<double[]> expected;
        try (Parallel.Scope _ = Parallel.with(1)) {
            expected = SymmetricEigen.of(F64, n, a);
        }
        for (int threads = 2; threads <= 3; threads++) {
            try (Parallel.Scope _ = Parallel.with(threads)) {
                SymmetricEigen<double[]> eigen = SymmetricEigen.of(F64, n, a);
                assertArrayEquals(expected.values(), eigen.values());
                assertArrayEquals(expected.vectors(), eigen.vectors());
            }
        }
    }

    @Test
    void wrongInputIsNamed() {
        assertMessage(
                "SymmetricEigen.of: element [1, 0] of the 2 × 2 matrix is NaN, all must be finite",
                () -> SymmetricEigen.of(F64, 2, new double[] {1, 2, Double.NaN, 4}));
        assertMessage(
                "SymmetricEigen.values: element [1, 1] of the 2 × 2 matrix is Infinity, all must be finite",
                () -> SymmetricEigen.values(F64, 2, new double[] {1, 2, 3, Double.POSITIVE_INFINITY}));
        assertMessage(
                "SymmetricEigen.of: a matrix of order 2 has 4 elements, the array has 5",
                () -> SymmetricEigen.of(F64, 2, new double[5]));
        assertMessage(
                "SymmetricEigen.of: the order must be ≥ 0, got -1", () -> SymmetricEigen.of(F64, -1, new double[1]));
        assertMessage(
                "SymmetricEigen.decompose: leading dimension 2 of a (3 × 3) must be ≥ 3",
                () -> SymmetricEigen.decompose(F64, 3, new double[9], 0, 2, new double[3], 0));
        assertEquals(
                "SymmetricEigen.values: values (3 elements from offset 1) reaches from index 1 to 4, the array has 3"
                        + " elements",
                assertThrows(
                                IndexOutOfBoundsException.class,
                                () -> SymmetricEigen.values(F64, 3, new double[9], 0, 3, new double[3], 1))
                        .getMessage());
    }

    private static void assertMessage(String expected, Runnable call) {
        assertEquals(
                expected,
                assertThrows(IllegalArgumentException.class, call::run).getMessage());
    }
}
