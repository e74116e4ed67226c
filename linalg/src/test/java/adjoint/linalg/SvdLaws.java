package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import net.jqwik.api.Example;
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
    /// relative accuracy however far they are apart, down to nearly the end of the range.
    @Property(tries = 50)
    void jacobiFindsGradedValuesToRelativeAccuracy(
            @ForAll @IntRange(min = 1, max = 16) int n,
            @ForAll @IntRange(max = 10) int more,
            @ForAll boolean rising,
            @ForAll long seed) {
        Provided.all().forEach(p -> checkGraded(p, n + more, n, rising, seed));
    }

    private static <A> void checkGraded(Provided<A> p, int m, int n, boolean rising, long seed) {
        double[] values =
                Qr.thin(Kernels.f64(), m, n, Matrices.random(m, n, 0, seed)).q();
        double depth = p.kernels().precision() == Precision.F32 ? 28 : 285;
        double[] d = new double[n];
        for (int j = 0; j < n; j++) {
            d[j] = Math.pow(10, -depth * j / n);
        }
        for (int i = 0; i < values.length; i++) {
            values[i] *= d[rising ? n - 1 - i % n : i % n];
        }
        A a = p.array(values);
        Svd<A> svd = Svd.jacobi(p.kernels(), m, n, a);
        assertDecomposes(p, m, n, Provided.doubles(a), svd);
        double[] s = Provided.doubles(svd.s());
        for (int j = 0; j < n; j++) {
            assertEquals(1, s[j] / d[j], 16 * n * p.epsilon(), p + " value " + j);
        }
    }

    @Example
    void jacobiRotatesTinyColumns() {
        for (Provided<?> p : Provided.all()) {
            for (double tiny : new double[] {1e-14, 1e-25, p.smallestNormal() / p.epsilon() * 16}) {
                tinyColumn(p, tiny);
            }
        }
    }

    /// `[[1, t], [0, t]]` has the values 1 and t, but for t².
    private static <A> void tinyColumn(Provided<A> p, double tiny) {
        double[] s = Provided.doubles(
                Svd.jacobi(p.kernels(), 2, 2, p.array(1, tiny, 0, tiny)).s());
        assertEquals(1, s[0], 4 * p.epsilon());
        assertEquals(1, s[1] / tiny, 4 * p.epsilon(), p + " " + tiny);
    }

    /// The four identities that define A⁺, and (A⁺)⁺ = A.
    @Property(tries = 60)
    void penroseIdentities(
            @ForAll @IntRange(max = 14) int m,
            @ForAll @IntRange(max = 14) int n,
            @ForAll boolean deficient,
            @ForAll long seed) {
        int k = Math.min(m, n);
        double[] a = Matrices.random(m, n, deficient ? 1 : 0, seed);
        int rank = k == 0 ? 0 : deficient ? Math.max(1, k / 2) : k;
        double[] s = Svd.values(Kernels.f64(), m, n, a);
        double condition = rank == 0 ? 1 : s[0] / s[rank - 1];
        Provided.all().forEach(p -> checkInverse(p, m, n, a, condition));
    }

    private static <A> void checkInverse(Provided<A> p, int m, int n, double[] values, double condition) {
        double zero = 100 * p.epsilon();
        if (condition > 0.1 / zero) {
            return;
        }
        A array = p.array(values);
        A inverse = Svd.pinv(p.kernels(), m, n, array, zero);
        double[] a = Provided.doubles(array);
        double[] x = Provided.doubles(inverse);
        double tolerance =
                450 * p.epsilon() * (1 + m + n) * condition * (1 + Matrices.norm(a)) * (1 + Matrices.norm(x));
        double[] ax = Matrices.product(m, n, m, a, x);
        double[] xa = Matrices.product(n, m, n, x, a);
        assertArrayEquals(a, Matrices.product(m, m, n, ax, a), tolerance);
        assertArrayEquals(x, Matrices.product(n, n, m, xa, x), tolerance);
        assertArrayEquals(ax, Matrices.transposed(m, m, ax), tolerance);
        assertArrayEquals(xa, Matrices.transposed(n, n, xa), tolerance);
        assertArrayEquals(a, Provided.doubles(Svd.pinv(p.kernels(), n, m, inverse, zero)), tolerance);
    }

    /// The errors that [Svd] states, of pinv and the condition number: against Commons Math, or with half of the values
    /// zero against the inverse of the chosen others.
    @Property(tries = 60)
    void inversesAndConditionsKeepTheirBounds(
            @ForAll @IntRange(min = 1, max = 30) int m,
            @ForAll @IntRange(min = 1, max = 30) int n,
            @ForAll boolean deficient,
            @ForAll @IntRange(max = 6) int logCondition,
            @ForAll long seed) {
        int k = Math.min(m, n);
        int rank = deficient ? (k + 1) / 2 : k;
        double[] u = Qr.thin(Kernels.f64(), m, rank, Matrices.random(m, rank, 0, seed))
                .q();
        double[] v = Qr.thin(Kernels.f64(), n, rank, Matrices.random(n, rank, 0, seed + 1))
                .q();
        double[] s = new double[rank];
        for (int j = 0; j < rank; j++) {
            s[j] = Math.pow(10, -(double) logCondition * j / rank);
        }
        double[] a = Matrices.product(m, rank, n, scaledColumns(u, s), Matrices.transposed(n, rank, v));
        double[] reciprocals = Arrays.stream(s).map(x -> 1 / x).toArray();
        double[] inverse = Matrices.product(n, rank, m, scaledColumns(v, reciprocals), Matrices.transposed(m, rank, u));
        Provided.all().forEach(p -> checkBounds(p, m, n, deficient ? inverse : null, reciprocals[rank - 1], a));
    }

    private static <A> void checkBounds(
            Provided<A> p, int m, int n, double[] constructed, double condition, double[] values) {
        int k = Math.min(m, n);
        double error = 8 * (1 + k) * p.epsilon() * condition;
        if (error > 0.1) {
            return;
        }
        A a = p.array(values);
        var theirs = new SingularValueDecomposition(
                new Array2DRowRealMatrix(Matrices.rows(m, n, Provided.doubles(a)), false));
        double[] inverse = constructed != null
                ? constructed
                : Arrays.stream(theirs.getSolver().getInverse().getData())
                        .flatMapToDouble(Arrays::stream)
                        .toArray();
        double[] x = Provided.doubles(Svd.pinv(p.kernels(), m, n, a, 0.5 / condition));
        for (int i = 0; i < x.length; i++) {
            x[i] -= inverse[i];
        }
        assertTrue(Matrices.norm(x) <= error * Matrices.norm(inverse), p.name());
        if (constructed == null) {
            assertEquals(1, Svd.condition(p.kernels(), m, n, a) / theirs.getConditionNumber(), error, p.name());
        }
    }
}
