package adjoint.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import adjoint.autodiff.Autodiff;
import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PassCheckpointTest {
    private static final Rng KEY = Rng.of(3);
    private static final Tensor X = Tensor.normal(KEY.child("x"), 0, 1, DType.F64, 4, 5);
    private static final Dropout DROPOUT = new Dropout(0.5);

    @Test
    void dropoutIsDrawnAgainTheSame() {
        double[] plain = gradient(false);
        assertArrayEquals(plain, gradient(true), 0);
        assertNotEquals(0, Arrays.stream(plain).filter(g -> g == 0).count());
    }

    private static double[] gradient(boolean checkpointed) {
        return Autodiff.grad((Tensor x) -> {
                    Pass pass = Pass.training(KEY);
                    Tensor before = DROPOUT.forward(x, pass);
                    Tensor y = checkpointed ? pass.checkpoint(PassCheckpointTest::block, before) : block(before, pass);
                    return DROPOUT.forward(y, pass).sum();
                })
                .apply(X)
                .toDoubles();
    }

    private static Tensor block(Tensor x, Pass pass) {
        return DROPOUT.forward(DROPOUT.forward(x.exp(), pass).square(), pass).sin();
    }

    @Test
    void lossesAreAddedOutside() {
        assertEquals(
                "a checkpointed function cannot add the loss inner: add it outside",
                assertThrows(
                                IllegalStateException.class,
                                () -> Autodiff.grad((Tensor x) -> Pass.training(KEY)
                                                .checkpoint(PassCheckpointTest::withLoss, x)
                                                .sum())
                                        .apply(X))
                        .getMessage());
    }

    private static Tensor withLoss(Tensor x, Pass pass) {
        pass.addLoss("inner", x.square().mean());
        return x.exp();
    }
}
