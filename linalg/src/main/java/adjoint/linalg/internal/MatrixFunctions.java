package adjoint.linalg.internal;

import adjoint.linalg.Kernels;
import adjoint.linalg.Precision;

/// The code of functions of a matrix in one precision. Arguments have been checked; what is computed says the class
/// that is named. `name` is what was called, for the text of an exception.
///
/// @param <A> `float[]` or `double[]`
public interface MatrixFunctions<A> {
    /// The code for the precision of `kernels`.
    @SuppressWarnings("unchecked")
    static <A> MatrixFunctions<A> of(Kernels<A> kernels) {
        return (MatrixFunctions<A>)
                (kernels.precision() == Precision.F32 ? FloatMatrixFunctions.CODE : DoubleMatrixFunctions.CODE);
    }

    /// `A = eᴬ`; `MatrixExponential`.
    void exp(Kernels<A> kernels, int n, A a, int off, int lda);

    /// `A = A^½` or `A = A^-½` for a symmetric matrix, whose lower triangle is read; `MatrixSquareRoot`.
    void symmetricRoot(String name, Kernels<A> kernels, boolean inverse, int n, A a, int off, int lda);

    /// `A = A^½` or `A = A^-½`; `MatrixSquareRoot`.
    void root(String name, Kernels<A> kernels, boolean inverse, int n, A a, int off, int lda);

    /// A becomes its orthogonal polar factor; `Polar`.
    void polar(String name, Kernels<A> kernels, int m, int n, A a, int off, int lda);

    /// `A = ½·(A + Aᵀ)` for a contiguous matrix of order n.
    void symmetrize(int n, A a);
}
