package adjoint.linalg.internal;

import adjoint.linalg.Epilogue;
import adjoint.linalg.Transpose;

/// Matrix products in plain Java: rows of C are sums of rows of op(B), in loops that the JIT compiler vectorises. A
/// block of op(B) that is used for all rows stays in the cache; where B is transposed, it is a transposed copy.
public final class DoubleScalarGemm extends DoubleGemm {
    private static final int KC = 128;
    private static final int NC = 256;

    private static final ThreadLocal<double[]> BLOCK = ThreadLocal.withInitial(() -> new double[KC * NC]);

    @Override
    int columnGrain() {
        return 16;
    }

    @Override
    void product(
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
            int column) {
        copy(m, n, s, sOff, lds, c, cOff, ldc);
        int aRow = ta == Transpose.NO ? lda : 1;
        int aStep = ta == Transpose.NO ? 1 : lda;
        for (int pc = 0; pc < k; pc += KC) {
            int kc = Math.min(KC, k - pc);
            for (int jc = 0; jc < n; jc += NC) {
                int nc = Math.min(NC, n - jc);
                double[] rows = b;
                int rowsOff = bOff + pc * ldb + jc;
                int ldRows = ldb;
                if (tb == Storage.COLUMNS) {
                    rows = BLOCK.get();
                    rowsOff = 0;
                    ldRows = NC;
                    transposeBlock(b, bOff + jc * ldb + pc, ldb, nc, kc, rows);
                }
                for (int i = 0; i < m; i++) {
                    int ai = aOff + i * aRow + pc * aStep;
                    addRows(kc, nc, alpha, a, ai, aStep, rows, rowsOff, ldRows, c, cOff + i * ldc + jc);
                }
            }
        }
        finish(e, terms, m, n, c, cOff, ldc, row, column);
    }

    @Override
    Storage packed() {
        return Storage.ROWS;
    }

    @Override
    public int packedColumns(int n) {
        return n;
    }

    @Override
    public void pack(Transpose tb, int k, int n, double[] b, int bOff, int ldb, double[] panels) {
        for (int p = 0; p < k; p++) {
            for (int j = 0; j < n; j++) {
                panels[p * n + j] = tb == Transpose.NO ? b[bOff + p * ldb + j] : b[bOff + j * ldb + p];
            }
        }
    }

    private static void transposeBlock(double[] b, int bOff, int ldb, int rows, int cols, double[] out) {
        for (int r = 0; r < rows; r++) {
            for (int q = 0; q < cols; q++) {
                out[q * NC + r] = b[bOff + r * ldb + q];
            }
        }
    }

    /// `c += alpha·Σ_p a_p·row_p` over `kc` rows of `n`, in the order of p.
    private static void addRows(
            int kc,
            int n,
            double alpha,
            double[] a,
            int aOff,
            int aStep,
            double[] rows,
            int rowsOff,
            int ld,
            double[] c,
            int cOff) {
        int p = 0;
        for (; p <= kc - 4; p += 4) {
            int r = rowsOff + p * ld;
            int ap = aOff + p * aStep;
            double a0 = alpha * a[ap];
            double a1 = alpha * a[ap + aStep];
            double a2 = alpha * a[ap + 2 * aStep];
            double a3 = alpha * a[ap + 3 * aStep];
            addFour(n, a0, a1, a2, a3, rows, r, r + ld, r + 2 * ld, r + 3 * ld, c, cOff);
        }
        for (; p < kc; p++) {
            double ap = alpha * a[aOff + p * aStep];
            int r = rowsOff + p * ld;
            for (int j = 0; j < n; j++) {
                c[cOff + j] += ap * rows[r + j];
            }
        }
    }

    private static void addFour(
            int n,
            double a0,
            double a1,
            double a2,
            double a3,
            double[] rows,
            int r0,
            int r1,
            int r2,
            int r3,
            double[] c,
            int cOff) {
        for (int j = 0; j < n; j++) {
            c[cOff + j] = c[cOff + j] + a0 * rows[r0 + j] + a1 * rows[r1 + j] + a2 * rows[r2 + j] + a3 * rows[r3 + j];
        }
    }
}
