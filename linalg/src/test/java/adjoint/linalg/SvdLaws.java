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
    @Property(tries = 120)
    void productOrthogonalityOrderAndSigns(
            @ForAll @IntRange(max = 24) int m,
            @ForAll @IntRange(max = 24) int n,
            @ForAll @IntRange(max = Matrices.KINDS - 1) int kind,
            @ForAll long seed) {
        Provided.all().forEach(p -> check(p, m, n, kind, seed));
    }

    @Property(tries = 16)
    void largerOnes(
            @ForAll @IntRange(min = 25, max = 110) int m,
            @ForAll @IntRange(min = 25, max = 110) int n,
            @ForAll @IntRange(max = Matrices.KINDS - 1) int kind,
            @ForAll long seed) {
        Provided.all().forEach(p -> check(p, m, n, kind, seed));
    }

    private static <A> void check(Provided<A> p, int m, int n, int kind, long seed) {
        A a = p.array(Matrices.random(m, n, kind, seed));
        double[] before = Provided.doubles(a);
        Svd<A> svd = Svd.thin(p.kernels(), m, n, a);
        assertDecomposes(p, m, n, before, svd);
        assertDecomposes(p, m, n, before, Svd.jacobi(p.kernels(), m, n, a));
        assertArrayEquals(before, Provided.doubles(a));
        double tolerance = unit(p, m, n) * Matrices.norm(before);
        assertArrayEquals(
                Provided.doubles(svd.s()), Provided.doubles(Svd.values(p.kernels(), m, n, a)), tolerance, p.name());
    }

    private static double unit(Provided<?> p, int m, int n) {
        return 8 * (1 + Math.min(m, n)) * p.epsilon();
    }

    /// In units of k·ε: `‖A - U·S·Vᵀ‖ / ‖A‖` and the distance of UᵀU and VᵀV from the identity.
    static void assertDecomposes(Provided<?> p, int m, int n, double[] a, Svd<?> svd) {
        int k = Math.min(m, n);
        double unit = unit(p, m, n);
        double[] u = Provided.doubles(svd.u());
        double[] s = Provided.doubles(svd.s());
        double[] vt = Provided.doubles(svd.vt());
        double[] error = Matrices.product(m, k, n, scaledColumns(u, s), vt);
        for (int i = 0; i < error.length; i++) {
            error[i] -= a[i];
        }
        double norm = Matrices.norm(a);
        assertTrue(
                Matrices.norm(error) <= unit * (norm + p.smallestNormal()),
                () -> p + ": off by " + Matrices.norm(error) + ", the norm is " + norm);
        Matrices.assertOrthonormalColumns(m, k, u, unit);
        Matrices.assertOrthonormalColumns(n, k, Matrices.transposed(k, n, vt), unit);
        for (int j = 0; j < k; j++) {
            assertTrue(s[j] >= 0 && (j == 0 || s[j] <= s[j - 1]), p.name());
            double largest = 0;
            for (int i = 0; i < n; i++) {
                double v = vt[j * n + i];
                largest = Math.abs(v) > Math.abs(largest) ? v : largest;
            }
            assertTrue(largest > 0, p.name());
        }
    }

    private static double[] scaledColumns(double[] u, double[] s) {
        double[] us = u.clone();
        for (int i = 0; i < us.length; i++) {
            us[i] *= s[i % s.length];
        }
        return us;
    }

    @Property(tries = 100)
    void agreesWithCommonsMath(
            @ForAll @IntRange(min = 1, max = 40) int m,
            @ForAll @IntRange(min = 1, max = 40) int n,
            @ForAll @IntRange(max = Matrices.KINDS - 1) int kind,
            @ForAll long seed) {
        double[] a = Matrices.random(m, n, kind, seed);
        double[] theirs = new SingularValueDecomposition(new Array2DRowRealMatrix(Matrices.rows(m, n, a), false))
                .getSingularValues();
        assertArrayEquals(theirs, Svd.values(Kernels.f64(), m, n, a), 1e-13 * (1 + theirs[0]));
    }

    /// Matrices with an offset and leading dimensions with room to spare; what is around stays as it was.
    @Property(tries = 40)
    void inPlace(
            @ForAll @IntRange(max = 20) int m,
            @ForAll @IntRange(max = 20) int n,
            @ForAll @IntRange(max = 3) int room,
            @ForAll long seed) {
        Provided.all().forEach(p -> checkInPlace(p, m, n, room, seed));
    }

    private static <A> void checkInPlace(Provided<A> p, int m, int n, int room, long seed) {
        Kernels<A> kernels = p.kernels();
        int k = Math.min(m, n);
        double[] a = Matrices.random(m, n, 0, seed);
        A padded = p.array(Matrices.padded(m, n, a, 2, n + room));
        A u = p.array(Matrices.padded(m, k, new double[m * k], 1, k + room));
        A s = p.array(Matrices.padded(1, k, new double[k], 3, k));
        A vt = p.array(Matrices.padded(k, n, new double[k * n], 2, n + room));
        Svd.compute(kernels, m, n, padded, 2, n + room, u, 1, k + room, s, 3, vt, 2, n + room);
        Svd<A> expected = Svd.thin(kernels, m, n, p.array(a));
        assertArrayEquals(
                Matrices.padded(m, k, Provided.doubles(expected.u()), 1, k + room), Provided.doubles(u), p.name());
        assertArrayEquals(Matrices.padded(1, k, Provided.doubles(expected.s()), 3, k), Provided.doubles(s), p.name());
        assertArrayEquals(
                Matrices.padded(k, n, Provided.doubles(expected.vt()), 2, n + room), Provided.doubles(vt), p.name());
        A values = p.array(new double[k]);
        Svd.computeValues(kernels, m, n, padded, 2, n + room, values, 0);
        assertArrayEquals(Provided.doubles(Svd.values(kernels, m, n, p.array(a))), Provided.doubles(values), p.name());
    }

    /// Jacobi's strength: A = H·D with orthonormal columns of H has the singular values D, and finds them to
    /// relative accuracy however far they are apart.
    @Property(tries = 50)
    void jacobiFindsGradedValuesToRelativeAccuracy(
            @ForAll @IntRange(min = 1, max = 16) int n, @ForAll @IntRange(max = 10) int more, @ForAll long seed) {
        int m = n + more;
        double[] a =
                Qr.thin(Kernels.f64(), m, n, Matrices.random(m, n, 0, seed)).q();
        double[] d = new double[n];
        for (int j = 0; j < n; j++) {
            d[j] = Math.pow(10, -3.0 * j);
        }
        for (int i = 0; i < a.length; i++) {
            a[i] *= d[i % n];
        }
        double[] s = Svd.jacobi(Kernels.f64(), m, n, a).s();
        for (int j = 0; j < n; j++) {
            assertEquals(1, s[j] / d[j], 1e-12);
        }
    }

    /// The four identities that define A⁺, and (A⁺)⁺ = A.
    @Property(tries = 60)
    void penroseIdentities(
            @ForAll @IntRange(max = 14) int m,
            @ForAll @IntRange(max = 14) int n,
            @ForAll boolean deficient,
            @ForAll long seed) {
        double[] a = Matrices.random(m, n, deficient ? 1 : 0, seed);
        int rank = Math.min(m, n) == 0 ? 0 : deficient ? Math.max(1, Math.min(m, n) / 2) : Math.min(m, n);
        double[] s = Svd.values(Kernels.f64(), m, n, a);
        double condition = rank == 0 ? 1 : s[0] / s[rank - 1];
        double[] x = Svd.pinv(Kernels.f64(), m, n, a, 1e-10);
        double tolerance = 1e-13 * (1 + m + n) * condition * (1 + Matrices.norm(a)) * (1 + Matrices.norm(x));
        double[] ax = Matrices.product(m, n, m, a, x);
        double[] xa = Matrices.product(n, m, n, x, a);
        assertArrayEquals(a, Matrices.product(m, m, n, ax, a), tolerance);
        assertArrayEquals(x, Matrices.product(n, n, m, xa, x), tolerance);
        assertArrayEquals(ax, Matrices.transposed(m, m, ax), tolerance);
        assertArrayEquals(xa, Matrices.transposed(n, n, xa), tolerance);
        assertArrayEquals(a, Svd.pinv(Kernels.f64(), n, m, x, 1e-10), tolerance);
    }
}
