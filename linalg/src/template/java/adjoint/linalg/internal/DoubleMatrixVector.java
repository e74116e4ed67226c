package adjoint.linalg.internal;

import adjoint.linalg.Parallel;
import adjoint.linalg.Triangle;

/// Products of a matrix and a vector, and updates of a matrix by vectors, of one precision. Vectors
/// are contiguous unless an increment is given.
/// The loops at the end are plain Java, and overridden where vector instructions do them better: each reads the
/// matrix once, several rows at a time, since its speed is that of memory.
///
/// The order of a sum depends on sizes only.
@SuppressWarnings("cast")
public class DoubleMatrixVector {
    /// The columns after which a sum over rows starts again: as much of y stays in the L1 cache.
    private static final int COLUMNS = 16384 / Double.BYTES;

    /// The elements of `room`, work space for the sums of four rows.
    private static final int ROOM = 256;

    /// The elements of A that are worth a thread, and what a cut between threads is a multiple of: at such places it
    /// changes no sum.
    private static final int WORTH_A_THREAD = 1 << 18;

    private static final int CUT = 64;

    /// `y += alpha·A·x` for A of `m × n`.
    public final void multiply(
            int m, int n, double alpha, double[] a, int aOff, int lda, double[] x, int xOff, double[] y, int yOff) {
        if (Parallel.threads() == 1 || (long) m * n < 2 * WORTH_A_THREAD) {
            addDots(m, n, alpha, a, aOff, lda, x, xOff, y, yOff);
        } else {
            Parallel.range(
                    m,
                    grain(n),
                    (from, to) -> addDots(to - from, n, alpha, a, aOff + from * lda, lda, x, xOff, y, yOff + from));
        }
    }

    /// How many rows of `n` elements are worth a thread.
    private static int grain(int n) {
        return Math.max(CUT, (WORTH_A_THREAD / n + CUT - 1) / CUT * CUT);
    }

    private void addDots(
            int m, int n, double alpha, double[] a, int aOff, int lda, double[] x, int xOff, double[] y, int yOff) {
        double[] room = DoubleScratch.take(ROOM);
        int i = 0;
        for (; i <= m - 4; i += 4) {
            addFourDots(n, alpha, a, aOff + i * lda, lda, x, xOff, y, yOff + i, room);
        }
        for (; i < m; i++) {
            addDot(n, alpha, a, aOff + i * lda, x, xOff, y, yOff + i, room);
        }
        DoubleScratch.give(room);
    }

    /// `y += alpha·Aᵀ·x` for A of `m × n`.
    public final void multiplyTransposed(
            int m, int n, double alpha, double[] a, int aOff, int lda, double[] x, int xOff, double[] y, int yOff) {
        if (Parallel.threads() == 1 || (long) m * n < 2 * WORTH_A_THREAD) {
            addRows(m, n, alpha, a, aOff, lda, x, xOff, y, yOff);
        } else {
            Parallel.range(
                    n,
                    grain(m),
                    (from, to) -> addRows(m, to - from, alpha, a, aOff + from, lda, x, xOff, y, yOff + from));
        }
    }

    private void addRows(
            int m, int n, double alpha, double[] a, int aOff, int lda, double[] x, int xOff, double[] y, int yOff) {
        for (int j = 0; j < n; j += COLUMNS) {
            int columns = Math.min(COLUMNS, n - j);
            int i = 0;
            for (; i <= m - 8; i += 8) {
                addEightRows(columns, alpha, x, xOff + i, a, aOff + i * lda + j, lda, y, yOff + j);
            }
            for (; i < m; i++) {
                addRow(columns, alpha * x[xOff + i], a, aOff + i * lda + j, y, yOff + j);
            }
        }
    }

    /// `A += alpha·x·yᵀ` for A of `m × n`; elements of x are `incX` apart.
    public final void update(
            int m,
            int n,
            double alpha,
            double[] x,
            int xOff,
            int incX,
            double[] y,
            int yOff,
            double[] a,
            int aOff,
            int lda) {
        for (int i = 0; i < m; i++) {
            addRow(n, alpha * x[xOff + i * incX], y, yOff, a, aOff + i * lda);
        }
    }

    /// `y += A·x` for the symmetric A of order n of which one triangle is stored.
    ///
    /// Each element off the diagonal is read once, and used for its row and, as its mirror image, for its column.
    public final void multiplySymmetric(
            Triangle triangle, int n, double[] a, int aOff, int lda, double[] x, int xOff, double[] y, int yOff) {
        double[] room = DoubleScratch.take(ROOM);
        for (int i = 0; i < n; i += 4) {
            int rows = Math.min(4, n - i);
            addCorner(triangle, rows, a, aOff + i * lda + i, lda, x, xOff + i, y, yOff + i);
            // The columns on the stored side of the corner.
            int from = triangle == Triangle.LOWER ? 0 : i + rows;
            int columns = triangle == Triangle.LOWER ? i : n - from;
            int at = aOff + i * lda + from;
            if (rows == 4) {
                addFourBoth(columns, a, at, lda, x, xOff + i, xOff + from, y, yOff + i, yOff + from, room);
            } else {
                for (int r = 0; r < rows; r++) {
                    addDot(columns, 1, a, at + r * lda, x, xOff + from, y, yOff + i + r, room);
                    addRow(columns, x[xOff + i + r], a, at + r * lda, y, yOff + from);
                }
            }
        }
        DoubleScratch.give(room);
    }

    /// `y += A·x` for a symmetric A of at most four rows.
    private static void addCorner(
            Triangle triangle, int n, double[] a, int aOff, int lda, double[] x, int xOff, double[] y, int yOff) {
        // From a row to the next, and from a column to the next, below the diagonal.
        int row = triangle == Triangle.LOWER ? lda : 1;
        int column = triangle == Triangle.LOWER ? 1 : lda;
        for (int r = 0; r < n && n < 4; r++) {
            double sum = 0;
            for (int c = 0; c < n; c++) {
                sum += a[aOff + Math.max(r, c) * row + Math.min(r, c) * column] * x[xOff + c];
            }
            y[yOff + r] += sum;
        }
        if (n < 4) {
            return;
        }
        int second = aOff + row;
        int third = second + row;
        int fourth = third + row;
        double a10 = a[second];
        double a20 = a[third];
        double a30 = a[fourth];
        double a21 = a[third + column];
        double a31 = a[fourth + column];
        double a32 = a[fourth + 2 * column];
        double x0 = x[xOff];
        double x1 = x[xOff + 1];
        double x2 = x[xOff + 2];
        double x3 = x[xOff + 3];
        y[yOff] += a[aOff] * x0 + a10 * x1 + a20 * x2 + a30 * x3;
        y[yOff + 1] += a10 * x0 + a[second + column] * x1 + a21 * x2 + a31 * x3;
        y[yOff + 2] += a20 * x0 + a21 * x1 + a[third + 2 * column] * x2 + a32 * x3;
        y[yOff + 3] += a30 * x0 + a31 * x1 + a32 * x2 + a[fourth + 3 * column] * x3;
    }

    /// `y₀ += alpha·Σⱼ aⱼ·xⱼ`.
    void addDot(int n, double alpha, double[] a, int aOff, double[] x, int xOff, double[] y, int yOff, double[] room) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int j = 0;
        for (; j <= n - 4; j += 4) {
            s0 += a[aOff + j] * x[xOff + j];
            s1 += a[aOff + j + 1] * x[xOff + j + 1];
            s2 += a[aOff + j + 2] * x[xOff + j + 2];
            s3 += a[aOff + j + 3] * x[xOff + j + 3];
        }
        for (; j < n; j++) {
            s0 += a[aOff + j] * x[xOff + j];
        }
        y[yOff] += alpha * ((s0 + s1) + (s2 + s3));
    }

    /// `yᵢ += alpha·Σⱼ a[i, j]·xⱼ` for four rows.
    void addFourDots(
            int n,
            double alpha,
            double[] a,
            int aOff,
            int lda,
            double[] x,
            int xOff,
            double[] y,
            int yOff,
            double[] room) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        for (int j = 0; j < n; j++) {
            double xj = x[xOff + j];
            s0 += a[aOff + j] * xj;
            s1 += a[aOff + lda + j] * xj;
            s2 += a[aOff + 2 * lda + j] * xj;
            s3 += a[aOff + 3 * lda + j] * xj;
        }
        y[yOff] += alpha * s0;
        y[yOff + 1] += alpha * s1;
        y[yOff + 2] += alpha * s2;
        y[yOff + 3] += alpha * s3;
    }

    /// `yⱼ += alpha·Σᵢ xᵢ·a[i, j]` over eight rows.
    void addEightRows(int n, double alpha, double[] x, int xOff, double[] a, int aOff, int lda, double[] y, int yOff) {
        double x0 = alpha * x[xOff];
        double x1 = alpha * x[xOff + 1];
        double x2 = alpha * x[xOff + 2];
        double x3 = alpha * x[xOff + 3];
        double x4 = alpha * x[xOff + 4];
        double x5 = alpha * x[xOff + 5];
        double x6 = alpha * x[xOff + 6];
        double x7 = alpha * x[xOff + 7];
        for (int j = 0; j < n; j++) {
            int i = aOff + j;
            double top = x0 * a[i] + x1 * a[i + lda] + x2 * a[i + 2 * lda] + x3 * a[i + 3 * lda];
            double bottom = x4 * a[i + 4 * lda] + x5 * a[i + 5 * lda] + x6 * a[i + 6 * lda] + x7 * a[i + 7 * lda];
            y[yOff + j] += top + bottom;
        }
    }

    /// `y += factor·x`.
    void addRow(int n, double factor, double[] x, int xOff, double[] y, int yOff) {
        for (int j = 0; j < n; j++) {
            y[yOff + j] += factor * x[xOff + j];
        }
    }

    /// For four rows i from `xi` and `yi`, and n columns j from `xj` and `yj`: `yᵢ += Σⱼ a[i, j]·xⱼ` and `yⱼ += Σᵢ a[i,
    /// j]·xᵢ`.
    void addFourBoth(
            int n,
            double[] a,
            int aOff,
            int lda,
            double[] x,
            int xi,
            int xj,
            double[] y,
            int yi,
            int yj,
            double[] room) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        double x0 = x[xi];
        double x1 = x[xi + 1];
        double x2 = x[xi + 2];
        double x3 = x[xi + 3];
        for (int j = 0; j < n; j++) {
            int i = aOff + j;
            double a0 = a[i];
            double a1 = a[i + lda];
            double a2 = a[i + 2 * lda];
            double a3 = a[i + 3 * lda];
            double v = x[xj + j];
            s0 += a0 * v;
            s1 += a1 * v;
            s2 += a2 * v;
            s3 += a3 * v;
            y[yj + j] += (a0 * x0 + a1 * x1) + (a2 * x2 + a3 * x3);
        }
        y[yi] += s0;
        y[yi + 1] += s1;
        y[yi + 2] += s2;
        y[yi + 3] += s3;
    }
}
