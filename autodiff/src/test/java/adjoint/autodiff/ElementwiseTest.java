package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import adjoint.linalg.Functions;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Functions of single elements against `java.lang.Math`, at the edges of their domains, and their gradients at kinks.
class ElementwiseTest {
    private static final double NAN = Double.NaN;
    private static final double INF = Double.POSITIVE_INFINITY;

    private static void assertFunction(
            DType dtype, double from, double to, UnaryOperator<Tensor> f, DoubleUnaryOperator exact) {
        int n = 203;
        double[] x = new double[n];
        double[] y = new double[n];
        for (int i = 0; i < n; i++) {
            x[i] = (float) (from + (to - from) * i / (n - 1));
            y[i] = exact.applyAsDouble(x[i]);
        }
        double tolerance = dtype == DType.F32 ? 1e-6 : 2e-15;
        Tensor result = f.apply(Tensor.of(x).to(dtype));
        assertEquals(dtype, result.dtype());
        Close.assertClose("function", Tensor.of(y), result.to(DType.F64), tolerance);
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F64"})
    void functionsAreThoseOfMath(DType dtype) {
        assertFunction(dtype, 0.01, 9, Tensor::rsqrt, x -> 1 / Math.sqrt(x));
        assertFunction(dtype, -5, 5, Tensor::expm1, Math::expm1);
        assertFunction(dtype, -5, 5, Tensor::exp2, x -> Math.pow(2, x));
        assertFunction(dtype, -0.9, 9, Tensor::log1p, Math::log1p);
        assertFunction(dtype, 0.1, 9, Tensor::log2, x -> Math.log(x) / Math.log(2));
        assertFunction(dtype, 0.1, 9, Tensor::log10, Math::log10);
        assertFunction(dtype, -9, 9, Tensor::sin, Math::sin);
        assertFunction(dtype, -9, 9, Tensor::cos, Math::cos);
        assertFunction(dtype, -1.5, 1.5, Tensor::tan, Math::tan);
        assertFunction(dtype, -1, 1, Tensor::asin, Math::asin);
        assertFunction(dtype, -1, 1, Tensor::acos, Math::acos);
        assertFunction(dtype, -9, 9, Tensor::atan, Math::atan);
        assertFunction(dtype, -5, 5, Tensor::sinh, Math::sinh);
        assertFunction(dtype, -5, 5, Tensor::cosh, Math::cosh);
        assertFunction(dtype, -9, 9, x -> x.sinh().asinh(), x -> x);
        assertFunction(dtype, 0.5, 9, x -> x.cosh().acosh(), x -> x);
        assertFunction(dtype, -0.99, 0.99, Tensor::atanh, x -> (Math.log1p(x) - Math.log1p(-x)) / 2);
        assertFunction(dtype, -3, 3, Tensor::erfc, x -> 1 - Functions.erf(x));
        assertFunction(dtype, -0.99, 0.99, x -> Special.erfinv(x).erf(), x -> x);
        assertFunction(dtype, 0.1, 9, x -> Special.lgamma(x.add(1)).sub(Special.lgamma(x)), Math::log);
        assertFunction(dtype, 0.1, 9, x -> Special.digamma(x.add(1)).sub(Special.digamma(x)), x -> 1 / x);
        assertFunction(
                dtype, 1, 9, x -> Special.polygamma(2, x.add(1)).sub(Special.polygamma(2, x)), x -> 2 / (x * x * x));
        assertFunction(dtype, -9, 9, Tensor::floor, Math::floor);
        assertFunction(dtype, -9, 9, Tensor::ceil, Math::ceil);
        assertFunction(dtype, -9, 9, x -> x.mul(2).floor().div(2).round(), x -> Math.rint(Math.floor(2 * x) / 2));
        assertFunction(dtype, -9, 9, Tensor::trunc, x -> (int) x);
        assertFunction(dtype, 0, 3, x -> x.pow(1.7), x -> Math.pow(x, 1.7));
        assertFunction(dtype, -3, 3, x -> x.pow(2), x -> x * x);
        assertFunction(dtype, -9, 9, x -> x.clamp(-1.5, 4), x -> Math.clamp(x, -1.5, 4));
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F64"})
    void activationsAreTheirFormulas(DType dtype) {
        DoubleUnaryOperator softplus = x -> Math.log1p(Math.exp(x));
        assertFunction(dtype, -9, 9, Activations::softplus, softplus);
        assertFunction(dtype, -9, 9, x -> Activations.softplus(x, 2), x -> softplus.applyAsDouble(2 * x) / 2);
        assertFunction(dtype, -9, 9, Activations::logSigmoid, x -> -softplus.applyAsDouble(-x));
        assertFunction(dtype, -9, 9, Activations::silu, x -> x / (1 + Math.exp(-x)));
        assertFunction(dtype, -9, 9, Activations::mish, x -> x * Math.tanh(softplus.applyAsDouble(x)));
        assertFunction(
                dtype,
                -9,
                9,
                Activations::geluTanh,
                x -> x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))));
        assertFunction(dtype, -9, 9, x -> Activations.elu(x, 0.5), x -> x > 0 ? x : 0.5 * Math.expm1(x));
        assertFunction(
                dtype,
                -9,
                9,
                Activations::selu,
                x -> 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)));
        assertFunction(dtype, -9, 9, x -> Activations.leakyRelu(x, 0.2), x -> x > 0 ? x : 0.2 * x);
        assertFunction(dtype, -9, 9, x -> Activations.hardtanh(x, -1, 2), x -> Math.clamp(x, -1.0, 2.0));
        assertFunction(dtype, -9, 9, Activations::relu6, x -> Math.clamp(x, 0.0, 6.0));
        assertFunction(dtype, -9, 9, Activations::softsign, x -> x / (1 + Math.abs(x)));
    }

    @Test
    void activationsDoNotOverflow() {
        Tensor x = Tensor.of(new double[] {NAN, INF, -INF, 1000, -1000});
        assertArrayEquals(
                new double[] {NAN, INF, 0, 1000, 0}, Activations.softplus(x).toDoubles());
        assertArrayEquals(
                new double[] {NAN, 0, -INF, 0, -1000},
                Activations.logSigmoid(x).add(0).toDoubles());
        assertArrayEquals(
                new double[] {NAN, INF, -2, 1000, -2}, Activations.elu(x, 2).toDoubles());
        assertArrayEquals(
                new double[] {NAN, INF, -INF, 1000, -10},
                Activations.leakyRelu(x, 0.01).toDoubles());
        assertArrayEquals(new double[] {NAN, 6, 0, 6, 0}, Activations.relu6(x).toDoubles());
        Tensor small = Tensor.of(new double[] {-700});
        assertEquals(Math.exp(-700), Activations.softplus(small).item(), 1e-15 * Math.exp(-700));
    }

    @Test
    void edgesAreThoseOfIeee754() {
        Tensor x = Tensor.of(new double[] {NAN, INF, -INF, 0, -0.0, 1, -1});
        assertArrayEquals(
                new double[] {NAN, 0, NAN, INF, -INF, 1, NAN}, x.rsqrt().toDoubles());
        assertArrayEquals(
                new double[] {NAN, INF, -1, 0, -0.0, Math.expm1(1), Math.expm1(-1)},
                x.expm1().toDoubles(),
                1e-15);
        assertArrayEquals(
                new double[] {NAN, INF, NAN, 0, -0.0, Math.log(2), -INF},
                x.log1p().toDoubles(),
                1e-15);
        assertArrayEquals(
                new double[] {NAN, INF, NAN, -INF, -INF, 0, NAN}, x.log2().toDoubles());
        assertArrayEquals(new double[] {NAN, INF, 0, 1, 1, 2, 0.5}, x.exp2().toDoubles());
        assertArrayEquals(
                new double[] {NAN, NAN, NAN, 1, 1, Math.cos(1), Math.cos(1)},
                x.cos().toDoubles());
        assertArrayEquals(
                new double[] {NAN, INF, -INF, 0, -0.0, 1, -1}, x.floor().toDoubles());
        assertArrayEquals(
                new double[] {NAN, INF, -INF, 0, -0.0, 1, -1}, x.trunc().toDoubles());
        assertArrayEquals(
                new double[] {NAN, 2, -1, 0, -0.0, 1, -1}, x.clamp(-1, 2).toDoubles());
        assertArrayEquals(new double[] {1, 0, 0, 0, 0, 0, 0}, x.isNaN().toDoubles());
        assertArrayEquals(new double[] {0, 0, 0, 1, 1, 1, 1}, x.isFinite().toDoubles());
    }

    private static void assertBinary(
            String name, List<Double> a, List<Double> b, Tensor result, DoubleBinaryOperator exact) {
        for (int i = 0; i < a.size(); i++) {
            assertEquals(
                    exact.applyAsDouble(a.get(i), b.get(i)),
                    result.get(i),
                    1e-15,
                    name + " of " + a.get(i) + " and " + b.get(i));
        }
    }

    @Test
    void binaryFunctionsAndComparisons() {
        List<Double> a = List.of(-7.5, 7.5, -7.5, 7.5, 0.0, -0.0, 1.0, NAN, INF, -1.0, -6.0);
        List<Double> b = List.of(2.0, -2.0, -2.0, 2.0, 0.0, 3.0, 1.0, 1.0, 2.0, INF, 2.0);
        Tensor x = Tensor.of(a.stream().mapToDouble(v -> v).toArray());
        Tensor y = Tensor.of(b.stream().mapToDouble(v -> v).toArray());
        assertBinary("pow", a, b, x.pow(y), Math::pow);
        assertBinary("atan2", a, b, x.atan2(y), Math::atan2);
        assertBinary("fmod", a, b, x.fmod(y), (v, w) -> v % w);
        assertBinary("remainder", a, b, x.remainder(y), ElementwiseTest::floorMod);
        assertBinary("less", a, b, x.less(y), (v, w) -> v < w ? 1 : 0);
        assertBinary("lessEqual", a, b, x.lessEqual(y), (v, w) -> v <= w ? 1 : 0);
        assertBinary("greaterEqual", a, b, x.greaterEqual(y), (v, w) -> v >= w ? 1 : 0);
        assertBinary("notEqual", a, b, x.notEqual(y), (v, w) -> v != w ? 1 : 0);
        assertBinary("less than 0", a, b, x.less(0), (v, w) -> v < 0 ? 1 : 0);
        assertBinary("at most 0", a, b, x.lessEqual(0), (v, w) -> v <= 0 ? 1 : 0);
        assertBinary("at least 0", a, b, x.greaterEqual(0), (v, w) -> v >= 0 ? 1 : 0);
        assertBinary("not 0", a, b, x.notEqual(0), (v, w) -> v != 0 ? 1 : 0);
    }

    private static double floorMod(double v, double w) {
        double rest = v % w;
        return rest != 0 && rest < 0 != w < 0 ? rest + w : rest;
    }

    /// First and second derivative of a function of one element at some points.
    private static void assertDerivatives(
            String name, UnaryOperator<Tensor> f, double[] at, double[] first, double[] second) {
        Tensor x = Tensor.of(at);
        try (Tape tape = Tape.open()) {
            tape.watch(x);
            Tensor slope = tape.gradients(f.apply(x).sum(), List.of(x)).getFirst();
            assertArrayEquals(first, slope.toDoubles(), 1e-12, name);
            if (second != null) {
                Tensor curvature = tape.gradients(slope.sum(), List.of(x)).getFirst();
                assertArrayEquals(second, curvature.toDoubles(), 1e-12, name + ", second order");
            }
        }
        Tensor fused = Autodiff.grad(v -> f.apply(v).sum()).apply(x);
        assertArrayEquals(first, fused.toDoubles(), 1e-12, name + " by kernels");
    }

    @Test
    void gradientsAtKinks() {
        double[] kinks = {-1, 0, 1};
        assertDerivatives("clamp", x -> x.clamp(-1, 1), kinks, new double[] {1, 1, 1}, null);
        assertDerivatives("clamp to nothing", x -> x.clamp(1, -1), kinks, new double[] {0, 0, 0}, null);
        assertDerivatives("hardtanh", x -> Activations.hardtanh(x, -1, 1), kinks, new double[] {0, 1, 0}, null);
        assertDerivatives("leakyRelu", x -> Activations.leakyRelu(x, 0.1), kinks, new double[] {0.1, 0.1, 1}, null);
        assertDerivatives("elu", x -> Activations.elu(x, 0.5), kinks, new double[] {0.5 / Math.E, 0.5, 1}, null);
        assertDerivatives("softsign", Activations::softsign, kinks, new double[] {0.25, 1, 0.25}, null);
    }

    @Test
    void powersOfZeroAndOfNegativeNumbers() {
        double[] at = {0, -2, 3};
        assertDerivatives("x^0", x -> x.pow(0), at, new double[] {0, 0, 0}, new double[] {0, 0, 0});
        assertDerivatives("x^1", x -> x.pow(1), at, new double[] {1, 1, 1}, new double[] {0, 0, 0});
        assertDerivatives("x^2", x -> x.pow(2), at, new double[] {0, -4, 6}, new double[] {2, 2, 2});
        assertDerivatives("x^3", x -> x.pow(3), at, new double[] {0, 12, 27}, new double[] {0, -12, 18});
        assertDerivatives(
                "x^tensor", x -> x.pow(Tensor.of(new double[] {0, 3, 2})), at, new double[] {0, 12, 6}, new double[] {
                    0, -12, 2
                });
        assertDerivatives("x^2.5", x -> x.pow(2.5), new double[] {0, 4}, new double[] {0, 20}, new double[] {0, 7.5});
        UnaryOperator<Tensor> exponent = p -> Tensor.of(new double[] {0, 0, 2}).pow(p);
        double ln = Math.log(2);
        double[] none = {0, 0, 8 * ln};
        assertDerivatives("0^y and 2^y", exponent, new double[] {0, 3, 3}, none, new double[] {0, 0, 8 * ln * ln});
    }

    @Test
    void wrongOrdersAreNamed() {
        Tensor x = Tensor.ones(DType.F64, 2);
        assertMessage("polygamma: the order must be in 0 … 100, got -1", () -> Special.polygamma(-1, x));
        assertMessage("softplus: beta must be positive, got 0.0", () -> Activations.softplus(x, 0));
        assertMessage(
                "sin: needs F32 or F64, got I32[3]; convert with to(DType.F32)",
                () -> Tensor.range(3, DType.I32).sin());
    }

    private static void assertMessage(String text, org.junit.jupiter.api.function.Executable call) {
        assertEquals(text, assertThrows(IllegalArgumentException.class, call).getMessage());
    }
}
