package adjoint.linalg.internal;

import adjoint.linalg.Kernels;
import adjoint.linalg.Precision;
import adjoint.linalg.Transpose;

/// The code of Gaussian elimination, with row exchanges or symmetric, in one precision. Arguments have been checked;
/// what is computed says `Lu` and `Cholesky`.
///
/// @param <A> `float[]` or `double[]`
public interface Elimination<A> {
    /// Multiplies a vector by the inverse of a matrix, or of its transpose.
    @FunctionalInterface
    interface Inverse<A> {
        /// `x = A⁻¹·x` or `x = A⁻ᵀ·x`.
        void apply(Transpose transpose, A x);
    }

    /// The code for the precision of `kernels`.
    @SuppressWarnings("unchecked")
    static <A> Elimination<A> of(Kernels<A> kernels) {
        return (Elimination<A>) (kernels.precision() == Precision.F32 ? FloatElimination.CODE : DoubleElimination.CODE);
    }

    /// The Cholesky factor in the place of the lower triangle. The result is -1, or the index of the first pivot that
    /// is not positive, which stands on the diagonal then.
    int cholesky(Kernels<A> kernels, int n, A a, int off, int ld);

    /// The factors L and U in the place of A. The result is -1, or the index of the first pivot that is zero.
    int lu(Kernels<A> kernels, int m, int n, A a, int off, int ld, int[] pivots, int pOff);

    /// Exchanges row i of B for row `pivots[pOff + i]`, for `i = from … to-1` or, backwards, for `i = to-1 … from`.
    void exchangeRows(boolean backwards, int from, int to, int columns, A b, int off, int ld, int[] pivots, int pOff);

    /// The largest sum of magnitudes of a column of the contiguous matrix A of order n; NaN if there is a NaN.
    double columnNorm(int n, A a);

    /// [#columnNorm] of the symmetric matrix of which the lower triangle is stored.
    double symmetricNorm(int n, A a);

    /// An estimate, from below and mostly within a factor of three, of the [#columnNorm] of an inverse of order n.
    double inverseNorm(Kernels<A> kernels, int n, Inverse<A> inverse);
}
