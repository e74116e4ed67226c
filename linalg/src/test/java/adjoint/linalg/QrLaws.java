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

class QrLaws {
    @Property(tries = 200)
    void productOrthogonalityAndTriangle(
            @ForAll @IntRange(max = 24) int m,
            @ForAll @IntRange(max = 24) int n,
            @ForAll @IntRange(max = Matrices.KINDS - 1) int kind,
            @ForAll long seed) {
        double[] a = Matrices.random(m, n, kind, seed);
        int k = Math.min(m, n);
        double[] before = a.clone();
        Qr qr = Qr.thin(m, n, a);
        assertArrayEquals(before, a);
        double norm = Matrices.norm(a);
        assertArrayEquals(a, Matrices.product(m, k, n, qr.q(), qr.r()), 1e-14 * (1 + k) * norm);
        Matrices.assertOrthonormalColumns(m, k, qr.q());
        for (int i = 0; i < k; i++) {
            assertTrue(qr.r()[i * n + i] >= 0);
            for (int j = 0; j < i; j++) {
                assertEquals(0, qr.r()[i * n + j]);
            }
        }
    }

    /// With a positive diagonal, R is unique: an independent implementation finds the same one.
    @Property(tries = 50)
    void agreesWithCommonsMath(
            @ForAll @IntRange(min = 1, max = 20) int n, @ForAll @IntRange(max = 10) int more, @ForAll long seed) {
        int m = n + more;
        double[] a = Matrices.random(m, n, 0, seed);
        double[][] theirs = new QRDecomposition(new Array2DRowRealMatrix(Matrices.rows(m, n, a), false))
                .getR()
                .getData();
        double[] r = Qr.thin(m, n, a).r();
        // The condition of a random square matrix can be large; R inherits it.
        double[] s = Svd.values(m, n, a);
        double tolerance = 1e-14 * m * s[0] * s[0] / s[n - 1];
        for (int i = 0; i < n; i++) {
            double sign = Math.signum(theirs[i][i]);
            for (int j = i; j < n; j++) {
                assertEquals(sign * theirs[i][j], r[i * n + j], tolerance);
            }
        }
    }

    @Example
    void aKnownDecomposition() {
        // The textbook example of Golub and Van Loan's kind: [[3, 4], [4, 3]] has R = [[5, 4.8], [0, 1.4]].
        Qr qr = Qr.thin(2, 2, new double[] {3, 4, 4, 3});
        assertArrayEquals(new double[] {5, 4.8, 0, 1.4}, qr.r(), 1e-15);
        assertArrayEquals(new double[] {0.6, 0.8, 0.8, -0.6}, qr.q(), 1e-15);
    }

    @Example
    void hugeAndTinyNumbersNeitherOverflowNorVanish() {
        assertArrayEquals(
                new double[] {5e300, 4.8e300, 0, 1.4e300},
                Qr.thin(2, 2, new double[] {3e300, 4e300, 4e300, 3e300}).r(),
                1e286);
        assertArrayEquals(
                new double[] {5e-300, 4.8e-300, 0, 1.4e-300},
                Qr.thin(2, 2, new double[] {3e-300, 4e-300, 4e-300, 3e-300}).r(),
                1e-314);
    }

    @Example
    void wrongInputIsNamed() {
        assertEquals(
                "Qr.thin: element [1, 0] of the 2 × 2 matrix is NaN, all must be finite",
                assertThrows(IllegalArgumentException.class, () -> Qr.thin(2, 2, new double[] {1, 2, Double.NaN, 4}))
                        .getMessage());
        assertEquals(
                "Qr.thin: a 2 × 3 matrix has 6 elements, the array has 5",
                assertThrows(IllegalArgumentException.class, () -> Qr.thin(2, 3, new double[5]))
                        .getMessage());
    }
}
