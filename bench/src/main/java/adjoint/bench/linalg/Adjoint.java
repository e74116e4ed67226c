package adjoint.bench.linalg;

import adjoint.bench.ArrayTask;
import adjoint.bench.Contender;
import adjoint.bench.Operation;
import adjoint.bench.Task;
import adjoint.linalg.Distribution;
import adjoint.linalg.Kernels;
import adjoint.linalg.Rng;
import adjoint.linalg.Simd;
import java.util.Optional;

/// Our side.
public final class Adjoint implements Contender {
    @Override
    public String version() {
        return Simd.describe();
    }

    @Override
    public Optional<Task> prepare(Operation operation) {
        return switch (operation) {
            case Gemm gemm -> Optional.of(gemm(gemm.precision().kernels(), gemm));
            case Blas of -> Optional.of(BlasTasks.of(of));
            case RowWise of when RowWiseTasks.serves(of) -> Optional.of(RowWiseTasks.fused(of));
            case Draws draws -> Optional.of(draws(draws));
            case Attention of -> Optional.of(new AttentionTask<>(of.precision().kernels(), of));
            case Factorization of -> Optional.of(FactorizationTasks.of(of));
            default -> Optional.empty();
        };
    }

    @SuppressWarnings("unchecked")
    private static <A> Task gemm(Kernels<A> kernels, Gemm g) {
        A a = (A) g.a();
        A b = (A) g.b();
        A c = (A) g.c();
        if (g.batch() == 1) {
            return new ArrayTask(
                    c,
                    () -> kernels.gemm(
                            g.ta(), g.tb(), g.m(), g.n(), g.k(), 1, a, 0, g.lda(), b, 0, g.ldb(), 0, c, 0, g.n()));
        }
        int aStride = g.m() * g.k();
        int bStride = g.k() * g.n();
        int cStride = g.m() * g.n();
        return new ArrayTask(
                c,
                () -> kernels.gemmBatched(
                        g.ta(), g.tb(), g.m(), g.n(), g.k(), 1, a, 0, g.lda(), aStride, b, 0, g.ldb(), bStride, 0, c, 0,
                        g.n(), cStride, g.batch()));
    }

    private static Task draws(Draws of) {
        Object array = of.precision().allocate(of.n());
        Rng rng = Rng.of(6);
        Distribution distribution = switch (of.distribution()) {
            case UNIFORM -> new Distribution.Uniform(0, 1);
            case NORMAL -> new Distribution.Normal(0, 1);
        };
        return new ArrayTask(array, () -> rng.fill(distribution, 0, array, 0, of.n()));
    }
}
