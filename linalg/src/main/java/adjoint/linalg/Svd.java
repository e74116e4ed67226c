package adjoint.linalg;

import adjoint.linalg.internal.SingularValues;

/// The thin singular value decomposition `A = U·diag(s)·Vᵀ` by one-sided Jacobi rotations.
///
/// For A of `m × n` and `k = min(m, n)`: U is `m × k`, `s` has k values ≥ 0 in falling order, Vᵀ is `k × n`;
/// the columns of U and the rows of Vᵀ are orthonormal, also where A is rank deficient. The sign of each pair
/// is fixed: the entry of largest magnitude in the row of Vᵀ is positive (the first one of equals). All
/// row-major.
///
/// A tall matrix is reduced to the triangular factor of its QR decomposition first; then columns are rotated
/// in pairs until all are orthogonal: their norms are the singular values. The cost is O(n³) per sweep, some
/// 6–10 sweeps. Small singular values of a matrix with graded columns come out to high relative accuracy.
///
/// Reference: Demmel, Veselić, "Jacobi's method is more accurate than QR", SIAM J. Matrix Anal. Appl. 13,
/// 1992; Drmač, Veselić, "New fast and accurate Jacobi SVD algorithm I", the same, 29, 2008.
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
        int k = Math.min(m, n);
        A u = Decomposition.vector(kernels, m * k);
        A s = Decomposition.vector(kernels, k);
        A vt = Decomposition.vector(kernels, k * n);
        SingularValues.of(kernels).decompose(kernels, true, m, n, a, 0, n, u, 0, k, s, 0, vt, 0, n);
        return new Svd<>(u, s, vt);
    }

    /// The singular values of the `m × n` matrix `a`, falling.
    ///
    /// @throws IllegalArgumentException if the size is wrong or an element is NaN or infinite
    public static <A> A values(Kernels<A> kernels, int m, int n, A a) {
        Decomposition.check("Svd.values", kernels, m, n, a);
        A s = Decomposition.vector(kernels, Math.min(m, n));
        SingularValues.of(kernels).decompose(kernels, true, m, n, a, 0, n, null, 0, 0, s, 0, null, 0, 0);
        return s;
    }
}
