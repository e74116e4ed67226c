package adjoint.bench.linalg;

import adjoint.bench.ArrayTask;
import adjoint.bench.Task;
import adjoint.linalg.Diagonal;
import adjoint.linalg.Kernels;
import adjoint.linalg.Side;
import adjoint.linalg.Transpose;
import adjoint.linalg.Triangle;

/// Our products with vectors and triangles.
final class BlasTasks<A> {
    private final Kernels<A> kernels;
    private final Blas of;
    private final int n;
    private final A a;
    private double sign = -1;

    @SuppressWarnings("unchecked")
    private BlasTasks(Kernels<A> kernels, Blas of) {
        this.kernels = kernels;
        this.of = of;
        this.n = of.n();
        this.a = (A) of.input(0);
    }

    static Task of(Blas of) {
        return new BlasTasks<>(of.precision().kernels(), of).task();
    }

    @SuppressWarnings("unchecked")
    private Task task() {
        A x = (A) of.input(1);
        A y = (A) of.input(2);
        Triangle lower = Triangle.LOWER;
        Transpose no = Transpose.NO;
        return switch (of.kind()) {
            case GEMV -> new ArrayTask(y, () -> kernels.gemv(no, n, n, 1, a, 0, n, x, 0, 1, 0, y, 0, 1));
            case GEMV_TRANSPOSED ->
                new ArrayTask(y, () -> kernels.gemv(Transpose.YES, n, n, 1, a, 0, n, x, 0, 1, 0, y, 0, 1));
            case SYMV -> new ArrayTask(y, () -> kernels.symv(lower, n, 1, a, 0, n, x, 0, 1, 0, y, 0, 1));
            case GER ->
                new ArrayTask(a, () -> {
                    sign = -sign;
                    kernels.ger(n, n, sign, x, 0, 1, y, 0, 1, a, 0, n);
                });
            case SYRK -> new ArrayTask(y, () -> kernels.syrk(lower, no, n, n, 1, a, 0, n, 0, y, 0, n));
            case TRMM ->
                new ArrayTask(y, () -> {
                    System.arraycopy(x, 0, y, 0, n * n);
                    kernels.trmm(Side.LEFT, lower, no, Diagonal.NON_UNIT, n, n, 1, a, 0, n, y, 0, n);
                });
            case TRSM ->
                new ArrayTask(y, () -> {
                    System.arraycopy(x, 0, y, 0, n * n);
                    kernels.trsm(Side.LEFT, lower, no, Diagonal.NON_UNIT, n, n, 1, a, 0, n, y, 0, n);
                });
        };
    }
}
