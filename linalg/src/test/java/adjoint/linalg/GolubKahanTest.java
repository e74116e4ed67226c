package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GolubKahanTest {
    private static final Kernels<double[]> F64 = Kernels.f64();

    static List<Provided<?>> providers() {
        return Provided.all();
    }

    @ParameterizedTest
    @MethodSource("providers")
    <A> void bothEndsOfTheSpectrumAfterAllSteps(Provided<A> p) {
        for (int[] shape : new int[][] {{20, 12}, {12, 20}, {15, 15}, {1, 5}, {5, 1}}) {
            for (int kind = 0; kind < Matrices.KINDS; kind++) {
                int m = shape[0];
                int n = shape[1];
                int count = Math.min(3, Math.min(m, n));
                A a = p.array(Matrices.random(m, n, kind, 4));
                LinearOperator<A> operator = LinearOperator.of(p.kernels(), m, n, a);
                double[] s = Provided.doubles(Svd.values(p.kernels(), m, n, a));
                GolubKahan<A> top = GolubKahan.largest(p.kernels(), operator, count, 0, 99, Rng.of(1));
                GolubKahan<A> low = GolubKahan.smallest(p.kernels(), operator, count, 0, 99, Rng.of(1));
                double tolerance = 100 * p.epsilon() * (s[0] + p.smallestNormal());
                assertArrayEquals(
                        Arrays.copyOf(s, count), Provided.doubles(top.svd().s()), tolerance);
                assertArrayEquals(
                        Arrays.copyOfRange(s, s.length - count, s.length),
                        Provided.doubles(low.svd().s()),
                        tolerance);
                assertTriplets(p, m, n, count, Provided.doubles(a), top, tolerance);
                assertTriplets(p, m, n, count, Provided.doubles(a), low, tolerance);
            }
        }
    }

    /// `A·v = σ·u` and `Aᵀ·u = σ·v` within the residual that is reported, with orthonormal u and v.
    private static void assertTriplets(
            Provided<?> p, int m, int n, int k, double[] a, GolubKahan<?> result, double tolerance) {
        double[] u = Provided.doubles(result.svd().u());
        double[] s = Provided.doubles(result.svd().s());
        double[] vt = Provided.doubles(result.svd().vt());
        double[] v = Matrices.transposed(k, n, vt);
        Matrices.assertOrthonormalColumns(m, k, u, 100 * p.epsilon());
        Matrices.assertOrthonormalColumns(n, k, v, 100 * p.epsilon());
        double[] av = Matrices.product(m, n, k, a, v);
        double[] atu = Matrices.product(n, m, k, Matrices.transposed(m, n, a), u);
        for (int j = 0; j < k; j++) {
            double x = distance(m, k, j, av, u, s[j]);
            double y = distance(n, k, j, atu, v, s[j]);
            assertEquals(0, Math.min(x, y), tolerance);
            assertEquals(result.residuals()[j], Math.max(x, y), tolerance);
        }
    }

    private static double distance(int n, int k, int j, double[] x, double[] y, double factor) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum = Math.hypot(sum, x[i * k + j] - factor * y[i * k + j]);
        }
        return sum;
    }

    /// The matrix of second differences of n points, never formed: its singular values are 2 - 2·cos(jπ/(n+1)), the
    /// largest of which are close together.
    @Test
    void anOperatorThatIsNoMatrix() {
        int n = 400;
        LinearOperator<double[]> differences = new LinearOperator<>() {
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
                    for (int c = 0; c < k; c++) {
                        int at = i * k + c;
                        double before = i > 0 ? x[xOff + at - k] : 0;
                        double after = i < n - 1 ? x[xOff + at + k] : 0;
                        y[yOff + at] = 2 * x[xOff + at] - before - after;
                    }
                }
            }
        };
        GolubKahan<double[]> top = GolubKahan.largest(F64, differences, 2, 1e-6, n, Rng.of(3));
        assertEquals(2 - 2 * Math.cos(n * Math.PI / (n + 1)), top.svd().s()[0], 1e-5);
        assertTrue(top.residuals()[0] <= 1e-6 * top.svd().s()[0]);
    }

    /// Well separated values need few steps, and the residuals say when it is enough.
    @Test
    void stopsEarly() {
        int n = 300;
        double[] a = new double[n * n];
        for (int i = 0; i < n; i++) {
            a[i * n + i] = i < 4 ? 100 - 10 * i : i / 300.0;
        }
        GolubKahan<double[]> top = GolubKahan.largest(F64, LinearOperator.of(F64, n, n, a), 4, 1e-10, n, Rng.of(1));
        assertArrayEquals(new double[] {100, 90, 80, 70}, top.svd().s(), 1e-8);
        assertTrue(top.steps() < 40);
        GolubKahan<double[]> cut = GolubKahan.largest(F64, LinearOperator.of(F64, n, n, a), 4, 0, 6, Rng.of(1));
        assertEquals(6, cut.steps());
        assertTriplets(Provided.all().get(1), n, n, 4, a, cut, 1e-10);
    }

    /// The identity and a matrix of zeros exhaust the space with every step.
    @Test
    void multipleValuesAreFoundInAllSteps() {
        double[] identity = new double[25];
        for (int i = 0; i < 5; i++) {
            identity[i * 6] = 1;
        }
        LinearOperator<double[]> one = LinearOperator.of(F64, 5, 5, identity);
        assertArrayEquals(
                new double[] {1, 1, 1},
                GolubKahan.largest(F64, one, 3, 1e-10, 5, Rng.of(1)).svd().s(),
                1e-14);
        LinearOperator<double[]> zero = LinearOperator.of(F64, 5, 4, new double[20]);
        GolubKahan<double[]> zeros = GolubKahan.smallest(F64, zero, 2, 1e-10, 5, Rng.of(1));
        assertArrayEquals(new double[2], zeros.svd().s());
        Matrices.assertOrthonormalColumns(5, 2, zeros.svd().u());
    }

    @Test
    void wrongInputIsNamed() {
        LinearOperator<double[]> nan = LinearOperator.of(F64, 2, 1, new double[] {1, Double.NaN});
        assertEquals(
                "GolubKahan.largest: element 1 of a product with the operator is NaN, all must be finite",
                illegal(() -> GolubKahan.largest(F64, nan, 1, 0, 1, Rng.of(1))));
        assertEquals(
                "GolubKahan.smallest: the number of triplets must be from 0 to min(2, 1, 9), got 2",
                illegal(() -> GolubKahan.smallest(F64, nan, 2, 0, 9, Rng.of(1))));
        assertEquals(
                "GolubKahan.smallest: the tolerance must be ≥ 0, got -1.0",
                illegal(() -> GolubKahan.smallest(F64, nan, 1, -1, 9, Rng.of(1))));
        LinearOperator<double[]> empty = LinearOperator.of(F64, 0, 3, new double[0]);
        assertEquals(0, GolubKahan.largest(F64, empty, 0, 0, 9, Rng.of(1)).svd().s().length);
    }

    private static String illegal(org.junit.jupiter.api.function.Executable call) {
        return assertThrows(IllegalArgumentException.class, call).getMessage();
    }
}
