package adjoint.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The loss ½‖θ − x‖² of a sample x has the gradient θ − x: that over all data is θ − E x, the covariance that of x.
class GradientNoiseTest {
    private static final double[] THETA = {2, -1, 0.5};
    private final Parameter theta = Parameter.of(Tensor.of(THETA, 3));
    private final Module model = parts -> parts.parameter("theta", theta);

    private final Objective<Tensor> objective = new Objective<>() {
        @Override
        public int size(Tensor batch) {
            return batch.dim(0);
        }

        @Override
        public Tensor loss(Tensor batch, int from, int to, Pass pass) {
            return theta.value().sub(batch.slice(0, from, to)).square().sum().mul(0.5 / (to - from));
        }
    };

    private GradientNoise measure(List<Tensor> batches, int parts) {
        return GradientNoise.of(model, objective, batches, parts, Rng.of(1));
    }

    /// Of single samples, the estimators are the sample variance and the square of the mean without its bias.
    @Test
    void ofSingleSamplesItIsTheSampleVariance() {
        Tensor batch = Tensor.normal(Rng.of(2), 1, 3, DType.F64, 7, 3);
        double[] x = batch.toDoubles();
        double variance = 0;
        double square = 0;
        for (int c = 0; c < 3; c++) {
            double mean = 0;
            for (int i = 0; i < 7; i++) {
                mean += (THETA[c] - x[3 * i + c]) / 7;
            }
            for (int i = 0; i < 7; i++) {
                variance += Math.pow(THETA[c] - x[3 * i + c] - mean, 2) / 6;
            }
            square += mean * mean;
        }
        for (int parts : new int[] {7, 100}) {
            GradientNoise noise = measure(List.of(batch), parts);
            assertEquals(variance, noise.variance(), 1e-12 * variance);
            assertEquals(square - variance / 7, noise.squaredNorm(), 1e-12 * variance);
            assertEquals(1, noise.batches());
        }
    }

    /// x ~ N((0, 0, 1), 0.5²): tr Σ = 3·0.25, |G|² = 4 + 1 + 0.25, also where the parts are of unequal sizes.
    @ParameterizedTest
    @CsvSource({"8, 2", "8, 8", "7, 3", "5, 2"})
    void findsTheNoiseThatWasPutIn(int size, int parts) {
        List<Tensor> batches = new ArrayList<>();
        Tensor center = Tensor.of(new double[] {0, 0, 1}, 3);
        for (int i = 0; i < 4000; i++) {
            batches.add(Tensor.normal(Rng.of(3).child(i), 0, 0.5, DType.F64, size, 3)
                    .add(center));
        }
        GradientNoise noise = measure(batches, parts);
        // Standard errors: tr Σ·√(2/(3·(parts − 1)·4000)), and about 2|G|·σ/√(8·4000).
        assertEquals(0.75, noise.variance(), 4 * 0.75 * Math.sqrt(2.0 / (3 * (parts - 1) * 4000)));
        assertEquals(5.25, noise.squaredNorm(), 0.06);
        assertEquals(noise.variance() / noise.squaredNorm(), noise.scale());
        assertEquals(4000, noise.batches());
    }

    @Test
    void withoutNoiseTheScaleIsZeroAndWithoutGradientInfinite() {
        Tensor same = Tensor.zeros(DType.F64, 4, 3);
        GradientNoise noise = measure(List.of(same), 2);
        assertEquals(0, noise.variance(), 1e-14);
        assertEquals(5.25, noise.squaredNorm(), 1e-14);
        assertEquals(Double.POSITIVE_INFINITY, new GradientNoise(-0.1, 1, 1).scale());
        // The weights are as they were, and single samples say nothing.
        assertEquals(2, theta.value().toDoubles()[0]);
        assertEquals(1, measure(List.of(same, Tensor.zeros(DType.F64, 1, 3)), 2).batches());
    }

    @Test
    void badInputIsNamed() {
        assertEquals(
                "a batch must be cut into at least 2 parts, got 1",
                assertThrows(IllegalArgumentException.class, () -> measure(List.of(), 1))
                        .getMessage());
        assertEquals(
                "no batch has two samples whose gradients could differ",
                assertThrows(IllegalArgumentException.class, () -> measure(List.of(Tensor.zeros(DType.F64, 1, 3)), 2))
                        .getMessage());
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> measure(List.of(Tensor.full(Double.NaN, DType.F64, 2, 3)), 2))
                .getMessage();
        assertTrue(message.equals("the gradients of batch 0 are not finite"), message);
    }
}
