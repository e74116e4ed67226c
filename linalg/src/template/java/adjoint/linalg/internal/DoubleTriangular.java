package adjoint.linalg.internal;

import adjoint.linalg.Diagonal;
import adjoint.linalg.Kernels;
import adjoint.linalg.Parallel;
import adjoint.linalg.Side;
import adjoint.linalg.Transpose;
import adjoint.linalg.Triangle;
import java.util.Arrays;

/// Level 3 of BLAS on triangles, of one precision: recursion that halves the triangle leaves nearly all of the
/// arithmetic to matrix products.
///
/// Triangles of order [DoubleStrips#ORDER] are packed as lower ones, in forward order: an upper one is turned by 180°,
/// and one on the right acts, transposed, on the transpose of the other matrix. What it acts on is packed in strips.
///
/// Reference: E. Elmroth, F. Gustavson, I. Jonsson, B. Kågström, "Recursive blocked algorithms and hybrid data
/// structures for dense matrix library software", SIAM Review 46 (2004).
@SuppressWarnings("cast")
public final class DoubleTriangular {
    private static final int ORDER = DoubleStrips.ORDER;

    /// The elements of a block of C on the diagonal that is computed whole.
    private static final int SQUARE = 64;

    /// The order at which a triangle acts on a vector element by element.
    private static final int VECTOR_ORDER = 16;

    /// Multiply-adds that are worth a thread.
    private static final int WORTH_A_THREAD = 400_000;

    private final Kernels<double[]> kernels;
    private final DoubleStrips strips;

    /// Products are those of `kernels`.
    public DoubleTriangular(Kernels<double[]> kernels, DoubleStrips strips) {
        this.kernels = kernels;
        this.strips = strips;
    }

    // ---- B = op(A)·B and its like

    /// The product of the triangular matrix op(A) or, where `inverse`, of its inverse, and B of `m × n`, in place:
    /// `B = alpha·op(A)·B` on the left, `alpha·B·op(A)` on the right.
    public void apply(
            boolean inverse,
            Side side,
            Triangle triangle,
            Transpose ta,
            Diagonal diagonal,
            int m,
            int n,
            double alpha,
            double[] a,
            int aOff,
            int lda,
            double[] b,
            int bOff,
            int ldb) {
        if (m == 0 || n == 0) {
            return;
        }
        for (int i = 0; alpha != 1 && i < m; i++) {
            int row = bOff + i * ldb;
            if (alpha == 0) {
                Arrays.fill(b, row, row + n, 0);
            } else {
                kernels.scale(n, alpha, b, row);
            }
        }
        if (alpha != 0) {
            boolean lower = (triangle == Triangle.LOWER) == (ta == Transpose.NO);
            if (side == Side.LEFT && n == 1) {
                vector(inverse, lower, ta == Transpose.YES, diagonal, m, a, aOff, lda, b, bOff, ldb);
                return;
            }
            if (side == Side.RIGHT && m == 1) {
                vector(inverse, !lower, ta == Transpose.NO, diagonal, n, a, aOff, lda, b, bOff, 1);
                return;
            }
            halve(inverse, side, lower, ta, diagonal, m, n, a, aOff, lda, b, bOff, ldb);
        }
    }

    /// With op(A) in four blocks, and B in two, one of the two is the source of an update of the other one. A solve
    /// finishes the source first; a product needs it as it was.
    private void halve(
            boolean inverse,
            Side side,
            boolean lower,
            Transpose ta,
            Diagonal diagonal,
            int m,
            int n,
            double[] a,
            int aOff,
            int lda,
            double[] b,
            int bOff,
            int ldb) {
        boolean left = side == Side.LEFT;
        int order = left ? m : n;
        if (order <= ORDER) {
            bottom(inverse, left, lower, ta, diagonal, m, n, a, aOff, lda, b, bOff, ldb);
            return;
        }
        int first = firstHalf(order);
        int second = order - first;
        int secondA = aOff + first * (lda + 1);
        int secondB = left ? bOff + first * ldb : bOff + first;
        boolean fromFirst = lower == left;
        if (fromFirst == inverse) {
            int rows = left ? first : m;
            halve(inverse, side, lower, ta, diagonal, rows, left ? n : first, a, aOff, lda, b, bOff, ldb);
        } else {
            int rows = left ? second : m;
            halve(inverse, side, lower, ta, diagonal, rows, left ? n : second, a, secondA, lda, b, secondB, ldb);
        }
        // The block of A beside its diagonal: below it, or above it.
        int block = lower == (ta == Transpose.NO) ? aOff + first * lda : aOff + first;
        int source = fromFirst ? bOff : secondB;
        int target = fromFirst ? secondB : bOff;
        int inner = fromFirst ? first : second;
        int outer = order - inner;
        double sign = inverse ? -1 : 1;
        if (left) {
            kernels.gemm(ta, Transpose.NO, outer, n, inner, sign, a, block, lda, b, source, ldb, 1, b, target, ldb);
        } else {
            kernels.gemm(Transpose.NO, ta, m, outer, inner, sign, b, source, ldb, a, block, lda, 1, b, target, ldb);
        }
        if (fromFirst == inverse) {
            int rows = left ? second : m;
            halve(inverse, side, lower, ta, diagonal, rows, left ? n : second, a, secondA, lda, b, secondB, ldb);
        } else {
            int rows = left ? first : m;
            halve(inverse, side, lower, ta, diagonal, rows, left ? n : first, a, aOff, lda, b, bOff, ldb);
        }
    }

    /// About half of `order`, a multiple of what vectors and tiles are.
    private static int firstHalf(int order) {
        return (order / 2 + 31) / 32 * 32;
    }

    /// A triangle of order at most [#ORDER], on all of B in strips.
    private void bottom(
            boolean inverse,
            boolean left,
            boolean lower,
            Transpose ta,
            Diagonal diagonal,
            int m,
            int n,
            double[] a,
            int aOff,
            int lda,
            double[] b,
            int bOff,
            int ldb) {
        int order = left ? m : n;
        int columns = left ? n : m;
        boolean transposed = (ta == Transpose.YES) == left;
        boolean backwards = lower != left;
        double[] t = DoubleScratch.take(ORDER * ORDER);
        pack(inverse, transposed, backwards, diagonal, order, a, aOff, lda, t);
        boolean divide = inverse && !invertDiagonal(order, t);
        int width = strips.width();
        int count = (columns + width - 1) / width;
        long work = (long) order * order / 2 * columns;
        if (Parallel.threads() == 1 || work < 2 * WORTH_A_THREAD) {
            strips(inverse, divide, left, backwards, order, columns, t, b, bOff, ldb, 0, count);
        } else {
            int grain = Math.max(1, WORTH_A_THREAD / (order * order / 2 * width));
            Parallel.range(
                    count,
                    grain,
                    (from, to) -> strips(inverse, divide, left, backwards, order, columns, t, b, bOff, ldb, from, to));
        }
        DoubleScratch.give(t);
    }

    /// Packs op(A) as a lower triangle; off the diagonal with its sign turned where it will be inverted.
    private static void pack(
            boolean inverse,
            boolean transposed,
            boolean backwards,
            Diagonal diagonal,
            int order,
            double[] a,
            int aOff,
            int lda,
            double[] t) {
        int turn = backwards ? -1 : 1;
        int rowStep = turn * (transposed ? 1 : lda);
        int columnStep = turn * (transposed ? lda : 1);
        int start = backwards ? aOff + (order - 1) * (lda + 1) : aOff;
        double sign = inverse ? -1 : 1;
        for (int r = 0; r < order; r++) {
            int row = start + r * rowStep;
            for (int p = 0; p < r; p++) {
                t[r * ORDER + p] = sign * a[row + p * columnStep];
            }
            t[r * ORDER + r] = diagonal == Diagonal.UNIT ? 1 : a[row + r * columnStep];
        }
    }

    /// Replaces the diagonal by reciprocals, unless one of them would not be a normal number: false then.
    private static boolean invertDiagonal(int order, double[] t) {
        for (int r = 0; r < order; r++) {
            double magnitude = Math.abs(t[r * (ORDER + 1)]);
            if (!(magnitude >= Double.MIN_NORMAL && magnitude <= 1 / Double.MIN_NORMAL)) {
                return false;
            }
        }
        for (int r = 0; r < order; r++) {
            t[r * (ORDER + 1)] = 1 / t[r * (ORDER + 1)];
        }
        return true;
    }

    private void strips(
            boolean inverse,
            boolean divide,
            boolean left,
            boolean backwards,
            int order,
            int columns,
            double[] t,
            double[] b,
            int bOff,
            int ldb,
            int from,
            int to) {
        int width = strips.width();
        double[] x = DoubleScratch.take(ORDER * width);
        int start = backwards ? (order - 1) * width : 0;
        int step = backwards ? -width : width;
        for (int s = from; s < to; s++) {
            int columnsHere = Math.min(width, columns - s * width);
            if (columnsHere < width) {
                Arrays.fill(x, 0, order * width, 0);
            }
            if (left) {
                int at = bOff + s * width;
                copyRows(order, columnsHere, b, at, ldb, x, start, step);
                act(inverse, divide, order, t, x);
                copyRows(order, columnsHere, x, start, step, b, at, ldb);
            } else {
                int at = bOff + s * width * ldb;
                strips.transpose(columnsHere, order, b, at, ldb, x, start, step);
                act(inverse, divide, order, t, x);
                strips.transpose(order, columnsHere, x, start, step, b, at, ldb);
            }
        }
        DoubleScratch.give(x);
    }

    private static void copyRows(
            int rows, int columns, double[] in, int inOff, int ldIn, double[] out, int outOff, int ldOut) {
        for (int r = 0; r < rows; r++) {
            System.arraycopy(in, inOff + r * ldIn, out, outOff + r * ldOut, columns);
        }
    }

    private void act(boolean inverse, boolean divide, int order, double[] t, double[] x) {
        if (divide) {
            divide(order, t, strips.width(), x);
        } else if (inverse) {
            strips.solve(order, t, x);
        } else {
            strips.multiply(order, t, x);
        }
    }

    /// [DoubleStrips#solve] for a diagonal that has no reciprocal: zeros give infinities and NaN, as divisions do.
    private static void divide(int order, double[] t, int width, double[] x) {
        for (int r = 0; r < order; r++) {
            for (int c = r * width; c < (r + 1) * width; c++) {
                double sum = x[c];
                for (int p = 0; p < r; p++) {
                    sum += t[r * ORDER + p] * x[c + (p - r) * width];
                }
                x[c] = sum / t[r * (ORDER + 1)];
            }
        }
    }

    // ---- the same for a vector

    /// A single column, or on the right, transposed, a single row: x of n elements, `step` apart.
    private void vector(
            boolean inverse,
            boolean lower,
            boolean transposed,
            Diagonal diagonal,
            int n,
            double[] a,
            int aOff,
            int lda,
            double[] x,
            int xOff,
            int step) {
        if (step == 1) {
            halveVector(inverse, lower, transposed, diagonal, n, a, aOff, lda, x, xOff);
            return;
        }
        double[] copy = DoubleScratch.take(n);
        for (int i = 0; i < n; i++) {
            copy[i] = x[xOff + i * step];
        }
        halveVector(inverse, lower, transposed, diagonal, n, a, aOff, lda, copy, 0);
        for (int i = 0; i < n; i++) {
            x[xOff + i * step] = copy[i];
        }
        DoubleScratch.give(copy);
    }

    /// As [#halve], with A on the left of a vector.
    private void halveVector(
            boolean inverse,
            boolean lower,
            boolean transposed,
            Diagonal diagonal,
            int n,
            double[] a,
            int aOff,
            int lda,
            double[] x,
            int xOff) {
        if (n <= VECTOR_ORDER) {
            bottomVector(inverse, lower, transposed, diagonal, n, a, aOff, lda, x, xOff);
            return;
        }
        int first = (n / 2 + VECTOR_ORDER - 1) / VECTOR_ORDER * VECTOR_ORDER;
        int second = n - first;
        int secondA = aOff + first * (lda + 1);
        if (lower == inverse) {
            halveVector(inverse, lower, transposed, diagonal, first, a, aOff, lda, x, xOff);
        } else {
            halveVector(inverse, lower, transposed, diagonal, second, a, secondA, lda, x, xOff + first);
        }
        // The block of A as it is stored: below its diagonal, or above it.
        boolean below = lower != transposed;
        int block = below ? aOff + first * lda : aOff + first;
        int source = lower ? xOff : xOff + first;
        int target = lower ? xOff + first : xOff;
        kernels.gemv(
                transposed ? Transpose.YES : Transpose.NO,
                below ? second : first,
                below ? first : second,
                inverse ? -1 : 1,
                a,
                block,
                lda,
                x,
                source,
                1,
                1,
                x,
                target,
                1);
        if (lower == inverse) {
            halveVector(inverse, lower, transposed, diagonal, second, a, secondA, lda, x, xOff + first);
        } else {
            halveVector(inverse, lower, transposed, diagonal, first, a, aOff, lda, x, xOff);
        }
    }

    /// Column after column of op(A), in the order in which a lower triangle is solved, or for a product against it.
    private static void bottomVector(
            boolean inverse,
            boolean lower,
            boolean transposed,
            Diagonal diagonal,
            int n,
            double[] a,
            int aOff,
            int lda,
            double[] x,
            int xOff) {
        int turn = lower ? 1 : -1;
        int rowStep = turn * (transposed ? 1 : lda);
        int diagonalStep = turn * (lda + 1);
        int start = lower ? aOff : aOff + (n - 1) * (lda + 1);
        int top = lower ? xOff : xOff + n - 1;
        for (int i = 0; i < n; i++) {
            int c = inverse ? i : n - 1 - i;
            int at = start + c * diagonalStep;
            int xc = top + c * turn;
            double pivot = diagonal == Diagonal.UNIT ? 1 : a[at];
            double value = inverse ? x[xc] / pivot : x[xc];
            double factor = inverse ? -value : value;
            for (int r = 1; r < n - c; r++) {
                x[xc + r * turn] += factor * a[at + r * rowStep];
            }
            x[xc] = inverse ? value : value * pivot;
        }
    }

    // ---- C = A·Aᵀ

    /// One triangle of `C = alpha·op(A)·op(A)ᵀ + beta·C`, with op(A) of `n × k`.
    public void square(
            Triangle triangle,
            Transpose ta,
            int n,
            int k,
            double alpha,
            double[] a,
            int aOff,
            int lda,
            double beta,
            double[] c,
            int cOff,
            int ldc) {
        if (n <= SQUARE) {
            squareBlock(triangle, ta, n, k, alpha, a, aOff, lda, beta, c, cOff, ldc);
            return;
        }
        int first = firstHalf(n);
        int second = n - first;
        int secondA = ta == Transpose.NO ? aOff + first * lda : aOff + first;
        Transpose tb = ta == Transpose.NO ? Transpose.YES : Transpose.NO;
        square(triangle, ta, first, k, alpha, a, aOff, lda, beta, c, cOff, ldc);
        if (triangle == Triangle.LOWER) {
            int block = cOff + first * ldc;
            kernels.gemm(ta, tb, second, first, k, alpha, a, secondA, lda, a, aOff, lda, beta, c, block, ldc);
        } else {
            int block = cOff + first;
            kernels.gemm(ta, tb, first, second, k, alpha, a, aOff, lda, a, secondA, lda, beta, c, block, ldc);
        }
        square(triangle, ta, second, k, alpha, a, secondA, lda, beta, c, cOff + first * (ldc + 1), ldc);
    }

    /// Computes the whole block, and uses a triangle of it.
    private void squareBlock(
            Triangle triangle,
            Transpose ta,
            int n,
            int k,
            double alpha,
            double[] a,
            int aOff,
            int lda,
            double beta,
            double[] c,
            int cOff,
            int ldc) {
        if (n == 0) {
            return;
        }
        double[] product = DoubleScratch.take(n * n);
        Transpose tb = ta == Transpose.NO ? Transpose.YES : Transpose.NO;
        kernels.gemm(ta, tb, n, n, k, alpha, a, aOff, lda, a, aOff, lda, 0, product, 0, n);
        for (int r = 0; r < n; r++) {
            int from = triangle == Triangle.LOWER ? 0 : r;
            int to = triangle == Triangle.LOWER ? r + 1 : n;
            if (beta == 0) {
                System.arraycopy(product, r * n + from, c, cOff + r * ldc + from, to - from);
            } else {
                addRow(to - from, product, r * n + from, beta, c, cOff + r * ldc + from);
            }
        }
        DoubleScratch.give(product);
    }

    /// `y = x + beta·y`.
    private static void addRow(int n, double[] x, int xOff, double beta, double[] y, int yOff) {
        for (int j = 0; j < n; j++) {
            y[yOff + j] = x[xOff + j] + beta * y[yOff + j];
        }
    }
}
