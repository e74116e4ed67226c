package adjoint.linalg;

/// Least squares: the x that makes `‖A·x - b‖₂` as small as can be, and of all such x the one of least norm.
///
/// ```java
/// double[] x = LeastSquares.solve(Kernels.f64(), m, n, a, 1, b);                   // A of full rank
/// LeastSquares<double[]> any = LeastSquares.minimumNorm(Kernels.f64(), m, n, a, 1, b, 1e-12);
/// ```
///
/// A is `m × n`, B has a column for each problem and is `m × columns`, X is `n × columns`; all row-major.
///
/// The computed x is the exact solution for a matrix A + E and a right-hand side b + e with `‖E‖ ≤ c·m·n·ε·‖A‖` and
/// `‖e‖ ≤ c·m·n·ε·‖b‖`; the residual is orthogonal to the columns of A within that.
///
/// References: Björck, *Numerical Methods for Least Squares Problems*, 1996; N. Higham, *Accuracy and Stability of
/// Numerical Algorithms*, 2nd edition, chapter 20.
///
/// @param x X, `n × columns`
/// @param rank the numerical rank of A
/// @param <A> `float[]` or `double[]`
public record LeastSquares<A>(A x, int rank) {
    /// Solves for a matrix of full rank by the QR decomposition of A, or of Aᵀ if A is wide: then there are solutions,
    /// and this is the one of least norm.
    ///
    /// @throws IllegalArgumentException if a size is wrong or an element is NaN or infinite
    /// @throws PivotException if A is rank deficient to working precision
    public static <A> A solve(Kernels<A> kernels, int m, int n, A a, int columns, A b) {
        Decomposition.check("LeastSquares.solve: a", kernels, m, n, a);
        Decomposition.check("LeastSquares.solve: b", kernels, m, columns, b);
        int k = Math.min(m, n);
        int tall = Math.max(m, n);
        A x = Decomposition.matrix("LeastSquares.solve: x", kernels, n, columns);
        A tau = Decomposition.vector(kernels, k);
        A factors = Decomposition.copy(kernels, m, n, a);
        if (m < n) {
            kernels.transpose(m, n, a, 0, n, factors, 0, m);
        }
        Qr.factor(kernels, tall, k, factors, 0, k, tau, 0);
        requireFullRank(kernels, tall, k, factors);
        if (m >= n) {
            A c = Decomposition.copy(kernels, m, columns, b);
            Qr.apply(kernels, Transpose.YES, m, columns, n, factors, 0, n, tau, 0, c, 0, columns);
            System.arraycopy(c, 0, x, 0, n * columns);
            solveUpper(kernels, Transpose.NO, k, columns, factors, k, x);
        } else {
            System.arraycopy(b, 0, x, 0, m * columns);
            solveUpper(kernels, Transpose.YES, k, columns, factors, k, x);
            Qr.apply(kernels, Transpose.NO, n, columns, m, factors, 0, m, tau, 0, x, 0, columns);
        }
        return x;
    }

    /// Solves for a matrix of any rank by a complete orthogonal decomposition, `A·P = Q·[L 0; 0 0]·Zᵀ`: QR with column
    /// pivoting, and QR of the transpose of its first `rank` rows.
    ///
    /// @param tolerance diagonal elements of R not greater than this times the first count as zero; a good one for a
    ///     matrix that is exact to rounding is `max(m, n)·ε`
    /// @throws IllegalArgumentException if a size is wrong, an element is NaN or infinite, or the tolerance is negative
    ///     or NaN
    public static <A> LeastSquares<A> minimumNorm(
            Kernels<A> kernels, int m, int n, A a, int columns, A b, double tolerance) {
        Decomposition.check("LeastSquares.minimumNorm: a", kernels, m, n, a);
        Decomposition.check("LeastSquares.minimumNorm: b", kernels, m, columns, b);
        Decomposition.checkTolerance("LeastSquares.minimumNorm", tolerance);
        int k = Math.min(m, n);
        A factors = Decomposition.copy(kernels, m, n, a);
        A tau = Decomposition.vector(kernels, k);
        int[] pivots = new int[n];
        PivotedQr.factor(kernels, m, n, factors, 0, n, pivots, 0, tau, 0);
        int rank = PivotedQr.rank(kernels, m, n, factors, 0, n, tolerance);

        A c = Decomposition.copy(kernels, m, columns, b);
        Qr.apply(kernels, Transpose.YES, m, columns, rank, factors, 0, n, tau, 0, c, 0, columns);
        // The first rows of R are [L 0]·Zᵀ, with L the transpose of a triangular factor.
        A wide = Decomposition.vector(kernels, n * rank);
        for (int i = 0; i < rank; i++) {
            kernels.fill(factors, i * n, i, 0);
        }
        kernels.transpose(rank, n, factors, 0, n, wide, 0, rank);
        A zTau = Decomposition.vector(kernels, rank);
        Qr.factor(kernels, n, rank, wide, 0, rank, zTau, 0);

        A y = Decomposition.matrix("LeastSquares.minimumNorm: x", kernels, n, columns);
        System.arraycopy(c, 0, y, 0, rank * columns);
        solveUpper(kernels, Transpose.YES, rank, columns, wide, rank, y);
        Qr.apply(kernels, Transpose.NO, n, columns, rank, wide, 0, rank, zTau, 0, y, 0, columns);
        A x = Decomposition.vector(kernels, n * columns);
        kernels.scatterAddRows(n, columns, y, 0, columns, pivots, 0, x, 0, columns);
        return new LeastSquares<>(x, rank);
    }

    /// `X = op(R)⁻¹·X` for the upper triangle R of order n.
    private static <A> void solveUpper(Kernels<A> kernels, Transpose t, int n, int columns, A r, int ldr, A x) {
        kernels.trsm(Side.LEFT, Triangle.UPPER, t, Diagonal.NON_UNIT, n, columns, 1, r, 0, ldr, x, 0, columns);
    }

    /// A column of which nothing but rounding is left on the diagonal depends on those before it.
    private static <A> void requireFullRank(Kernels<A> kernels, int m, int n, A r) {
        double roundOff = m * Decomposition.epsilon(kernels);
        for (int j = 0; j < n; j++) {
            double pivot = kernels.sum(r, j * (n + 1), 1);
            double norm = 0;
            for (int i = 0; i <= j; i++) {
                norm = Math.max(norm, Math.abs(kernels.sum(r, i * n + j, 1)));
            }
            if (Math.abs(pivot) <= roundOff * norm) {
                throw new PivotException(
                        "LeastSquares.solve",
                        j,
                        pivot,
                        "its column has elements up to " + norm
                                + ": the matrix is rank deficient; minimumNorm solves with any rank");
            }
        }
    }
}
