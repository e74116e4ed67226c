package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.EigenDecomposition;

class SymmetricEigenLaws {
    @Property(tries = 80)
    void vectorsValuesAndOrder(
            @ForAll @IntRange(max = 40) int n,
            @ForAll @IntRange(max = SymmetricMatrices.KINDS - 1) int kind,
            @ForAll long seed) {
        Provided.all().forEach(p -> check(p, n, kind, seed));
    }

    /// Several levels of divide and conquer, and several panels.
    @Property(tries = 30)
    void largerOnes(
            @ForAll @IntRange(min = 33, max = 150) int n,
            @ForAll @IntRange(max = SymmetricMatrices.KINDS - 1) int kind,
            @ForAll long seed) {
        Provided.all().forEach(p -> check(p, n, kind, seed));
    }

    private static <A> void check(Provided<A> p, int n, int kind, long seed) {
        A a = p.array(SymmetricMatrices.of(n, kind, seed));
        double[] before = Provided.doubles(a);
        SymmetricEigen<A> eigen = SymmetricEigen.of(p.kernels(), n, a);
        assertArrayEquals(before, Provided.doubles(a));
        double[] values = Provided.doubles(eigen.values());
        String what = p + ", kind " + kind + ", n = " + n;
        SymmetricMatrices.assertDecomposes(what, n, before, values, Provided.doubles(eigen.vectors()), p.epsilon());
        double[] alone = Provided.doubles(SymmetricEigen.values(p.kernels(), n, a));
        assertArrayEquals(values, alone, 8 * n * p.epsilon() * Matrices.norm(before), what);
    }

    /// In place, with an offset and a leading dimension; nothing above the diagonal is read, and nothing outside of the
    /// matrix is written.
    @Property(tries = 40)
    void inPlace(
            @ForAll @IntRange(max = 50) int n,
            @ForAll @IntRange(max = 5) int off,
            @ForAll @IntRange(max = 3) int more,
            @ForAll long seed) {
        Provided.all().forEach(p -> checkInPlace(p, n, off, n + more, seed));
    }

    private static <A> void checkInPlace(Provided<A> p, int n, int off, int ld, long seed) {
        double[] a = SymmetricMatrices.of(n, 0, seed);
        double[] framed = new double[off + n * ld + 3];
        Arrays.fill(framed, Double.NaN);
        for (int i = 0; i < n; i++) {
            System.arraycopy(a, i * n, framed, off + i * ld, i + 1);
        }
        SymmetricEigen<A> expected = SymmetricEigen.of(p.kernels(), n, p.array(a));
        A matrix = p.array(framed);
        A values = p.array(new double[n + 2]);
        SymmetricEigen.decompose(p.kernels(), n, matrix, off, ld, values, 1);
        double[] written = Provided.doubles(matrix);
        double[] vectors = Provided.doubles(expected.vectors());
        for (int i = 0; i < n; i++) {
            System.arraycopy(vectors, i * n, framed, off + i * ld, n);
        }
        assertArrayEquals(framed, written);
        assertArrayEquals(Provided.doubles(expected.values()), Arrays.copyOfRange(Provided.doubles(values), 1, n + 1));
    }

    @Property(tries = 40)
    void agreesWithCommonsMath(
            @ForAll @IntRange(min = 1, max = 60) int n,
            @ForAll @IntRange(max = SymmetricMatrices.KINDS - 1) int kind,
            @ForAll long seed) {
        double[] a = SymmetricMatrices.of(n, kind, seed);
        double[] theirs =
                new EigenDecomposition(new Array2DRowRealMatrix(Matrices.rows(n, n, a), false)).getRealEigenvalues();
        Arrays.sort(theirs);
        double tolerance = 4 * n * Math.ulp(1.0) * Matrices.norm(a);
        assertArrayEquals(theirs, SymmetricEigen.values(Kernels.f64(), n, a), tolerance);
    }
}
