package adjoint.linalg.internal;

import adjoint.linalg.Kernels;

/// Functions of a matrix in one precision, each with a class of its own.
final class DoubleMatrixFunctions implements MatrixFunctions<double[]> {
    static final DoubleMatrixFunctions CODE = new DoubleMatrixFunctions();

    private DoubleMatrixFunctions() {}

    @Override
    public void exp(Kernels<double[]> kernels, int n, double[] a, int off, int lda) {
        DoubleExponential.exp(kernels, n, a, off, lda);
    }
}
