package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.QRDecomposition;

class QrLaws {
    @Property(tries = 100)
    void productOrthogonalityAndTriangle(
            @ForAll @IntRange(max = 24) int m,
            @ForAll @IntRange(max = 24) int n,
            @ForAll @IntRange(max = Matrices.KINDS - 1) int kind,
            @ForAll long seed) {
        Provided.all().forEach(p -> checkThinAndFull(p, m, n, kind, seed));
    }

    /// Around the width of a panel and of its halves.
    @Property(tries = 12)
    void severalPanels(
            @ForAll @IntRange(min = 30, max = 140) int m,
            @ForAll @IntRange(min = 60, max = 140) int n,
            @ForAll @IntRange(max = Matrices.KINDS - 1) int kind,
            @ForAll long seed) {
        Provided.all().forEach(p -> checkThinAndFull(p, m, n, kind, seed));
    }

    private static <A> void checkThinAndFull(Provided<A> p, int m, int n, int kind, long seed) {
        A a = p.array(Matrices.random(m, n, kind, seed));
        double[] before = Provided.doubles(a);
        Qr<A> thin = Qr.thin(p.kernels(), m, n, a);
        Qr<A> full = Qr.full(p.kernels(), m, n, a);
        assertArrayEquals(before, Provided.doubles(a));
        check(p, m, n, Math.min(m, n), before, thin);
        check(p, m, n, m, before, full);
    }

    /// Backward error column by column, in units of k·ε·‖aⱼ‖; orthogonality in units of k·ε.
    private static void check(Provided<?> p, int m, int n, int columns, double[] a, Qr<?> qr) {
        double[] q = Provided.doubles(qr.q());
        double[] r = Provided.doubles(qr.r());
        double unit = 8 * (1 + Math.min(m, n)) * p.epsilon();
        double[] product = Matrices.transposed(m, n, Matrices.product(m, columns, n, q, r));
        double[] expected = Matrices.transposed(m, n, a);
        for (int j = 0; j < n; j++) {
            double norm = 0;
            double error = 0;
            for (int i = j * m; i < (j + 1) * m; i++) {
                norm = Math.hypot(norm, expected[i]);
                error = Math.hypot(error, expected[i] - product[i]);
            }
            // Below the normal numbers of a precision, what is lost is not relative.
            double smallest = p.smallestNormal();
            assertTrue(
                    error <= unit * (norm + smallest),
                    p + ": column " + j + " is off by " + error + ", its norm is " + norm);
        }
        Matrices.assertOrthonormalColumns(m, columns, q, unit);
        for (int i = 0; i < columns; i++) {
            assertTrue(i >= n || r[i * n + i] >= 0);
            for (int j = 0; j < Math.min(i, n); j++) {
                assertEquals(0, r[i * n + j]);
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
        double[] r = Qr.thin(Kernels.f64(), m, n, a).r();
        // The condition of a random square matrix can be large; R inherits it.
        double[] s = Svd.values(Kernels.f64(), m, n, a);
        double tolerance = 1e-14 * m * s[0] * s[0] / s[n - 1];
        for (int i = 0; i < n; i++) {
            double sign = Math.signum(theirs[i][i]);
            for (int j = i; j < n; j++) {
                assertEquals(sign * theirs[i][j], r[i * n + j], tolerance);
            }
        }
    }

    /// Factors, applied or formed, of a matrix with an offset and a leading dimension; what is around stays as it was.
    @Property(tries = 60)
    void inPlace(
            @ForAll @IntRange(max = 90) int m,
            @ForAll @IntRange(max = 90) int n,
            @ForAll @IntRange(max = 9) int cols,
            @ForAll @IntRange(max = 3) int room,
            @ForAll long seed) {
        Provided.all().forEach(p -> checkInPlace(p, m, n, cols, room, seed));
    }

    private static <A> void checkInPlace(Provided<A> p, int m, int n, int cols, int room, long seed) {
        Kernels<A> kernels = p.kernels();
        int k = Math.min(m, n);
        int lda = n + room;
        double[] values = Matrices.random(m, n, 0, seed);
        double[] around = Matrices.padded(m, n, values, 1, lda);
        A a = p.array(around);
        A tau = p.array(new double[k + 2]);
        Qr.factor(kernels, m, n, a, 1, lda, tau, 2);
        double[] factored = Provided.doubles(a);
        for (int i = 0; i < around.length; i++) {
            boolean inside = i >= 1 && i < 1 + m * lda && (i - 1) % lda < n;
            assertTrue(inside || factored[i] == -77);
        }
        A q = p.array(new double[m * m]);
        Qr.form(kernels, m, m, k, a, 1, lda, tau, 2, q, 0, m);
        double[] r = new double[m * n];
        for (int i = 0; i < m; i++) {
            for (int j = i; j < n; j++) {
                r[i * n + j] = factored[1 + i * lda + j];
            }
        }
        double unit = 8 * (1 + k) * p.epsilon();
        double[] qs = Provided.doubles(q);
        assertArrayEquals(
                Provided.doubles(p.array(values)),
                Matrices.product(m, m, n, qs, r),
                unit * (1 + Matrices.norm(values)));
        double[] c = Matrices.random(m, cols, 0, seed + 1);
        for (Transpose t : Transpose.values()) {
            A applied = p.array(c);
            Qr.apply(kernels, t, m, cols, k, a, 1, lda, tau, 2, applied, 0, cols);
            double[] op = t == Transpose.NO ? qs : Matrices.transposed(m, m, qs);
            assertArrayEquals(
                    Matrices.product(m, m, cols, op, c), Provided.doubles(applied), unit * (1 + Matrices.norm(c)));
        }
    }
}
