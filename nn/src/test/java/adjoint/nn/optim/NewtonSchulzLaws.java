package adjoint.nn.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.linalg.Kernels;
import adjoint.linalg.Polar;
import adjoint.linalg.Rng;
import adjoint.linalg.Svd;
import adjoint.nn.optim.NewtonSchulz.Polynomial;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class NewtonSchulzLaws {
    private static double[] matrix(int seed, int rows, int columns) {
        double[] a = new double[rows * columns];
        Rng.of(seed).fillNormal(a, 0, a.length, 0, 1);
        return a;
    }

    /// Away from square, where a random matrix is well conditioned, it is the polar factor of `linalg`, and
    /// ⟨G, U·Vᵀ⟩ is the sum of the singular values.
    @Property(tries = 100)
    void theCubicIterationIsExact(
            @ForAll @IntRange(min = 1, max = 1000) int seed,
            @ForAll @IntRange(min = 1, max = 8) int side,
            @ForAll boolean wide) {
        int rows = wide ? side : 4 * side + 3;
        int columns = wide ? 4 * side + 3 : side;
        double[] a = matrix(seed, rows, columns);
        double[] q = (double[]) NewtonSchulz.orthogonal(Polynomial.CUBIC, rows, columns, a);
        assertArrayEquals(Polar.orthogonal(Kernels.f64(), rows, columns, a), q, 1e-13);
        double inner = 0;
        for (int i = 0; i < a.length; i++) {
            inner += a[i] * q[i];
        }
        double nuclear = 0;
        for (double sigma : Svd.values(Kernels.f64(), rows, columns, a)) {
            nuclear += sigma;
        }
        assertEquals(nuclear, inner, 1e-13 * nuclear);
    }

    /// The singular values of Muon's factor: the quintic maps [0.05, 1] into [0.67, 1.21] in five turns.
    @Property(tries = 50)
    void muonsIterationIsNearlyOrthogonal(@ForAll @IntRange(min = 1, max = 1000) int seed) {
        double[] q = (double[]) NewtonSchulz.orthogonal(Polynomial.MUON, 8, 40, matrix(seed, 8, 40));
        for (double sigma : Svd.values(Kernels.f64(), 8, 40, q)) {
            assertTrue(sigma > 0.67 && sigma < 1.21, () -> "singular value " + sigma);
        }
    }

    /// Directions without gradient stay without; a matrix of zeros, too.
    @Property(tries = 20)
    void rankIsKept(@ForAll @IntRange(min = 1, max = 1000) int seed) {
        double[] u = matrix(seed, 6, 1);
        double[] v = matrix(-seed, 1, 9);
        double[] a = new double[54];
        for (int i = 0; i < 54; i++) {
            a[i] = u[i / 9] * v[i % 9];
        }
        double[] sigma = Svd.values(Kernels.f64(), 6, 9, (double[]) NewtonSchulz.orthogonal(Polynomial.CUBIC, 6, 9, a));
        assertEquals(1, sigma[0], 1e-13);
        // Rounding of 1e-16 grows by 1.5 in each of 30 turns.
        assertEquals(0, sigma[1], 1e-16 * Math.pow(1.5, 30) * 10);
        assertArrayEquals(new double[6], (double[]) NewtonSchulz.orthogonal(Polynomial.MUON, 2, 3, new double[6]));
    }
}
