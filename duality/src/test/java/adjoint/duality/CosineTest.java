package adjoint.duality;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import org.junit.jupiter.api.Test;

final class CosineTest {
    private final Cosine cosine = new Cosine();
    private final Rng rng = Rng.of(3);

    @Test
    void featuresHaveNormOne() {
        Tensor phi = cosine.features(normal("z", 2, 3, 17));
        for (double square : phi.square().sum(-1).toDoubles()) {
            assertEquals(1, Math.sqrt(square), 1e-12);
        }
    }

    @Test
    void featuresDoNotDependOnTheLength() {
        Tensor z = normal("z", 5, 8);
        double[] expected = cosine.features(z).toDoubles();
        assertArrayEquals(expected, cosine.features(z.mul(1e-3)).toDoubles(), 1e-12);
        assertArrayEquals(expected, cosine.features(z.mul(2e5)).toDoubles(), 1e-12);
    }

    @Test
    void zeroHasZeroFeatures() {
        assertArrayEquals(
                new double[3], cosine.features(Tensor.zeros(DType.F64, 3)).toDoubles());
    }

    @Test
    void kernelIsTheCosineOfTheAngle() {
        Tensor x = Tensor.of(new double[] {3, 4, 1, 0}, 2, 2);
        Tensor z = Tensor.of(new double[] {4, 3}, 1, 2);
        assertArrayEquals(new double[] {0.96, 0.8}, cosine.kernel(x, z).toDoubles(), 1e-15);
        assertEquals(2, cosine.dimension(2));
    }

    private Tensor normal(String name, int... shape) {
        return Tensor.normal(rng.child(name), 0, 1, DType.F64, shape);
    }
}
