package adjoint.linalg.internal;

import adjoint.linalg.Diagonal;
import adjoint.linalg.Kernels;
import adjoint.linalg.Side;
import adjoint.linalg.Transpose;
import adjoint.linalg.Triangle;
import java.util.Arrays;

/// Gaussian elimination in one precision, by recursion that halves the columns: nearly all of the arithmetic is that of
/// matrix products, and each of them is as deep as it can be.
///
/// What is at the bottom works on transposed copies, in which a column of the matrix is a contiguous row.
///
/// References: S. Toledo, "Locality of reference in LU decomposition with partial pivoting", SIAM J. Matrix Anal. Appl.
/// 18 (1997); F. Gustavson, "Recursion leads to automatic variable blocking for dense linear-algebra algorithms", IBM
/// J. Res. Develop. 41 (1997).
@SuppressWarnings("cast")
final class DoubleElimination implements Elimination<double[]> {
    static final DoubleElimination CODE = new DoubleElimination();

    /// The columns of a panel that is factored in a copy, and those of a leaf of its recursion.
    private static final int PANEL = 64;

    private static final int LEAF = 16;

    private DoubleElimination() {}

    // ---- Cholesky

    @Override
    public int cholesky(Kernels<double[]> kernels, int n, double[] a, int off, int ld) {
        if (n <= LEAF) {
            return choleskyBlock(n, a, off, ld);
        }
        int first = n <= PANEL ? (n / 2 + LEAF - 1) / LEAF * LEAF : firstHalf(n);
        int second = n - first;
        int failed = cholesky(kernels, first, a, off, ld);
        if (failed >= 0) {
            return failed;
        }
        int below = off + first * ld;
        kernels.trsm(
                Side.RIGHT,
                Triangle.LOWER,
                Transpose.YES,
                Diagonal.NON_UNIT,
                second,
                first,
                1,
                a,
                off,
                ld,
                a,
                below,
                ld);
        kernels.syrk(Triangle.LOWER, Transpose.NO, second, first, -1, a, below, ld, 1, a, below + first, ld);
        failed = cholesky(kernels, second, a, below + first, ld);
        return failed < 0 ? failed : first + failed;
    }

    /// About half of n, a multiple of what vectors and tiles are.
    private static int firstHalf(int n) {
        return (n / 2 + 31) / 32 * 32;
    }

    /// Column by column, each from those on its left.
    private static int choleskyBlock(int n, double[] a, int off, int ld) {
        for (int j = 0; j < n; j++) {
            int pivotRow = off + j * ld;
            double pivot = a[pivotRow + j] - dot(j, a, pivotRow, pivotRow);
            if (!(pivot > 0)) {
                a[pivotRow + j] = pivot;
                return j;
            }
            double root = (double) Math.sqrt(pivot);
            a[pivotRow + j] = root;
            for (int i = j + 1; i < n; i++) {
                int row = off + i * ld;
                a[row + j] = (a[row + j] - dot(j, a, row, pivotRow)) / root;
            }
        }
        return -1;
    }

    private static double dot(int n, double[] a, int row, int other) {
        double sum = 0;
        for (int k = 0; k < n; k++) {
            sum += a[row + k] * a[other + k];
        }
        return sum;
    }

    // ---- LU

    @Override
    public int lu(Kernels<double[]> kernels, int m, int n, double[] a, int off, int ld, int[] pivots, int pOff) {
        int k = Math.min(m, n);
        int zero = factorColumns(kernels, m, 0, k, a, off, ld, pivots, pOff);
        if (k < n) {
            eliminate(kernels, m, 0, k, n - k, a, off, ld, pivots, pOff);
        }
        return zero;
    }

    /// Factors `columns` columns from column `from`, below row `from`; to the left of them all is done, and what that
    /// meant for them has been done to them. Rows are exchanged within these columns only.
    private static int factorColumns(
            Kernels<double[]> kernels,
            int m,
            int from,
            int columns,
            double[] a,
            int off,
            int ld,
            int[] pivots,
            int pOff) {
        if (columns <= PANEL) {
            return factorPanel(kernels, m - from, from, columns, a, off + from * (ld + 1), ld, pivots, pOff);
        }
        int first = firstHalf(columns);
        int middle = from + first;
        int end = from + columns;
        int zero = factorColumns(kernels, m, from, first, a, off, ld, pivots, pOff);
        eliminate(kernels, m, from, middle, columns - first, a, off, ld, pivots, pOff);
        int later = factorColumns(kernels, m, middle, columns - first, a, off, ld, pivots, pOff);
        exchange(middle, end, first, a, off + from, ld, pivots, pOff);
        return zero >= 0 ? zero : later;
    }

    /// Applies the columns `from … to-1`, which are factored, to the `columns` columns behind them.
    private static void eliminate(
            Kernels<double[]> kernels,
            int m,
            int from,
            int to,
            int columns,
            double[] a,
            int off,
            int ld,
            int[] pivots,
            int pOff) {
        exchange(from, to, columns, a, off + to, ld, pivots, pOff);
        int factored = off + from * ld + from;
        int right = off + from * ld + to;
        int depth = to - from;
        kernels.trsm(
                Side.LEFT,
                Triangle.LOWER,
                Transpose.NO,
                Diagonal.UNIT,
                depth,
                columns,
                1,
                a,
                factored,
                ld,
                a,
                right,
                ld);
        kernels.gemm(
                Transpose.NO,
                Transpose.NO,
                m - to,
                columns,
                depth,
                -1,
                a,
                factored + depth * ld,
                ld,
                a,
                right,
                ld,
                1,
                a,
                right + depth * ld,
                ld);
    }

    /// Factors an `m × n` panel at `off`, the rows of which are `from …` of the matrix.
    private static int factorPanel(
            Kernels<double[]> kernels, int m, int from, int n, double[] a, int off, int ld, int[] pivots, int pOff) {
        if (n == 0) {
            return -1;
        }
        // Not a power of two, which would bring elements of neighbouring columns into the same set of a cache.
        int ldp = (m + 15) / 16 * 16 + 16;
        double[] p = DoubleScratch.take(Math.multiplyExact(n, ldp));
        kernels.transpose(m, n, a, off, ld, p, 0, ldp);
        int zero = factorTransposed(kernels, m, 0, n, n, p, ldp, pivots, pOff + from);
        kernels.transpose(n, m, p, 0, ldp, a, off, ld);
        DoubleScratch.give(p);
        for (int i = 0; i < n; i++) {
            pivots[pOff + from + i] += from;
        }
        return zero < 0 ? zero : from + zero;
    }

    /// Factors the columns `from … to-1` of a transposed panel of n columns: row j of `p` is column j.
    private static int factorTransposed(
            Kernels<double[]> kernels, int m, int from, int to, int n, double[] p, int ldp, int[] pivots, int pOff) {
        if (to - from <= LEAF) {
            return factorLeaf(kernels, m, from, to, n, p, ldp, pivots, pOff);
        }
        int middle = from + (to - from + 1) / 2;
        int first = middle - from;
        int second = to - middle;
        int zero = factorTransposed(kernels, m, from, middle, n, p, ldp, pivots, pOff);
        int done = from * ldp + from;
        int next = middle * ldp + from;
        kernels.trsm(
                Side.RIGHT, Triangle.UPPER, Transpose.NO, Diagonal.UNIT, second, first, 1, p, done, ldp, p, next, ldp);
        kernels.gemm(
                Transpose.NO,
                Transpose.NO,
                second,
                m - middle,
                first,
                -1,
                p,
                next,
                ldp,
                p,
                done + first,
                ldp,
                1,
                p,
                next + first,
                ldp);
        int later = factorTransposed(kernels, m, middle, to, n, p, ldp, pivots, pOff);
        return zero >= 0 ? zero : later;
    }

    /// Column after column: applies those before it, finds its pivot, exchanges, divides.
    private static int factorLeaf(
            Kernels<double[]> kernels, int m, int from, int to, int n, double[] p, int ldp, int[] pivots, int pOff) {
        int zero = -1;
        for (int j = from; j < to; j++) {
            int column = j * ldp;
            for (int i = from + 1; i < j; i++) {
                double sum = p[column + i];
                for (int q = from; q < i; q++) {
                    sum -= p[q * ldp + i] * p[column + q];
                }
                p[column + i] = sum;
            }
            kernels.gemv(
                    Transpose.YES,
                    j - from,
                    m - j,
                    -1,
                    p,
                    from * ldp + j,
                    ldp,
                    p,
                    column + from,
                    1,
                    1,
                    p,
                    column + j,
                    1);
            int pivot = largest(p, column + j, m - j) + j;
            pivots[pOff + j] = pivot;
            for (int r = 0; pivot != j && r < n; r++) {
                double kept = p[r * ldp + j];
                p[r * ldp + j] = p[r * ldp + pivot];
                p[r * ldp + pivot] = kept;
            }
            double value = p[column + j];
            if (value == 0) {
                zero = zero < 0 ? j : zero;
            } else {
                divide(kernels, m - j - 1, value, p, column + j + 1);
            }
        }
        return zero;
    }

    /// The first index of the largest magnitude; a NaN is larger than any number.
    private static int largest(double[] x, int off, int n) {
        int index = 0;
        double most = -1;
        for (int i = 0; i < n; i++) {
            double magnitude = Math.abs(x[off + i]);
            if (!(magnitude <= most)) {
                if (Double.isNaN(magnitude)) {
                    return i;
                }
                most = magnitude;
                index = i;
            }
        }
        return index;
    }

    /// `x /= divisor`, by way of the reciprocal where that is a normal number.
    private static void divide(Kernels<double[]> kernels, int n, double divisor, double[] x, int off) {
        double magnitude = Math.abs(divisor);
        if (magnitude >= Double.MIN_NORMAL && magnitude <= 1 / Double.MIN_NORMAL) {
            kernels.scale(n, 1 / divisor, x, off);
            return;
        }
        for (int i = 0; i < n; i++) {
            x[off + i] /= divisor;
        }
    }

    @Override
    public void exchangeRows(
            boolean backwards, int from, int to, int columns, double[] b, int off, int ld, int[] pivots, int pOff) {
        if (!backwards) {
            exchange(from, to, columns, b, off, ld, pivots, pOff);
            return;
        }
        double[] row = DoubleScratch.take(columns);
        for (int i = to - 1; i >= from; i--) {
            exchange(row, columns, b, off + i * ld, off + pivots[pOff + i] * ld);
        }
        DoubleScratch.give(row);
    }

    private static void exchange(int from, int to, int columns, double[] b, int off, int ld, int[] pivots, int pOff) {
        double[] row = DoubleScratch.take(columns);
        for (int i = from; i < to; i++) {
            exchange(row, columns, b, off + i * ld, off + pivots[pOff + i] * ld);
        }
        DoubleScratch.give(row);
    }

    private static void exchange(double[] row, int n, double[] b, int one, int other) {
        if (one != other) {
            System.arraycopy(b, one, row, 0, n);
            System.arraycopy(b, other, b, one, n);
            System.arraycopy(row, 0, b, other, n);
        }
    }

    // ---- norms

    @Override
    public /*64*/ double columnNorm(int n, double[] a) {
        double[] sums = DoubleScratch.take(n);
        Arrays.fill(sums, 0, n, 0);
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                sums[j] += Math.abs(a[i * n + j]);
            }
        }
        return largestAndGive(n, sums);
    }

    @Override
    public /*64*/ double symmetricNorm(int n, double[] a) {
        double[] sums = DoubleScratch.take(n);
        Arrays.fill(sums, 0, n, 0);
        for (int i = 0; i < n; i++) {
            double row = Math.abs(a[i * n + i]);
            for (int j = 0; j < i; j++) {
                double magnitude = Math.abs(a[i * n + j]);
                sums[j] += magnitude;
                row += magnitude;
            }
            sums[i] = row;
        }
        return largestAndGive(n, sums);
    }

    private static /*64*/ double largestAndGive(int n, double[] sums) {
        double most = 0;
        for (int j = 0; j < n; j++) {
            most = Math.max(most, sums[j]);
        }
        DoubleScratch.give(sums);
        return most;
    }

    /// N. Higham, "FORTRAN codes for estimating the one-norm of a real or complex matrix", ACM Trans. Math. Softw. 14
    /// (1988), algorithm 4.1: climbs from column to column of the inverse, and looks at one more vector in case that
    /// the climb was misled.
    @Override
    public /*64*/ double inverseNorm(Kernels<double[]> kernels, int n, Inverse<double[]> inverse) {
        double[] x = new double[n];
        Arrays.fill(x, (double) 1 / n);
        inverse.apply(Transpose.NO, x);
        /*64*/ double estimate = magnitudes(n, x);
        double[] signs = new double[n];
        int column = -1;
        for (int step = 0; step < 5 && n > 1 && takeSigns(n, x, signs); step++) {
            System.arraycopy(signs, 0, x, 0, n);
            inverse.apply(Transpose.YES, x);
            int steepest = largest(x, 0, n);
            if (column >= 0 && Math.abs(x[steepest]) <= Math.abs(x[column])) {
                break;
            }
            column = steepest;
            Arrays.fill(x, 0);
            x[column] = 1;
            inverse.apply(Transpose.NO, x);
            /*64*/ double climbed = magnitudes(n, x);
            if (climbed <= estimate) {
                break;
            }
            estimate = climbed;
        }
        for (int i = 0; i < n; i++) {
            x[i] = (i % 2 == 0 ? 1 : -1) * (1 + i / (double) Math.max(1, n - 1));
        }
        inverse.apply(Transpose.NO, x);
        return Math.max(estimate, 2 * magnitudes(n, x) / (3 * n));
    }

    private static /*64*/ double magnitudes(int n, double[] x) {
        /*64*/ double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += Math.abs(x[i]);
        }
        return sum;
    }

    /// Replaces `signs` by those of x; false if they are the same already.
    private static boolean takeSigns(int n, double[] x, double[] signs) {
        boolean changed = false;
        for (int i = 0; i < n; i++) {
            double sign = x[i] >= 0 ? 1 : -1;
            changed |= sign != signs[i];
            signs[i] = sign;
        }
        return changed;
    }
}
