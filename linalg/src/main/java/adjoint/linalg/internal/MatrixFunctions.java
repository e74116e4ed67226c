package adjoint.linalg.internal;

import adjoint.linalg.Kernels;

/// The code of functions of a matrix in one precision. Arguments have been checked; what is computed says the class
/// that is named.
///
/// @param <A> `float[]` or `double[]`
public interface MatrixFunctions<A> {
    /// The code for the precision of `kernels`.
    @SuppressWarnings("unchecked")
    static <A> MatrixFunctions<A> of(Kernels<A> kernels) {
        return (MatrixFunctions<A>)
                switch (kernels.precision()) {
                    case F32 -> FloatMatrixFunctions.CODE;
                    case F64 -> DoubleMatrixFunctions.CODE;
                };
    }

    /// `A = eᴬ`; `MatrixExponential`.
    void exp(Kernels<A> kernels, int n, A a, int off, int lda);
}
