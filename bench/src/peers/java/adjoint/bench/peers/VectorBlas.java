package adjoint.bench.peers;

import adjoint.bench.ArrayTask;
import adjoint.bench.Contender;
import adjoint.bench.Operation;
import adjoint.bench.Task;
import adjoint.bench.linalg.Gemm;
import adjoint.linalg.Precision;
import adjoint.linalg.Transpose;
import dev.ludovic.netlib.blas.JavaBLAS;
import java.util.Optional;

/// netlib's BLAS in Java on the Vector API.
public final class VectorBlas implements Contender {
    private final JavaBLAS blas = JavaBLAS.getInstance();

    public VectorBlas() {
        if (!blas.getClass().getSimpleName().equals("VectorBLAS")) {
            throw new IllegalStateException(
                    "netlib takes " + blas.getClass().getSimpleName() + " here, not VectorBLAS");
        }
    }

    @Override
    public String version() {
        return Versions.of(JavaBLAS.class);
    }

    /// Its matrices are column-major: what is C = A·B for us is Cᵀ = Bᵀ·Aᵀ for it.
    @Override
    public Optional<Task> prepare(Operation operation) {
        if (!(operation instanceof Gemm g) || g.batch() != 1) {
            return Optional.empty();
        }
        String ta = letter(g.ta());
        String tb = letter(g.tb());
        if (g.precision() == Precision.F32) {
            float[] a = (float[]) g.a();
            float[] b = (float[]) g.b();
            float[] c = (float[]) g.c();
            return Optional.of(new ArrayTask(
                    c, () -> blas.sgemm(tb, ta, g.n(), g.m(), g.k(), 1, b, g.ldb(), a, g.lda(), 0, c, g.n())));
        }
        double[] a = (double[]) g.a();
        double[] b = (double[]) g.b();
        double[] c = (double[]) g.c();
        return Optional.of(new ArrayTask(
                c, () -> blas.dgemm(tb, ta, g.n(), g.m(), g.k(), 1, b, g.ldb(), a, g.lda(), 0, c, g.n())));
    }

    private static String letter(Transpose t) {
        return t == Transpose.YES ? "T" : "N";
    }
}
