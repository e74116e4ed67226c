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
import org.apache.commons.math3.linear.EigenDecomposition;

class MatrixSquareRootLaws {
    private static final Kernels<double[]> F64 = Kernels.f64();

    /// Semidefinite matrices of any rank: the root is symmetric, its square is the matrix, its eigenvalues are not
    /// negative.
    @Property(tries = 50)
    void symmetric(@ForAll @IntRange(max = 50) int n, @ForAll @IntRange(max = 50) int rank, @ForAll long seed) {
        double[] left = Matrices.random(n, rank, 0, seed);
        double[] values = Matrices.product(n, rank, n, left, Matrices.transposed(n, rank, left));
        Provided.all().forEach(p -> checkSymmetric(p, n, values));
    }

    private static <A> void checkSymmetric(Provided<A> p, int n, double[] values) {
        A a = p.array(values);
        double[] plain = Provided.doubles(a);
        double[] x = Provided.doubles(MatrixSquareRoot.symmetric(p.kernels(), n, a));
        assertArrayEquals(plain, Provided.doubles(a));
        assertArrayEquals(Matrices.transposed(n, n, x), x);
        double tolerance = 8 * n * p.epsilon() * Matrices.norm(plain);
        assertArrayEquals(plain, Matrices.product(n, n, n, x, x), tolerance);
        for (double lambda : SymmetricEigen.values(F64, n, x)) {
            assertTrue(lambda >= -8 * n * p.epsilon() * Matrices.norm(x));
        }
    }

    @Property(tries = 50)
    void inverseSymmetric(
            @ForAll @IntRange(min = 1, max = 50) int n,
            @ForAll @IntRange(max = 3) int logCondition,
            @ForAll long seed) {
        double condition = Math.pow(10, logCondition);
        double[] values = SymmetricMatrices.withEigenvalues(n, i -> Math.pow(condition, -(double) i / n), seed);
        Provided.all().forEach(p -> checkInverse(p, n, values, condition));
    }

    private static <A> void checkInverse(Provided<A> p, int n, double[] values, double condition) {
        A a = p.array(values);
        double[] x = Provided.doubles(MatrixSquareRoot.inverseSymmetric(p.kernels(), n, a));
        double[] unit = Matrices.product(n, n, n, Matrices.product(n, n, n, x, Provided.doubles(a)), x);
        double tolerance = 8 * n * p.epsilon() * condition;
        for (int i = 0; i < n * n; i++) {
            assertEquals(i / n == i % n ? 1 : 0, unit[i], tolerance);
        }
    }

    @Property(tries = 30)
    void agreesWithCommonsMath(
            @ForAll @IntRange(min = 1, max = 30) int n,
            @ForAll @IntRange(max = 3) int logCondition,
            @ForAll long seed) {
        double condition = Math.pow(10, logCondition);
        double[] a = SymmetricMatrices.withEigenvalues(n, i -> Math.pow(condition, -(double) i / n), seed);
        double[][] theirs = new EigenDecomposition(new Array2DRowRealMatrix(Matrices.rows(n, n, a), false))
                .getSquareRoot()
                .getData();
        double[] ours = MatrixSquareRoot.symmetric(F64, n, a);
        double[] general = MatrixSquareRoot.of(F64, n, a);
        double tolerance = 1e-15 * (n + 8) * condition;
        for (int i = 0; i < n; i++) {
            assertArrayEquals(theirs[i], Arrays.copyOfRange(ours, i * n, (i + 1) * n), tolerance);
            assertArrayEquals(theirs[i], Arrays.copyOfRange(general, i * n, (i + 1) * n), tolerance);
        }
    }

    /// Matrices `S·T·S⁻¹` with T triangular and a positive diagonal, S orthogonal: not symmetric, not normal.
    @Property(tries = 50)
    void general(@ForAll @IntRange(max = 40) int n, @ForAll long seed) {
        double[] t = Matrices.random(n, n, 0, seed);
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                t[i * n + j] *= j < i ? 0 : j > i ? 0.3 : 1;
            }
            t[i * (n + 1)] = 0.5 + Math.abs(t[i * (n + 1)]);
        }
        double[] s = Qr.thin(F64, n, n, Matrices.random(n, n, 0, seed + 1)).q();
        double[] a = Matrices.product(n, n, n, Matrices.product(n, n, n, s, t), Matrices.transposed(n, n, s));
        Provided.all().forEach(p -> checkGeneral(p, n, a));
    }

    private static <A> void checkGeneral(Provided<A> p, int n, double[] values) {
        A a = p.array(values);
        double[] plain = Provided.doubles(a);
        double[] x = Provided.doubles(MatrixSquareRoot.of(p.kernels(), n, a));
        double[] y = Provided.doubles(MatrixSquareRoot.inverse(p.kernels(), n, a));
        assertArrayEquals(plain, Provided.doubles(a));
        double unit = 8 * n * p.epsilon() * Math.max(1, Matrices.norm(x) * Matrices.norm(y));
        double size = Matrices.norm(x) * Matrices.norm(x);
        assertArrayEquals(plain, Matrices.product(n, n, n, x, x), unit * size);
        double[] product = Matrices.product(n, n, n, x, y);
        for (int i = 0; i < n * n; i++) {
            assertEquals(i / n == i % n ? 1 : 0, product[i], unit * Matrices.norm(x) * Matrices.norm(y));
        }
    }

    @Example
    void knownRoots() {
        assertArrayEquals(
                new double[] {2, 1, 1, 2},
                MatrixSquareRoot.symmetric(F64, 2, new double[] {5, Double.NaN, 4, 5}),
                1e-14);
        // A quarter turn: half of it.
        double half = Math.sqrt(0.5);
        assertArrayEquals(
                new double[] {half, -half, half, half}, MatrixSquareRoot.of(F64, 2, new double[] {0, -1, 1, 0}), 1e-14);
        // A Jordan block.
        assertArrayEquals(new double[] {2, 0.25, 0, 2}, MatrixSquareRoot.of(F64, 2, new double[] {4, 1, 0, 4}), 1e-14);
        assertEquals(0, MatrixSquareRoot.of(F64, 0, new double[0]).length);
        assertEquals(0, MatrixSquareRoot.symmetric(F64, 0, new double[0]).length);
        assertArrayEquals(new double[] {1e150}, MatrixSquareRoot.of(F64, 1, new double[] {1e300}), 1e136);
        assertArrayEquals(new double[] {1e-150}, MatrixSquareRoot.inverse(F64, 1, new double[] {1e300}), 1e-164);
        assertArrayEquals(new double[4], MatrixSquareRoot.symmetric(F64, 2, new double[4]));
    }

    @Example
    void inPlace() {
        double[] a = {Double.NaN, 5, 4, Double.NaN, 4, 5};
        MatrixSquareRoot.symmetricInPlace(F64, false, 2, a, 1, 3);
        assertArrayEquals(new double[] {Double.NaN, 2, 1, Double.NaN, 1, 2}, a, 1e-14);
        MatrixSquareRoot.inPlace(F64, true, 2, a, 1, 3);
        double[] root = MatrixSquareRoot.inverse(F64, 2, new double[] {2, 1, 1, 2});
        assertArrayEquals(new double[] {Double.NaN, root[0], root[1], Double.NaN, root[2], root[3]}, a, 1e-14);
    }

    @Example
    void whatHasNoRootIsNamed() {
        double[] indefinite = {1, 2, 2, 1};
        double[] before = indefinite.clone();
        String message = assertThrows(
                        ArithmeticException.class,
                        () -> MatrixSquareRoot.symmetricInPlace(F64, false, 2, indefinite, 0, 2))
                .getMessage();
        assertTrue(message.startsWith("MatrixSquareRoot.symmetricInPlace: the smallest eigenvalue is -"), message);
        assertArrayEquals(before, indefinite);
        String singular = assertThrows(
                        ArithmeticException.class,
                        () -> MatrixSquareRoot.inverseSymmetric(F64, 2, new double[] {1, 1, 1, 1}))
                .getMessage();
        assertTrue(singular.endsWith("the matrix of order 2 is not positive definite"), singular);
        assertThrows(ArithmeticException.class, () -> MatrixSquareRoot.of(F64, 2, new double[] {0, 1, 0, 0}));
        assertThrows(ArithmeticException.class, () -> MatrixSquareRoot.of(F64, 2, new double[] {-1, 0, 0, -2}));
        assertEquals(
                "MatrixSquareRoot.of: element [0, 0] of the 1 × 1 matrix is NaN, all must be finite",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> MatrixSquareRoot.of(F64, 1, new double[] {Double.NaN}))
                        .getMessage());
        assertTrue(Arrays.stream(MatrixSquareRoot.of(F64, 2, new double[] {1, 1e8, 0, 1e-8}))
                .allMatch(Double::isFinite));
    }
}
