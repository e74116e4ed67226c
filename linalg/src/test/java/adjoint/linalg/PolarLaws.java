package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class PolarLaws {
    private static final Kernels<double[]> F64 = Kernels.f64();

    /// Tall, wide and square, with conditions up to the precision's own.
    @Property(tries = 80)
    void factors(
            @ForAll @IntRange(min = 1, max = 40) int m,
            @ForAll @IntRange(min = 1, max = 40) int n,
            @ForAll @IntRange(max = 14) int logCondition,
            @ForAll long seed) {
        int k = Math.min(m, n);
        double[] left = Qr.thin(F64, m, k, Matrices.random(m, k, 0, seed)).q();
        double[] right = Qr.thin(F64, n, k, Matrices.random(n, k, 0, seed + 1)).q();
        double[] scaled = left.clone();
        for (int i = 0; i < m * k; i++) {
            scaled[i] *= Math.pow(10, -logCondition * (i % k) / (double) Math.max(1, k - 1));
        }
        double[] a = Matrices.product(m, k, n, scaled, Matrices.transposed(n, k, right));
        double[] exact = Matrices.product(m, k, n, left, Matrices.transposed(n, k, right));
        for (Provided<?> p : Provided.all()) {
            if (logCondition <= (p.epsilon() > 1e-10 ? 5 : 14)) {
                check(p, m, n, a, exact, Math.pow(10, logCondition));
            }
        }
    }

    private static <A> void check(Provided<A> p, int m, int n, double[] values, double[] exact, double condition) {
        A a = p.array(values);
        double[] plain = Provided.doubles(a);
        Polar<A> polar = Polar.of(p.kernels(), m, n, a);
        assertArrayEquals(plain, Provided.doubles(a));
        int k = Math.min(m, n);
        double[] q = Provided.doubles(polar.q());
        double[] h = Provided.doubles(polar.h());
        double unit = 8 * (2 + k) * p.epsilon();
        Matrices.assertOrthonormalColumns(Math.max(m, n), k, m >= n ? q : Matrices.transposed(m, n, q), unit);
        double[] product = m >= n ? Matrices.product(m, n, n, q, h) : Matrices.product(m, m, n, h, q);
        String what = p + " " + m + " x " + n + ", condition " + condition;
        assertArrayEquals(plain, product, 4 * unit * Matrices.norm(plain), what);
        assertArrayEquals(Matrices.transposed(k, k, h), h);
        for (double lambda : SymmetricEigen.values(F64, k, h)) {
            assertTrue(lambda >= -4 * unit * Matrices.norm(plain), what + ": an eigenvalue of H is " + lambda);
        }
        // Q is as sensitive as A is close to a matrix without full rank.
        assertArrayEquals(exact, q, 4 * unit * condition * Math.sqrt(k), what);
        assertArrayEquals(q, Provided.doubles(Polar.orthogonal(p.kernels(), m, n, a)));
    }

    /// A square matrix of random numbers, whose singular values spread over its order; beside its singular vectors.
    @Example
    void agreesWithTheSvd() {
        int n = 120;
        double[] a = Matrices.random(n, n, 0, 5);
        Svd<double[]> svd = Svd.thin(F64, n, n, a);
        double[] exact = Matrices.product(n, n, n, svd.u(), svd.vt());
        double condition = svd.s()[0] / svd.s()[n - 1];
        assertArrayEquals(exact, Polar.orthogonal(F64, n, n, a), 1e-14 * n * condition);
    }

    @Example
    void knownFactors() {
        Polar<double[]> polar = Polar.of(F64, 2, 2, new double[] {0, -3, 2, 0});
        assertArrayEquals(new double[] {0, -1, 1, 0}, polar.q(), 1e-15);
        assertArrayEquals(new double[] {2, 0, 0, 3}, polar.h(), 1e-14);
        Polar<double[]> column = Polar.of(F64, 2, 1, new double[] {3e200, 4e200});
        assertArrayEquals(new double[] {0.6, 0.8}, column.q(), 1e-15);
        assertArrayEquals(new double[] {5e200}, column.h(), 1e186);
        Polar<double[]> row = Polar.of(F64, 1, 2, new double[] {3e-300, 4e-300});
        assertArrayEquals(new double[] {0.6, 0.8}, row.q(), 1e-15);
        assertEquals(0, Polar.orthogonal(F64, 0, 3, new double[0]).length);
        assertEquals(0, Polar.of(F64, 3, 0, new double[0]).h().length);
    }

    /// Rounding errors complete the factor of a matrix without full rank.
    @Example
    void rankDeficient() {
        int n = 20;
        double[] a = Matrices.random(n, n, 1, 8);
        Polar<double[]> polar = Polar.of(F64, n, n, a);
        Matrices.assertOrthonormalColumns(n, n, polar.q());
        assertArrayEquals(a, Matrices.product(n, n, n, polar.q(), polar.h()), 1e-13 * Matrices.norm(a));
    }

    @Example
    void wrongInputIsNamed() {
        assertEquals(
                "Polar.of: the 2 × 2 matrix is zero, it has no unique polar factor",
                assertThrows(ArithmeticException.class, () -> Polar.of(F64, 2, 2, new double[4]))
                        .getMessage());
        double[] half = {1, 0, 0, 0};
        String message = assertThrows(ArithmeticException.class, () -> Polar.orthogonalInPlace(F64, 2, 2, half, 0, 2))
                .getMessage();
        assertTrue(message.contains("the 2 × 2 matrix is rank deficient"), message);
        assertArrayEquals(new double[] {1, 0, 0, 0}, half);
        assertEquals(
                "Polar.orthogonal: element [0, 0] of the 1 × 1 matrix is NaN, all must be finite",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> Polar.orthogonal(F64, 1, 1, new double[] {Double.NaN}))
                        .getMessage());
    }
}
