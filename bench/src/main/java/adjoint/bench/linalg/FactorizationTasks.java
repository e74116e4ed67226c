package adjoint.bench.linalg;

import adjoint.bench.ArrayTask;
import adjoint.bench.Task;
import adjoint.linalg.Cholesky;
import adjoint.linalg.Kernels;
import adjoint.linalg.Lu;
import adjoint.linalg.Qr;
import adjoint.linalg.Svd;
import java.util.Optional;

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

    static Optional<Task> of(Factorization of) {
        return new FactorizationTasks<>(of.precision().kernels(), of).task();
    }

    @SuppressWarnings("unchecked")
    private A array(int size) {
        return (A) of.precision().allocate(size);
    }

    private Optional<Task> task() {
        return Optional.ofNullable(
                switch (of.kind()) {
                    case CHOLESKY -> inPlace(() -> Cholesky.factor(kernels, n, copy, 0, n));
                    case LU -> {
                        int[] pivots = new int[n];
                        yield inPlace(() -> Lu.factor(kernels, n, n, copy, 0, n, pivots, 0));
                    }
                    case QR -> {
                        A tau = array(n);
                        yield inPlace(() -> Qr.factor(kernels, n, n, copy, 0, n, tau, 0));
                    }
                    case SYMMETRIC_EIGEN -> null;
                    case SVD -> new Singular();
                });
    }

    private Task inPlace(Runnable body) {
        return new ArrayTask(copy, () -> {
            System.arraycopy(matrix, 0, copy, 0, n * n);
            body.run();
        });
    }

    /// The singular value decomposition, whose results are new arrays.
    private final class Singular implements Task {
        private A values;

        @Override
        public void call() {
            values = Svd.thin(kernels, n, n, matrix).s();
        }

        @Override
        public Object result() {
            return values;
        }
    }
}
