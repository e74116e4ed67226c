package adjoint.bench.linalg;

import adjoint.bench.ArrayTask;
import adjoint.bench.Task;
import adjoint.linalg.Cholesky;
import adjoint.linalg.Kernels;
import adjoint.linalg.Lu;
import adjoint.linalg.Qr;
import adjoint.linalg.Svd;
import adjoint.linalg.SymmetricEigen;

/// Our decompositions, each of a fresh copy of the matrix.
final class FactorizationTasks<A> {
    private final Kernels<A> kernels;
    private final Factorization of;
    private final int n;
    private final A matrix;
    private final A copy;

    @SuppressWarnings("unchecked")
    private FactorizationTasks(Kernels<A> kernels, Factorization of) {
        this.kernels = kernels;
        this.of = of;
        this.n = of.n();
        this.matrix = (A) of.matrix();
        this.copy = array(n * n);
    }

    static Task of(Factorization of) {
        return new FactorizationTasks<>(of.precision().kernels(), of).task();
    }

    @SuppressWarnings("unchecked")
    private A array(int size) {
        return (A) of.precision().allocate(size);
    }

    private Task task() {
        A vector = array(n);
        return switch (of.kind()) {
            case CHOLESKY -> task(copy, () -> Cholesky.factor(kernels, n, copy, 0, n));
            case LU -> {
                int[] pivots = new int[n];
                yield task(copy, () -> Lu.factor(kernels, n, n, copy, 0, n, pivots, 0));
            }
            case QR -> task(copy, () -> Qr.factor(kernels, n, n, copy, 0, n, vector, 0));
            case SYMMETRIC_EIGEN -> task(vector, () -> SymmetricEigen.decompose(kernels, n, copy, 0, n, vector, 0));
            case SVD -> {
                A u = array(n * n);
                A vt = array(n * n);
                yield task(vector, () -> Svd.compute(kernels, n, n, copy, 0, n, u, 0, n, vector, 0, vt, 0, n));
            }
        };
    }

    private Task task(A result, Runnable inPlace) {
        return new ArrayTask(result, () -> {
            System.arraycopy(matrix, 0, copy, 0, n * n);
            inPlace.run();
        });
    }
}
