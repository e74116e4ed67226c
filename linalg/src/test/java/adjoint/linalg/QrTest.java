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

class QrTest {
    private static final Kernels<double[]> F64 = Kernels.f64();

    static List<Provided<?>> providers() {
        return Provided.all();
    }

    static List<Provided<?>> scalarProviders() {
        return Provided.all().subList(0, 2);
    }

    @ParameterizedTest
    @MethodSource("providers")
    <A> void aKnownDecomposition(Provided<A> p) {
        Qr<A> qr = Qr.thin(p.kernels(), 2, 2, p.array(3, 4, 4, 3));
        assertArrayEquals(new double[] {5, 4.8, 0, 1.4}, Provided.doubles(qr.r()), 8 * p.epsilon());
        assertArrayEquals(new double[] {0.6, 0.8, 0.8, -0.6}, Provided.doubles(qr.q()), 4 * p.epsilon());
    }

    @Test
    void hugeAndTinyNumbersNeitherOverflowNorVanish() {
        for (double scale : new double[] {1e307, 1e300, 1e-150, 1e-300, 0x1p-1070}) {
            double[] a = {3 * scale, 4 * scale, 4 * scale, 3 * scale};
            double[] expected = {5 * scale, 4.8 * scale, 0, 1.4 * scale};
            assertArrayEquals(expected, Qr.thin(F64, 2, 2, a).r(), 1e-14 * scale + Double.MIN_VALUE);
        }
        float[] huge = {3e38f, 0, 1e38f, 1e38f};
        float[] tiny = {3e-38f, 0, 4e-38f, 1e-38f};
        assertEquals(Math.sqrt(10) * 1e38, Qr.thin(Kernels.f32(), 2, 2, huge).r()[0], 1e32);
        assertEquals(5e-38, Qr.thin(Kernels.f32(), 2, 2, tiny).r()[0], 1e-44);
    }

    /// Columns of 1, 1e-160 and 1e-300: each comes out to its own accuracy.
    @Test
    void columnsOfVeryDifferentSize() {
        double[] sizes = {1e150, 1e-160, 1e-300};
        double[] base = {1, 2, 3, 4, 5, 6, 7, 8, 10, 1, 1, 1};
        double[] a = base.clone();
        for (int i = 0; i < a.length; i++) {
            a[i] *= sizes[i % 3];
        }
        double[] plain = Qr.thin(F64, 4, 3, base).r();
        double[] scaled = Qr.thin(F64, 4, 3, a).r();
        for (int i = 0; i < 9; i++) {
            assertEquals(plain[i], scaled[i] / sizes[i % 3], 1e-13);
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    <A> void emptyMatrices(Provided<A> p) {
        Kernels<A> kernels = p.kernels();
        for (int[] shape : new int[][] {{0, 0}, {0, 3}, {3, 0}}) {
            Qr<A> thin = Qr.thin(kernels, shape[0], shape[1], p.array());
            assertEquals(0, Provided.doubles(thin.q()).length);
            assertEquals(0, Provided.doubles(thin.r()).length);
        }
        double[] identity = {1, 0, 0, 0, 1, 0, 0, 0, 1};
        assertArrayEquals(
                identity, Provided.doubles(Qr.full(kernels, 3, 0, p.array()).q()));
    }

    /// The cut of the products over threads changes no bit.
    @Test
    void theSameBitsWithAnyNumberOfThreads() {
        double[] a = Matrices.random(300, 200, 0, 3);
        Qr<double[]> one;
        try (Parallel.Scope _ = Parallel.with(1)) {
            one = Qr.thin(F64, 300, 200, a);
        }
        try (Parallel.Scope _ = Parallel.with(3)) {
            Qr<double[]> three = Qr.thin(F64, 300, 200, a);
            assertArrayEquals(one.q(), three.q());
            assertArrayEquals(one.r(), three.r());
        }
    }

    /// Two columns, or two rows, take work arrays of some times their own size, not of a whole block. They are the same
    /// for kernels of vectors, which are objects until their code is compiled.
    @ParameterizedTest
    @MethodSource("scalarProviders")
    <A> void workArraysAreAsNarrowAsTheMatrix(Provided<A> p) {
        Kernels<A> kernels = p.kernels();
        int m = 300_000;
        A a = p.array(new double[2 * m]);
        kernels.normal(1, 2, 0, a, 0, 2 * m, 0, 1);
        A q = p.array(new double[2 * m]);
        A tau = p.array(0, 0);
        long most = 8L * 2 * m * kernels.precision().bytes();
        assertTrue(Allocated.once(() -> Qr.factor(kernels, m, 2, a, 0, 2, tau, 0)) < most);
        assertTrue(Allocated.once(() -> Qr.form(kernels, m, 2, 2, a, 0, 2, tau, 0, q, 0, 2)) < most);
        assertTrue(Allocated.once(() -> Qr.apply(kernels, Transpose.YES, m, 2, 2, a, 0, 2, tau, 0, q, 0, 2)) < most);
        assertArrayEquals(
                new double[] {1, 0, 0, 1}, Arrays.copyOf(Provided.doubles(q), 4), 0.01 * m * p.epsilon(), "QᵀQ = I");
        int[] pivots = new int[m];
        kernels.normal(1, 2, 0, a, 0, 2 * m, 0, 1);
        long pivoted = Allocated.once(() -> PivotedQr.factor(kernels, 2, m, a, 0, m, pivots, 0, tau, 0));
        assertTrue(pivoted < most);
    }

    @Test
    void aNanSpreadsInPlace() {
        double[] a = Matrices.random(20, 10, 0, 4);
        a[5] = Double.NaN;
        double[] tau = new double[10];
        Qr.factor(F64, 20, 10, a, 0, 10, tau, 0);
        assertTrue(Double.isNaN(a[5 * 10 + 5]) && Double.isNaN(a[9 * 10 + 9]));
        assertTrue(Double.isFinite(a[4]));
    }

    @Test
    void wrongInputIsNamed() {
        assertEquals(
                "Qr.thin: element [1, 0] of the 2 × 2 matrix is NaN, all must be finite",
                illegal(() -> Qr.thin(F64, 2, 2, new double[] {1, 2, Double.NaN, 4})));
        assertEquals(
                "Qr.thin: a 2 × 3 matrix has 6 elements, the array has 5",
                illegal(() -> Qr.thin(F64, 2, 3, new double[5])));
        assertEquals(
                "Qr: q of 65536 × 65536 would have 4294967296 elements, more than an array can hold",
                illegal(() -> Qr.full(F64, 1 << 16, 1, new double[1 << 16])));
        assertEquals(
                "Qr.factor: leading dimension 2 of a (3 × 3) must be ≥ 3",
                illegal(() -> Qr.factor(F64, 3, 3, new double[9], 0, 2, new double[3], 0)));
        assertEquals(
                "Qr.form: the columns of q must be from k = 2 to m = 3, got 4",
                illegal(() -> Qr.form(F64, 3, 4, 2, new double[9], 0, 3, new double[2], 0, new double[12], 0, 4)));
        assertEquals(
                "Qr.apply: 2 rows have at most 2 reflectors, got k = 3",
                illegal(() -> Qr.apply(
                        F64, Transpose.NO, 2, 1, 3, new double[6], 0, 3, new double[3], 0, new double[2], 0, 1)));
        assertThrows(
                IndexOutOfBoundsException.class, () -> Qr.factor(F64, 3, 3, new double[9], 0, 3, new double[2], 0));
    }

    private static String illegal(org.junit.jupiter.api.function.Executable call) {
        return assertThrows(IllegalArgumentException.class, call).getMessage();
    }
}
