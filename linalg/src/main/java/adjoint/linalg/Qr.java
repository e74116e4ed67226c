package adjoint.linalg;

import adjoint.linalg.internal.Householder;

/// The QR decomposition `A = Q·R` by blocked Householder reflections.
///
/// ```java
/// Qr<double[]> qr = Qr.thin(Kernels.f64(), m, n, a);     // Q and R as matrices
///
/// Qr.factor(kernels, m, n, a, 0, n, tau, 0);             // in place: R, and Q as reflectors
/// Qr.apply(kernels, Transpose.YES, m, 1, n, a, 0, n, tau, 0, b, 0, 1);   // b = Qᵀ·b
/// ```
///
/// For A of `m × n` and `k = min(m, n)`, the thin Q is `m × k` with orthonormal columns, and R is `k × n`; the full Q
/// is `m × m`, and R `m × n`. R is upper triangular with a diagonal ≥ 0, so that the thin decomposition is unique
/// when A has full rank. All row-major.
///
/// The computed factors satisfy `‖A - Q·R‖ ≤ c·k·ε·‖A‖`, also column by column, and `‖QᵀQ - I‖ ≤ c·k·ε` with a small
/// c. The cost is 2mn² - ⅔n³ operations for m ≥ n, and as many again for the thin Q.
///
/// References: Golub, Van Loan, *Matrix Computations*, 4th edition, §5.2; Schreiber, Van Loan, "A storage-efficient WY
/// representation for products of Householder transformations", SIAM J. Sci. Stat. Comput. 10, 1989.
///
/// @param q Q
/// @param r R
/// @param <A> `float[]` or `double[]`
public record Qr<A>(A q, A r) {
    /// The thin decomposition of the row-major `m × n` matrix `a`, which is not changed.
    ///
    /// @throws IllegalArgumentException if the size is wrong or an element is NaN or infinite
    public static <A> Qr<A> thin(Kernels<A> kernels, int m, int n, A a) {
        Decomposition.check("Qr.thin", kernels, m, n, a);
        return of(kernels, m, n, Math.min(m, n), a);
    }

    /// The full decomposition of the row-major `m × n` matrix `a`, which is not changed.
    ///
    /// @throws IllegalArgumentException if the size is wrong, an element is NaN or infinite, or Q would have more
    ///     elements than an array can hold
    public static <A> Qr<A> full(Kernels<A> kernels, int m, int n, A a) {
        Decomposition.check("Qr.full", kernels, m, n, a);
        return of(kernels, m, n, m, a);
    }

    private static <A> Qr<A> of(Kernels<A> kernels, int m, int n, int columns, A a) {
        A q = Decomposition.matrix("Qr: q", kernels, m, columns);
        A r = Decomposition.matrix("Qr: r", kernels, columns, n);
        Householder.of(kernels).decompose(kernels, m, n, columns, Decomposition.copy(kernels, m, n, a), null, q, r);
        return new Qr<>(q, r);
    }

    /// Factors the `m × n` matrix A in place, as LAPACK's `geqrf` does: R comes to the upper triangle, with diagonal
    /// elements of either sign; below it, column j holds the reflector `Hⱼ = I - τⱼ·v·vᵀ`, without its zeros and its
    /// leading one. Q = H₀·H₁·… A NaN or an infinity spreads.
    ///
    /// @param tau receives τ, `min(m, n)` elements from `tauOff`
    /// @throws IllegalArgumentException if a size is negative or `lda` is too small
    /// @throws IndexOutOfBoundsException if an array is too short
    public static <A> void factor(Kernels<A> kernels, int m, int n, A a, int off, int lda, A tau, int tauOff) {
        Decomposition.checkMatrix("Qr.factor", "a", m, n, a, off, lda);
        Decomposition.checkVector("Qr.factor", "tau", Math.min(m, n), tau, tauOff);
        Bounds.disjoint("Qr.factor", "tau", tau, tauOff, 1, Math.min(m, n), 0, "a", a, off, m, n, lda);
        Householder.of(kernels).factor(kernels, m, n, a, off, lda, tau, tauOff);
    }

    /// `C = Q·C`, or with [Transpose#YES] `C = Qᵀ·C`, for C of `m × n` and the Q of k reflectors that [#factor] left
    /// in A, as LAPACK's `ormqr`.
    ///
    /// @throws IllegalArgumentException if a size is negative, k is greater than m, or a leading dimension is too
    ///     small
    /// @throws IndexOutOfBoundsException if an array is too short
    public static <A> void apply(
            Kernels<A> kernels,
            Transpose transpose,
            int m,
            int n,
            int k,
            A a,
            int off,
            int lda,
            A tau,
            int tauOff,
            A c,
            int cOff,
            int ldc) {
        checkReflectors("Qr.apply", m, k, a, off, lda, tau, tauOff);
        Decomposition.checkMatrix("Qr.apply", "c", m, n, c, cOff, ldc);
        Bounds.disjoint("Qr.apply", "c", c, cOff, m, n, ldc, "a", a, off, m, k, lda);
        Bounds.disjoint("Qr.apply", "c", c, cOff, m, n, ldc, "tau", tau, tauOff, 1, k, k);
        Householder.of(kernels).apply(kernels, transpose, m, n, k, a, off, lda, tau, tauOff, c, cOff, ldc);
    }

    /// The first n columns of the Q of k reflectors that [#factor] left in A, as LAPACK's `orgqr`; `k ≤ n ≤ m`. Q must
    /// not overlap A.
    ///
    /// @throws IllegalArgumentException if a size is negative, `k ≤ n ≤ m` does not hold, or a leading dimension is
    ///     too small
    /// @throws IndexOutOfBoundsException if an array is too short
    public static <A> void form(
            Kernels<A> kernels, int m, int n, int k, A a, int off, int lda, A tau, int tauOff, A q, int qOff, int ldq) {
        checkReflectors("Qr.form", m, k, a, off, lda, tau, tauOff);
        Decomposition.checkMatrix("Qr.form", "q", m, n, q, qOff, ldq);
        Bounds.disjoint("Qr.form", "q", q, qOff, m, n, ldq, "a", a, off, m, k, lda);
        Bounds.disjoint("Qr.form", "q", q, qOff, m, n, ldq, "tau", tau, tauOff, 1, k, k);
        if (n < k || n > m) {
            throw new IllegalArgumentException(
                    "Qr.form: the columns of q must be from k = " + k + " to m = " + m + ", got " + n);
        }
        Householder.of(kernels).form(kernels, m, n, k, a, off, lda, tau, tauOff, q, qOff, ldq);
    }

    private static <A> void checkReflectors(String name, int m, int k, A a, int off, int lda, A tau, int tauOff) {
        Decomposition.checkMatrix(name, "a", m, k, a, off, lda);
        Decomposition.checkVector(name, "tau", k, tau, tauOff);
        if (k > m) {
            throw new IllegalArgumentException(
                    name + ": " + m + " rows have at most " + m + " reflectors, got k = " + k);
        }
    }
}
