package adjoint.linalg;

import adjoint.linalg.internal.Eigensolver;

/// The eigenvalues and eigenvectors of a symmetric matrix, `A = V·diag(λ)·Vᵀ`.
///
/// ```java
/// SymmetricEigen<double[]> eigen = SymmetricEigen.of(Kernels.f64(), n, a);
/// double[] lambda = SymmetricEigen.values(Kernels.f64(), n, a);
///
/// SymmetricEigen.decompose(kernels, n, a, 0, n, lambda, 0);   // in place: a becomes V
/// ```
///
/// For A of order n, λ has n values in rising order, and column j of the orthogonal `n × n` matrix V is the
/// eigenvector of λⱼ, of either sign. All row-major. **Only the lower triangle of A is read**, diagonal included: what
/// stands above it does not matter, so a matrix that is not symmetric is taken for the symmetric one with the same
/// lower triangle.
///
/// The computed matrices satisfy `‖A·V - V·diag(λ)‖ ≤ c·n·ε·‖A‖` and `‖VᵀV - I‖ ≤ c·n·ε` with a small c, and each
/// eigenvalue is off by at most `c·n·ε·‖A‖`, also where eigenvalues are clustered or equal. Small eigenvalues of a
/// matrix with large ones have no more correct digits than that. Matrices near the limits of the number range are
/// scaled by a power of two.
///
/// A is reduced to tridiagonal form by blocked reflections; the tridiagonal matrix is solved by divide and conquer if
/// vectors are asked for, else by the QL iteration; the vectors are transformed back by blocked reflections. The cost
/// is 4n³/3 operations for the values, and with vectors, at most as many again for divide and conquer, mostly fewer,
/// and 2n³.
///
/// Reference: Golub, Van Loan, *Matrix Computations*, 4th edition, §8.3–8.4; what each part stands on says its class.
///
/// @param values λ, n values, rising
/// @param vectors V, `n × n`
/// @param <A> `float[]` or `double[]`
public record SymmetricEigen<A>(A values, A vectors) {
    /// Decomposes the row-major matrix `a` of order n, which is not changed.
    ///
    /// @throws IllegalArgumentException if the size is wrong or an element of the lower triangle is NaN or infinite
    public static <A> SymmetricEigen<A> of(Kernels<A> kernels, int n, A a) {
        Decomposition.checkLower("SymmetricEigen.of", kernels, n, a);
        A vectors = Decomposition.copy(kernels, n, n, a);
        A values = Decomposition.vector(kernels, n);
        Eigensolver.of(kernels).decompose(kernels, n, vectors, 0, n, values, 0);
        return new SymmetricEigen<>(values, vectors);
    }

    /// The eigenvalues of the row-major matrix `a` of order n, rising; `a` is not changed.
    ///
    /// @throws IllegalArgumentException if the size is wrong or an element of the lower triangle is NaN or infinite
    public static <A> A values(Kernels<A> kernels, int n, A a) {
        Decomposition.checkLower("SymmetricEigen.values", kernels, n, a);
        A values = Decomposition.vector(kernels, n);
        Eigensolver.of(kernels).values(kernels, n, Decomposition.copy(kernels, n, n, a), 0, n, values, 0);
        return values;
    }

    /// Decomposes in place, as LAPACK's `syevd` does: A becomes V, and `values` receives λ.
    ///
    /// @throws IllegalArgumentException if n is negative, `lda` is too small, or an element of the lower triangle is
    ///     NaN or infinite
    /// @throws IndexOutOfBoundsException if an array is too short
    public static <A> void decompose(Kernels<A> kernels, int n, A a, int off, int lda, A values, int vOff) {
        Decomposition.checkLower("SymmetricEigen.decompose", kernels, n, a, off, lda);
        Decomposition.checkVector("SymmetricEigen.decompose", "values", n, values, vOff);
        Bounds.disjoint("SymmetricEigen.decompose", "values", values, vOff, 1, n, n, "a", a, off, n, n, lda);
        Eigensolver.of(kernels).decompose(kernels, n, a, off, lda, values, vOff);
    }

    /// The eigenvalues alone, in place: `values` receives λ, and the lower triangle of A is destroyed.
    ///
    /// @throws IllegalArgumentException if n is negative, `lda` is too small, or an element of the lower triangle is
    ///     NaN or infinite
    /// @throws IndexOutOfBoundsException if an array is too short
    public static <A> void values(Kernels<A> kernels, int n, A a, int off, int lda, A values, int vOff) {
        Decomposition.checkLower("SymmetricEigen.values", kernels, n, a, off, lda);
        Decomposition.checkVector("SymmetricEigen.values", "values", n, values, vOff);
        Bounds.disjoint("SymmetricEigen.values", "values", values, vOff, 1, n, n, "a", a, off, n, n, lda);
        Eigensolver.of(kernels).values(kernels, n, a, off, lda, values, vOff);
    }
}
