package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class GeneralizedEigenLaws {
    @Property(tries = 60)
    void residualAndNormalisation(
            @ForAll @IntRange(max = 60) int n,
            @ForAll @IntRange(max = SymmetricMatrices.KINDS - 1) int kind,
            @ForAll @IntRange(min = 1, max = 11) int logCondition,
            @ForAll long seed) {
        double condition = Math.pow(10, logCondition);
        for (Provided<?> p : Provided.all()) {
            if (8 * (1 + n) * p.epsilon() * condition < 0.1) {
                check(p, n, kind, condition, seed);
            }
        }
    }

    /// B has the eigenvalues 1 … κ(B).
    private static <A> void check(Provided<A> p, int n, int kind, double condition, long seed) {
        A a = p.array(SymmetricMatrices.of(n, kind, seed));
        A b = p.array(SymmetricMatrices.withEigenvalues(n, i -> Math.pow(condition, (double) i / n), seed + 1));
        double[] plainA = Provided.doubles(a);
        double[] plainB = Provided.doubles(b);
        GeneralizedEigen<A> eigen = GeneralizedEigen.of(p.kernels(), n, a, b);
        assertArrayEquals(plainA, Provided.doubles(a));
        assertArrayEquals(plainB, Provided.doubles(b));
        double[] values = Provided.doubles(eigen.values());
        double[] x = Provided.doubles(eigen.vectors());
        double[] bx = Matrices.product(n, n, n, plainB, x);
        double[] residual = Matrices.product(n, n, n, plainA, x);
        double[] right = SymmetricMatrices.scaledColumns(n, bx, j -> values[j]);
        for (int i = 0; i < n * n; i++) {
            residual[i] -= right[i];
        }
        double unit = 8 * n * p.epsilon() * condition;
        assertTrue(Matrices.norm(residual) <= unit * Matrices.norm(plainA) * Matrices.norm(x), p + " residual");
        double[] gram = Matrices.product(n, n, n, Matrices.transposed(n, n, x), bx);
        for (int i = 0; i < n * n; i++) {
            assertEquals(i / n == i % n ? 1 : 0, gram[i], unit);
        }
        for (int i = 1; i < n; i++) {
            assertTrue(values[i - 1] <= values[i]);
        }
    }

    /// A diagonal pair: the quotients.
    @Example
    void quotients() {
        GeneralizedEigen<double[]> eigen =
                GeneralizedEigen.of(Kernels.f64(), 2, new double[] {6, 0, 0, 4}, new double[] {1, 0, 0, 4});
        assertArrayEquals(new double[] {1, 6}, eigen.values(), 1e-15);
        assertEquals(0.5, Math.abs(eigen.vectors()[2]), 1e-15);
        assertEquals(1, Math.abs(eigen.vectors()[1]), 1e-15);
    }

    @Example
    void wrongInputIsNamed() {
        double[] a = {2, 1, 1, 2};
        assertEquals(
                "GeneralizedEigen.of: b: pivot 1 is -3.0, must be > 0: the matrix of order 2 is not positive definite",
                assertThrows(
                                PivotException.class,
                                () -> GeneralizedEigen.of(Kernels.f64(), 2, a, new double[] {1, 0, 2, 1}))
                        .getMessage());
        assertEquals(
                "GeneralizedEigen.of: b: element [1, 0] of the 2 × 2 matrix is NaN, all must be finite",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> GeneralizedEigen.of(Kernels.f64(), 2, a, new double[] {1, 0, Double.NaN, 1}))
                        .getMessage());
    }
}
