package adjoint.linalg;

import adjoint.linalg.internal.SingularValues;

/// The thin singular value decomposition `A = U·diag(s)·Vᵀ`.
///
/// ```java
/// Svd<double[]> svd = Svd.thin(Kernels.f64(), m, n, a);
/// double[] s = Svd.values(Kernels.f64(), m, n, a);
/// ```
///
/// For A of `m × n` and `k = min(m, n)`: U is `m × k`, `s` has k values ≥ 0 in falling order, Vᵀ is `k × n`;
/// the columns of U and the rows of Vᵀ are orthonormal, also where A is rank deficient. The sign of each pair
/// is fixed: the entry of largest magnitude in the row of Vᵀ is positive (the first one of equals). All
/// row-major.
///
/// A is reduced to a bidiagonal matrix, by way of its QR decomposition if it is not square, and that is solved by
/// divide and conquer, some 9n³ operations in all for `n × n`. The computed factors satisfy `‖A - U·S·Vᵀ‖ ≤ c·k·ε·‖A‖`
/// and `‖UᵀU - I‖ ≤ c·k·ε` with a small c, and every value is within c·k·ε·‖A‖ of the exact one. Small values to high
/// *relative* accuracy is what [#jacobi] is for.
///
/// References: Gu, Eisenstat, "A divide-and-conquer algorithm for the bidiagonal SVD", SIAM J. Matrix Anal. Appl. 16,
/// 1995; Golub, Van Loan, *Matrix Computations*, 4th edition, §8.6.
///
/// @param u U, `m × k`
/// @param s the singular values, falling
/// @param vt Vᵀ, `k × n`
/// @param <A> `float[]` or `double[]`
public record Svd<A>(A u, A s, A vt) {
    /// Decomposes the row-major `m × n` matrix `a`, which is not changed.
    ///
    /// @throws IllegalArgumentException if the size is wrong or an element is NaN or infinite
    public static <A> Svd<A> thin(Kernels<A> kernels, int m, int n, A a) {
        Decomposition.check("Svd.thin", kernels, m, n, a);
        return of(kernels, false, m, n, a);
    }

    /// [#thin] by one-sided Jacobi rotations: where A is a well-conditioned matrix whose columns (or rows, if it is
    /// wide) are scaled, even the smallest values come out to relative accuracy, where [#thin] has an error relative to
    /// the largest. That holds for values down to about 10⁻³⁰ times the largest element in single precision, and 10⁻²⁹⁰
    /// in double; smaller ones are as good as zero. Columns are rotated in pairs until all are orthogonal: their norms
    /// are the singular values. O(n³) per sweep, some 6–10 sweeps: many times slower than [#thin].
    ///
    /// References: Demmel, Veselić, "Jacobi's method is more accurate than QR", SIAM J. Matrix Anal. Appl. 13, 1992.
    ///
    /// @throws IllegalArgumentException if the size is wrong or an element is NaN or infinite
    public static <A> Svd<A> jacobi(Kernels<A> kernels, int m, int n, A a) {
        Decomposition.check("Svd.jacobi", kernels, m, n, a);
        return of(kernels, true, m, n, a);
    }

    private static <A> Svd<A> of(Kernels<A> kernels, boolean jacobi, int m, int n, A a) {
        int k = Math.min(m, n);
        A u = Decomposition.vector(kernels, m * k);
        A s = Decomposition.vector(kernels, k);
        A vt = Decomposition.vector(kernels, k * n);
        SingularValues.of(kernels).decompose(kernels, jacobi, m, n, a, 0, n, u, 0, k, s, 0, vt, 0, n);
        return new Svd<>(u, s, vt);
    }

    /// The singular values of the row-major `m × n` matrix `a`, which is not changed; falling.
    ///
    /// @throws IllegalArgumentException if the size is wrong or an element is NaN or infinite
    public static <A> A values(Kernels<A> kernels, int m, int n, A a) {
        Decomposition.check("Svd.values", kernels, m, n, a);
        A s = Decomposition.vector(kernels, Math.min(m, n));
        SingularValues.of(kernels).decompose(kernels, false, m, n, a, 0, n, null, 0, 0, s, 0, null, 0, 0);
        return s;
    }

    /// [#thin] into given arrays. A is not changed; nothing is allocated once the work arrays of this thread are
    /// there.
    ///
    /// @param u receives U, `m × k`
    /// @param s receives the k values
    /// @param vt receives Vᵀ, `k × n`
    /// @throws IllegalArgumentException if a size is negative, a leading dimension too small, or an element NaN or
    ///     infinite
    /// @throws IndexOutOfBoundsException if an array is too short
    public static <A> void compute(
            Kernels<A> kernels,
            int m,
            int n,
            A a,
            int off,
            int lda,
            A u,
            int uOff,
            int ldu,
            A s,
            int sOff,
            A vt,
            int vtOff,
            int ldvt) {
        int k = Math.min(m, n);
        Decomposition.checkFinite("Svd.compute", kernels, m, n, a, off, lda);
        Decomposition.checkMatrix("Svd.compute", "u", m, k, u, uOff, ldu);
        Decomposition.checkVector("Svd.compute", "s", k, s, sOff);
        Decomposition.checkMatrix("Svd.compute", "vt", k, n, vt, vtOff, ldvt);
        Bounds.disjoint("Svd.compute", "u", u, uOff, m, k, ldu, "a", a, off, m, n, lda);
        Bounds.disjoint("Svd.compute", "u", u, uOff, m, k, ldu, "vt", vt, vtOff, k, n, ldvt);
        Bounds.disjoint("Svd.compute", "vt", vt, vtOff, k, n, ldvt, "a", a, off, m, n, lda);
        Bounds.disjoint("Svd.compute", "s", s, sOff, 1, k, k, "a", a, off, m, n, lda);
        Bounds.disjoint("Svd.compute", "s", s, sOff, 1, k, k, "u", u, uOff, m, k, ldu);
        Bounds.disjoint("Svd.compute", "s", s, sOff, 1, k, k, "vt", vt, vtOff, k, n, ldvt);
        SingularValues.of(kernels).decompose(kernels, false, m, n, a, off, lda, u, uOff, ldu, s, sOff, vt, vtOff, ldvt);
    }

    /// [#values] into a given array, as [#compute].
    ///
    /// @param s receives min(m, n) values
    /// @throws IllegalArgumentException if a size is negative, a leading dimension too small, or an element NaN or
    ///     infinite
    /// @throws IndexOutOfBoundsException if an array is too short
    public static <A> void computeValues(Kernels<A> kernels, int m, int n, A a, int off, int lda, A s, int sOff) {
        Decomposition.checkFinite("Svd.computeValues", kernels, m, n, a, off, lda);
        Decomposition.checkVector("Svd.computeValues", "s", Math.min(m, n), s, sOff);
        Bounds.disjoint("Svd.computeValues", "s", s, sOff, 1, Math.min(m, n), 0, "a", a, off, m, n, lda);
        SingularValues.of(kernels).decompose(kernels, false, m, n, a, off, lda, null, 0, 0, s, sOff, null, 0, 0);
    }

    /// These k vectors, with signs as said above.
    static <A> Svd<A> signed(Kernels<A> kernels, int m, int n, int k, A u, A s, A vt) {
        SingularValues.of(kernels).fixSigns(kernels, m, n, k, u, 0, k, vt, 0, n);
        return new Svd<>(u, s, vt);
    }

    /// The numerical rank of a row-major `m × n` matrix: how many singular values are greater than `tolerance` times
    /// the largest. A good tolerance for a matrix that is exact to rounding is `max(m, n)·ε`.
    ///
    /// @throws IllegalArgumentException if the size is wrong, an element is NaN or infinite, or the tolerance is
    ///     negative or NaN
    public static <A> int rank(Kernels<A> kernels, int m, int n, A a, double tolerance) {
        Decomposition.checkTolerance("Svd.rank", tolerance);
        return rank(kernels, Math.min(m, n), values(kernels, m, n, a), tolerance);
    }

    private static <A> int rank(Kernels<A> kernels, int k, A s, double tolerance) {
        int rank = 0;
        while (rank < k && kernels.sum(s, rank, 1) > tolerance * kernels.sum(s, 0, 1)) {
            rank++;
        }
        return rank;
    }

    /// The condition number of a row-major `m × n` matrix in the 2-norm, its largest singular value by its smallest;
    /// infinite if that is zero, and 0 for an empty matrix. The relative error is up to c·k·ε times the condition
    /// number itself: a result beyond `1/(k·ε)` says no more than that A is singular to working precision.
    ///
    /// @throws IllegalArgumentException if the size is wrong or an element is NaN or infinite
    public static <A> double condition(Kernels<A> kernels, int m, int n, A a) {
        A s = values(kernels, m, n, a);
        int k = Math.min(m, n);
        if (k == 0) {
            return 0;
        }
        double smallest = kernels.sum(s, k - 1, 1);
        return smallest == 0 ? Double.POSITIVE_INFINITY : kernels.sum(s, 0, 1) / smallest;
    }

    /// The Moore–Penrose inverse A⁺ = V·diag(1/s)·Uᵀ of a row-major `m × n` matrix, `n × m`. Singular values not
    /// greater than `tolerance` times the largest count as zero.
    ///
    /// Where those are of the size of rounding, the computed X satisfies `‖X - A⁺‖ ≤ c·k·ε·κ·‖A⁺‖` with a small c,
    /// where
    /// κ is the ratio of the largest value to the smallest that counts: P.-Å. Wedin, "Perturbation theory for
    /// pseudo-inverses", BIT 13, 1973.
    ///
    /// @throws IllegalArgumentException if the size is wrong, an element is NaN or infinite, or the tolerance is
    ///     negative or NaN
    public static <A> A pinv(Kernels<A> kernels, int m, int n, A a, double tolerance) {
        Decomposition.checkTolerance("Svd.pinv", tolerance);
        Svd<A> svd = thin(kernels, m, n, a);
        int k = Math.min(m, n);
        int rank = rank(kernels, k, svd.s, tolerance);
        for (int j = 0; j < rank; j++) {
            kernels.scale(n, 1 / kernels.sum(svd.s, j, 1), svd.vt, j * n);
        }
        A inverse = Decomposition.vector(kernels, n * m);
        kernels.gemm(Transpose.YES, Transpose.YES, n, m, rank, 1, svd.vt, 0, n, svd.u, 0, k, 0, inverse, 0, m);
        return inverse;
    }
}
