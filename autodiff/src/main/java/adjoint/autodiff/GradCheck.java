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
///
/// **Tolerance.** Two errors are granted to the difference: what the formula cuts off, h⁴f⁽⁵⁾/30, as 10⁻⁷ relative
/// to the gradient or to 1; and what rounding leaves of Σ w·f, [#ROUNDING] units in the last place of Σ |w·f|, over h.
public final class GradCheck {
    private static final double STEP = 5e-4;
    private static final double TOLERANCE = 1e-7;
    private static final double ADJOINT_TOLERANCE = 1e-10;
    private static final long SEED = 20240229;

    /// What an evaluation may be off by, in units in the last place of the sum of its terms' sizes.
    private static final double ROUNDING = 64;

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
        double size = weigh(f.apply(x).abs(), SEED).item();
        for (int i = 0; i < inputs.length; i++) {
            compare(name, weighted, x, i, gradients.get(i).toDoubles(), size);
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

    /// Checks forward mode against reverse mode: ⟨w, J·v⟩ = ⟨Jᵀ·w, v⟩ for fixed random v and w.
    ///
    /// @throws AssertionError naming the function, both values and the seed of the directions
    public static void checkTangents(String name, Function<List<Tensor>, Tensor> f, Tensor... inputs) {
        List<Tensor> x = List.of(inputs);
        List<Tensor> along = new ArrayList<>();
        for (int i = 0; i < inputs.length; i++) {
            requireDouble(name, i, inputs[i]);
            along.add(weights(inputs[i], SEED + 1 + i));
        }
        try (Tape tape = Tape.open()) {
            List<Tensor> leaves = x.stream().map(tape::innerLeaf).toList();
            Tensor value = f.apply(leaves);
            Tensor cotangent = weights(value, SEED);
            double forward =
                    tape.tangent(value, leaves, along).mul(cotangent).sum().item();
            List<Tensor> gradients = tape.gradients(value, cotangent, leaves);
            double reverse = 0;
            double size = 1;
            for (int i = 0; i < inputs.length; i++) {
                Tensor terms = gradients.get(i).mul(along.get(i));
                reverse += terms.sum().item();
                size += terms.abs().sum().item();
            }
            if (!(Math.abs(forward - reverse) <= ADJOINT_TOLERANCE * size)) {
                throw new AssertionError(
                        "%s: the tangent gives ⟨w, J·v⟩ = %s, the gradient ⟨Jᵀ·w, v⟩ = %s (directions of seed %d)"
                                .formatted(name, forward, reverse, SEED));
            }
        }
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
        return y.mul(weights(y, seed)).sum();
    }

    private static Tensor weights(Tensor y, long seed) {
        return Tensor.uniform(Rng.of(seed), 0.5, 1.5, DType.F64, y.shape().dims());
    }

    private static void compare(
            String name, Function<List<Tensor>, Tensor> f, List<Tensor> x, int input, double[] gradient, double size) {
        double[] values = x.get(input).toDoubles();
        for (int c = 0; c < values.length; c++) {
            double step = STEP * Math.max(1, Math.abs(values[c]));
            double near = at(f, x, input, values, c, step) - at(f, x, input, values, c, -step);
            double far = at(f, x, input, values, c, 2 * step) - at(f, x, input, values, c, -2 * step);
            double difference = (8 * near - far) / (12 * step);
            double scale = Math.max(1, Math.max(Math.abs(difference), Math.abs(gradient[c])));
            double rounding = ROUNDING * Math.ulp(1.0) * size / step;
            if (!(Math.abs(difference - gradient[c]) <= TOLERANCE * scale + rounding)) {
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
