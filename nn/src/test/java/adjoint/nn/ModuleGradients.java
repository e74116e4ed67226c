package adjoint.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.Tape;
import adjoint.autodiff.Tensor;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/// Holds a module's gradients against central differences, in float64: those of every element of every parameter and of
/// the input.
final class ModuleGradients {
    private static final double STEP = 1e-5;
    private static final double TOLERANCE = 1e-8;

    private ModuleGradients() {}

    static void check(Module module, Parameter input, Function<Tensor, Tensor> forward) {
        Map<String, Parameter> all = new TreeMap<>();
        Parameters parameters = Parameters.of(module);
        parameters.names().forEach(name -> all.put(name, parameters.get(name)));
        all.put("the input", input);
        Map<String, double[]> gradients = new TreeMap<>();
        try (Tape tape = Tape.open()) {
            all.values().forEach(p -> tape.watch(p.value()));
            var g = tape.backward(weighted(forward.apply(input.value())));
            all.forEach((name, p) -> gradients.put(name, g.of(p.value()).toDoubles()));
        }
        all.forEach((name, p) -> compare(
                name,
                p,
                gradients.get(name),
                () -> weighted(forward.apply(input.value())).item()));
    }

    /// Σ yᵢ·cos(i): no two elements count alike.
    private static Tensor weighted(Tensor y) {
        double[] weights = new double[y.size()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = Math.cos(i);
        }
        return y.mul(Tensor.wrap(weights, 0, y.shape())).sum();
    }

    private interface Loss {
        double value();
    }

    private static void compare(String name, Parameter p, double[] gradient, Loss loss) {
        double[] values = p.value().toDoubles();
        double[] original = values.clone();
        assertEquals(values.length, gradient.length);
        for (int i = 0; i < values.length; i++) {
            values[i] = original[i] + STEP;
            p.set(Tensor.wrap(values, 0, p.shape()));
            double above = loss.value();
            values[i] = original[i] - STEP;
            p.set(Tensor.wrap(values, 0, p.shape()));
            double below = loss.value();
            values[i] = original[i];
            p.set(Tensor.wrap(values, 0, p.shape()));
            double expected = (above - below) / (2 * STEP);
            double error = Math.abs(gradient[i] - expected);
            int element = i;
            assertTrue(
                    error <= TOLERANCE * Math.max(1, Math.abs(expected)),
                    () -> name + "[" + element + "]: gradient " + gradient[element] + ", difference " + expected);
        }
    }
}
