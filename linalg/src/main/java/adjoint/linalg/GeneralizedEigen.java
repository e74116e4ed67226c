package adjoint.linalg;

import adjoint.linalg.internal.Eigensolver;

/// The eigenvalues and eigenvectors of a pair of symmetric matrices, `A·x = λ·B·x` with B positive definite:
/// `A·X = B·X·diag(λ)` and `Xᵀ·B·X = I`.
///
/// ```java
/// GeneralizedEigen<double[]> eigen = GeneralizedEigen.of(Kernels.f64(), n, a, b);
///
/// GeneralizedEigen.decompose(kernels, n, a, 0, n, b, 0, n, lambda, 0);   // in place: a becomes X, b becomes L
/// ```
///
/// For A and B of order n, λ has n values in rising order, and column j of the `n × n` matrix X is the eigenvector of
/// λⱼ, of either sign, with `xⱼᵀ·B·xⱼ = 1`. All row-major. Only the lower triangles of A and B are read.
///
/// With the Cholesky decomposition `B = L·Lᵀ`, this is the symmetric problem of `C = L⁻¹·A·L⁻ᵀ`, see
/// [SymmetricEigen]. The computed matrices satisfy `‖A·X - B·X·diag(λ)‖ ≤ c·n·ε·κ(B)·‖A‖·‖X‖` and `‖Xᵀ·B·X - I‖ ≤
/// c·n·ε·κ(B)` with a small c: where B is close to singular, little accuracy is left, as is so of every method that
/// inverts B. The cost beside the symmetric problem is 10n³/3 operations.
///
/// Reference: Golub, Van Loan, *Matrix Computations*, 4th edition, §8.7.2.
///
/// @param values λ, n values, rising
/// @param vectors X, `n × n`
/// @param <A> `float[]` or `double[]`
public record GeneralizedEigen<A>(A values, A vectors) {
    /// Decomposes the row-major matrices `a` and `b` of order n, which are not changed.
    ///
    /// @throws IllegalArgumentException if a size is wrong or an element of a lower triangle is NaN or infinite
    /// @throws PivotException if `b` is not positive definite
    public static <A> GeneralizedEigen<A> of(Kernels<A> kernels, int n, A a, A b) {
        Decomposition.checkLower("GeneralizedEigen.of: a", kernels, n, a);
        Decomposition.checkLower("GeneralizedEigen.of: b", kernels, n, b);
        A vectors = Decomposition.copy(kernels, n, n, a);
        A factor = Decomposition.copy(kernels, n, n, b);
        A values = Decomposition.vector(kernels, n);
        decompose("GeneralizedEigen.of: b", kernels, n, vectors, 0, n, factor, 0, n, values, 0);
        return new GeneralizedEigen<>(values, vectors);
    }

    /// Decomposes in place: A becomes X, the lower triangle of B becomes L, and `values` receives λ. A and B must not
    /// overlap.
    ///
    /// @throws IllegalArgumentException if n is negative, a leading dimension is too small, or an element of a lower
    ///     triangle is NaN or infinite
    /// @throws IndexOutOfBoundsException if an array is too short
    /// @throws PivotException if B is not positive definite; A is unchanged then
    public static <A> void decompose(
            Kernels<A> kernels, int n, A a, int aOff, int lda, A b, int bOff, int ldb, A values, int vOff) {
        Decomposition.checkMatrix("GeneralizedEigen.decompose", "a", n, n, a, aOff, lda);
        Decomposition.checkMatrix("GeneralizedEigen.decompose", "b", n, n, b, bOff, ldb);
        Decomposition.checkVector("GeneralizedEigen.decompose", "values", n, values, vOff);
        Bounds.disjoint("GeneralizedEigen.decompose", "a", a, aOff, n, n, lda, "b", b, bOff, n, n, ldb);
        Bounds.disjoint("GeneralizedEigen.decompose", "values", values, vOff, 1, n, n, "a", a, aOff, n, n, lda);
        Bounds.disjoint("GeneralizedEigen.decompose", "values", values, vOff, 1, n, n, "b", b, bOff, n, n, ldb);
        Decomposition.checkLower("GeneralizedEigen.decompose: a", kernels, n, a, aOff, lda);
        Decomposition.checkLower("GeneralizedEigen.decompose: b", kernels, n, b, bOff, ldb);
        decompose("GeneralizedEigen.decompose: b", kernels, n, a, aOff, lda, b, bOff, ldb, values, vOff);
    }

    private static <A> void decompose(
            String name,
            Kernels<A> kernels,
            int n,
            A a,
            int aOff,
            int lda,
            A b,
            int bOff,
            int ldb,
            A values,
            int vOff) {
        Cholesky.factor(name, kernels, n, b, bOff, ldb);
        Eigensolver.of(kernels).decomposeGeneral(kernels, n, a, aOff, lda, b, bOff, ldb, values, vOff);
    }
}
