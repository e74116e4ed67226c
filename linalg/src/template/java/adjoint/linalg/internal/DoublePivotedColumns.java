package adjoint.linalg.internal;

import adjoint.linalg.Kernels;
import adjoint.linalg.Transpose;

/// QR with column pivoting: column by column, the largest of what is left comes first.
///
/// The columns of A are rows here. Within a panel, what its reflectors do to the rest of A is kept apart as
/// `A - V·Fᵀ`, of which only the row and the column that are needed next are computed; so half of the work is a matrix
/// product after the panel, and the other half is Aᵀ·v. Norms of columns are downdated; where too many digits are lost,
/// the panel ends, and the norm is computed afresh.
///
/// Reference: Quintana-Ortí, Sun, Bischof, "A BLAS-3 version of the QR factorization with column pivoting", SIAM J.
/// Sci. Comput. 19, 1998; Drmač, Bujanović, "On the failure of rank-revealing QR factorization software", ACM Trans.
/// Math. Softw. 35, 2008.
@SuppressWarnings("cast")
final class DoublePivotedColumns {
    private static final int BLOCK = 32;

    /// A norm whose square has shrunk by more than this against its last exact value is computed afresh.
    private static final double TRUSTED = (double) Math.sqrt(Math.ulp(1.0));

    private DoublePivotedColumns() {}

    /// Factors the matrix with the n columns of m elements that are the rows of `a`.
    static void factor(
            Kernels<double[]> kernels, int m, int n, double[] a, int[] pivots, int pOff, double[] tau, int tauOff) {
        int k = Math.min(m, n);
        double[] norms = DoubleScratch.take(n);
        double[] exact = DoubleScratch.take(n);
        int ldf = Math.min(BLOCK, k);
        double[] f = DoubleScratch.take(n * ldf);
        double[] w = DoubleScratch.take(ldf);
        for (int c = 0; c < n; c++) {
            pivots[pOff + c] = c;
            norms[c] = DoubleReflectors.norm(kernels, m, a, c * m);
            exact[c] = norms[c];
        }
        for (int j = 0; j < k; ) {
            int end = panel(
                    kernels, m, n, j, Math.min(k, j + ldf), a, pivots, pOff, tau, tauOff, norms, exact, f, ldf, w);
            if (end < n && end < m) {
                kernels.gemm(
                        Transpose.NO,
                        Transpose.NO,
                        n - end,
                        m - end,
                        end - j,
                        -1,
                        f,
                        end * ldf,
                        ldf,
                        a,
                        j * m + end,
                        m,
                        1,
                        a,
                        end * m + end,
                        m);
            }
            for (int c = end; c < n; c++) {
                if (norms[c] < 0) {
                    norms[c] = DoubleReflectors.norm(kernels, m - end, a, c * m + end);
                    exact[c] = norms[c];
                }
            }
            j = end;
        }
        DoubleScratch.give(w);
        DoubleScratch.give(f);
        DoubleScratch.give(exact);
        DoubleScratch.give(norms);
    }

    /// Factors columns from `j` on, up to `end` or until a norm is lost, and returns where it stopped. A norm to be
    /// computed afresh is -1.
    private static int panel(
            Kernels<double[]> kernels,
            int m,
            int n,
            int j,
            int end,
            double[] a,
            int[] pivots,
            int pOff,
            double[] tau,
            int tauOff,
            double[] norms,
            double[] exact,
            double[] f,
            int ldf,
            double[] w) {
        boolean lost = false;
        int g = j;
        for (; g < end && !lost; g++) {
            int done = g - j;
            int largest = g;
            for (int c = g + 1; c < n; c++) {
                largest = norms[c] > norms[largest] ? c : largest;
            }
            if (largest != g) {
                exchange(m, g, largest, a, m);
                exchange(done, g, largest, f, ldf);
                int pivot = pivots[pOff + g];
                pivots[pOff + g] = pivots[pOff + largest];
                pivots[pOff + largest] = pivot;
                norms[largest] = norms[g];
                exact[largest] = exact[g];
            }
            int v = g * m + g;
            int rows = m - g;
            kernels.gemv(Transpose.YES, done, rows, -1, a, j * m + g, m, f, g * ldf, 1, 1, a, v, 1);
            double factor = DoubleReflectors.make(kernels, rows, a, v);
            double beta = a[v];
            a[v] = 1;
            tau[tauOff + g] = factor;
            if (g + 1 < n) {
                nextRow(kernels, m, n, j, g, factor, a, f, ldf, w);
            }
            a[v] = beta;
            lost = downdate(n, g, m, a, norms, exact);
        }
        return g;
    }

    /// The next column of F, `τ·(A - V·Fᵀ)ᵀ·v`, and with it row g of what is left of A.
    private static void nextRow(
            Kernels<double[]> kernels,
            int m,
            int n,
            int j,
            int g,
            double factor,
            double[] a,
            double[] f,
            int ldf,
            double[] w) {
        int done = g - j;
        int v = g * m + g;
        int rows = m - g;
        int right = n - g - 1;
        int column = (g + 1) * ldf;
        kernels.gemv(Transpose.NO, right, rows, factor, a, v + m, m, a, v, 1, 0, f, column + done, ldf);
        kernels.gemv(Transpose.NO, done, rows, -factor, a, j * m + g, m, a, v, 1, 0, w, 0, 1);
        kernels.gemv(Transpose.NO, right, done, 1, f, column, ldf, w, 0, 1, 1, f, column + done, ldf);
        kernels.gemv(Transpose.NO, right, done + 1, -1, f, column, ldf, a, j * m + g, m, 1, a, v + m, m);
    }

    /// Takes element g out of the norms of the columns behind g. Whether one of them cannot be trusted any more.
    private static boolean downdate(int n, int g, int m, double[] a, double[] norms, double[] exact) {
        boolean lost = false;
        for (int c = g + 1; c < n; c++) {
            if (norms[c] > 0) {
                double ratio = Math.abs(a[c * m + g]) / norms[c];
                double rest = Math.max(0, (1 + ratio) * (1 - ratio));
                double shrunk = norms[c] / exact[c];
                if (rest * shrunk * shrunk <= TRUSTED) {
                    norms[c] = -1;
                    lost = true;
                } else {
                    norms[c] *= (double) Math.sqrt(rest);
                }
            }
        }
        return lost;
    }

    /// Exchanges the first n elements of rows x and y.
    private static void exchange(int n, int x, int y, double[] a, int ld) {
        for (int i = 0; i < n; i++) {
            double t = a[x * ld + i];
            a[x * ld + i] = a[y * ld + i];
            a[y * ld + i] = t;
        }
    }
}
