package adjoint.linalg.internal;

import adjoint.linalg.Epilogue;
import adjoint.linalg.Parallel;
import adjoint.linalg.Precision;
import adjoint.linalg.Transpose;
import java.util.Arrays;

/// Matrix products of one precision: what does not depend on how a block is computed. It settles the cases
/// without arithmetic, turns `beta`, a residual or a bias into one addend S, and cuts large products over threads.
///
/// An element of C is `alpha·Σ_p a·b` with the sum in the order of p within each block of k, and the blocks
/// depend on k alone. So neither the cut over threads nor that into tiles changes a bit.
@SuppressWarnings("cast")
public abstract class DoubleGemm {
    /// Multiply-adds that are worth a thread, which may have to be woken.
    private static final long WORTH_A_THREAD = 1_000_000;

    /// `C = alpha·op(A)·op(B) + beta·C`, and then the epilogue if there is one.
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
            Epilogue<double[]> e) {
        multiply(ta, Storage.of(tb), m, n, k, alpha, a, aOff, lda, b, bOff, ldb, beta, c, cOff, ldc, e);
    }

    /// The same with an op(B) from [#pack].
    public final void multiplyPacked(
            Transpose ta,
            int m,
            int n,
            int k,
            double alpha,
            double[] a,
            int aOff,
            int lda,
            double[] panels,
            double beta,
            double[] c,
            int cOff,
            int ldc,
            Epilogue<double[]> e) {
        multiply(ta, packed(), m, n, k, alpha, a, aOff, lda, panels, 0, packedColumns(n), beta, c, cOff, ldc, e);
    }

    private void multiply(
            Transpose ta,
            Storage tb,
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
            Epilogue<double[]> e) {
        if (m == 0 || n == 0) {
            return;
        }
        int terms = e == null ? 0 : Finish.terms(e);
        if (beta != 0) {
            double own = beta;
            boolean isC = e != null && e.residual() == c && e.residualOff() == cOff;
            if (isC && (e.ldResidual() == ldc || m == 1)) {
                // The residual is C before it is written.
                own += 1;
                terms -= Finish.RESIDUAL;
            }
            if (own != 1) {
                scale(m, n, own, c, cOff, ldc);
            }
            sum(ta, tb, m, n, k, alpha, a, aOff, lda, b, bOff, ldb, c, cOff, ldc, c, cOff, ldc, e, terms);
        } else if ((terms & Finish.RESIDUAL) != 0) {
            double[] s = e.residual();
            int left = terms - Finish.RESIDUAL;
            int sOff = e.residualOff();
            int lds = e.ldResidual();
            sum(ta, tb, m, n, k, alpha, a, aOff, lda, b, bOff, ldb, c, cOff, ldc, s, sOff, lds, e, left);
        } else if ((terms & Finish.COLUMN_BIAS) != 0) {
            double[] s = e.columnBias();
            int left = terms - Finish.COLUMN_BIAS;
            sum(ta, tb, m, n, k, alpha, a, aOff, lda, b, bOff, ldb, c, cOff, ldc, s, e.columnBiasOff(), 0, e, left);
        } else {
            sum(ta, tb, m, n, k, alpha, a, aOff, lda, b, bOff, ldb, c, cOff, ldc, null, 0, 0, e, terms);
        }
    }

    /// `C = alpha·op(A)·op(B) + 1·biasᵀ`.
    public final void multiplyBias(
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
            double[] bias,
            int biasOff) {
        if (m > 0 && n > 0) {
            Storage storage = Storage.of(tb);
            sum(ta, storage, m, n, k, alpha, a, aOff, lda, b, bOff, ldb, c, cOff, ldc, bias, biasOff, 0, null, 0);
        }
    }

    /// `C = alpha·op(A)·op(B) + S`, without the last term where `s` is null, and then what is left of the epilogue.
    private void sum(
            Transpose ta,
            Storage tb,
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
            int lds,
            Epilogue<double[]> e,
            int terms) {
        if (alpha == 0 || k == 0) {
            copy(m, n, s, sOff, lds, c, cOff, ldc);
            finish(e, terms, m, n, c, cOff, ldc, 0, 0);
        } else if (Parallel.threads() == 1 || (long) m * n * k < 2 * WORTH_A_THREAD) {
            product(ta, tb, m, n, k, alpha, a, aOff, lda, b, bOff, ldb, c, cOff, ldc, s, sOff, lds, e, terms, 0, 0);
        } else {
            parallel(ta, tb, m, n, k, alpha, a, aOff, lda, b, bOff, ldb, c, cOff, ldc, s, sOff, lds, e, terms);
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
        int count = to - from;
        int aFrom = aOff + from * aStride;
        int bFrom = bOff + from * bStride;
        int cFrom = cOff + from * cStride;
        boolean plain = m > 0 && n > 0 && k > 0 && alpha != 0 && (beta == 0 || beta == 1);
        if (plain && (long) m * n * k < WORTH_A_THREAD) {
            products(
                    ta,
                    Storage.of(tb),
                    m,
                    n,
                    k,
                    alpha,
                    a,
                    aFrom,
                    lda,
                    aStride,
                    b,
                    bFrom,
                    ldb,
                    bStride,
                    beta == 1,
                    c,
                    cFrom,
                    ldc,
                    cStride,
                    count);
            return;
        }
        for (int i = 0; i < count; i++) {
            int ai = aFrom + i * aStride;
            int bi = bFrom + i * bStride;
            int ci = cFrom + i * cStride;
            multiply(ta, tb, m, n, k, alpha, a, ai, lda, b, bi, ldb, beta, c, ci, ldc, null);
        }
    }

    /// `count` times `C = alpha·op(A)·op(B)`, added to what is in C if `adds`, on this thread. Sizes are at least 1.
    void products(
            Transpose ta,
            Storage tb,
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
            boolean adds,
            double[] c,
            int cOff,
            int ldc,
            int cStride,
            int count) {
        for (int i = 0; i < count; i++) {
            int ai = aOff + i * aStride;
            int bi = bOff + i * bStride;
            int ci = cOff + i * cStride;
            product(
                    ta,
                    tb,
                    m,
                    n,
                    k,
                    alpha,
                    a,
                    ai,
                    lda,
                    b,
                    bi,
                    ldb,
                    c,
                    ci,
                    ldc,
                    adds ? c : null,
                    ci,
                    ldc,
                    null,
                    0,
                    0,
                    0);
        }
    }

    // ---- what a provider does

    /// `C = alpha·op(A)·op(B) + S` on this thread, without the last term where `s` is null, and then these terms of the
    /// epilogue and its function; C starts at `(row, column)` of the whole one. S may be C itself. Sizes are at least
    /// 1. Where op(B) is packed, `bOff` is its first column and `ldb` what [#packedColumns] said.
    abstract void product(
            Transpose ta,
            Storage tb,
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
            int lds,
            Epilogue<double[]> e,
            int terms,
            int row,
            int column);

    /// The columns at whose multiples a product may be cut; a last piece must have more than half of them.
    abstract int columnGrain();

    /// How a packed op(B) lies.
    abstract Storage packed();

    /// The columns of a packed op(B) of `n` columns, with what fills it up.
    public abstract int packedColumns(int n);

    /// Packs an op(B) of `k × n` into an array of `k · packedColumns(n)`.
    public abstract void pack(Transpose tb, int k, int n, double[] b, int bOff, int ldb, double[] panels);

    static void finish(
            Epilogue<double[]> e, int terms, int m, int n, double[] c, int cOff, int ldc, int row, int column) {
        if (e != null) {
            Finish.run(e, terms, Precision.F64, m, n, c, cOff, ldc, row, column);
        }
    }

    // ---- threads

    /// Cuts the longer side of C into as many pieces as there are threads, or its rows where columns give unequal
    /// pieces.
    private void parallel(
            Transpose ta,
            Storage tb,
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
            int lds,
            Epilogue<double[]> e,
            int terms) {
        int pieces = (int) Math.min(Parallel.threads(), (long) m * n * k / WORTH_A_THREAD);
        int grain = grain(n, pieces);
        if (m < 16 || n >= m && (long) grain * pieces <= n + n / 8) {
            int bStep = tb == Storage.COLUMNS ? ldb : 1;
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
                            lds,
                            e,
                            terms,
                            0,
                            from));
        } else {
            int aStep = ta == Transpose.NO ? lda : 1;
            Parallel.range(
                    m,
                    (m + pieces - 1) / pieces,
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
                            lds,
                            e,
                            terms,
                            from,
                            0));
        }
    }

    /// The columns of a piece, so many that the last one is not a small rest.
    private int grain(int n, int pieces) {
        int unit = columnGrain();
        int grain = ((n + pieces - 1) / pieces + unit - 1) / unit * unit;
        while (grain < n && n % grain > 0 && n % grain <= unit / 2) {
            grain += unit;
        }
        return grain;
    }

    // ---- what needs no product

    /// `C = S`, or 0 where `s` is null.
    static void copy(int m, int n, double[] s, int sOff, int lds, double[] c, int cOff, int ldc) {
        if (s == c && sOff == cOff && lds == ldc) {
            return;
        }
        for (int i = 0; i < m; i++) {
            int row = cOff + i * ldc;
            if (s == null) {
                Arrays.fill(c, row, row + n, 0);
            } else {
                System.arraycopy(s, sOff + i * lds, c, row, n);
            }
        }
    }

    private static void scale(int m, int n, double beta, double[] c, int cOff, int ldc) {
        for (int i = 0; i < m; i++) {
            int row = cOff + i * ldc;
            for (int j = 0; j < n; j++) {
                c[row + j] *= beta;
            }
        }
    }
}
