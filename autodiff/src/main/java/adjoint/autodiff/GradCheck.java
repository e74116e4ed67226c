package adjoint.autodiff;

import adjoint.linalg.Rng;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// Holds gradients against differences of values, in float64.
///
/// ```
/// GradCheck.check("softplus", x -> x.getFirst().exp().add(1).log(), Tensor.of(new double[] {-1, 0, 2}));
/// ```
///
/// What is checked is the gradient of Σ w·f(x) for fixed random weights w, at every coordinate of every input,
/// against the difference of fourth order (8(f(x+h) − f(x−h)) − (f(x+2h) − f(x−2h)))/12h. A point where f has a kink
/// closer than 2h, about 10⁻³, fails though the gradient may be right.
public final class GradCheck {
    private static final double STEP = 5e-4;
    private static final double TOLERANCE = 1e-7;
    private static final long SEED = 20240229;

    private GradCheck() {}

    /// Checks first-order gradients.
    ///
    /// @param name what is differentiated, for the report
    /// @param inputs `F64` tensors of any layout
    /// @throws AssertionError naming the function, input, coordinate, both values and the seed of the weights
    public static void check(String name, Function<List<Tensor>, Tensor> f, Tensor... inputs) {
        List<Tensor> x = List.of(inputs);
        for (int i = 0; i < inputs.length; i++) {
            requireDouble(name, i, inputs[i]);
        }
        Function<List<Tensor>, Tensor> weighted = weighted(f, SEED);
        List<Tensor> gradients = Autodiff.grads(weighted).apply(x);
        for (int i = 0; i < inputs.length; i++) {
            compare(name, weighted, x, i, gradients.get(i).toDoubles());
        }
    }

    /// Checks gradients of gradients: the first-order gradients of Σ v·∇(Σ w·f) for fixed random v.
    ///
    /// @throws AssertionError as [#check]
    public static void checkSecondOrder(String name, Function<List<Tensor>, Tensor> f, Tensor... inputs) {
        Function<List<Tensor>, List<Tensor>> gradients = Autodiff.grads(weighted(f, SEED));
        check(
                "gradient of " + name,
                x -> {
                    List<Tensor> g = gradients.apply(x);
                    Tensor sum = Tensor.scalar(0, DType.F64);
                    for (int i = 0; i < g.size(); i++) {
                        sum = sum.add(weigh(g.get(i), SEED + 1 + i));
                    }
                    return sum;
                },
                inputs);
    }

    private static void requireDouble(String name, int i, Tensor input) {
        if (input.dtype() != DType.F64) {
            throw new IllegalArgumentException(
                    "GradCheck of " + name + ": input " + i + " is " + input.dtype() + ", differences need F64");
        }
    }

    private static Function<List<Tensor>, Tensor> weighted(Function<List<Tensor>, Tensor> f, long seed) {
        return x -> weigh(f.apply(x), seed);
    }

    /// Σ w·y.
    private static Tensor weigh(Tensor y, long seed) {
        return y.mul(Tensor.uniform(Rng.of(seed), 0.5, 1.5, DType.F64, y.shape().dims()))
                .sum();
    }

    private static void compare(
            String name, Function<List<Tensor>, Tensor> f, List<Tensor> x, int input, double[] gradient) {
        double[] values = x.get(input).toDoubles();
        for (int c = 0; c < values.length; c++) {
            double step = STEP * Math.max(1, Math.abs(values[c]));
            double near = at(f, x, input, values, c, step) - at(f, x, input, values, c, -step);
            double far = at(f, x, input, values, c, 2 * step) - at(f, x, input, values, c, -2 * step);
            double difference = (8 * near - far) / (12 * step);
            double scale = Math.max(1, Math.max(Math.abs(difference), Math.abs(gradient[c])));
            if (!(Math.abs(difference - gradient[c]) <= TOLERANCE * scale)) {
                throw new AssertionError(
                        "%s: gradient of input %d %s at coordinate %d (x = %s) is %s, differences say %s (weights of seed %d)"
                                .formatted(
                                        name,
                                        input,
                                        x.get(input).shape(),
                                        c,
                                        values[c],
                                        gradient[c],
                                        difference,
                                        SEED));
            }
        }
    }

    private static double at(
            Function<List<Tensor>, Tensor> f, List<Tensor> x, int input, double[] values, int c, double step) {
        double[] moved = values.clone();
        moved[c] += step;
        List<Tensor> shifted = new ArrayList<>(x);
        shifted.set(input, Tensor.wrap(moved, 0, x.get(input).shape()));
        return f.apply(shifted).item();
    }
}
