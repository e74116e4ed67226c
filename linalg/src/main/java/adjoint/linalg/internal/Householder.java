package adjoint.linalg.internal;

import adjoint.linalg.Kernels;
import adjoint.linalg.Precision;
import adjoint.linalg.Transpose;

/// The code of QR decompositions in one precision. Arguments have been checked; what is computed says `Qr`.
///
/// @param <A> `float[]` or `double[]`
public interface Householder<A> {
    /// The code for the precision of `kernels`.
    @SuppressWarnings("unchecked")
    static <A> Householder<A> of(Kernels<A> kernels) {
        return (Householder<A>) (kernels.precision() == Precision.F32 ? FloatHouseholder.CODE : DoubleHouseholder.CODE);
    }

    /// Factors A in place.
    void factor(Kernels<A> kernels, int m, int n, A a, int off, int lda, A tau, int tauOff);

    /// Factors A in place, with the largest column first.
    void factorPivoted(
            Kernels<A> kernels, int m, int n, A a, int off, int lda, int[] pivots, int pOff, A tau, int tauOff);

    /// `C = op(Q)·C`.
    void apply(
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
            int ldc);

    /// The first n columns of Q.
    void form(
            Kernels<A> kernels, int m, int n, int k, A a, int off, int lda, A tau, int tauOff, A q, int qOff, int ldq);

    /// Q of `m × columns` and R of `columns × n`, which is zero before, with a diagonal of R that is not negative.
    /// A, contiguous, is destroyed. With `pivots`, of n elements, the largest column comes first; they may be null.
    void decompose(Kernels<A> kernels, int m, int n, int columns, A a, int[] pivots, A q, A r);
}
