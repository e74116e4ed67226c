package adjoint.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.GradCheck;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ActivationTest {
    /// Another way to the same numbers: textbook formulas in `Math`, a series for the normal distribution.
    private static DoubleUnaryOperator formula(Activation activation) {
        return switch (activation) {
            case IDENTITY -> x -> x;
            case RELU -> x -> Math.max(x, 0);
            case RELU6 -> x -> Math.min(Math.max(x, 0), 6);
            case LEAKY_RELU -> x -> x > 0 ? x : 0.01 * x;
            case ELU -> x -> x > 0 ? x : Math.expm1(x);
            case SELU -> x -> 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x));
            case GELU -> x -> x * normal(x);
            case GELU_TANH -> x -> 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
            case SILU -> x -> x / (1 + Math.exp(-x));
            case MISH -> x -> x * Math.tanh(Math.log1p(Math.exp(x)));
            case SOFTPLUS -> x -> Math.log1p(Math.exp(x));
            case SOFTSIGN -> x -> x / (1 + Math.abs(x));
            case TANH -> Math::tanh;
            case HARDTANH -> x -> Math.min(Math.max(x, -1), 1);
            case SIGMOID -> x -> 1 / (1 + Math.exp(-x));
            case LOG_SIGMOID -> x -> -Math.log1p(Math.exp(-x));
            case HARDSIGMOID -> x -> Math.min(Math.max(x + 3, 0), 6) / 6;
            case HARDSWISH -> x -> x * Math.min(Math.max(x + 3, 0), 6) / 6;
        };
    }

    /// Φ by its Taylor series, ½ + φ(x)·(x + x³/3 + x⁵/(3·5) + …).
    private static double normal(double x) {
        double term = x;
        double sum = x;
        for (int n = 1; n < 200; n++) {
            term *= x * x / (2 * n + 1);
            sum += term;
        }
        return 0.5 + sum * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
    }

    @ParameterizedTest
    @EnumSource
    void isItsFormula(Activation activation) {
        Tensor x = Tensor.linspace(-7, 7, 57, DType.F64);
        double[] y = activation.forward(x, Pass.evaluation()).toDoubles();
        for (int i = 0; i < y.length; i++) {
            double expected = formula(activation).applyAsDouble(x.get(i));
            assertEquals(expected, y[i], 1e-13 * Math.max(1, Math.abs(expected)), "at " + x.get(i));
        }
        assertTrue(Double.isNaN(
                activation.forward(Tensor.of(new double[] {Double.NaN}, 1)).item()));
        assertEquals("", Described.state(activation));
    }

    @ParameterizedTest
    @EnumSource
    void gradient(Activation activation) {
        Tensor x = Tensor.uniform(Rng.of(1), -4, 4, DType.F64, 3, 7);
        GradCheck.check(activation.name(), inputs -> activation.forward(inputs.getFirst()), x);
    }

    @Test
    void gates() {
        Tensor x = Tensor.of(new double[] {1, 2, -3, 4, 5, 6, 0, -1}, 2, 4);
        double[] y = new Glu(Activation.SIGMOID).forward(x).toDoubles();
        double[] expected = {
            1 / (1 + Math.exp(3)), 2 / (1 + Math.exp(-4)), 5 / 2.0, 6 / (1 + Math.exp(1)),
        };
        for (int i = 0; i < 4; i++) {
            assertEquals(expected[i], y[i], 1e-14);
        }
    }
}
