package adjoint.linalg.internal;

import adjoint.linalg.Kernels;
import adjoint.linalg.Transpose;
import adjoint.linalg.Triangle;
import java.util.Arrays;

/// Reduction of a symmetric matrix to tridiagonal form, `T = Qᵀ·A·Q` with Q = Hₙ₋₁·…·H₁ a product of reflectors
/// `Hᵢ = I - τᵢ·vᵢ·vᵢᵀ`.
///
/// Rows are reduced from the last to the first, in panels. Hᵢ makes row i vanish but for its last element before the
/// diagonal; the matrix that is left becomes `A - v·wᵀ - w·vᵀ` with
///
/// ```
/// w = τ·A·v - ½τ²·(vᵀ·A·v)·v
/// ```
///
/// Within a panel the vectors v and w are only gathered, and A·v is corrected for them: half of the work is this
/// product of the matrix and a vector. Behind a panel the matrix is updated by all of them at once, which is a matrix
/// product and the other half.
///
/// Reference: Dongarra, Sorensen, Hammarling, "Block reduction of matrices to condensed forms for eigenvalue
/// computations", Journal of Computational and Applied Mathematics 27, 1989; Schreiber, Van Loan, "A storage-efficient
/// WY representation for products of Householder transformations", SIAM J. Sci. Stat. Comput. 10, 1989.
@SuppressWarnings("cast")
final class DoubleTridiagonal {
    /// Rows per panel of the reduction, and reflectors per block when they are applied.
    private static final int PANEL = 32;

    private static final int BLOCK = 64;

    /// Rows of the matrix that are updated by one product: what it computes beyond the diagonal is wasted.
    private static final int STRIPE = 128;

    /// A squared norm below this is that of a negligible vector, as the largest elements of the matrix are near 1.
    private static final double NEGLIGIBLE = Double.MIN_NORMAL / Math.ulp((double) 1) / Math.ulp((double) 1);

    private DoubleTridiagonal() {}

    /// Reduces the lower triangle of the matrix of order n in `a`, whose largest elements are near 1. T has the
    /// diagonal `d[0 … n)`, and `e[i]` couples i
    /// and i + 1. Row i of `a` becomes vᵢ, with i elements, the last of them 1; `tau[i]` is its factor.
    static void reduce(
            Kernels<double[]> kernels,
            int n,
            double[] a,
            int aOff,
            int lda,
            /*64*/ double[] d,
            /*64*/ double[] e,
            double[] tau) {
        double[] vectors = DoubleScratch.take(3 * PANEL * n);
        double[] products = DoubleScratch.take(PANEL);
        for (int end = n; end > 0; end -= PANEL) {
            int width = Math.min(PANEL, end);
            for (int k = 0; k < width; k++) {
                row(kernels, end - 1 - k, k, width, n, a, aOff, lda, vectors, products, d, e, tau);
            }
            update(kernels, end - width, width, n, a, aOff, lda, vectors);
        }
        DoubleScratch.give(products);
        DoubleScratch.give(vectors);
    }

    /// Reduces row i, the one of number k in its panel of `width` rows. In `p`, whose rows have `ldp` elements, v is
    /// row k, w is row `width + k`, and v is once more row `2·width + k`.
    private static void row(
            Kernels<double[]> kernels,
            int i,
            int k,
            int width,
            int ldp,
            double[] a,
            int aOff,
            int lda,
            double[] p,
            double[] products,
            /*64*/ double[] d,
            /*64*/ double[] e,
            double[] tau) {
        int row = aOff + i * lda;
        int ws = width * ldp;
        Transpose no = Transpose.NO;
        Transpose yes = Transpose.YES;
        kernels.gemv(yes, k, i + 1, -1, p, 0, ldp, p, ws + i, ldp, 1, a, row, 1);
        kernels.gemv(yes, k, i + 1, -1, p, ws, ldp, p, i, ldp, 1, a, row, 1);
        d[i] = a[row + i];
        if (i == 0) {
            tau[0] = 0;
            return;
        }
        /*64*/ double factor = reflector(kernels, i, a, row, e);
        tau[i] = (double) factor;
        int v = k * ldp;
        int w = ws + v;
        System.arraycopy(a, row, p, v, i);
        System.arraycopy(a, row, p, 2 * ws + v, i);
        kernels.symv(Triangle.LOWER, i, factor, a, aOff, lda, p, v, 1, 0, p, w, 1);
        kernels.gemv(no, k, i, 1, p, ws, ldp, p, v, 1, 0, products, 0, 1);
        kernels.gemv(yes, k, i, -factor, p, 0, ldp, products, 0, 1, 1, p, w, 1);
        kernels.gemv(no, k, i, 1, p, 0, ldp, p, v, 1, 0, products, 0, 1);
        kernels.gemv(yes, k, i, -factor, p, ws, ldp, products, 0, 1, 1, p, w, 1);
        kernels.axpy(i, -factor / 2 * kernels.dot(p, w, p, v, i), p, v, p, w);
    }

    /// Makes the reflector that maps `x[off … off + i)` to a multiple `e[i - 1]` of its last unit vector, and returns
    /// τ; x becomes v, its last element 1.
    private static /*64*/ double reflector(Kernels<double[]> kernels, int i, double[] x, int off, /*64*/ double[] e) {
        int last = off + i - 1;
        /*64*/ double alpha = x[last];
        /*64*/ double tail = kernels.sumSquares(x, off, i - 1);
        x[last] = 1;
        if (tail <= NEGLIGIBLE) {
            e[i - 1] = alpha;
            return 0;
        }
        /*64*/ double beta = -Math.copySign(Math.sqrt(alpha * alpha + tail), alpha);
        kernels.scale(i - 1, 1 / (alpha - beta), x, off);
        e[i - 1] = beta;
        return (beta - alpha) / beta;
    }

    /// `A = A - V·Wᵀ - W·Vᵀ` for the leading matrix of order m.
    private static void update(
            Kernels<double[]> kernels, int m, int width, int ldp, double[] a, int aOff, int lda, double[] p) {
        int ws = width * ldp;
        for (int from = 0; from < m; from += STRIPE) {
            int to = Math.min(m, from + STRIPE);
            kernels.gemm(
                    Transpose.YES,
                    Transpose.NO,
                    to - from,
                    to,
                    2 * width,
                    -1,
                    p,
                    from,
                    ldp,
                    p,
                    ws,
                    ldp,
                    1,
                    a,
                    aOff + from * lda,
                    lda);
        }
    }

    /// Multiplies the n rows of `x` by `Qᵀ = H₁·…·Hₙ₋₁` from the right: eigenvectors of T, as rows, become those of A.
    ///
    /// A block of reflectors is `I - Vᵀ·S·V`, with the vectors as rows of V and an upper triangular S.
    static void apply(
            Kernels<double[]> kernels,
            int n,
            double[] a,
            int aOff,
            int lda,
            double[] tau,
            double[] x,
            int xOff,
            int ldx) {
        int triangle = BLOCK * n;
        int gram = triangle + BLOCK * BLOCK;
        int left = gram + BLOCK * BLOCK;
        int right = left + BLOCK * n;
        double[] work = DoubleScratch.take(right + BLOCK * n);
        Transpose no = Transpose.NO;
        for (int from = 1; from < n; from += BLOCK) {
            int width = Math.min(BLOCK, n - from);
            // The vectors of this block have no elements from this column on.
            int cols = from + width - 1;
            for (int i = 0; i < width; i++) {
                int length = from + i;
                System.arraycopy(a, aOff + length * lda, work, i * cols, length);
                Arrays.fill(work, i * cols + length, (i + 1) * cols, 0);
            }
            triangle(kernels, width, cols, tau, from, work, gram, triangle);
            kernels.gemm(no, Transpose.YES, n, width, cols, 1, x, xOff, ldx, work, 0, cols, 0, work, left, width);
            kernels.gemm(no, no, n, width, width, 1, work, left, width, work, triangle, width, 0, work, right, width);
            kernels.gemm(no, no, n, cols, width, -1, work, right, width, work, 0, cols, 1, x, xOff, ldx);
        }
        DoubleScratch.give(work);
    }

    /// S of `H·H′·… = I - Vᵀ·S·V`: column j is `-τⱼ·S·V·vⱼ` above the diagonal, and τⱼ on it.
    private static void triangle(
            Kernels<double[]> kernels, int width, int cols, double[] tau, int from, double[] work, int gram, int s) {
        kernels.gemm(
                Transpose.NO, Transpose.YES, width, width, cols, 1, work, 0, cols, work, 0, cols, 0, work, gram, width);
        Arrays.fill(work, s, s + width * width, 0);
        for (int j = 0; j < width; j++) {
            double factor = tau[from + j];
            for (int r = 0; r < j; r++) {
                double sum = 0;
                for (int c = r; c < j; c++) {
                    sum += work[s + r * width + c] * work[gram + c * width + j];
                }
                work[s + r * width + j] = -factor * sum;
            }
            work[s + j * width + j] = factor;
        }
    }
}
