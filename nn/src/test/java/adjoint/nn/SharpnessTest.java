package adjoint.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.Autodiff;
import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Kernels;
import adjoint.linalg.Rng;
import adjoint.linalg.SymmetricEigen;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SharpnessTest {
    /// ½ Σ λᵢ·xᵢ² has the eigenvalues λ; two parameters share them.
    @ParameterizedTest
    @EnumSource(names = {"F32", "F64"})
    void ofAQuadraticItIsTheLargestCurvature(DType dtype) {
        int n = 60;
        Tensor curvatures = Tensor.of(
                        IntStream.range(0, n)
                                .mapToDouble(i -> i * i / 100.0 - 5)
                                .toArray(),
                        n)
                .to(dtype);
        Parameter a = Parameter.full(1, dtype, 20);
        Parameter b = Parameter.full(-2, dtype, 5, 8);
        Module model = parts -> {
            parts.parameter("a", a);
            parts.parameter("b", b);
        };
        Sharpness found = Sharpness.of(
                model,
                () -> a.value()
                        .square()
                        .mul(curvatures.slice(0, 0, 20))
                        .sum()
                        .add(b.value()
                                .square()
                                .mul(curvatures.slice(0, 20, 60).reshape(5, 8))
                                .sum())
                        .mul(0.5),
                dtype == DType.F32 ? 1e-5 : 1e-12,
                500,
                Rng.of(1));
        double expected = 59 * 59 / 100.0 - 5;
        assertEquals(expected, found.largest(), expected * (dtype == DType.F32 ? 1e-5 : 1e-11));
        assertTrue(found.residual() <= 1e-4 * expected, found::toString);
        assertTrue(found.products() <= 500, found::toString);
        assertArrayEquals(new double[] {1, 1}, a.value().slice(0, 0, 2).toDoubles());
    }

    /// Beside the whole Hessian and its eigenvalues, of a network that is not convex.
    @Test
    void isTheLargestEigenvalueOfTheWholeHessian() {
        Linear linear = new Linear(4, 3, DType.F64, Rng.of(1));
        Tensor x = Tensor.normal(Rng.of(2), 0, 1, DType.F64, 6, 4);
        Tensor y = Tensor.ofInts(new int[] {0, 1, 2, 0, 1, 2}, 6);
        UnaryOperator<Tensor> loss = out -> out.tanh().mul(3).crossEntropy(y);
        Sharpness found = Sharpness.of(linear, () -> loss.apply(linear.forward(x)), 1e-10, 200, Rng.of(3));

        Tensor flat = Tensor.concat(
                0, linear.weight().value().reshape(12), linear.bias().value());
        Tensor hessian = Autodiff.hessian(
                w -> loss.apply(x.matmul(w.slice(0, 0, 12).reshape(3, 4).transpose(0, 1))
                        .add(w.slice(0, 12, 15))),
                flat);
        double[] values =
                SymmetricEigen.of(Kernels.f64(), 15, hessian.toDoubles()).values();
        assertEquals(values[14], found.largest(), 1e-9);
    }

    @Test
    void aLinearLossIsFlat() {
        Parameter p = Parameter.full(1, DType.F64, 3);
        Module model = parts -> parts.parameter("p", p);
        assertEquals(
                0,
                Sharpness.of(model, () -> p.value().sum(), 1e-6, 10, Rng.of(1)).largest());
        assertEquals(
                "the model has no parameters",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> Sharpness.of(parts -> {}, () -> p.value().sum(), 1e-6, 10, Rng.of(1)))
                        .getMessage());
    }
}
