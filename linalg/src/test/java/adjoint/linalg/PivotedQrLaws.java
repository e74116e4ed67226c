package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.RRQRDecomposition;

class PivotedQrLaws {
    @Property(tries = 100)
    void smallMatrices(
            @ForAll @IntRange(max = 24) int m,
            @ForAll @IntRange(max = 24) int n,
            @ForAll @IntRange(max = Matrices.KINDS - 1) int kind,
            @ForAll long seed) {
        Provided.all().forEach(p -> check(p, m, n, Matrices.random(m, n, kind, seed)));
    }

    @Property(tries = 12)
    void severalPanels(
            @ForAll @IntRange(min = 30, max = 110) int m,
            @ForAll @IntRange(min = 30, max = 110) int n,
            @ForAll @IntRange(max = Matrices.KINDS - 1) int kind,
            @ForAll long seed) {
        Provided.all().forEach(p -> check(p, m, n, Matrices.random(m, n, kind, seed)));
    }

    private static <A> void check(Provided<A> p, int m, int n, double[] values) {
        A a = p.array(values);
        double[] before = Provided.doubles(a);
        PivotedQr<A> qr = PivotedQr.thin(p.kernels(), m, n, a);
        assertArrayEquals(before, Provided.doubles(a));
        int k = Math.min(m, n);
        double unit = 8 * (1 + k) * p.epsilon();
        double[] q = Provided.doubles(qr.q());
        double[] r = Provided.doubles(qr.r());
        double norm = Matrices.norm(before);
        assertArrayEquals(
                permuted(m, n, before, qr.pivots()),
                Matrices.product(m, k, n, q, r),
                unit * (norm + p.smallestNormal()),
                p.name());
        Matrices.assertOrthonormalColumns(m, k, q, unit);
        int[] sorted = qr.pivots().clone();
        Arrays.sort(sorted);
        for (int j = 0; j < n; j++) {
            assertEquals(j, sorted[j]);
        }
        for (int i = 0; i < k; i++) {
            for (int j = 0; j < i; j++) {
                assertEquals(0, r[i * n + j]);
            }
            // The diagonal element is not below the norm of what is left of any later column.
            double diagonal = r[i * n + i];
            assertTrue(diagonal >= 0);
            for (int j = i + 1; j < n; j++) {
                double rest = 0;
                for (int l = i; l <= Math.min(j, k - 1); l++) {
                    rest = Math.hypot(rest, r[l * n + j]);
                }
                assertTrue(rest <= diagonal * (1 + Math.sqrt(p.epsilon())) + unit * norm, p + " column " + j);
            }
        }
    }

    private static double[] permuted(int m, int n, double[] a, int[] pivots) {
        double[] b = new double[m * n];
        for (int i = 0; i < b.length; i++) {
            b[i] = a[i / n * n + pivots[i % n]];
        }
        return b;
    }

    @Property(tries = 60)
    void rankAgreesWithTheConstructionAndWithCommonsMath(
            @ForAll @IntRange(min = 1, max = 30) int m,
            @ForAll @IntRange(min = 1, max = 30) int n,
            @ForAll @IntRange(min = 1, max = 30) int wanted,
            @ForAll long seed) {
        int rank = Math.min(wanted, Math.min(m, n));
        double[] a =
                Matrices.product(m, rank, n, Matrices.random(m, rank, 0, seed), Matrices.random(rank, n, 0, seed + 1));
        assertEquals(rank, PivotedQr.thin(Kernels.f64(), m, n, a).rank(Kernels.f64(), 1e-12));
        assertEquals(rank, Svd.rank(Kernels.f64(), m, n, a, 1e-12));
        int theirs = new RRQRDecomposition(new Array2DRowRealMatrix(Matrices.rows(m, n, a), false)).getRank(1e-10);
        assertEquals(theirs, rank);
    }

    @Example
    void columnsOfAnySize() {
        for (double scale : new double[] {1e300, 1e-300, 0x1p-1070}) {
            double[] a = {3 * scale, 0, 4 * scale, 5 * scale};
            PivotedQr<double[]> qr = PivotedQr.thin(Kernels.f64(), 2, 2, a);
            assertEquals(5, qr.r()[0] / scale, 1e-14);
            assertEquals(3, qr.r()[3] / scale, 1e-14);
        }
    }

    /// Squares of the smaller columns are far below the range.
    @Example
    void columnsOfVeryDifferentSize() {
        for (Provided<?> p : Provided.all()) {
            boolean single = p.kernels().precision() == Precision.F32;
            graded(p, single ? 1e-30 : 1e-200, single ? 1e-25 : 1e-170);
        }
    }

    private static <A> void graded(Provided<A> p, double tiny, double small) {
        double unit = 16 * p.epsilon();
        PivotedQr<A> diagonal = PivotedQr.thin(p.kernels(), 3, 3, p.array(1, 0, 0, 0, tiny, 0, 0, 0, small));
        assertArrayEquals(new int[] {0, 2, 1}, diagonal.pivots(), p.name());
        double[] r = Provided.doubles(diagonal.r());
        assertEquals(1, r[4] / small, unit);
        assertEquals(1, r[8] / tiny, unit);
        // Columns (3, 4)·tiny and (1, 0)·small below one of size 1: R has small, 3·tiny and 4·tiny.
        double[] a = {1, 0, 0, 0, 3 * tiny, small, 0, 4 * tiny, 0};
        PivotedQr<A> qr = PivotedQr.thin(p.kernels(), 3, 3, p.array(a));
        assertArrayEquals(new int[] {0, 2, 1}, qr.pivots(), p.name());
        r = Provided.doubles(qr.r());
        assertEquals(1, r[4] / small, unit);
        assertEquals(1, r[5] / (3 * tiny), unit);
        assertEquals(1, r[8] / (4 * tiny), unit);
    }

    @Example
    void inPlaceWithAnOffset() {
        for (Provided<?> p : Provided.all()) {
            checkInPlace(p);
        }
    }

    private static <A> void checkInPlace(Provided<A> p) {
        int m = 7;
        int n = 5;
        double[] values = Matrices.random(m, n, 0, 8);
        A a = p.array(Matrices.padded(m, n, values, 3, n + 2));
        A tau = p.array(new double[n]);
        int[] pivots = new int[n + 1];
        PivotedQr.factor(p.kernels(), m, n, a, 3, n + 2, pivots, 1, tau, 0);
        A q = p.array(new double[m * n]);
        Qr.form(p.kernels(), m, n, n, a, 3, n + 2, tau, 0, q, 0, n);
        double[] r = new double[n * n];
        double[] factors = Provided.doubles(a);
        for (int i = 0; i < n; i++) {
            System.arraycopy(factors, 3 + i * (n + 2) + i, r, i * n + i, n - i);
        }
        assertArrayEquals(
                permuted(m, n, values, Arrays.copyOfRange(pivots, 1, n + 1)),
                Matrices.product(m, n, n, Provided.doubles(q), r),
                100 * p.epsilon());
        assertEquals(n, PivotedQr.rank(p.kernels(), m, n, a, 3, n + 2, 1e-3));
    }

    @Example
    void wrongInputIsNamed() {
        Kernels<double[]> kernels = Kernels.f64();
        assertEquals(
                "PivotedQr.thin: element [0, 1] of the 1 × 2 matrix is NaN, all must be finite",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> PivotedQr.thin(kernels, 1, 2, new double[] {1, Double.NaN}))
                        .getMessage());
        PivotedQr<double[]> qr = PivotedQr.thin(kernels, 1, 1, new double[] {1});
        assertEquals(
                "PivotedQr.rank: the tolerance must be ≥ 0, got -1.0",
                assertThrows(IllegalArgumentException.class, () -> qr.rank(kernels, -1))
                        .getMessage());
        double[] all = new double[6];
        assertThrows(
                IllegalArgumentException.class,
                () -> PivotedQr.factor(kernels, 2, 2, all, 0, 2, new int[2], 0, all, 3));
        assertThrows(
                IndexOutOfBoundsException.class,
                () -> PivotedQr.factor(kernels, 2, 2, new double[4], 0, 2, new int[1], 0, new double[2], 0));
    }
}
