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

    @Override
    public void symmetricRoot(
            String name, Kernels<double[]> kernels, boolean inverse, int n, double[] a, int off, int lda) {
        DoubleSquareRoot.symmetric(name, kernels, inverse, n, a, off, lda);
    }

    @Override
    public void root(String name, Kernels<double[]> kernels, boolean inverse, int n, double[] a, int off, int lda) {
        DoubleSquareRoot.general(name, kernels, inverse, n, a, off, lda);
    }

    @Override
    public void polar(String name, Kernels<double[]> kernels, int m, int n, double[] a, int off, int lda) {
        DoublePolar.orthogonal(name, kernels, m, n, a, off, lda);
    }

    @Override
    public void symmetrize(int n, double[] a) {
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < i; j++) {
                double mean = (a[i * n + j] + a[j * n + i]) / 2;
                a[i * n + j] = mean;
                a[j * n + i] = mean;
            }
        }
    }
}
