package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.SingularValueDecomposition;

class SvdLaws {
    @Property(tries = 300)
    void productOrthogonalityOrderAndSigns(
            @ForAll @IntRange(max = 24) int m,
            @ForAll @IntRange(max = 24) int n,
            @ForAll @IntRange(max = Matrices.KINDS - 1) int kind,
            @ForAll long seed) {
        double[] a = Matrices.random(m, n, kind, seed);
        int k = Math.min(m, n);
        double[] before = a.clone();
        Svd<double[]> svd = Svd.thin(Kernels.f64(), m, n, a);
        assertArrayEquals(before, a);
        double[] us = svd.u().clone();
        for (int i = 0; i < us.length; i++) {
            us[i] *= svd.s()[i % k];
        }
        assertArrayEquals(a, Matrices.product(m, k, n, us, svd.vt()), 1e-14 * (1 + k) * Matrices.norm(a));
        Matrices.assertOrthonormalColumns(m, k, svd.u());
        Matrices.assertOrthonormalColumns(n, k, Matrices.transposed(k, n, svd.vt()));
        for (int j = 0; j < k; j++) {
            assertTrue(svd.s()[j] >= 0 && (j == 0 || svd.s()[j] <= svd.s()[j - 1]));
            double largest = 0;
            for (int i = 0; i < n; i++) {
                double v = svd.vt()[j * n + i];
                largest = Math.abs(v) > Math.abs(largest) ? v : largest;
            }
            assertTrue(largest > 0);
        }
        assertArrayEquals(svd.s(), Svd.values(Kernels.f64(), m, n, a), 1e-14 * (1 + k) * Matrices.norm(a));
    }

    @Property(tries = 100)
    void agreesWithCommonsMath(
            @ForAll @IntRange(min = 1, max = 30) int m,
            @ForAll @IntRange(min = 1, max = 30) int n,
            @ForAll @IntRange(max = Matrices.KINDS - 1) int kind,
            @ForAll long seed) {
        double[] a = Matrices.random(m, n, kind, seed);
        double[] theirs = new SingularValueDecomposition(new Array2DRowRealMatrix(Matrices.rows(m, n, a), false))
                .getSingularValues();
        assertArrayEquals(theirs, Svd.values(Kernels.f64(), m, n, a), 1e-13 * (1 + theirs[0]));
    }

    /// Jacobi's strength: A = H·D with orthonormal columns of H has the singular values D, and finds them to
    /// relative accuracy however far they are apart.
    @Property(tries = 50)
    void gradedValuesAreFoundToRelativeAccuracy(
            @ForAll @IntRange(min = 1, max = 16) int n, @ForAll @IntRange(max = 10) int more, @ForAll long seed) {
        int m = n + more;
        double[] q =
                Qr.thin(Kernels.f64(), m, n, Matrices.random(m, n, 0, seed)).q();
        double[] d = new double[n];
        for (int j = 0; j < n; j++) {
            d[j] = Math.pow(10, -3.0 * j);
        }
        double[] a = q.clone();
        for (int i = 0; i < a.length; i++) {
            a[i] *= d[i % n];
        }
        double[] s = Svd.values(Kernels.f64(), m, n, a);
        for (int j = 0; j < n; j++) {
            assertEquals(1, s[j] / d[j], 1e-12);
        }
    }
}
