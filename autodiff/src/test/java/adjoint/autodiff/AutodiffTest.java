package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AutodiffTest {
    private final Tensor x = Tensor.of(new double[] {0.5, -1, 2});

    @AfterEach
    void nothingIsLeft() {
        assertEquals(0, BufferPool.ofThread().outstanding());
    }

    @Test
    void valueAndGradient() {
        Autodiff.ValueAndGrad<Tensor> both =
                Autodiff.valueAndGrad(v -> v.square().sum()).apply(x);
        assertEquals(5.25, both.value().item());
        assertArrayEquals(new double[] {1, -2, 4}, both.gradient().toDoubles());
    }

    @Test
    void gradientsOfSeveralTensors() {
        List<Tensor> g = Autodiff.grads(v -> v.get(0).mul(v.get(1)).sum()).apply(List.of(x, x));
        assertArrayEquals(x.toDoubles(), g.get(0).toDoubles());
        assertArrayEquals(x.toDoubles(), g.get(1).toDoubles());
    }

    @Test
    void derivativesOfHigherOrder() {
        // d⁴/dx⁴ of x⁵ is 120x.
        UnaryOperator<Tensor> first =
                Autodiff.grad(v -> v.mul(v).mul(v).mul(v).mul(v).sum());
        UnaryOperator<Tensor> second = Autodiff.grad(v -> first.apply(v).sum());
        UnaryOperator<Tensor> third = Autodiff.grad(v -> second.apply(v).sum());
        UnaryOperator<Tensor> fourth = Autodiff.grad(v -> third.apply(v).sum());
        assertArrayEquals(new double[] {60, -120, 240}, fourth.apply(x).toDoubles(), 1e-9);
    }

    @Test
    void derivativesWithRespectToDifferentVariablesDoNotMix() {
        // d/dx (x · d/dy (x·y)) = 2x; a tape that mixed both would say x.
        UnaryOperator<Tensor> outer =
                Autodiff.grad(v -> v.mul(Autodiff.grad(y -> v.mul(y).sum()).apply(Tensor.ones(DType.F64, 3)))
                        .sum());
        assertArrayEquals(new double[] {1, -2, 4}, outer.apply(x).toDoubles());
    }

    @Test
    void anInnerGradientMayIgnoreTheOuterVariable() {
        UnaryOperator<Tensor> outer =
                Autodiff.grad(v -> v.mul(Autodiff.grad(y -> y.square().sum()).apply(Tensor.full(3, DType.F64)))
                        .sum());
        assertArrayEquals(new double[] {6, 6, 6}, outer.apply(x).toDoubles());
    }

    @Test
    void aConstantFunctionHasTheGradientZero() {
        assertArrayEquals(
                new double[3],
                Autodiff.grad(_ -> Tensor.scalar(1, DType.F64)).apply(x).toDoubles());
        assertArrayEquals(
                new double[3], Autodiff.grad(v -> v.detach().sum()).apply(x).toDoubles());
        UnaryOperator<Tensor> slope = Autodiff.grad(Tensor::sum);
        assertArrayEquals(
                new double[3], Autodiff.grad(v -> slope.apply(v).sum()).apply(x).toDoubles());
    }

    @Test
    void insideATapeTheGradientIsRecorded() {
        try (Tape tape = Tape.open()) {
            tape.watch(x);
            Tensor slope = Autodiff.grad(v -> v.mul(v).mul(v).sum()).apply(x);
            Gradients g = tape.backward(slope.sum());
            assertArrayEquals(new double[] {3, -6, 12}, g.of(x).toDoubles());
        }
    }

    @Test
    void gradientPenaltyThroughFusedOperations() {
        GradCheck.checkSecondOrder(
                "network",
                v -> v.get(0)
                        .linear(v.get(1), v.get(2))
                        .gelu()
                        .layerNorm(v.get(2), v.get(2), 1e-3)
                        .softmax(-1)
                        .normalize(1e-9)
                        .crossEntropy(Tensor.ofInts(new int[] {1, 0})),
                Tensor.of(new double[] {0.3, -0.2, 0.9, 0.4, 0.1, -0.7}, 2, 3),
                Tensor.of(new double[] {0.3, -0.8, 0.5, 0.6, 0.2, -0.4, 0.1, 0.7, -0.9}, 3, 3),
                Tensor.of(new double[] {0.2, 1.1, -0.4}));
    }

    @Test
    void onlyAScalarHasAGradient() {
        ShapeError e =
                assertThrows(ShapeError.class, () -> Autodiff.grad(Tensor::exp).apply(x));
        assertEquals(
                "backward: the root has shape [3], only a single number has a gradient; sum it, or give a seed",
                e.getMessage());
        assertThrows(ShapeError.class, () -> Autodiff.grad(v -> v.detach()).apply(x));
    }
}
