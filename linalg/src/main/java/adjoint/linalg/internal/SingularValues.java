package adjoint.linalg.internal;

import adjoint.linalg.Kernels;
import adjoint.linalg.Precision;

/// The code of singular value decompositions in one precision. Arguments have been checked; what is computed says
/// `Svd`.
///
/// @param <A> `float[]` or `double[]`
public interface SingularValues<A> {
    /// The code for the precision of `kernels`.
    @SuppressWarnings("unchecked")
    static <A> SingularValues<A> of(Kernels<A> kernels) {
        return (SingularValues<A>) (kernels.precision() == Precision.F32 ? FloatSvd.CODE : DoubleSvd.CODE);
    }

    /// The thin decomposition; the values alone if `u` and `vt` are null.
    void decompose(
            Kernels<A> kernels,
            boolean jacobi,
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
            int ldvt);

    /// Turns k pairs of vectors so that the entry of largest magnitude in the row of Vᵀ is positive.
    void fixSigns(Kernels<A> kernels, int m, int n, int k, A u, int uOff, int ldu, A vt, int vtOff, int ldvt);
}
