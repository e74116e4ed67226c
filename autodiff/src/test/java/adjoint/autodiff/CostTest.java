package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class CostTest {
    private final Tensor x = Tensor.ones(DType.F32, 2, 3, 4);

    @Test
    void productsCountMultipliesAndAdds() {
        assertCost(2 * 2 * 3 * 5 * 4, 4 * (24 + 20 + 30), v -> v.matmul(Tensor.ones(DType.F32, 4, 5)));
        assertCost(
                2 * 2 * 3 * 5 * 4,
                4 * (24 + 20 + 5 + 30),
                v -> v.linear(Tensor.ones(DType.F32, 5, 4), Tensor.ones(DType.F32, 5)));
    }

    @Test
    void elementwiseOperationsAreOneSweep() {
        assertCost(24, 4 * (24 + 24), Tensor::exp);
        assertCost(24, 4 * (24 + 4 + 24), v -> v.add(Tensor.ones(DType.F32, 4)));
    }

    @Test
    void viewsAreFree() {
        assertCost(0, 0, v -> v.reshape(6, 4).transpose(0, 1).slice(0, 1, 2).expand(5, 1, 6));
        assertCost(0, 4 * 48, v -> v.transpose(0, 2).reshape(-1));
    }

    private void assertCost(long flops, long bytes, UnaryOperator<Tensor> f) {
        try (Tape tape = Tape.open()) {
            tape.watch(x);
            f.apply(x);
            assertEquals(new Op.Cost(flops, bytes), tape.cost());
        }
    }
}
