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

class RandomizedSvdTest {
    private static final Kernels<double[]> F64 = Kernels.f64();

    static List<Provided<?>> providers() {
        return Provided.all();
    }

    /// U·diag(s)·Vᵀ with random orthonormal U and V.
    private static double[] withValues(int m, int n, double[] s, long seed) {
        int k = s.length;
        double[] u = Qr.thin(F64, m, k, Matrices.random(m, k, 0, seed)).q();
        double[] v = Qr.thin(F64, n, k, Matrices.random(n, k, 0, seed + 1)).q();
        for (int i = 0; i < u.length; i++) {
            u[i] *= s[i % k];
        }
        return Matrices.product(m, k, n, u, Matrices.transposed(n, k, v));
    }

    private static double[] falling(int k, double ratio) {
        double[] s = new double[k];
        for (int j = 0; j < k; j++) {
            s[j] = Math.pow(ratio, j);
        }
        return s;
    }

    @ParameterizedTest
    @MethodSource("providers")
    <A> void exactForMatricesOfThatRank(Provided<A> p) {
        double[] s = {5, 3, 2, 0.5};
        for (int[] shape : new int[][] {{30, 20}, {20, 30}, {25, 25}}) {
            int m = shape[0];
            int n = shape[1];
            A a = p.array(withValues(m, n, s, 11));
            Svd<A> svd = RandomizedSvd.of(p.kernels(), m, n, a, 4, 3, 0, Rng.of(1));
            double unit = 100 * p.epsilon();
            assertArrayEquals(s, Provided.doubles(svd.s()), 5 * unit);
            double[] us = Provided.doubles(svd.u());
            Matrices.assertOrthonormalColumns(m, 4, us, unit);
            Matrices.assertOrthonormalColumns(n, 4, Matrices.transposed(4, n, Provided.doubles(svd.vt())), unit);
            for (int i = 0; i < us.length; i++) {
                us[i] *= s[i % 4];
            }
            assertArrayEquals(Provided.doubles(a), Matrices.product(m, 4, n, us, Provided.doubles(svd.vt())), 5 * unit);
        }
    }

    /// The bound of Halko, Martinsson and Tropp, (1 + 9·√(l·min(m, n)))·σᵣ₊₁ for the part of A that the basis misses,
    /// fails with probability 3·10⁻¹⁰ per matrix for an oversampling of 10; with q iterations, for (A·Aᵀ)^q·A.
    @ParameterizedTest
    @MethodSource("providers")
    <A> void theErrorKeepsItsBound(Provided<A> p) {
        int m = 70;
        int n = 50;
        int rank = 8;
        for (int q = 0; q <= 2; q++) {
            for (double ratio : new double[] {0.5, 0.9, 1}) {
                double[] s = falling(n, ratio);
                double[] a = withValues(m, n, s, 5);
                Svd<A> svd = RandomizedSvd.of(
                        p.kernels(), m, n, p.array(a), rank, 10, q, Rng.of(7).child(q));
                double[] found = Provided.doubles(svd.s());
                double factor = Math.pow(1 + 9 * Math.sqrt((rank + 10) * 50), 1.0 / (2 * q + 1));
                double bound = s[rank] * (1 + factor);
                assertTrue(error(m, n, rank, a, svd) <= bound, p.name());
                for (int j = 0; j < rank; j++) {
                    assertTrue(found[j] <= s[j] + 500 * p.epsilon(), "a projection has no larger values");
                    assertTrue(found[j] >= s[j] - bound, p.name());
                }
            }
        }
    }

    /// The largest singular value of A - U·S·Vᵀ.
    private static double error(int m, int n, int rank, double[] a, Svd<?> svd) {
        double[] us = Provided.doubles(svd.u());
        double[] s = Provided.doubles(svd.s());
        for (int i = 0; i < us.length; i++) {
            us[i] *= s[i % rank];
        }
        double[] rest = Matrices.product(m, rank, n, us, Provided.doubles(svd.vt()));
        for (int i = 0; i < rest.length; i++) {
            rest[i] = a[i] - rest[i];
        }
        return Svd.values(F64, m, n, rest)[0];
    }

    @Test
    void iterationsBringLeadingVectorsToTheExactOnes() {
        int m = 60;
        int n = 80;
        double[] s = falling(60, 0.7);
        double[] a = withValues(m, n, s, 9);
        Svd<double[]> exact = Svd.thin(F64, m, n, a);
        Svd<double[]> svd = RandomizedSvd.of(F64, m, n, a, 5, 10, 3, Rng.of(2));
        assertArrayEquals(Arrays.copyOf(exact.s(), 5), svd.s(), 1e-12);
        assertArrayEquals(Arrays.copyOf(exact.vt(), 5 * n), svd.vt(), 1e-8);
    }

    @Test
    void theKeyIsAllTheRandomness() {
        double[] a = Matrices.random(40, 30, 0, 3);
        Svd<double[]> first = RandomizedSvd.of(F64, 40, 30, a, 4, 4, 1, Rng.of(1));
        Svd<double[]> again = RandomizedSvd.of(F64, LinearOperator.of(F64, 40, 30, a), 4, 4, 1, Rng.of(1));
        Svd<double[]> other = RandomizedSvd.of(F64, 40, 30, a, 4, 4, 1, Rng.of(2));
        assertArrayEquals(first.u(), again.u());
        assertArrayEquals(first.s(), again.s());
        assertArrayEquals(first.vt(), again.vt());
        assertTrue(first.s()[3] != other.s()[3]);
    }

    @Test
    void emptyMatricesAndRankZero() {
        assertEquals(
                0,
                RandomizedSvd.of(F64, 0, 4, new double[0], 0, 5, 2, Rng.of(1)).s().length);
        assertEquals(
                0,
                RandomizedSvd.of(F64, 3, 2, new double[6], 0, 1, 1, Rng.of(1)).vt().length);
        assertArrayEquals(
                new double[2],
                RandomizedSvd.of(F64, 3, 2, new double[6], 2, 1, 1, Rng.of(1)).s());
    }

    @Test
    void wrongInputIsNamed() {
        assertEquals(
                "RandomizedSvd.of: the rank must be from 0 to 2, oversampling and iterations ≥ 0, got 3, 1 and 1",
                illegal(() -> RandomizedSvd.of(F64, 2, 3, new double[6], 3, 1, 1, Rng.of(1))));
        assertEquals(
                "RandomizedSvd.of: element [0, 0] of the 1 × 1 matrix is NaN, all must be finite",
                illegal(() -> RandomizedSvd.of(F64, 1, 1, new double[] {Double.NaN}, 1, 0, 0, Rng.of(1))));
        LinearOperator<double[]> nan = LinearOperator.of(F64, 1, 1, new double[] {Double.NaN});
        assertEquals(
                "RandomizedSvd: a product with the operator: element [0, 0] of the 1 × 1 matrix is NaN,"
                        + " all must be finite",
                illegal(() -> RandomizedSvd.of(F64, nan, 1, 0, 0, Rng.of(1))));
    }

    private static String illegal(org.junit.jupiter.api.function.Executable call) {
        return assertThrows(IllegalArgumentException.class, call).getMessage();
    }
}
