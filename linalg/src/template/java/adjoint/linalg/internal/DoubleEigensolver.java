package adjoint.linalg.internal;

import adjoint.linalg.Diagonal;
import adjoint.linalg.Kernels;
import adjoint.linalg.Side;
import adjoint.linalg.Transpose;
import adjoint.linalg.Triangle;

/// The symmetric eigenproblem of one precision: scaling, reduction to tridiagonal form, its eigenvalues and
/// eigenvectors, and the way back.
@SuppressWarnings("cast")
final class DoubleEigensolver implements Eigensolver<double[]> {
    static final DoubleEigensolver CODE = new DoubleEigensolver();

    /// A largest magnitude between `2^-NEAR` and `2^NEAR` counts as near 1.
    private static final int NEAR = Double.MAX_EXPONENT / 16;

    /// Columns that are mirrored together, so that their rows stay in the cache.
    private static final int TILE = 16;

    private DoubleEigensolver() {}

    @Override
    public void decompose(Kernels<double[]> kernels, int n, double[] a, int off, int lda, double[] values, int vOff) {
        if (n == 0) {
            return;
        }
        /*64*/ double[] d = /*64*/ DoubleScratch.take(n);
        /*64*/ double[] e = /*64*/ DoubleScratch.take(n);
        double[] tau = DoubleScratch.take(n);
        double[] x = DoubleScratch.take(n * n);
        int exponent = scale(n, a, off, lda);
        DoubleTridiagonal.reduce(kernels, n, a, off, lda, d, e, tau);
        DoubleDivideAndConquer.solve(kernels, n, d, e, x, 0, n);
        DoubleTridiagonal.apply(kernels, n, a, off, lda, tau, x, 0, n);
        kernels.transpose(n, n, x, 0, n, a, off, lda);
        store(n, d, exponent, values, vOff);
        DoubleScratch.give(x);
        DoubleScratch.give(tau);
        /*64*/ DoubleScratch.give(e);
        /*64*/ DoubleScratch.give(d);
    }

    @Override
    public void values(Kernels<double[]> kernels, int n, double[] a, int off, int lda, double[] values, int vOff) {
        if (n == 0) {
            return;
        }
        /*64*/ double[] d = /*64*/ DoubleScratch.take(n);
        /*64*/ double[] e = /*64*/ DoubleScratch.take(n);
        double[] tau = DoubleScratch.take(n);
        int exponent = scale(n, a, off, lda);
        DoubleTridiagonal.reduce(kernels, n, a, off, lda, d, e, tau);
        DoubleTridiagonalQl.solve(kernels, 0, n, d, e, null, 0, 0);
        store(n, d, exponent, values, vOff);
        DoubleScratch.give(tau);
        /*64*/ DoubleScratch.give(e);
        /*64*/ DoubleScratch.give(d);
    }

    /// With `B = L·Lᵀ`, the problem is that of `C = L⁻¹·A·L⁻ᵀ`, whose eigenvectors are `Lᵀ·X`.
    @Override
    public void decomposeGeneral(
            Kernels<double[]> kernels,
            int n,
            double[] a,
            int aOff,
            int lda,
            double[] factor,
            int fOff,
            int ldf,
            double[] values,
            int vOff) {
        mirror(n, a, aOff, lda);
        Triangle lower = Triangle.LOWER;
        Transpose no = Transpose.NO;
        Transpose yes = Transpose.YES;
        Diagonal any = Diagonal.NON_UNIT;
        kernels.trsm(Side.LEFT, lower, no, any, n, n, 1, factor, fOff, ldf, a, aOff, lda);
        kernels.trsm(Side.RIGHT, lower, yes, any, n, n, 1, factor, fOff, ldf, a, aOff, lda);
        decompose(kernels, n, a, aOff, lda, values, vOff);
        kernels.trsm(Side.LEFT, lower, yes, any, n, n, 1, factor, fOff, ldf, a, aOff, lda);
    }

    /// Copies the lower triangle to the upper one.
    static void mirror(int n, double[] a, int off, int lda) {
        for (int from = 0; from < n; from += TILE) {
            for (int i = from; i < n; i++) {
                int end = Math.min(i, from + TILE);
                for (int j = from; j < end; j++) {
                    a[off + j * lda + i] = a[off + i * lda + j];
                }
            }
        }
    }

    /// Brings the largest magnitude of the lower triangle near 1 if it is far from it: the matrix is divided by 2 to
    /// the power that is returned.
    private static int scale(int n, double[] a, int off, int lda) {
        double largest = 0;
        for (int i = 0; i < n; i++) {
            for (int j = off + i * lda; j <= off + i * lda + i; j++) {
                largest = Math.max(largest, Math.abs(a[j]));
            }
        }
        int exponent = Math.getExponent(largest);
        if (largest == 0 || Math.abs(exponent) <= NEAR) {
            return 0;
        }
        for (int i = 0; i < n; i++) {
            for (int j = off + i * lda; j <= off + i * lda + i; j++) {
                a[j] = Math.scalb(a[j], -exponent);
            }
        }
        return exponent;
    }

    private static void store(int n, /*64*/ double[] d, int exponent, double[] values, int vOff) {
        for (int i = 0; i < n; i++) {
            values[vOff + i] = (double) Math.scalb(d[i], exponent);
        }
    }
}
