package adjoint.linalg.internal;

import adjoint.linalg.Kernels;
import adjoint.linalg.Transpose;

/// The QR decomposition of one precision: panels of [#BLOCK] columns, factored recursively in a transposed copy,
/// each followed by one block reflector on what is to the right of it.
///
/// A panel is factored by halves: the left half, its block reflector on the right half, the right half. So there,
/// too, nearly all of the work is products.
public final class DoubleHouseholder implements Householder<double[]> {
    static final DoubleHouseholder CODE = new DoubleHouseholder();

    /// Columns of a panel. A matrix with fewer has panels as narrow as it is, which need no more elements than it has.
    private static final int BLOCK = 64;

    private DoubleHouseholder() {}

    @Override
    public void factor(
            Kernels<double[]> kernels, int m, int n, double[] a, int off, int lda, double[] tau, int tauOff) {
        int k = Math.min(m, n);
        double[] v = DoubleScratch.take(Math.min(BLOCK, k) * m);
        double[] t = DoubleScratch.take(BLOCK * BLOCK);
        for (int j = 0; j < k; j += BLOCK) {
            int rows = m - j;
            int width = Math.min(BLOCK, k - j);
            int panel = off + j * lda + j;
            kernels.transpose(rows, width, a, panel, lda, v, 0, rows);
            Panel.factor(kernels, rows, 0, width, v, t, tau, tauOff + j, a, panel, lda);
            for (int c = 0; c < width; c++) {
                for (int i = c + 1; i < width; i++) {
                    a[panel + i * lda + c] = v[c * rows + i];
                }
            }
            if (rows > width) {
                kernels.transpose(width, rows - width, v, width, rows, a, panel + width * lda, lda);
            }
            if (j + width < n) {
                int right = n - j - width;
                DoubleReflectors.applyLeft(
                        kernels, Transpose.YES, rows, right, width, v, 0, rows, t, 0, BLOCK, a, panel + width, lda);
            }
        }
        DoubleScratch.give(t);
        DoubleScratch.give(v);
    }

    /// One panel of `m` rows: V as rows of `m` elements, T with leading dimension [#BLOCK], and R in place.
    private static final class Panel {
        /// Factors the columns `from … from + width - 1`, on which the columns before them have been applied.
        static void factor(
                Kernels<double[]> kernels,
                int m,
                int from,
                int width,
                double[] v,
                double[] t,
                double[] tau,
                int tauOff,
                double[] a,
                int aOff,
                int lda) {
            if (width <= DoubleReflectors.FEW) {
                few(kernels, m, from, width, v, t, tau, tauOff, a, aOff, lda);
                return;
            }
            int h = width / 2;
            int rows = m - from;
            int v1 = from * m + from;
            int t1 = from * BLOCK + from;
            factor(kernels, m, from, h, v, t, tau, tauOff, a, aOff, lda);
            DoubleReflectors.applyRight(
                    kernels, Transpose.NO, width - h, rows, h, v, v1, m, t, t1, BLOCK, v, v1 + h * m, m);
            factor(kernels, m, from + h, width - h, v, t, tau, tauOff, a, aOff, lda);
            DoubleReflectors.join(kernels, h, width, rows, v, v1, m, t, t1, BLOCK);
        }

        /// The same one column at a time. What is above the diagonal is final when its column is reached: it moves to
        /// R, and leaves zeros to V.
        private static void few(
                Kernels<double[]> kernels,
                int m,
                int from,
                int width,
                double[] v,
                double[] t,
                double[] tau,
                int tauOff,
                double[] a,
                int aOff,
                int lda) {
            int end = from + width;
            for (int j = from; j < end; j++) {
                int row = j * m;
                double tauJ = DoubleReflectors.make(kernels, m - j, v, row + j);
                for (int i = 0; i <= j; i++) {
                    a[aOff + i * lda + j] = v[row + i];
                    v[row + i] = 0;
                }
                v[row + j] = 1;
                tau[tauOff + j] = tauJ;
                for (int c = j + 1; c < end; c++) {
                    kernels.axpy(m - j, -tauJ * kernels.dot(v, row + j, v, c * m + j, m - j), v, row + j, v, c * m + j);
                }
            }
            DoubleReflectors.triangle(
                    kernels, width, m - from, v, from * m + from, m, tau, tauOff + from, t, from * BLOCK + from, BLOCK);
        }
    }

    @Override
    public void factorPivoted(
            Kernels<double[]> kernels,
            int m,
            int n,
            double[] a,
            int off,
            int lda,
            int[] pivots,
            int pOff,
            double[] tau,
            int tauOff) {
        double[] columns = DoubleScratch.take(n * m);
        kernels.transpose(m, n, a, off, lda, columns, 0, m);
        int exponent = DoubleReflectors.exponent(m * n, columns, 0);
        boolean scaled = Math.abs(exponent) > Double.MAX_EXPONENT / 4;
        if (scaled) {
            DoubleReflectors.scaleByPower(kernels, m * n, -exponent, columns, 0);
        }
        DoublePivotedColumns.factor(kernels, m, n, columns, pivots, pOff, tau, tauOff);
        if (scaled) {
            for (int c = 0; c < n; c++) {
                DoubleReflectors.scaleByPower(kernels, Math.min(c + 1, m), exponent, columns, c * m);
            }
        }
        kernels.transpose(n, m, columns, 0, m, a, off, lda);
        DoubleScratch.give(columns);
    }

    @Override
    public void apply(
            Kernels<double[]> kernels,
            Transpose transpose,
            int m,
            int n,
            int k,
            double[] a,
            int off,
            int lda,
            double[] tau,
            int tauOff,
            double[] c,
            int cOff,
            int ldc) {
        double[] v = DoubleScratch.take(Math.min(BLOCK, k) * m);
        double[] t = DoubleScratch.take(BLOCK * BLOCK);
        int blocks = (k + BLOCK - 1) / BLOCK;
        for (int b = 0; b < blocks; b++) {
            int j = (transpose == Transpose.YES ? b : blocks - 1 - b) * BLOCK;
            int width = Math.min(BLOCK, k - j);
            block(kernels, m - j, width, a, off + j * lda + j, lda, tau, tauOff + j, v, t);
            DoubleReflectors.applyLeft(
                    kernels, transpose, m - j, n, width, v, 0, m - j, t, 0, BLOCK, c, cOff + j * ldc, ldc);
        }
        DoubleScratch.give(t);
        DoubleScratch.give(v);
    }

    /// Block reflectors from the last to the first: before that of the columns from j on, the columns before j and
    /// the rows before j are still those of the identity.
    @Override
    public void form(
            Kernels<double[]> kernels,
            int m,
            int n,
            int k,
            double[] a,
            int off,
            int lda,
            double[] tau,
            int tauOff,
            double[] q,
            int qOff,
            int ldq) {
        double[] v = DoubleScratch.take(Math.min(BLOCK, k) * m);
        double[] t = DoubleScratch.take(BLOCK * BLOCK);
        for (int i = 0; i < m; i++) {
            kernels.fill(q, qOff + i * ldq, n, 0);
        }
        for (int i = 0; i < n; i++) {
            q[qOff + i * ldq + i] = 1;
        }
        int blocks = (k + BLOCK - 1) / BLOCK;
        for (int j = (blocks - 1) * BLOCK; j >= 0; j -= BLOCK) {
            int width = Math.min(BLOCK, k - j);
            block(kernels, m - j, width, a, off + j * lda + j, lda, tau, tauOff + j, v, t);
            int corner = qOff + j * ldq + j;
            DoubleReflectors.applyLeft(
                    kernels, Transpose.NO, m - j, n - j, width, v, 0, m - j, t, 0, BLOCK, q, corner, ldq);
        }
        DoubleScratch.give(t);
        DoubleScratch.give(v);
    }

    @Override
    public void decompose(
            Kernels<double[]> kernels, int m, int n, int columns, double[] a, int[] pivots, double[] q, double[] r) {
        int k = Math.min(m, n);
        double[] tau = DoubleScratch.take(k);
        if (pivots == null) {
            factor(kernels, m, n, a, 0, n, tau, 0);
        } else {
            factorPivoted(kernels, m, n, a, 0, n, pivots, 0, tau, 0);
        }
        form(kernels, m, columns, k, a, 0, n, tau, 0, q, 0, columns);
        for (int i = 0; i < k; i++) {
            System.arraycopy(a, i * n + i, r, i * n + i, n - i);
            tau[i] = r[i * n + i] < 0 ? -1 : 1;
            if (tau[i] < 0) {
                kernels.scale(n - i, -1, r, i * n + i);
            }
        }
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < k; j++) {
                q[i * columns + j] *= tau[j];
            }
        }
        DoubleScratch.give(tau);
    }

    /// V and T of the `width` columns at `off` of a decomposition.
    private static void block(
            Kernels<double[]> kernels,
            int m,
            int width,
            double[] a,
            int off,
            int lda,
            double[] tau,
            int tauOff,
            double[] v,
            double[] t) {
        kernels.transpose(m, width, a, off, lda, v, 0, m);
        for (int j = 0; j < width; j++) {
            kernels.fill(v, j * m, j, 0);
            v[j * m + j] = 1;
        }
        DoubleReflectors.triangle(kernels, width, m, v, 0, m, tau, tauOff, t, 0, BLOCK);
    }
}
