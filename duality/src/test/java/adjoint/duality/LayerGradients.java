package adjoint.duality;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tape;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import adjoint.nn.Attention;
import adjoint.nn.AttentionMask;
import adjoint.nn.Parameter;
import adjoint.nn.Parameters;
import adjoint.nn.Pass;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// Holds the gradients of a whole layer, its auxiliary losses included, against central differences in float64: with
/// respect to its input and to every coordinate of every parameter.
public final class LayerGradients {
    private static final double STEP = 1e-5;
    private static final double TOLERANCE = 1e-6;

    private final Attention layer;
    private final Parameter input;
    private final AttentionMask mask;
    private final Supplier<Pass> passes;
    private final Tensor cotangent;

    private LayerGradients(Attention layer, Tensor x, AttentionMask mask, Supplier<Pass> passes) {
        this.layer = layer;
        this.input = Parameter.of(x);
        this.mask = mask;
        this.passes = passes;
        this.cotangent = Tensor.normal(Rng.of(99), 0, 1, DType.F64, x.shape().dims());
    }

    public static void check(Attention layer, Tensor x, AttentionMask mask) {
        check(layer, x, mask, Pass::evaluation);
    }

    /// @param passes gives passes that all draw the same
    public static void check(Attention layer, Tensor x, AttentionMask mask, Supplier<Pass> passes) {
        new LayerGradients(layer, x, mask, passes).check();
    }

    private void check() {
        List<String> names = new ArrayList<>(Parameters.of(layer).names());
        List<Parameter> all = new ArrayList<>(Parameters.of(layer).all());
        names.add("x");
        all.add(input);
        List<double[]> analytic = new ArrayList<>();
        try (Tape tape = Tape.open()) {
            all.forEach(parameter -> tape.watch(parameter.value()));
            var gradients = tape.backward(loss());
            all.forEach(
                    parameter -> analytic.add(gradients.of(parameter.value()).toDoubles()));
        }
        for (int i = 0; i < all.size(); i++) {
            check(names.get(i), all.get(i), analytic.get(i));
        }
    }

    private void check(String name, Parameter parameter, double[] analytic) {
        double largest = 0;
        for (int c = 0; c < analytic.length; c++) {
            double numeric = (lossAt(parameter, c, STEP) - lossAt(parameter, c, -STEP)) / (2 * STEP);
            assertEquals(numeric, analytic[c], TOLERANCE * Math.max(1, Math.abs(numeric)), name + " coordinate " + c);
            largest = Math.max(largest, Math.abs(numeric));
        }
        assertTrue(largest > 1e-3, "the loss does not depend on " + name);
    }

    private double lossAt(Parameter parameter, int coordinate, double step) {
        double[] values = parameter.value().toDoubles();
        int[] shape = parameter.shape().dims();
        double[] moved = values.clone();
        moved[coordinate] += step;
        parameter.set(Tensor.of(moved, shape));
        double loss = loss().item();
        parameter.set(Tensor.of(values, shape));
        return loss;
    }

    private Tensor loss() {
        Pass pass = passes.get();
        Tensor y = layer.attend(input.value(), mask, pass);
        return pass.total(y.mul(cotangent).sum());
    }

    /// What the projections of a layer make of scores `[B, N, H, 2s]`.
    static Tensor projected(adjoint.nn.Module layer, Tensor scores) {
        Parameters parameters = Parameters.of(layer);
        Tensor heads = scores.linear(
                parameters.get("score_proj.weight").value(),
                parameters.get("score_proj.bias").value());
        return heads.reshape(scores.dim(0), scores.dim(1), scores.dim(2) * heads.dim(3))
                .linear(
                        parameters.get("out_proj.weight").value(),
                        parameters.get("out_proj.bias").value());
    }
}
