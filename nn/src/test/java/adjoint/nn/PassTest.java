package adjoint.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.Autodiff;
import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import org.junit.jupiter.api.Test;

class PassTest {
    private static final Tensor X = Tensor.ones(DType.F64, 3, 4);

    private static double[] noise(Pass pass) {
        return Tensor.normal(pass.nextKey(), 0, 1, DType.F64, 3).toDoubles();
    }

    @Test
    void samplingDrawsWithoutTraining() {
        Pass pass = Pass.sampling(Rng.of(5));
        assertFalse(pass.training());
        assertTrue(pass.drawing());
        assertSame(X, new Dropout(0.5).forward(X, pass));
        assertArrayEquals(noise(Pass.training(Rng.of(5))), noise(pass), 0);
        Buffer buffer = Buffer.of(Tensor.zeros(DType.F64, 1));
        assertEquals(
                "an evaluation changes no buffer; ask training() first",
                assertThrows(IllegalStateException.class, () -> pass.update(buffer, X, (old, now) -> now))
                        .getMessage());
        assertTrue(Pass.training(Rng.of(5)).drawing());
        assertFalse(Pass.evaluation().drawing());
        assertThrows(IllegalStateException.class, () -> Pass.evaluation().nextKey());
    }

    /// The second time a checkpoint runs its function, it is still no training.
    @Test
    void aCheckpointKeepsWhatThePassIs() {
        Tensor slope = Autodiff.grad((Tensor x) -> Pass.sampling(Rng.of(5))
                        .checkpoint(
                                (in, pass) -> new Dropout(0.5).forward(in, pass).square(), x)
                        .sum())
                .apply(X);
        assertArrayEquals(X.mul(2).toDoubles(), slope.toDoubles(), 0);
    }
}
