package adjoint.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.Shape;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class SummaryTest {
    private static final Rng KEY = Rng.of(19);

    private static Map<String, Summary.Row> byPath(Summary summary) {
        return summary.rows().stream().collect(Collectors.toMap(Summary.Row::path, Function.identity()));
    }

    @Test
    void aTable() {
        Layer net = Sequential.of(
                new Linear(8, 16, DType.F32, KEY),
                Activation.RELU,
                (x, _) -> x,
                new Linear(16, 4, false, DType.F32, KEY));
        Summary summary = Summary.of(net, Tensor.ones(DType.F32, 5, 8));
        assertEquals("""
                module  type        output   parameters  FLOPs
                model   Sequential  [5, 4]          208  2,000
                  0     Linear      [5, 16]         144  1,280
                  1     RELU        [5, 16]           0     80
                  2                                   0      0
                  3     Linear      [5, 4]           64    640
                parameters 832 B, gradients as much, buffers 0 B, held until the way back 720 B
                """, summary.toString());
        assertEquals(208, summary.parameters());
        assertEquals(2000, summary.flops());
        assertNull(byPath(summary).get("2").output());
    }

    /// Operations in scopes, on parts of parameters, and on inputs that depend on none.
    @Test
    void rowsOfATransformer() {
        var encoder = new Encoder.Config(8, 12, Activation.GELU, 0.1, EncoderLayer.Norm.POST, DType.F32);
        var model = new TimeSeriesClassifier(
                new TimeSeriesClassifier.Config(3, 6, 5, 2, encoder),
                (_, key) -> new SelfAttention(8, 2, DType.F32, key),
                Rng.of(1));
        Tensor x = Tensor.ones(DType.F32, 4, 6, 3);
        Summary summary = Summary.of(model, pass -> model.forward(x, Tensor.ones(DType.F32, 4, 6), pass), x);
        Map<String, Summary.Row> rows = byPath(summary);
        assertEquals(Parameters.of(model).count(), summary.parameters());
        assertEquals(4 * summary.parameters(), summary.parameterBytes());
        assertEquals(
                new Summary.Row("transformer_encoder.layers.1.linear1", "Linear", Shape.of(4, 6, 12), 108, 4608),
                rows.get("transformer_encoder.layers.1.linear1"));
        Summary.Row layer = rows.get("transformer_encoder.layers.0");
        assertEquals(Shape.of(4, 6, 8), layer.output());
        assertEquals(rows.get("transformer_encoder.layers.1").flops(), layer.flops());
        Summary.Row attention = rows.get("transformer_encoder.layers.0.self_attn");
        // Four projections of 24 tokens, and at least the two products of 4·2 heads of 6 × 6 × 4.
        assertTrue(attention.flops() >= 4 * 2 * 24 * 64 + 2 * 2 * 8 * 6 * 6 * 4, attention::toString);
        assertEquals(4 * 6 * 8, rows.get("pos_enc").flops());
        assertEquals(Shape.of(4, 5), rows.get("").output());
        long parts = rows.get("project_inp").flops()
                + rows.get("pos_enc").flops()
                + rows.get("transformer_encoder").flops()
                + rows.get("output_layer").flops();
        assertTrue(summary.flops() > parts && summary.flops() < 1.1 * parts, summary::toString);
    }

    /// 2·(window of all channels) per output number of a convolution; buffers stay as they are.
    @Test
    void aResNet() {
        ResNet net = new ResNet(new ResNet.Config(3, 10, ResidualBlock.Kind.BASIC, 1, 4, DType.F32), KEY);
        Map<String, Tensor> before = Parameters.of(net).values();
        Summary summary = Summary.of(net, Tensor.ones(DType.F32, 2, 3, 8, 8));
        Map<String, Summary.Row> rows = byPath(summary);
        assertEquals(2L * 2 * 4 * 64 * 3 * 9, rows.get("conv1").flops());
        assertEquals(Shape.of(2, 8, 4, 4), rows.get("layer2.0.downsample.1").output());
        assertEquals(2L * 2 * 8 * 16 * 4, rows.get("layer2.0.downsample.0").flops());
        long channels = 3 * 4 + 3 * 8 + 3 * 16;
        long norms = 3 + 3 + 3;
        assertEquals(2 * 4 * channels + 8 * norms, summary.bufferBytes());
        Map<String, Tensor> after = Parameters.of(net).values();
        before.forEach((name, value) ->
                assertArrayEquals(value.toDoubles(), after.get(name).toDoubles()));
    }

    /// A parameter of two modules counts where it comes first.
    @Test
    void sharedParameters() {
        Linear shared = new Linear(4, 4, DType.F64, KEY);
        Summary summary = Summary.of(Sequential.of(shared, shared), Tensor.ones(DType.F64, 2, 4));
        assertEquals(20, summary.parameters());
        assertEquals(160, summary.parameterBytes());
        assertEquals(20, byPath(summary).get("0").parameters());
        assertEquals(0, byPath(summary).get("1").parameters());
        assertEquals(2 * 2 * 2 * 16, summary.flops());
    }

    /// Indices cannot be watched, and what they pick is no parameter any more.
    @Test
    void anEmbeddingFirst() {
        Layer net = Sequential.of(new Embedding(10, 4, DType.F32, KEY), new Linear(4, 3, DType.F32, KEY));
        Summary summary = Summary.of(net, Tensor.ofInts(new int[] {1, 2, 3}, 3));
        assertEquals(Shape.of(3, 4), byPath(summary).get("0").output());
        assertEquals(2 * 3 * 4 * 3, byPath(summary).get("1").flops());
    }
}
