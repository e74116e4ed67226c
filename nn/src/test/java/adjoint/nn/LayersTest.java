package adjoint.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.Shape;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class LayersTest {
    private static final Rng KEY = Rng.of(7);

    @Test
    void linearComputesItsFormula() {
        Linear linear = new Linear(3, 2, DType.F64, KEY);
        linear.weight().set(Tensor.of(new double[] {1, 2, 3, 4, 5, 6}, 2, 3));
        linear.bias().set(Tensor.of(new double[] {10, 20}, 2));
        Tensor y = linear.forward(Tensor.of(new double[] {1, 0, -1, 2, 2, 2}, 1, 2, 3));
        assertEquals(Shape.of(1, 2, 2), y.shape());
        assertArrayEquals(new double[] {8, 18, 22, 50}, y.toDoubles());
    }

    @Test
    void linearWithoutBias() {
        Linear linear = new Linear(2, 1, false, DType.F64, KEY);
        assertNull(linear.bias());
        linear.weight().set(Tensor.of(new double[] {3, 4}, 1, 2));
        assertArrayEquals(
                new double[] {11},
                linear.forward(Tensor.of(new double[] {1, 2}, 1, 2)).toDoubles());
        assertEquals(List.of("weight"), Parameters.of(linear).names());
    }

    @Test
    void linearStartsUniformWithinOneOverRootOfItsInputs() {
        Linear linear = new Linear(400, 100, DType.F64, KEY);
        double bound = 1.0 / 20;
        double[] weight = linear.weight().value().toDoubles();
        assertTrue(Arrays.stream(weight).allMatch(w -> -bound <= w && w < bound));
        // Mean 0 and variance bound²/3 of 40,000 draws, each within 5 standard errors.
        double mean = Arrays.stream(weight).average().orElseThrow();
        double variance = Arrays.stream(weight).map(w -> w * w).average().orElseThrow();
        assertEquals(0, mean, 5 * bound / Math.sqrt(3 * weight.length));
        assertEquals(bound * bound / 3, variance, 5 * bound * bound * Math.sqrt(4 / 45.0 / weight.length));
        double[] bias = linear.bias().value().toDoubles();
        assertTrue(Arrays.stream(bias).allMatch(b -> -bound <= b && b < bound));
        assertTrue(Arrays.stream(bias).distinct().count() > 90);
    }

    @Test
    void sameKeySameStart() {
        double[] first = new Linear(5, 4, DType.F64, KEY).weight().value().toDoubles();
        assertArrayEquals(
                first, new Linear(5, 4, DType.F64, KEY).weight().value().toDoubles());
        double[] other =
                new Linear(5, 4, DType.F64, KEY.child("other")).weight().value().toDoubles();
        assertTrue(first[0] != other[0]);
    }

    @Test
    void layerNormStartsAsTheNormalisationItself() {
        LayerNorm norm = new LayerNorm(4, DType.F64);
        double[] y = norm.forward(Tensor.of(new double[] {1, 2, 3, 4}, 1, 4)).toDoubles();
        double deviation = Math.sqrt(1.25 + 1e-5);
        assertArrayEquals(
                new double[] {-1.5 / deviation, -0.5 / deviation, 0.5 / deviation, 1.5 / deviation}, y, 1e-14);
        assertEquals(List.of("weight", "bias"), Parameters.of(norm).names());
    }

    @Test
    void dropoutIsIdentityInEvaluationAndWithProbabilityZero() {
        Tensor x = Tensor.ones(DType.F64, 10, 10);
        assertSame(x, new Dropout(0.5).forward(x, Pass.evaluation()));
        assertSame(x, new Dropout(0).forward(x, Pass.training(KEY)));
    }

    @Test
    void dropoutKeepsTheMeanAndFollowsItsKey() {
        Tensor x = Tensor.ones(DType.F64, 100, 100);
        Dropout dropout = new Dropout(0.25);
        double[] y = dropout.forward(x, Pass.training(KEY)).toDoubles();
        assertTrue(Arrays.stream(y).allMatch(v -> v == 0 || v == 1 / 0.75));
        // 10,000 Bernoulli draws, within 5 standard errors.
        assertEquals(0.75, Arrays.stream(y).filter(v -> v != 0).count() / 10_000.0, 5 * Math.sqrt(0.1875 / 10_000));
        assertArrayEquals(y, dropout.forward(x, Pass.training(KEY)).toDoubles());
        Pass pass = Pass.training(KEY);
        dropout.forward(x, pass);
        assertTrue(!Arrays.equals(y, dropout.forward(x, pass).toDoubles()), "the second call draws afresh");
    }

    @Test
    void addedDropoutIsDropoutThenAdd() {
        Tensor x = Tensor.uniform(KEY.child("x"), -1, 1, DType.F64, 5, 9);
        Tensor y = Tensor.uniform(KEY.child("y"), -1, 1, DType.F64, 5, 9);
        Dropout dropout = new Dropout(0.3);
        double[] apart = x.add(dropout.forward(y, Pass.training(KEY))).toDoubles();
        assertArrayEquals(apart, dropout.add(x, y, Pass.training(KEY)).toDoubles(), 1e-15);
        assertArrayEquals(
                x.add(y).toDoubles(), dropout.add(x, y, Pass.evaluation()).toDoubles());
    }

    @Test
    void dropoutProbabilityIsChecked() {
        for (double p : new double[] {-0.1, 1, Double.NaN}) {
            assertEquals(
                    "a dropout probability must be in [0, 1), got " + p,
                    assertThrows(IllegalArgumentException.class, () -> new Dropout(p))
                            .getMessage());
        }
    }

    @Test
    void positionsAreAddedToEverySeries() {
        LearnedPositions positions = new LearnedPositions(5, 2, DType.F64, KEY);
        Parameter pe = Parameters.of(positions).get("pe");
        assertEquals(Shape.of(5, 1, 2), pe.shape());
        assertTrue(Arrays.stream(pe.value().toDoubles()).allMatch(v -> -0.02 <= v && v < 0.02));
        pe.set(Tensor.of(new double[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 5, 1, 2));
        Tensor y = positions.forward(Tensor.zeros(DType.F64, 2, 3, 2));
        assertArrayEquals(new double[] {1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6}, y.toDoubles());
        assertEquals(
                "LearnedPositions has 5 positions, x [2, 6, 2] needs 6",
                assertThrows(ShapeError.class, () -> positions.forward(Tensor.zeros(DType.F64, 2, 6, 2)))
                        .getMessage());
    }

    @Test
    void activations() {
        Tensor x = Tensor.of(new double[] {-1, 0, 2}, 3);
        assertArrayEquals(new double[] {0, 0, 2}, Activation.RELU.forward(x).toDoubles());
        // x·Φ(x) with Φ(1) = 0.8413447460685429, Φ(2) = 0.9772498680518208.
        assertArrayEquals(
                new double[] {-0.15865525393145707, 0, 1.9544997361036416},
                Activation.GELU.forward(x).toDoubles(),
                1e-14);
    }

    @Test
    void auxiliaryLossesOfOneNameAreAveraged() {
        Pass pass = Pass.evaluation();
        pass.addLoss("J2", 0.5, Tensor.scalar(4, DType.F64));
        pass.addLoss("J2", 0.5, Tensor.scalar(8, DType.F64));
        pass.addLoss("penalty", Tensor.scalar(1, DType.F64));
        pass.addLoss("only reported", 0, Tensor.scalar(Double.NaN, DType.F64));
        assertEquals(10 + 0.5 * 6 + 1, pass.total(Tensor.scalar(10, DType.F64)).item(), 1e-15);
    }

    @Test
    void anEvaluationHasNoKeys() {
        assertThrows(IllegalStateException.class, () -> Pass.evaluation().nextKey());
    }
}
