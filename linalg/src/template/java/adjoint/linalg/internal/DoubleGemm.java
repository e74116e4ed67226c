package adjoint.linalg.internal;

import adjoint.linalg.Parallel;
import adjoint.linalg.Transpose;
import java.util.Arrays;

/// Matrix products of one precision: what does not depend on how a block is computed. It settles the cases
/// without arithmetic, turns `beta` and the bias into one addend S, and cuts large products over threads.
///
/// An element of C is `alpha·Σ_p a·b` with the sum in the order of p within each block of k, and the blocks
/// depend on k alone. So neither the cut over threads nor that into tiles changes a bit.
@SuppressWarnings("cast")
public abstract class DoubleGemm {
    /// Multiply-adds that are worth a thread.
    private static final long WORTH_A_THREAD = 400_000;

    /// `C = alpha·op(A)·op(B) + beta·C`, or `… + 1·biasᵀ` where there is a bias.
    public final void multiply(
            Transpose ta,
            Transpose tb,
            int m,
            int n,
            int k,
            double alpha,
            double[] a,
            int aOff,
            int lda,
            double[] b,
            int bOff,
            int ldb,
            double beta,
            double[] c,
            int cOff,
            int ldc,
            double[] bias,
            int biasOff) {
        if (m == 0 || n == 0) {
            return;
        }
        if (alpha == 0 || k == 0) {
            start(m, n, beta, c, cOff, ldc, bias, biasOff);
            return;
        }
        double[] s = bias;
        int sOff = biasOff;
        int lds = 0;
        if (bias == null && beta != 0) {
            if (beta != 1) {
                start(m, n, beta, c, cOff, ldc, null, 0);
            }
            s = c;
            sOff = cOff;
            lds = ldc;
        }
        if (Parallel.threads() == 1 || (long) m * n * k < 2 * WORTH_A_THREAD) {
            product(ta, tb, m, n, k, alpha, a, aOff, lda, b, bOff, ldb, c, cOff, ldc, s, sOff, lds);
        } else {
            parallel(ta, tb, m, n, k, alpha, a, aOff, lda, b, bOff, ldb, c, cOff, ldc, s, sOff, lds);
        }
    }

    /// `batch` products with operands that move on by their strides.
    public final void multiplyBatched(
            Transpose ta,
            Transpose tb,
            int m,
            int n,
            int k,
            double alpha,
            double[] a,
            int aOff,
            int lda,
            int aStride,
            double[] b,
            int bOff,
            int ldb,
            int bStride,
            double beta,
            double[] c,
            int cOff,
            int ldc,
            int cStride,
            int batch) {
        long work = (long) m * n * k;
        if (Parallel.threads() == 1 || work >= 16 * WORTH_A_THREAD || work * batch < 2 * WORTH_A_THREAD) {
            items(
                    ta, tb, m, n, k, alpha, a, aOff, lda, aStride, b, bOff, ldb, bStride, beta, c, cOff, ldc, cStride,
                    0, batch);
        } else {
            int grain = (int) Math.max(1, Math.min(WORTH_A_THREAD / Math.max(1, work), batch / 2));
            Parallel.range(
                    batch,
                    grain,
                    (from, to) -> items(
                            ta, tb, m, n, k, alpha, a, aOff, lda, aStride, b, bOff, ldb, bStride, beta, c, cOff, ldc,
                            cStride, from, to));
        }
    }

    /// `C = alpha·op(A)·op(B) + S` on this thread, without the last term where `s` is null. S may be C itself.
    /// Sizes are at least 1.
    abstract void product(
            Transpose ta,
            Transpose tb,
            int m,
            int n,
            int k,
            double alpha,
            double[] a,
            int aOff,
            int lda,
            double[] b,
            int bOff,
            int ldb,
            double[] c,
            int cOff,
            int ldc,
            double[] s,
            int sOff,
            int lds);

    /// The columns at whose multiples a product may be cut.
    abstract int columnGrain();

    private void items(
            Transpose ta,
            Transpose tb,
            int m,
            int n,
            int k,
            double alpha,
            double[] a,
            int aOff,
            int lda,
            int aStride,
            double[] b,
            int bOff,
            int ldb,
            int bStride,
            double beta,
            double[] c,
            int cOff,
            int ldc,
            int cStride,
            int from,
            int to) {
        for (int i = from; i < to; i++) {
            multiply(
                    ta,
                    tb,
                    m,
                    n,
                    k,
                    alpha,
                    a,
                    aOff + i * aStride,
                    lda,
                    b,
                    bOff + i * bStride,
                    ldb,
                    beta,
                    c,
                    cOff + i * cStride,
                    ldc,
                    null,
                    0);
        }
    }

    /// Cuts the longer side of C into as many pieces as there are threads.
    private void parallel(
            Transpose ta,
            Transpose tb,
            int m,
            int n,
            int k,
            double alpha,
            double[] a,
            int aOff,
            int lda,
            double[] b,
            int bOff,
            int ldb,
            double[] c,
            int cOff,
            int ldc,
            double[] s,
            int sOff,
            int lds) {
        int pieces = (int) Math.min(Parallel.threads(), (long) m * n * k / WORTH_A_THREAD);
        if (n >= m) {
            int grain = roundUp((n + pieces - 1) / pieces, columnGrain());
            int bStep = tb == Transpose.NO ? 1 : ldb;
            Parallel.range(
                    n,
                    grain,
                    (from, to) -> product(
                            ta,
                            tb,
                            m,
                            to - from,
                            k,
                            alpha,
                            a,
                            aOff,
                            lda,
                            b,
                            bOff + from * bStep,
                            ldb,
                            c,
                            cOff + from,
                            ldc,
                            s,
                            sOff + from,
                            lds));
        } else {
            int grain = (m + pieces - 1) / pieces;
            int aStep = ta == Transpose.NO ? lda : 1;
            Parallel.range(
                    m,
                    grain,
                    (from, to) -> product(
                            ta,
                            tb,
                            to - from,
                            n,
                            k,
                            alpha,
                            a,
                            aOff + from * aStep,
                            lda,
                            b,
                            bOff,
                            ldb,
                            c,
                            cOff + from * ldc,
                            ldc,
                            s,
                            sOff + from * lds,
                            lds));
        }
    }

    private static int roundUp(int x, int multiple) {
        return (x + multiple - 1) / multiple * multiple;
    }

    /// `C = beta·C`, or `C = 1·biasᵀ` where there is a bias.
    private static void start(int m, int n, double beta, double[] c, int cOff, int ldc, double[] bias, int biasOff) {
        for (int i = 0; i < m; i++) {
            int row = cOff + i * ldc;
            if (bias != null) {
                System.arraycopy(bias, biasOff, c, row, n);
            } else if (beta == 0) {
                Arrays.fill(c, row, row + n, 0);
            } else {
                for (int j = 0; j < n; j++) {
                    c[row + j] *= beta;
                }
            }
        }
    }
}
