package adjoint.linalg.internal;

import adjoint.linalg.Kernels;
import adjoint.linalg.Precision;

/// The code of symmetric eigenproblems in one precision. Arguments have been checked; what is computed says
/// `SymmetricEigen` and `GeneralizedEigen`.
///
/// @param <A> `float[]` or `double[]`
public interface Eigensolver<A> {
    /// The code for the precision of `kernels`.
    @SuppressWarnings("unchecked")
    static <A> Eigensolver<A> of(Kernels<A> kernels) {
        return (Eigensolver<A>) (kernels.precision() == Precision.F32 ? FloatEigensolver.CODE : DoubleEigensolver.CODE);
    }

    /// Overwrites the matrix of order n, whose lower triangle is read, by its eigenvectors, as columns, and fills in
    /// the eigenvalues, rising.
    void decompose(Kernels<A> kernels, int n, A a, int off, int lda, A values, int vOff);

    /// Fills in the eigenvalues, rising; the lower triangle of the matrix is destroyed.
    void values(Kernels<A> kernels, int n, A a, int off, int lda, A values, int vOff);

    /// Overwrites A, whose lower triangle is read, by the X of `A·X = B·X·diag(λ)`, `Xᵀ·B·X = I`, and fills in λ,
    /// rising. `factor` is the lower triangular L of `B = L·Lᵀ`.
    void decomposeGeneral(
            Kernels<A> kernels, int n, A a, int aOff, int lda, A factor, int fOff, int ldf, A values, int vOff);
}
