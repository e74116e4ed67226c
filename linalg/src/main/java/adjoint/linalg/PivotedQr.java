package adjoint.linalg;

import adjoint.linalg.internal.Householder;
import java.lang.reflect.Array;

/// The QR decomposition with column pivoting, `A·P = Q·R`: at each step, the column of which most is left comes next.
///
/// ```java
/// PivotedQr<double[]> qr = PivotedQr.thin(Kernels.f64(), m, n, a);
/// int rank = qr.rank(Kernels.f64(), 1e-12);
/// ```
///
/// For A of `m × n` and `k = min(m, n)`: Q is `m × k` with orthonormal columns, R is `k × n`, upper triangular with a
/// diagonal that is ≥ 0 and falls, and column j of A·P is column `pivots[j]` of A. All
/// row-major.
///
/// Backward error and orthogonality are those of [Qr]. rⱼⱼ mostly is within a small factor of the singular value σⱼ;
/// there are matrices, Kahan's, where the last one is larger by far, and [Svd] tells the rank with certainty.
///
/// Reference: Golub, Van Loan, *Matrix Computations*, 4th edition, §5.4.2.
///
/// @param q Q
/// @param r R
/// @param pivots the columns of A in their new order, n elements
/// @param <A> `float[]` or `double[]`
public record PivotedQr<A>(A q, A r, int[] pivots) {
    /// The thin decomposition of the row-major `m × n` matrix `a`, which is not changed.
    ///
    /// @throws IllegalArgumentException if the size is wrong or an element is NaN or infinite
    public static <A> PivotedQr<A> thin(Kernels<A> kernels, int m, int n, A a) {
        Decomposition.check("PivotedQr.thin", kernels, m, n, a);
        int k = Math.min(m, n);
        A q = Decomposition.vector(kernels, m * k);
        A r = Decomposition.vector(kernels, k * n);
        int[] pivots = new int[n];
        Householder.of(kernels).decompose(kernels, m, n, k, Decomposition.copy(kernels, m, n, a), pivots, q, r);
        return new PivotedQr<>(q, r, pivots);
    }

    /// Factors A in place as [Qr#factor] does, with the columns in the order of `pivots`, as LAPACK's `geqp3`.
    /// [Qr#apply] and [Qr#form] take the result. A NaN or an infinity spreads.
    ///
    /// @param pivots receives the columns of A in their new order, n elements from `pOff`
    /// @param tau receives τ, `min(m, n)` elements from `tauOff`
    /// @throws IllegalArgumentException if a size is negative, `lda` is too small, or τ overlaps A
    /// @throws IndexOutOfBoundsException if an array is too short
    public static <A> void factor(
            Kernels<A> kernels, int m, int n, A a, int off, int lda, int[] pivots, int pOff, A tau, int tauOff) {
        Decomposition.checkMatrix("PivotedQr.factor", "a", m, n, a, off, lda);
        Bounds.vector("PivotedQr.factor", "pivots", pivots.length, pOff, n);
        int k = Math.min(m, n);
        Decomposition.checkVector("PivotedQr.factor", "tau", k, tau, tauOff);
        Bounds.disjoint("PivotedQr.factor", "tau", tau, tauOff, 1, k, k, "a", a, off, m, n, lda);
        Householder.of(kernels).factorPivoted(kernels, m, n, a, off, lda, pivots, pOff, tau, tauOff);
    }

    /// The numerical rank of the `m × n` matrix that [#factor] left at `off`: how many diagonal elements of R are
    /// greater in magnitude than `tolerance` times the first.
    ///
    /// @throws IllegalArgumentException if a size is negative, `lda` is too small, or the tolerance is negative or NaN
    /// @throws IndexOutOfBoundsException if an array is too short
    public static <A> int rank(Kernels<A> kernels, int m, int n, A a, int off, int lda, double tolerance) {
        Decomposition.checkMatrix("PivotedQr.rank", "a", m, n, a, off, lda);
        Decomposition.checkTolerance("PivotedQr.rank", tolerance);
        int rank = 0;
        int k = Math.min(m, n);
        while (rank < k && Math.abs(kernels.sum(a, off + rank * (lda + 1), 1)) > tolerance * first(kernels, a, off)) {
            rank++;
        }
        return rank;
    }

    private static <A> double first(Kernels<A> kernels, A a, int off) {
        return Math.abs(kernels.sum(a, off, 1));
    }

    /// The numerical rank: how many diagonal elements of R are greater than `tolerance` times the first. A good
    /// tolerance for a matrix that is exact to rounding is `max(m, n)·ε`.
    ///
    /// @throws IllegalArgumentException if the tolerance is negative or NaN
    public int rank(Kernels<A> kernels, double tolerance) {
        int n = pivots.length;
        int k = n == 0 ? 0 : Array.getLength(r) / n;
        return rank(kernels, k, n, r, 0, n, tolerance);
    }
}
