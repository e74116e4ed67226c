package adjoint.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.Shape;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

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

    private static final double HIDDEN = Double.NEGATIVE_INFINITY;

    @Test
    void equalsALoopOverHeads() {
        MultiHeadAttention layer = randomized(layer(6, 2, 0));
        Tensor x = normal("x", 2, 4, 6);
        double[] expected = new PlainAttention(layer, 2).attend(x, x, (_, _, _, _) -> 0);
        assertArrayEquals(
                expected,
                layer.attend(x, AttentionMask.none(), Pass.evaluation()).toDoubles(),
                1e-12);
    }

    @Test
    void equalsALoopOverHeadsUnderEveryMaskAtOnce() {
        MultiHeadAttention layer = randomized(layer(6, 3, 0));
        Tensor x = normal("x", 2, 4, 6);
        Tensor bias = normal("bias", 3, 4, 4);
        Tensor valid = Tensor.of(new double[] {1, 0, 1, 1, 0, 1, 1, 1}, 2, 4);
        AttentionMask mask =
                AttentionMask.causal().and(AttentionMask.keys(valid)).and(AttentionMask.bias(bias));
        double[] expected = new PlainAttention(layer, 3)
                .attend(x, x, (b, h, i, j) -> j > i || valid.get(b, j) == 0 ? HIDDEN : bias.get(h, i, j));
        assertArrayEquals(expected, layer.attend(x, mask, Pass.evaluation()).toDoubles(), 1e-12);
    }

    @Test
    void crossAttentionEqualsALoopOverHeads() {
        MultiHeadAttention layer = randomized(layer(4, 2, 0));
        Tensor x = normal("x", 2, 3, 4);
        Tensor context = normal("context", 2, 5, 4);
        Tensor valid = Tensor.of(new double[] {1, 1, 0, 1, 0, 1, 1, 1, 1, 1}, 2, 5);
        double[] expected =
                new PlainAttention(layer, 2).attend(x, context, (b, _, _, j) -> valid.get(b, j) == 0 ? HIDDEN : 0);
        AttentionMask mask = AttentionMask.keys(valid);
        assertArrayEquals(
                expected, layer.attend(x, context, mask, Pass.evaluation()).toDoubles(), 1e-12);
        assertArrayEquals(expected, layer.over(context, mask).attend(x).toDoubles(), 1e-12);
    }

    @Test
    void crossAttentionToOneselfIsSelfAttention() {
        MultiHeadAttention layer = randomized(layer(8, 2, 0));
        Tensor x = normal("x", 2, 5, 8);
        assertArrayEquals(
                layer.attend(x, AttentionMask.causal(), Pass.evaluation()).toDoubles(),
                layer.attend(x, x, AttentionMask.causal(), Pass.evaluation()).toDoubles(),
                1e-14);
    }

    @Test
    void gradientsOfCrossAttentionWithABias() {
        MultiHeadAttention layer = randomized(layer(4, 2, 0));
        Tensor context = normal("context", 2, 3, 4);
        AttentionMask mask = AttentionMask.bias(normal("bias", 2, 2, 3));
        Parameter x = Parameter.of(normal("x", 2, 2, 4));
        ModuleGradients.check(layer, x, t -> layer.attend(t, context, mask, Pass.evaluation()));
        Parameter other = Parameter.of(context);
        Tensor fixed = x.value();
        ModuleGradients.check(layer, other, t -> layer.attend(fixed, t, mask, Pass.evaluation()));
    }

    @Test
    void withoutBiases() {
        var layer = new MultiHeadAttention(6, 2, false, new SoftmaxMechanism(0), DType.F64, rng);
        assertEquals(
                List.of("in_proj_weight", "out_proj.weight"),
                Parameters.of(layer).names());
        Tensor x = normal("x", 1, 3, 6);
        assertArrayEquals(
                new PlainAttention(layer, 2).attend(x, x, (_, _, _, _) -> 0),
                layer.attend(x, AttentionMask.none(), Pass.evaluation()).toDoubles(),
                1e-13);
    }

    @Test
    void laterTokensNeverChangeEarlierOnes() {
        MultiHeadAttention layer = randomized(layer(8, 2, 0));
        Tensor x = normal("x", 2, 70, 8);
        double[] expected = layer.attend(x, AttentionMask.causal(), Pass.evaluation())
                .slice(1, 0, 40)
                .toDoubles();
        Tensor other = Tensor.concat(1, x.slice(1, 0, 40), normal("other", 2, 30, 8));
        assertArrayEquals(
                expected,
                layer.attend(other, AttentionMask.causal(), Pass.evaluation())
                        .slice(1, 0, 40)
                        .toDoubles(),
                0);
    }

    @Test
    void memoryAnswersAsTheCausalPass() {
        MultiHeadAttention layer = randomized(layer(6, 3, 0.5));
        Tensor x = normal("x", 2, 9, 6);
        double[] expected =
                layer.attend(x, AttentionMask.causal(), Pass.evaluation()).toDoubles();
        int[][] cuts = {{1, 1, 1, 1, 1, 1, 1, 1, 1}, {4, 1, 3, 1}, {9}, {1, 8}};
        for (int[] cut : cuts) {
            Attention.Memory memory = layer.memory(9);
            Tensor[] parts = new Tensor[cut.length];
            int from = 0;
            for (int i = 0; i < cut.length; i++) {
                parts[i] = memory.attend(x.slice(1, from, from + cut[i]));
                from += cut[i];
            }
            assertArrayEquals(expected, Tensor.concat(1, parts).toDoubles(), 1e-13, Arrays.toString(cut));
        }
    }

    @Test
    void memoryRefusesWhatDoesNotFit() {
        MultiHeadAttention layer = layer(4, 2, 0);
        Attention.Memory memory = layer.memory(3);
        memory.attend(normal("x", 1, 2, 4));
        assertEquals(
                "a memory for 3 tokens that holds 2 has no room for 2 more",
                message(() -> memory.attend(normal("x", 1, 2, 4))));
        assertEquals(
                "a memory of [1, 2, tokens, 2] cannot take [2, 2, 1, 2]",
                message(() -> memory.attend(normal("x", 2, 1, 4))));
        assertEquals("a memory needs room for at least one token, got 0", message(() -> layer.memory(0)));
        var mean = new MultiHeadAttention(4, 2, new Mean(), DType.F64, rng);
        var none = assertThrows(UnsupportedOperationException.class, () -> mean.memory(3));
        assertEquals("Mean has no memory for generation token by token", none.getMessage());
    }

    /// Every token gets the mean of all values, times a factor that is learned.
    private record Mean(Parameter factor) implements AttentionMechanism {
        Mean() {
            this(Parameter.full(2, DType.F64, 1));
        }

        @Override
        public Tensor attend(Tensor q, Tensor k, Tensor v, AttentionMask mask, Pass pass) {
            mask.requireNoCausal("the mean");
            mask.requireNoKeys("the mean");
            mask.requireNoBias("the mean");
            return v.mean(true, 2).mul(factor.value()).expand(q.dim(0), q.dim(1), q.dim(2), v.dim(3));
        }

        @Override
        public void describe(Parts parts) {
            parts.parameter("factor", factor);
        }
    }

    @Test
    void takesAnyMechanism() {
        MultiHeadAttention layer = randomized(new MultiHeadAttention(4, 2, new Mean(), DType.F64, rng));
        assertTrue(Parameters.of(layer).names().contains("mechanism.factor"));
        Parameters.of(layer).get("mechanism.factor").set(Tensor.of(new double[] {1}, 1));
        Parameter x = Parameter.of(normal("x", 2, 3, 4));
        Tensor y = layer.attend(x.value(), AttentionMask.none(), Pass.evaluation());
        var constant = randomized(layer(4, 2, 0));
        Parameters to = Parameters.of(constant);
        to.loadMatching(Parameters.of(layer).values(), UnaryOperator.identity());
        double[] noScores = to.get("in_proj_weight").value().toDoubles();
        double[] noBias = to.get("in_proj_bias").value().toDoubles();
        Arrays.fill(noScores, 0, 16, 0);
        Arrays.fill(noBias, 0, 4, 0);
        to.get("in_proj_weight").set(Tensor.of(noScores, 12, 4));
        to.get("in_proj_bias").set(Tensor.of(noBias, 12));
        assertArrayEquals(
                constant.attend(x.value(), AttentionMask.none(), Pass.evaluation())
                        .toDoubles(),
                y.toDoubles(),
                1e-14);
        ModuleGradients.check(layer, x, t -> layer.attend(t, AttentionMask.none(), Pass.evaluation()));
        assertEquals(
                "the mean cannot look at the past alone: it takes no causal mask",
                message(() -> layer.attend(x.value(), AttentionMask.causal(), Pass.evaluation())));
        assertEquals(
                "the mean cannot leave out padding: it takes no mask of keys",
                message(() ->
                        layer.attend(x.value(), AttentionMask.keys(Tensor.ones(DType.F64, 2, 3)), Pass.evaluation())));
        assertEquals(
                "the mean cannot add to scores of queries and keys: it takes no bias",
                message(() ->
                        layer.attend(x.value(), AttentionMask.bias(Tensor.ones(DType.F64, 3)), Pass.evaluation())));
    }

    @Test
    void anotherScale() {
        var half = new SoftmaxMechanism(new Dropout(0), OptionalDouble.of(0.5 / Math.sqrt(3)));
        MultiHeadAttention layer = randomized(new MultiHeadAttention(6, 2, half, DType.F64, rng));
        MultiHeadAttention other = randomized(layer(6, 2, 0));
        double[] weight = Parameters.of(other).get("in_proj_weight").value().toDoubles();
        double[] bias = Parameters.of(other).get("in_proj_bias").value().toDoubles();
        for (int i = 0; i < 36; i++) {
            weight[i] /= 2;
        }
        for (int i = 0; i < 6; i++) {
            bias[i] /= 2;
        }
        Parameters.of(other).get("in_proj_weight").set(Tensor.of(weight, 18, 6));
        Parameters.of(other).get("in_proj_bias").set(Tensor.of(bias, 18));
        Tensor x = normal("x", 1, 4, 6);
        assertArrayEquals(
                other.attend(x, AttentionMask.causal(), Pass.evaluation()).toDoubles(),
                layer.attend(x, AttentionMask.causal(), Pass.evaluation()).toDoubles(),
                1e-14);
        assertEquals(
                "the scale must be finite, got NaN",
                message(() -> new SoftmaxMechanism(new Dropout(0), OptionalDouble.of(Double.NaN))));
    }

    @Test
    void aProbeSeesTheWeights() {
        MultiHeadAttention layer = randomized(layer(4, 2, 0));
        Tensor x = normal("x", 1, 3, 4);
        List<Tensor> seen = new ArrayList<>();
        AttentionMask mask = AttentionMask.causal()
                .and(AttentionMask.keys(Tensor.of(new double[] {1, 0, 1}, 1, 3)))
                .and(AttentionMask.bias(normal("bias", 3, 3)));
        Tensor v = x.linear(
                        Parameters.of(layer).get("in_proj_weight").value().slice(0, 8, 12),
                        Parameters.of(layer).get("in_proj_bias").value().slice(0, 8, 12))
                .reshape(1, 3, 2, 2)
                .permute(0, 2, 1, 3);
        Tensor y = layer.attend(x, mask, Pass.probing((path, value) -> {
            assertEquals(SoftmaxMechanism.KERNEL, path);
            seen.add(value);
        }));
        Tensor heard = seen.getFirst().matmul(v).permute(0, 2, 1, 3).reshape(1, 3, 4);
        Tensor expected = heard.linear(
                Parameters.of(layer).get("out_proj.weight").value(),
                Parameters.of(layer).get("out_proj.bias").value());
        assertArrayEquals(expected.toDoubles(), y.toDoubles(), 1e-14);
        assertArrayEquals(
                new double[] {1, 0, 0},
                seen.getFirst().select(0, 0).select(0, 0).select(0, 0).toDoubles());
    }

    @Test
    void refusesMasksAndContextsThatDoNotFit() {
        MultiHeadAttention layer = layer(8, 2, 0);
        Tensor x = normal("x", 2, 4, 8);
        Tensor context = normal("context", 2, 3, 8);
        AttentionMask keys = AttentionMask.keys(Tensor.ones(DType.F64, 2, 4));
        assertEquals(
                "the mask of keys must be [2, 3] for a batch of 2 and 3 keys, got [2, 4]",
                message(() -> layer.attend(x, context, keys, Pass.evaluation())));
        AttentionMask bias = AttentionMask.bias(Tensor.ones(DType.F64, 3, 4, 4));
        assertEquals(
                "the bias must broadcast to [2, 2, 4, 4], got [3, 4, 4]",
                message(() -> layer.attend(x, bias, Pass.evaluation())));
        assertEquals(
                "MultiHeadAttention needs x and context of one batch, got [2, 4, 8] and [1, 3, 8]",
                message(() -> layer.attend(x, context.slice(0, 0, 1), AttentionMask.none(), Pass.evaluation())));
        assertEquals(
                "MultiHeadAttention needs a context [B, N, 8], got [2, 8]",
                message(() -> layer.attend(x, context.select(1, 0), AttentionMask.none(), Pass.evaluation())));
        assertEquals("a mask of keys is [B, M], got [4]", message(() -> AttentionMask.keys(Tensor.ones(DType.F64, 4))));
        assertEquals(
                "a bias of an attention broadcasts to [B, H, N, M], got [1, 1, 1, 1, 1]",
                message(() -> AttentionMask.bias(Tensor.ones(DType.F64, 1, 1, 1, 1, 1))));
        assertEquals(
                "a mask of keys must be F32 or F64, got I32",
                message(() -> AttentionMask.keys(Tensor.ofInts(new int[] {1}, 1, 1))));
    }

    @Test
    void masksCombine() {
        AttentionMask none = AttentionMask.none();
        AttentionMask causal = AttentionMask.causal();
        assertTrue(none.isNone() && !causal.isNone());
        assertSame(none, AttentionMask.keys(null));
        assertSame(none, AttentionMask.bias(null));
        assertSame(causal, causal.and(none));
        assertSame(causal, none.and(causal));
        AttentionMask first = AttentionMask.keys(Tensor.of(new double[] {1, 1, 0}, 1, 3));
        AttentionMask second = AttentionMask.keys(Tensor.of(new double[] {0, 1, 1}, 1, 3));
        assertArrayEquals(new double[] {0, 1, 0}, first.and(second).keys().toDoubles());
        AttentionMask both = AttentionMask.bias(Tensor.of(new double[] {1, 2}, 2))
                .and(AttentionMask.bias(Tensor.of(new double[] {10}, 1)));
        assertArrayEquals(new double[] {11, 12}, both.bias().toDoubles());
        assertTrue(both.and(causal).isCausal() && both.and(causal).keys() == null);
    }

    private static String message(Executable wrong) {
        return assertThrows(IllegalArgumentException.class, wrong).getMessage();
    }

    /// With biases that are not 0.
    private MultiHeadAttention randomized(MultiHeadAttention layer) {
        Parameters parameters = Parameters.of(layer);
        for (String name : List.of("in_proj_bias", "out_proj.bias")) {
            Parameter parameter = parameters.get(name);
            parameter.set(normal(name, parameter.shape().dims()));
        }
        return layer;
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
