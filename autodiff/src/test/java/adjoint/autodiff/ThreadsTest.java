package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import adjoint.linalg.Parallel;
import adjoint.linalg.Rng;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/// The same bits for any number of threads, on tensors large enough to be shared among them.
class ThreadsTest {
    private final Tensor x = Tensor.normal(Rng.of(1), 0, 1, DType.F32, 300, 700);
    private final Tensor weight = Tensor.normal(Rng.of(2), 0, 0.05, DType.F32, 500, 700);
    private final Tensor row = Tensor.normal(Rng.of(3), 0, 1, DType.F32, 700);

    @Test
    void valuesDoNotDependOnThreads() {
        same(() -> x.mul(row).gelu().add(x.sum(true, 1)).exp());
        same(() -> x.dropout(0.3, Rng.of(5)).addDropout(x, 0.2, Rng.of(6)));
        same(() -> x.reshape(-1).dropout(0.3, Rng.of(5)));
        same(() -> x.layerNorm(row, row, 1e-5).softmax(-1));
        same(() -> x.sum(0));
        same(() -> x.sum());
        same(() -> x.linear(weight, null));
    }

    @Test
    void gradientsDoNotDependOnThreads() {
        for (int i = 0; i < 3; i++) {
            int input = i;
            same(() -> Autodiff.grads(v -> v.get(0)
                            .layerNorm(v.get(2), v.get(2), 1e-5)
                            .dropout(0.1, Rng.of(7))
                            .linear(v.get(1), null)
                            .gelu()
                            .square()
                            .mean())
                    .apply(List.of(x, weight, row))
                    .get(input));
        }
    }

    private static void same(Supplier<Tensor> body) {
        float[] one;
        try (Parallel.Scope _ = Parallel.with(1)) {
            one = body.get().toFloats();
        }
        for (int threads : new int[] {2, 3}) {
            try (Parallel.Scope _ = Parallel.with(threads)) {
                assertArrayEquals(one, body.get().toFloats());
            }
        }
    }
}
