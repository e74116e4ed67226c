package adjoint.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The models of images and series, and what they are built of.
class ModelsTest {
    private static final Rng KEY = Rng.of(4);

    @Test
    void patchesAreAConvolutionWithItsOwnWidthAsStride() {
        PatchEmbedding layer = new PatchEmbedding(2, 3, 4, DType.F64, KEY);
        double[] weight = Parameters.of(layer).get("proj.weight").value().toDoubles();
        double[] bias = Parameters.of(layer).get("proj.bias").value().toDoubles();
        Tensor x = normal("x", 2, 2, 6, 9);
        Tensor y = layer.forward(x);
        assertArrayEquals(new int[] {2, 6, 4}, y.shape().dims());
        for (int b = 0; b < 2; b++) {
            for (int token = 0; token < 6; token++) {
                for (int o = 0; o < 4; o++) {
                    double sum = bias[o];
                    for (int c = 0; c < 2; c++) {
                        for (int i = 0; i < 3; i++) {
                            for (int j = 0; j < 3; j++) {
                                sum += weight[((o * 2 + c) * 3 + i) * 3 + j]
                                        * x.get(b, c, token / 3 * 3 + i, token % 3 * 3 + j);
                            }
                        }
                    }
                    assertEquals(sum, y.get(b, token, o), 1e-13);
                }
            }
        }
        Parameter input = Parameter.of(normal("x", 1, 2, 3, 6));
        ModuleGradients.check(layer, input, layer::forward);
        assertArrayEquals(
                new int[] {4, 2, 3, 3},
                Parameters.of(layer).get("proj.weight").shape().dims());
        assertEquals(
                "PatchEmbedding needs x [B, 2, height, width] with multiples of 3, got [1, 2, 6, 8]",
                message(() -> layer.forward(normal("x", 1, 2, 6, 8))));
    }

    @Test
    void sinusoidalPositions() {
        var positions = new SinusoidalPositions(50, 5, DType.F64);
        Tensor y = positions.forward(Tensor.zeros(DType.F64, 2, 50, 5));
        for (int t = 0; t < 50; t++) {
            double slow = t / Math.pow(10_000, 2 / 5.0);
            double slowest = t / Math.pow(10_000, 4 / 5.0);
            double[] expected = {Math.sin(t), Math.cos(t), Math.sin(slow), Math.cos(slow), Math.sin(slowest)};
            assertArrayEquals(expected, y.select(0, 1).select(0, t).toDoubles(), 1e-14);
        }
        Tensor x = normal("x", 1, 3, 5);
        assertArrayEquals(
                x.add(y.slice(0, 0, 1).slice(1, 40, 43)).toDoubles(),
                positions.forward(x, 40).toDoubles(),
                0);
        assertEquals(
                "SinusoidalPositions has 50 positions, x [1, 3, 5] needs those from 48 to 51",
                message(() -> positions.forward(x, 48)));
    }

    @Test
    void learnedPositionsFromAPlaceOn() {
        var positions = new LearnedPositions(6, 4, DType.F64, KEY);
        Tensor x = normal("x", 2, 6, 4);
        assertArrayEquals(
                positions.forward(x).slice(1, 2, 5).toDoubles(),
                positions.forward(x.slice(1, 2, 5), 2).toDoubles());
        assertEquals(
                "LearnedPositions has 6 positions, x [2, 6, 4] needs those from 1 to 7",
                message(() -> positions.forward(x, 1)));
    }

    @Test
    void pooling() {
        Tensor x = Tensor.of(new double[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 2, 3, 2);
        Tensor valid = Tensor.of(new double[] {1, 0, 1, 0, 0, 0}, 2, 3);
        assertArrayEquals(
                new double[] {3, 4, 9, 10}, TokenPooling.MEAN.forward(x, null).toDoubles());
        assertArrayEquals(
                new double[] {3, 4, 0, 0}, TokenPooling.MEAN.forward(x, valid).toDoubles());
        assertArrayEquals(
                new double[] {1, 2, 7, 8}, TokenPooling.CLS.forward(x, valid).toDoubles());
        assertArrayEquals(
                new double[] {1, 2, 0, 0, 5, 6, 0, 0, 0, 0, 0, 0},
                TokenPooling.FLATTEN.forward(x, valid).toDoubles());
        assertArrayEquals(x.toDoubles(), TokenPooling.FLATTEN.forward(x, null).toDoubles());
        for (TokenPooling pooling : TokenPooling.values()) {
            assertEquals(pooling.width(3, 2), pooling.forward(x, null).dim(1));
        }
        assertEquals(
                "TokenPooling needs a mask [2, 3] for x [2, 3, 2], got [3, 2]",
                message(() -> TokenPooling.MEAN.forward(x, valid.transpose(0, 1))));
        assertEquals(
                "TokenPooling needs x [B, N, d], got [2, 2]",
                message(() -> TokenPooling.CLS.forward(x.select(1, 0), null)));
    }

    @ParameterizedTest
    @EnumSource(TokenPooling.class)
    void visionTransformer(TokenPooling pooling) {
        VisionTransformer model = vision(pooling);
        assertEquals(pooling == TokenPooling.CLS ? 5 : 4, model.config().tokens());
        assertEquals(pooling == TokenPooling.CLS, Parameters.of(model).names().contains("cls_token"));
        assertTrue(Parameters.of(model)
                .names()
                .containsAll(List.of(
                        "patch_embed.proj.weight",
                        "pos_embed.pe",
                        "encoder.layers.0.self_attn.in_proj_weight",
                        "head.weight")));
        Parameter x = Parameter.of(normal("x", 2, 1, 4, 4));
        assertArrayEquals(
                new int[] {2, 3},
                model.forward(x.value(), Pass.evaluation()).shape().dims());
        ModuleGradients.check(model, x, t -> model.forward(t, Pass.evaluation()));
    }

    /// Without positions, the mean over patches does not know where a patch was.
    @Test
    void withoutPositionsTheOrderOfPatchesDoesNotCount() {
        VisionTransformer model = vision(TokenPooling.MEAN);
        Tensor x = normal("x", 2, 1, 4, 4);
        Tensor turned = Tensor.concat(2, x.slice(2, 2, 4), x.slice(2, 0, 2));
        Tensor before = model.forward(turned, Pass.evaluation());
        Parameter positions = Parameters.of(model).get("pos_embed.pe");
        Tensor with = model.forward(x, Pass.evaluation());
        assertTrue(with.sub(before).abs().max().item() > 1e-4);
        positions.set(Tensor.zeros(DType.F64, positions.shape().dims()));
        assertArrayEquals(
                model.forward(x, Pass.evaluation()).toDoubles(),
                model.forward(turned, Pass.evaluation()).toDoubles(),
                1e-13);
    }

    @Test
    void visionTransformerRefusesWhatDoesNotFit() {
        assertEquals(
                "VisionTransformer needs x [B, 1, 4, 4], got [2, 4, 4]",
                message(() -> vision(TokenPooling.CLS).forward(normal("x", 2, 4, 4), Pass.evaluation())));
        assertEquals(
                "images of 28×28 do not consist of whole patches of 5×5",
                message(() -> new VisionTransformer.Config(1, 28, 28, 5, 10, 1, TokenPooling.CLS, encoder())));
        assertEquals(
                "channels, height, width, patch and classes must be ≥ 1, got 1, 28, 28, 7 and 0",
                message(() -> new VisionTransformer.Config(1, 28, 28, 7, 0, 1, TokenPooling.CLS, encoder())));
    }

    @Test
    void forecasterGradients() {
        TimeSeriesForecaster model = forecaster();
        Parameter x = Parameter.of(normal("x", 2, 4, 3));
        assertArrayEquals(
                new int[] {2, 2, 3},
                model.forward(x.value(), Pass.evaluation()).shape().dims());
        ModuleGradients.check(model, x, t -> model.forward(t, Pass.evaluation()));
    }

    @Test
    void forecastsFollowASeriesThatIsShiftedAndScaled() {
        TimeSeriesForecaster model = forecaster();
        Tensor x = normal("x", 2, 4, 3).mul(30);
        Tensor scale = Tensor.of(new double[] {2, 5, 0.5}, 3);
        Tensor shift = Tensor.of(new double[] {-100, 7, 1000}, 3);
        Tensor expected = model.forward(x, Pass.evaluation()).mul(scale).add(shift);
        Tensor actual = model.forward(x.mul(scale).add(shift), Pass.evaluation());
        assertArrayEquals(expected.toDoubles(), actual.toDoubles(), 1e-3);
        Tensor constant = model.forward(Tensor.full(5, DType.F64, 1, 4, 3), Pass.evaluation());
        assertArrayEquals(new double[] {5, 5, 5, 5, 5, 5}, constant.toDoubles(), 0.2);
        assertEquals(
                "TimeSeriesForecaster needs x [B, 4, 3], got [2, 5, 3]",
                message(() -> model.forward(normal("x", 2, 5, 3), Pass.evaluation())));
        assertEquals(
                "channels, length and horizon must be ≥ 1, got 3, 4 and 0",
                message(() -> new TimeSeriesForecaster.Config(3, 4, 0, 1, encoder())));
    }

    private static TimeSeriesForecaster forecaster() {
        return randomized(
                new TimeSeriesForecaster(new TimeSeriesForecaster.Config(3, 4, 2, 1, encoder()), attention(), KEY));
    }

    private static VisionTransformer vision(TokenPooling pooling) {
        return randomized(new VisionTransformer(
                new VisionTransformer.Config(1, 4, 4, 2, 3, 1, pooling, encoder()), attention(), KEY));
    }

    /// With parameters so large that differences do not see the curvature of the layer norms.
    private static <M extends Module> M randomized(M model) {
        Parameters parameters = Parameters.of(model);
        for (String name : parameters.names()) {
            Parameter parameter = parameters.get(name);
            parameter.set(normal(name, parameter.shape().dims()));
        }
        return model;
    }

    private static Encoder.Config encoder() {
        return new Encoder.Config(4, 6, Activation.GELU, 0.1, EncoderLayer.Norm.PRE, DType.F64);
    }

    private static Attention.Factory attention() {
        return MultiHeadAttention.factory(4, 2, (_, _) -> new SoftmaxMechanism(0.1), DType.F64);
    }

    private static Tensor normal(String name, int... shape) {
        return Tensor.normal(KEY.child(name), 0, 1, DType.F64, shape);
    }

    private static String message(Executable wrong) {
        return assertThrows(IllegalArgumentException.class, wrong).getMessage();
    }
}
