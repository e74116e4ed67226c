package adjoint.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DecoderTest {
    private static final Rng KEY = Rng.of(8);
    private static final AttentionMechanism.Factory SOFTMAX = (_, _) -> new SoftmaxMechanism(0.3);

    @ParameterizedTest
    @EnumSource(EncoderLayer.Norm.class)
    void aLayerEqualsItsDefinition(EncoderLayer.Norm norm) {
        Decoder decoder = decoder(norm, 1);
        Tensor x = normal("x", 2, 4, 6);
        Tensor context = normal("context", 2, 3, 6);
        Tensor valid = Tensor.of(new double[] {1, 1, 0, 1, 1, 1}, 2, 3);
        Tensor y = decoder.forward(x, context, AttentionMask.causal(), AttentionMask.keys(valid), Pass.evaluation());
        double[] expected = new Plain(decoder).forward(x, context, valid, norm == EncoderLayer.Norm.PRE);
        assertArrayEquals(expected, y.toDoubles(), 1e-11);
    }

    @ParameterizedTest
    @EnumSource(EncoderLayer.Norm.class)
    void gradients(EncoderLayer.Norm norm) {
        Decoder decoder = decoder(norm, 1);
        Tensor context = normal("context", 1, 2, 6);
        Parameter x = Parameter.of(normal("x", 1, 3, 6));
        ModuleGradients.check(
                decoder,
                x,
                t -> decoder.forward(t, context, AttentionMask.causal(), AttentionMask.none(), Pass.evaluation()));
    }

    @Test
    void normsMayBeOfTheRootMeanSquare() {
        var config = new Encoder.Config(
                6, 5, Activation.RELU, 0, EncoderLayer.Norm.PRE, Encoder.Normalization.RMS, DType.F64);
        Decoder decoder = new Decoder(config, 1, 2, SOFTMAX, SOFTMAX, KEY);
        List<String> names = Parameters.of(decoder).names();
        assertTrue(names.containsAll(List.of("layers.0.norm1.weight", "norm.weight")));
        assertTrue(!names.contains("layers.0.norm1.bias") && !names.contains("norm.bias"));
        Tensor y = decoder.forward(
                normal("x", 1, 3, 6),
                normal("context", 1, 2, 6),
                AttentionMask.causal(),
                AttentionMask.none(),
                Pass.evaluation());
        assertArrayEquals(new double[] {1, 1, 1}, y.square().mean(-1).toDoubles(), 1e-12);
        assertTrue(y.mean(-1).abs().max().item() > 1e-3);
    }

    @Test
    void memoryAnswersAsTheCausalPass() {
        Decoder decoder = decoder(EncoderLayer.Norm.PRE, 3);
        Tensor x = normal("x", 2, 5, 6);
        Tensor context = normal("context", 2, 4, 6);
        AttentionMask mask = AttentionMask.keys(Tensor.of(new double[] {1, 1, 0, 0, 1, 1, 1, 1}, 2, 4));
        Tensor expected = decoder.forward(x, context, AttentionMask.causal(), mask, Pass.evaluation());
        Attention.Memory memory = decoder.memory(context, mask, 5);
        for (int t = 0; t < 5; t++) {
            assertArrayEquals(
                    expected.slice(1, t, t + 1).toDoubles(),
                    memory.attend(x.slice(1, t, t + 1)).toDoubles(),
                    1e-12);
        }
    }

    @Test
    void partsAreCalledAsInPyTorch() {
        List<String> expected = new ArrayList<>();
        for (String attention : List.of("self_attn", "multihead_attn")) {
            for (String name : List.of("in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias")) {
                expected.add("layers.0." + attention + "." + name);
            }
        }
        for (String name : List.of("linear1", "linear2", "norm1", "norm2", "norm3")) {
            expected.add("layers.0." + name + ".weight");
            expected.add("layers.0." + name + ".bias");
        }
        expected.addAll(List.of("norm.weight", "norm.bias"));
        assertEquals(expected, Parameters.of(decoder(EncoderLayer.Norm.POST, 1)).names());
        var none = assertThrows(IllegalArgumentException.class, () -> decoder(EncoderLayer.Norm.POST, 0));
        assertEquals("a decoder needs at least one layer, got 0", none.getMessage());
    }

    @Test
    void anEncoderWithACausalMaskHasAMemoryToo() {
        var config = new Encoder.Config(6, 5, Activation.GELU, 0.2, EncoderLayer.Norm.POST, DType.F64);
        Encoder encoder = new Encoder(config, 2, MultiHeadAttention.factory(6, 2, SOFTMAX, DType.F64), KEY);
        Tensor x = normal("x", 2, 5, 6);
        double[] expected =
                encoder.forward(x, AttentionMask.causal(), Pass.evaluation()).toDoubles();
        Attention.Memory memory = encoder.memory(5);
        Tensor all = Tensor.concat(1, memory.attend(x.slice(1, 0, 2)), memory.attend(x.slice(1, 2, 5)));
        assertArrayEquals(expected, all.toDoubles(), 1e-13);
        var without = new Encoder(config, 2, (_, key) -> new SelfAttention(6, 2, DType.F64, key), KEY);
        var refused = assertThrows(UnsupportedOperationException.class, () -> without.memory(5));
        assertEquals("SelfAttention has no memory for generation token by token", refused.getMessage());
    }

    private static Decoder decoder(EncoderLayer.Norm norm, int layers) {
        var config = new Encoder.Config(6, 5, Activation.RELU, 0.2, norm, DType.F64);
        Decoder decoder = new Decoder(config, layers, 2, SOFTMAX, SOFTMAX, KEY);
        Parameters parameters = Parameters.of(decoder);
        parameters.names().stream()
                .filter(name -> name.contains("bias") || name.contains("norm"))
                .forEach(name -> parameters
                        .get(name)
                        .set(normal(name, parameters.get(name).shape().dims())));
        return decoder;
    }

    private static Tensor normal(String name, int... shape) {
        return Tensor.normal(KEY.child(name), 0, 1, DType.F64, shape);
    }

    /// One decoder layer and the last norm on plain arrays, row by row.
    private record Plain(DecoderLayer layer, Parameters parameters) {
        private static final int D = 6;

        Plain(Decoder decoder) {
            this(decoder.layers().getFirst(), Parameters.of(decoder));
        }

        double[] forward(Tensor x, Tensor context, Tensor valid, boolean pre) {
            double hidden = Double.NEGATIVE_INFINITY;
            var own = new PlainAttention(part("self_attn"), 2);
            var other = new PlainAttention(part("multihead_attn"), 2);
            int[] shape = x.shape().dims();
            double[] h = x.toDoubles();
            for (int step = 1; step <= 3; step++) {
                double[] in = pre ? norm(h, "layers.0.norm" + step) : h;
                Tensor at = Tensor.of(in, shape);
                double[] branch = switch (step) {
                    case 1 -> own.attend(at, at, (_, _, i, j) -> j > i ? hidden : 0);
                    case 2 -> other.attend(at, context, (b, _, _, j) -> valid.get(b, j) == 0 ? hidden : 0);
                    default -> linear(relu(linear(in, "linear1", D, 5)), "linear2", 5, D);
                };
                double[] sum = new double[h.length];
                for (int i = 0; i < sum.length; i++) {
                    sum[i] = h[i] + branch[i];
                }
                h = pre ? sum : norm(sum, "layers.0.norm" + step);
            }
            return norm(h, "norm");
        }

        private Module part(String name) {
            return parts -> {
                for (String parameter : List.of("in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias")) {
                    Parameter found = parameters.get("layers.0." + name + "." + parameter);
                    int dot = parameter.indexOf('.');
                    if (dot < 0) {
                        parts.parameter(parameter, found);
                    } else if (parameter.endsWith("weight")) {
                        parts.module("out_proj", inner -> {
                            inner.parameter("weight", found);
                            inner.parameter("bias", parameters.get("layers.0." + name + ".out_proj.bias"));
                        });
                    }
                }
            };
        }

        private double[] values(String name) {
            return parameters.get(name).value().toDoubles();
        }

        private double[] norm(double[] x, String name) {
            double[] gain = values(name + ".weight");
            double[] bias = values(name + ".bias");
            double[] y = new double[x.length];
            for (int row = 0; row < x.length; row += D) {
                double mean = 0;
                for (int c = 0; c < D; c++) {
                    mean += x[row + c] / D;
                }
                double variance = 0;
                for (int c = 0; c < D; c++) {
                    variance += (x[row + c] - mean) * (x[row + c] - mean) / D;
                }
                for (int c = 0; c < D; c++) {
                    y[row + c] = (x[row + c] - mean) / Math.sqrt(variance + 1e-5) * gain[c] + bias[c];
                }
            }
            return y;
        }

        private double[] linear(double[] x, String name, int in, int out) {
            double[] weight = values("layers.0." + name + ".weight");
            double[] bias = values("layers.0." + name + ".bias");
            double[] y = new double[x.length / in * out];
            for (int row = 0; row < x.length / in; row++) {
                for (int o = 0; o < out; o++) {
                    y[row * out + o] = bias[o];
                    for (int i = 0; i < in; i++) {
                        y[row * out + o] += weight[o * in + i] * x[row * in + i];
                    }
                }
            }
            return y;
        }

        private static double[] relu(double[] x) {
            double[] y = x.clone();
            for (int i = 0; i < y.length; i++) {
                y[i] = Math.max(0, y[i]);
            }
            return y;
        }
    }
}
