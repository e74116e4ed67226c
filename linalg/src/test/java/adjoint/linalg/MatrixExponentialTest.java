package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class MatrixExponentialTest {
    private static final MathContext DIGITS = new MathContext(80);

    /// Every order of the approximant, with and without scaling, beside the series in 80 digits.
    @Test
    void agreesWithTheSeries() {
        int n = 4;
        for (double size : new double[] {1e-4, 0.01, 0.1, 0.5, 1.5, 3, 8, 20}) {
            for (int seed = 0; seed < 4; seed++) {
                double[] values = Matrices.random(n, n, 0, seed);
                double scale = size / Matrices.norm(values);
                for (Provided<?> p : Provided.all()) {
                    checkSeries(p, n, Arrays.stream(values).map(x -> x * scale).toArray());
                }
            }
        }
    }

    private static <A> void checkSeries(Provided<A> p, int n, double[] values) {
        A a = p.array(values);
        double[] exact = series(n, Provided.doubles(a));
        double[] ours = Provided.doubles(MatrixExponential.of(p.kernels(), n, a));
        double tolerance = 4 * n * p.epsilon() * (1 + Matrices.norm(values)) * Matrices.norm(exact);
        assertArrayEquals(exact, ours, tolerance, p + ", norm " + Matrices.norm(values));
    }

    /// Σ Aᵏ/k! of 2⁻¹⁰·A, squared ten times.
    private static double[] series(int n, double[] a) {
        BigDecimal[] x = new BigDecimal[n * n];
        BigDecimal[] term = new BigDecimal[n * n];
        BigDecimal[] sum = new BigDecimal[n * n];
        for (int i = 0; i < n * n; i++) {
            x[i] = new BigDecimal(a[i]).divide(new BigDecimal(1024), DIGITS);
            term[i] = i / n == i % n ? BigDecimal.ONE : BigDecimal.ZERO;
            sum[i] = term[i];
        }
        for (int k = 1; k <= 40; k++) {
            BigDecimal divisor = new BigDecimal(k);
            term = product(n, term, x);
            for (int i = 0; i < n * n; i++) {
                term[i] = term[i].divide(divisor, DIGITS);
                sum[i] = sum[i].add(term[i], DIGITS);
            }
        }
        for (int k = 0; k < 10; k++) {
            sum = product(n, sum, sum);
        }
        return Arrays.stream(sum).mapToDouble(BigDecimal::doubleValue).toArray();
    }

    private static BigDecimal[] product(int n, BigDecimal[] a, BigDecimal[] b) {
        BigDecimal[] c = new BigDecimal[n * n];
        for (int i = 0; i < n * n; i++) {
            c[i] = BigDecimal.ZERO;
            for (int p = 0; p < n; p++) {
                c[i] = c[i].add(a[i / n * n + p].multiply(b[p * n + i % n], DIGITS), DIGITS);
            }
        }
        return c;
    }

    @Test
    void aRotation() {
        for (double angle : new double[] {1e-9, 0.3, 2, 10, 1000}) {
            double c = Math.cos(angle);
            double s = Math.sin(angle);
            double[] e = MatrixExponential.of(Kernels.f64(), 2, new double[] {0, -angle, angle, 0});
            assertArrayEquals(new double[] {c, -s, s, c}, e, 4e-16 * (4 + angle));
        }
    }

    /// The powers of a nilpotent matrix end; the shift has the inverse factorials on its diagonals.
    @Test
    void nilpotentMatrices() {
        int n = 12;
        double[] shift = new double[n * n];
        for (int i = 0; i < n - 1; i++) {
            shift[i * n + i + 1] = 1;
        }
        double[] e = MatrixExponential.of(Kernels.f64(), n, shift);
        double factorial = 1;
        for (int j = 0; j < n; j++) {
            factorial *= Math.max(1, j);
            assertEquals(1 / factorial, e[j], 1e-15);
        }
        double[] huge = {0, 1e200, 0, 0};
        assertArrayEquals(new double[] {1, 1e200, 0, 1}, MatrixExponential.of(Kernels.f64(), 2, huge), 1e186);
        float[] single = {0, 1e30f, 0, 0};
        assertArrayEquals(new float[] {1, 1e30f, 0, 1}, MatrixExponential.of(Kernels.f32(), 2, single), 1e24f);
    }

    /// An example of Al-Mohy and Higham's: a large norm whose powers are small. Plain scaling and squaring loses half
    /// of the digits.
    @Test
    void overscalingIsAvoided() {
        double b = 1e6;
        double[] e = MatrixExponential.of(Kernels.f64(), 2, new double[] {1, b, 0, -1});
        assertEquals(Math.E, e[0], 1e-14);
        assertEquals(b * Math.sinh(1), e[1], 1e-14 * b);
        assertEquals(0, e[2]);
        assertEquals(1 / Math.E, e[3], 1e-14);
    }

    @Test
    void theExponentialOfTheNegativeIsTheInverse() {
        for (int n : new int[] {2, 17, 60}) {
            double[] a = Matrices.random(n, n, 0, n);
            double[] minus = Arrays.stream(a).map(x -> -x).toArray();
            double[] plus = MatrixExponential.of(Kernels.f64(), n, a);
            double[] inverse = MatrixExponential.of(Kernels.f64(), n, minus);
            double[] unit = Matrices.product(n, n, n, plus, inverse);
            double tolerance = 1e-15 * n * Matrices.norm(plus) * Matrices.norm(inverse);
            for (int i = 0; i < n * n; i++) {
                assertEquals(i / n == i % n ? 1 : 0, unit[i], tolerance);
            }
        }
    }

    @Test
    void symmetricMatricesByTheirEigenvalues() {
        int n = 40;
        double[] a = SymmetricMatrices.withEigenvalues(n, i -> 3 - i, 3);
        SymmetricEigen<double[]> eigen = SymmetricEigen.of(Kernels.f64(), n, a);
        double[] scaled = SymmetricMatrices.scaledColumns(n, eigen.vectors(), j -> Math.exp(eigen.values()[j]));
        double[] expected = Matrices.product(n, n, n, scaled, Matrices.transposed(n, n, eigen.vectors()));
        double[] e = MatrixExponential.of(Kernels.f64(), n, a);
        assertArrayEquals(expected, e, 1e-13 * Matrices.norm(a) * Matrices.norm(expected));
    }

    @Test
    void edges() {
        assertEquals(0, MatrixExponential.of(Kernels.f64(), 0, new double[0]).length);
        assertEquals(Math.exp(-2), MatrixExponential.of(Kernels.f64(), 1, new double[] {-2})[0]);
        assertArrayEquals(new double[] {1, 0, 0, 1}, MatrixExponential.of(Kernels.f64(), 2, new double[4]));
        double[] far = MatrixExponential.of(Kernels.f64(), 2, new double[] {-800, 0, 0, 0.5});
        assertArrayEquals(new double[] {0, 0, 0, Math.exp(0.5)}, far, 1e-13);
        assertTrue(MatrixExponential.of(Kernels.f64(), 2, new double[] {800, 0, 0, 1})[0] > Double.MAX_VALUE);
    }

    @Test
    void inPlaceLeavesTheRestAlone() {
        int n = 5;
        int ld = 8;
        double[] a = Matrices.random(n, n, 0, 9);
        double[] framed = new double[3 + n * ld];
        Arrays.fill(framed, Double.NaN);
        double[] expected = framed.clone();
        double[] e = MatrixExponential.of(Kernels.f64(), n, a);
        for (int i = 0; i < n; i++) {
            System.arraycopy(a, i * n, framed, 3 + i * ld, n);
            System.arraycopy(e, i * n, expected, 3 + i * ld, n);
        }
        MatrixExponential.inPlace(Kernels.f64(), n, framed, 3, ld);
        assertArrayEquals(expected, framed);
    }

    @Test
    void wrongInputIsNamed() {
        assertEquals(
                "MatrixExponential.of: element [0, 1] of the 2 × 2 matrix is NaN, all must be finite",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> MatrixExponential.of(Kernels.f64(), 2, new double[] {1, Double.NaN, 2, 3}))
                        .getMessage());
        assertEquals(
                "MatrixExponential.inPlace: element [1, 0] of the 2 × 2 matrix is Infinity, all must be finite",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> MatrixExponential.inPlace(
                                        Kernels.f64(), 2, new double[] {1, 1, Double.POSITIVE_INFINITY, 3}, 0, 2))
                        .getMessage());
    }
}
