package adjoint.linalg.internal;

import adjoint.linalg.Kernels;
import adjoint.linalg.Transpose;

/// The singular value decomposition of one precision: what is around that of a square matrix. A wide matrix is
/// transposed; a tall one is reduced to the triangular factor of its QR decomposition.
@SuppressWarnings("cast")
public final class DoubleSvd implements SingularValues<double[]> {
    static final DoubleSvd CODE = new DoubleSvd();

    private DoubleSvd() {}

    @Override
    public void decompose(
            Kernels<double[]> kernels,
            boolean jacobi,
            int m,
            int n,
            double[] a,
            int off,
            int lda,
            double[] u,
            int uOff,
            int ldu,
            double[] s,
            int sOff,
            double[] vt,
            int vtOff,
            int ldvt) {
        int tall = Math.max(m, n);
        int k = Math.min(m, n);
        if (k == 0) {
            return;
        }
        boolean vectors = u != null;
        double[] work = DoubleScratch.take(tall * k);
        double[] tau = DoubleScratch.take(k);
        double[] square = DoubleScratch.take(k * k);
        double[] left = vectors ? DoubleScratch.take(k * k) : null;
        double[] right = vectors ? DoubleScratch.take(k * k) : null;
        int exponent = load(kernels, m, n, a, off, lda, work);
        if (tall > k) {
            DoubleHouseholder.CODE.factor(kernels, tall, k, work, 0, k, tau, 0);
            triangle(kernels, k, work, square);
        } else {
            System.arraycopy(work, 0, square, 0, k * k);
        }
        if (jacobi) {
            jacobi(kernels, k, square, left, s, sOff, right);
        } else {
            divideAndConquer(kernels, k, square, left, s, sOff, right);
        }
        DoubleReflectors.scaleByPower(kernels, k, exponent, s, sOff);
        if (vectors) {
            if (m >= n) {
                store(kernels, tall, k, left, work, tau, u, uOff, ldu);
                for (int i = 0; i < k; i++) {
                    System.arraycopy(right, i * k, vt, vtOff + i * ldvt, k);
                }
            } else {
                kernels.transpose(k, k, right, 0, k, u, uOff, ldu);
                double[] v = DoubleScratch.take(tall * k);
                store(kernels, tall, k, left, work, tau, v, 0, k);
                kernels.transpose(tall, k, v, 0, k, vt, vtOff, ldvt);
                DoubleScratch.give(v);
            }
            fixSigns(kernels, m, n, k, u, uOff, ldu, vt, vtOff, ldvt);
            DoubleScratch.give(right);
            DoubleScratch.give(left);
        }
        DoubleScratch.give(square);
        DoubleScratch.give(tau);
        DoubleScratch.give(work);
    }

    /// A, or its transpose if it is wide, divided by the power of two whose exponent is returned, which brings the
    /// largest magnitude into [1, 2): squares neither overflow nor vanish.
    private static int load(Kernels<double[]> kernels, int m, int n, double[] a, int off, int lda, double[] work) {
        if (m < n) {
            kernels.transpose(m, n, a, off, lda, work, 0, m);
        } else {
            for (int i = 0; i < m; i++) {
                System.arraycopy(a, off + i * lda, work, i * n, n);
            }
        }
        int exponent = DoubleReflectors.exponent(m * n, work, 0);
        DoubleReflectors.scaleByPower(kernels, m * n, -exponent, work, 0);
        return exponent;
    }

    /// The upper triangle of the first n rows.
    private static void triangle(Kernels<double[]> kernels, int n, double[] a, double[] r) {
        for (int i = 0; i < n; i++) {
            kernels.fill(r, i * n, i, 0);
            System.arraycopy(a, i * n + i, r, i * n + i, n - i);
        }
    }

    /// The decomposition of the square matrix; vectors as rows.
    private static void jacobi(
            Kernels<double[]> kernels, int n, double[] square, double[] left, double[] s, int sOff, double[] right) {
        double[] columns = left == null ? DoubleScratch.take(n * n) : left;
        kernels.transpose(n, n, square, 0, n, columns, 0, n);
        DoubleJacobi.square(kernels, n, columns, s, sOff, right);
        if (left == null) {
            DoubleScratch.give(columns);
        }
    }

    /// The same by way of a bidiagonal matrix. `square` is destroyed.
    private static void divideAndConquer(
            Kernels<double[]> kernels, int n, double[] square, double[] left, double[] s, int sOff, double[] right) {
        boolean vectors = left != null;
        double[] v = vectors ? DoubleScratch.take(n * n) : null;
        double[] u = vectors ? DoubleScratch.take(n * n) : null;
        double[] tau = DoubleScratch.take(2 * n);
        /*64*/ double[] d = /*64*/ DoubleScratch.take(n);
        /*64*/ double[] e = /*64*/ DoubleScratch.take(n);
        DoubleBidiagonal.reduce(kernels, n, square, d, e, v, u, tau);
        if (vectors) {
            DoubleBidiagonalSvd.solve(kernels, n, d, e, left, right);
            DoubleBidiagonal.applyTransposed(kernels, n, 0, v, tau, 0, left);
            DoubleBidiagonal.applyTransposed(kernels, n, 1, u, tau, n, right);
            DoubleScratch.give(u);
            DoubleScratch.give(v);
        } else {
            double[] ends = DoubleScratch.take(2 * n);
            DoubleBidiagonalSvd.solve(kernels, n, d, e, null, ends);
            DoubleScratch.give(ends);
        }
        for (int i = 0; i < n; i++) {
            s[sOff + i] = (double) d[i];
        }
        /*64*/ DoubleScratch.give(e);
        /*64*/ DoubleScratch.give(d);
        DoubleScratch.give(tau);
    }

    /// The left vectors of a tall matrix as columns: those of its triangular factor, with Q applied.
    private static void store(
            Kernels<double[]> kernels,
            int m,
            int n,
            double[] rows,
            double[] factors,
            double[] tau,
            double[] u,
            int uOff,
            int ldu) {
        kernels.transpose(n, n, rows, 0, n, u, uOff, ldu);
        if (m > n) {
            for (int i = n; i < m; i++) {
                kernels.fill(u, uOff + i * ldu, n, 0);
            }
            DoubleHouseholder.CODE.apply(kernels, Transpose.NO, m, n, n, factors, 0, n, tau, 0, u, uOff, ldu);
        }
    }

    @Override
    public void fixSigns(
            Kernels<double[]> kernels,
            int m,
            int n,
            int k,
            double[] u,
            int uOff,
            int ldu,
            double[] vt,
            int vtOff,
            int ldvt) {
        for (int j = 0; j < k; j++) {
            int row = vtOff + j * ldvt;
            int largest = row;
            for (int i = row; i < row + n; i++) {
                largest = Math.abs(vt[i]) > Math.abs(vt[largest]) ? i : largest;
            }
            if (vt[largest] < 0) {
                kernels.scale(n, -1, vt, row);
                for (int i = 0; i < m; i++) {
                    u[uOff + i * ldu + j] = -u[uOff + i * ldu + j];
                }
            }
        }
    }
}
