package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SvdTest {
    private static final Kernels<double[]> F64 = Kernels.f64();

    static List<Provided<?>> providers() {
        return Provided.all();
    }

    @ParameterizedTest
    @MethodSource("providers")
    <A> void aKnownDecomposition(Provided<A> p) {
        // [[3, 0], [4, 5]] = U·diag(3√5, √5)·Vᵀ
        Svd<A> svd = Svd.thin(p.kernels(), 2, 2, p.array(3, 0, 4, 5));
        double tolerance = 32 * p.epsilon();
        assertArrayEquals(new double[] {3 * Math.sqrt(5), Math.sqrt(5)}, Provided.doubles(svd.s()), tolerance);
        double[] u = Provided.doubles(svd.u());
        double[] vt = Provided.doubles(svd.vt());
        double half = Math.sqrt(0.5);
        assertArrayEquals(new double[] {half, half}, Arrays.copyOf(vt, 2), tolerance);
        assertArrayEquals(new double[] {Math.sqrt(0.1), Math.sqrt(0.9)}, new double[] {u[0], u[2]}, tolerance);
    }

    @ParameterizedTest
    @MethodSource("providers")
    <A> void oneByOne(Provided<A> p) {
        Svd<A> svd = Svd.thin(p.kernels(), 1, 1, p.array(-3));
        assertArrayEquals(new double[] {3}, Provided.doubles(svd.s()));
        assertArrayEquals(new double[] {-1}, Provided.doubles(svd.u()));
        assertArrayEquals(new double[] {1}, Provided.doubles(svd.vt()));
    }

    @Test
    void emptyMatricesHaveNoValues() {
        for (int[] shape : new int[][] {{0, 0}, {0, 3}, {3, 0}}) {
            Svd<double[]> svd = Svd.thin(F64, shape[0], shape[1], new double[0]);
            assertEquals(0, svd.s().length);
            assertEquals(0, svd.u().length);
            assertEquals(0, svd.vt().length);
        }
    }

    /// The smallest singular value of the Hilbert matrix of order 8, from the literature (Fettis and Caslin,
    /// 1967).
    @Test
    void theHilbertMatrix() {
        double[] a = new double[64];
        for (int i = 0; i < 64; i++) {
            a[i] = 1.0 / (i / 8 + i % 8 + 1);
        }
        double[] s = Svd.values(F64, 8, 8, a);
        assertEquals(1.6959389969, s[0], 1e-10);
        assertEquals(1.1115389664e-10, s[7], 1e-15);
    }

    /// The matrix of second differences between n points, closed by a zero, has the singular values 2·cos(jπ/(2n+1)).
    @Test
    void aBidiagonalMatrixWithClosedForm() {
        int n = 150;
        double[] a = new double[n * n];
        for (int i = 0; i < n; i++) {
            a[i * n + i] = 1;
            if (i + 1 < n) {
                a[i * n + i + 1] = 1;
            }
        }
        double[] expected = IntStream.rangeClosed(1, n)
                .mapToDouble(j -> 2 * Math.cos(j * Math.PI / (2 * n + 1)))
                .toArray();
        assertArrayEquals(expected, Svd.values(F64, n, n, a), 1e-14);
        SvdLaws.assertDecomposes(Provided.all().get(1), n, n, a, Svd.thin(F64, n, n, a));
    }

    /// Kahan's matrix hides its smallest singular value: the product of all is its determinant.
    @Test
    void kahansMatrix() {
        int n = 40;
        double sin = 0.9;
        double cos = Math.sqrt(1 - sin * sin);
        double[] a = new double[n * n];
        for (int i = 0; i < n; i++) {
            for (int j = i; j < n; j++) {
                a[i * n + j] = Math.pow(sin, i) * (j == i ? 1 : -cos);
            }
        }
        double[] s = Svd.values(F64, n, n, a);
        double logDeterminant = n * (n - 1) / 2.0 * Math.log(sin);
        double sum = Arrays.stream(s).map(Math::log).sum();
        assertEquals(logDeterminant, sum, 1e-8);
        SvdLaws.assertDecomposes(Provided.all().get(1), n, n, a, Svd.thin(F64, n, n, a));
    }

    @Test
    void diagonalMatricesWithEqualGradedAndZeroValues() {
        double[][] diagonals = {
            {1, 1, 1, 1, 1, 1},
            {1e150, 1, 1e-150, 0, 1e-300},
            {0, 0, 5, 0},
            {3, 3, 3, 1e-17, 1e-17, 3, 0},
            {1e-170, 2e-170, 1e-170},
        };
        for (double[] diagonal : diagonals) {
            int n = diagonal.length;
            double[] a = new double[n * n];
            for (int i = 0; i < n; i++) {
                a[i * n + (i + 1) % n] = -diagonal[i];
            }
            double[] expected =
                    Arrays.stream(diagonal).map(x -> -x).sorted().map(x -> -x).toArray();
            assertArrayEquals(expected, Svd.values(F64, n, n, a), 1e-15 * expected[0]);
            assertArrayEquals(expected, Svd.thin(F64, n, n, a).s(), 1e-15 * expected[0]);
        }
    }

    @Test
    void hugeTinyAndSubnormalNumbers() {
        double expected = 3 * Math.sqrt(5);
        for (double scale : new double[] {0x1p1020, 0x1p-1020, 0x1p-1060}) {
            double[] s = Svd.values(F64, 2, 2, new double[] {3 * scale, 0, 4 * scale, 5 * scale});
            assertEquals(expected, s[0] / scale, scale < 0x1p-1050 ? 1e-3 : 1e-14);
        }
        for (float scale : new float[] {0x1p124f, 0x1p-124f}) {
            float[] s = Svd.values(Kernels.f32(), 2, 2, new float[] {3 * scale, 0, 4 * scale, 5 * scale});
            assertEquals(expected, s[0] / scale, 1e-5);
        }
    }

    @Test
    void rankAndCondition() {
        double[] a = {2, 0, 0, 0, 0.5, 0};
        assertEquals(4, Svd.condition(F64, 2, 3, a), 1e-15);
        assertEquals(2, Svd.rank(F64, 2, 3, a, 0.2));
        assertEquals(1, Svd.rank(F64, 2, 3, a, 0.3));
        assertEquals(0, Svd.rank(F64, 2, 3, new double[6], 0));
        assertEquals(Double.POSITIVE_INFINITY, Svd.condition(F64, 2, 2, new double[4]));
        assertEquals(0, Svd.condition(F64, 0, 2, new double[0]));
        assertEquals("Svd.rank: the tolerance must be ≥ 0, got NaN", illegal(() -> Svd.rank(F64, 2, 3, a, Double.NaN)));
    }

    /// The cuts between threads change no bit.
    @Test
    void theSameBitsWithAnyNumberOfThreads() {
        double[] a = Matrices.random(400, 300, 0, 5);
        Svd<double[]> one;
        try (Parallel.Scope _ = Parallel.with(1)) {
            one = Svd.thin(F64, 400, 300, a);
        }
        try (Parallel.Scope _ = Parallel.with(3)) {
            Svd<double[]> three = Svd.thin(F64, 400, 300, a);
            assertArrayEquals(one.s(), three.s());
            assertArrayEquals(one.u(), three.u());
            assertArrayEquals(one.vt(), three.vt());
        }
    }

    @Test
    void wrongInputIsNamed() {
        assertEquals(
                "Svd.thin: element [0, 1] of the 1 × 2 matrix is Infinity, all must be finite",
                illegal(() -> Svd.thin(F64, 1, 2, new double[] {1, Double.POSITIVE_INFINITY})));
        assertEquals("Svd.values: sizes must be ≥ 0, got -1 × 2", illegal(() -> Svd.values(F64, -1, 2, new double[0])));
        assertEquals(
                "Svd.computeValues: element [1, 0] of the 2 × 1 matrix is NaN, all must be finite",
                illegal(() -> Svd.computeValues(F64, 2, 1, new double[] {1, 0, Double.NaN}, 0, 2, new double[1], 0)));
        assertEquals(
                "Svd.compute: leading dimension 1 of vt (2 × 2) must be ≥ 2",
                illegal(() -> Svd.compute(
                        F64, 2, 2, new double[4], 0, 2, new double[4], 0, 2, new double[2], 0, new double[4], 0, 1)));
    }

    private static String illegal(org.junit.jupiter.api.function.Executable call) {
        return assertThrows(IllegalArgumentException.class, call).getMessage();
    }
}
