package adjoint.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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

final class MultiHeadAttentionTest {
    private final Rng rng = Rng.of(5);

    /// Values of `torch.nn.MultiheadAttention`, float64.
    @Test
    void agreesWithPyTorch() {
        MultiHeadAttention layer = waves();
        Tensor y = layer.attend(wave(0.1, 1, 2, 5, 6), AttentionMask.none(), Pass.evaluation());
        assertArrayEquals(
                new double[] {0.3659806127275185, -0.11691779209812862, -0.3195577031276262},
                y.select(0, 0).select(0, 0).slice(0, 0, 3).toDoubles(),
                1e-12);
        assertEquals(-0.27033000627935566, y.get(1, 4, 5), 1e-12);
        assertEquals(-2.4537228442789667, y.sum().item(), 1e-11);
    }

    /// The same, with `key_padding_mask` for the last two tokens of the second example.
    @Test
    void agreesWithPyTorchUnderAMask() {
        var mask = AttentionMask.keys(Tensor.of(new double[] {1, 1, 1, 1, 1, 1, 1, 1, 0, 0}, 2, 5));
        Tensor y = waves().attend(wave(0.1, 1, 2, 5, 6), mask, Pass.evaluation());
        assertArrayEquals(
                new double[] {0.11349304673088115, -0.21006323413970335, 0.024260984707901223},
                y.select(0, 1).select(0, 0).slice(0, 0, 3).toDoubles(),
                1e-12);
        assertEquals(-0.24058458081024314, y.get(1, 4, 5), 1e-12);
        assertEquals(-2.4524075033806474, y.sum().item(), 1e-11);
    }

    @Test
    void gradients() {
        MultiHeadAttention layer = layer(6, 2, 0);
        Parameter x = Parameter.of(normal("x", 2, 4, 6));
        ModuleGradients.check(layer, x, t -> layer.attend(t, AttentionMask.none(), Pass.evaluation()));
    }

    @Test
    void gradientsWithAMask() {
        MultiHeadAttention layer = layer(4, 2, 0);
        var mask = AttentionMask.keys(Tensor.of(new double[] {1, 1, 1, 1, 1, 0}, 2, 3))
                .and(AttentionMask.causal());
        Parameter x = Parameter.of(normal("x", 2, 3, 4));
        ModuleGradients.check(layer, x, t -> layer.attend(t, mask, Pass.evaluation()));
    }

    @Test
    void paddedTokensInfluenceNoOne() {
        MultiHeadAttention layer = layer(8, 2, 0);
        Tensor x = normal("x", 1, 5, 8);
        Tensor other = Tensor.concat(1, x.slice(1, 0, 3), normal("other", 1, 2, 8));
        var mask = AttentionMask.keys(Tensor.of(new double[] {1, 1, 1, 0, 0}, 1, 5));
        double[] expected =
                layer.attend(x, mask, Pass.evaluation()).slice(1, 0, 3).toDoubles();
        assertArrayEquals(
                expected,
                layer.attend(other, mask, Pass.evaluation()).slice(1, 0, 3).toDoubles(),
                0);
        double[] alone = layer.attend(x.slice(1, 0, 3), AttentionMask.none(), Pass.evaluation())
                .toDoubles();
        assertArrayEquals(expected, alone, 1e-14);
    }

    @Test
    void permutingTokensPermutesTheOutput() {
        MultiHeadAttention layer = layer(8, 4, 0);
        Tensor x = normal("x", 2, 6, 8);
        int[] order = {3, 1, 5, 0, 2, 4};
        double[] expected = layer.attend(x, AttentionMask.none(), Pass.evaluation())
                .take(order, 1)
                .toDoubles();
        assertArrayEquals(
                expected,
                layer.attend(x.take(order, 1), AttentionMask.none(), Pass.evaluation())
                        .toDoubles(),
                1e-13);
    }

    @Test
    void dropoutActsInTrainingOnlyAndIsDeterminedByTheKey() {
        MultiHeadAttention dropping = layer(8, 2, 0.5);
        MultiHeadAttention plain = layer(8, 2, 0);
        Tensor x = normal("x", 2, 6, 8);
        double[] evaluated =
                dropping.attend(x, AttentionMask.none(), Pass.evaluation()).toDoubles();
        assertArrayEquals(
                plain.attend(x, AttentionMask.none(), Pass.evaluation()).toDoubles(), evaluated, 0);
        double[] trained =
                dropping.attend(x, AttentionMask.none(), Pass.training(rng)).toDoubles();
        assertArrayEquals(
                trained,
                dropping.attend(x, AttentionMask.none(), Pass.training(rng)).toDoubles(),
                0);
        assertFalse(Arrays.equals(trained, evaluated));
        double[] otherKey = dropping.attend(x, AttentionMask.none(), Pass.training(rng.child(1)))
                .toDoubles();
        assertFalse(Arrays.equals(trained, otherKey));
    }

    @Test
    void namesAndStartingValuesArePyTorchs() {
        Parameters parameters = Parameters.of(layer(8, 2, 0));
        assertEquals(List.of("in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"), parameters.names());
        double bound = Math.sqrt(6.0 / 32);
        double largest = Arrays.stream(parameters.get("in_proj_weight").value().toDoubles())
                .map(Math::abs)
                .max()
                .orElseThrow();
        assertTrue(largest <= bound && largest > 0.9 * bound, "largest " + largest);
        assertArrayEquals(new double[24], parameters.get("in_proj_bias").value().toDoubles());
        assertArrayEquals(new double[8], parameters.get("out_proj.bias").value().toDoubles());
    }

    @Test
    void refusesWhatDoesNotFit() {
        var sizes = assertThrows(IllegalArgumentException.class, () -> layer(10, 4, 0));
        assertEquals("the width must be a positive multiple of the heads, got width 10, heads 4", sizes.getMessage());
        var shape = assertThrows(
                ShapeError.class,
                () -> layer(8, 2, 0).attend(normal("x", 2, 4, 6), AttentionMask.none(), Pass.evaluation()));
        assertEquals("MultiHeadAttention needs x [B, N, 8], got [2, 4, 6]", shape.getMessage());
    }

    private MultiHeadAttention waves() {
        MultiHeadAttention layer = layer(6, 2, 0);
        fill(layer, "in_proj_weight", 1, 0.5);
        fill(layer, "in_proj_bias", 2, 0.1);
        fill(layer, "out_proj.weight", 8, 0.5);
        fill(layer, "out_proj.bias", 9, 0.1);
        return layer;
    }

    /// Element i is `scale·sin(0.7·i + phase)`.
    private static Tensor wave(double phase, double scale, int... shape) {
        double[] values = new double[Shape.of(shape).size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = scale * Math.sin(0.7 * i + phase);
        }
        return Tensor.of(values, shape);
    }

    private static void fill(Module module, String name, double phase, double scale) {
        Parameter parameter = Parameters.of(module).get(name);
        parameter.set(wave(phase, scale, parameter.shape().dims()));
    }

    private MultiHeadAttention layer(int width, int heads, double dropout) {
        return new MultiHeadAttention(width, heads, new SoftmaxMechanism(dropout), DType.F64, rng);
    }

    private Tensor normal(String name, int... shape) {
        return Tensor.normal(rng.child(name), 0, 1, DType.F64, shape);
    }
}
