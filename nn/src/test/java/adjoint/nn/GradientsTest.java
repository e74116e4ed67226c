package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GradientsTest {
    private static final Rng KEY = Rng.of(11);

    @Test
    void linear() {
        Linear linear = new Linear(4, 3, DType.F64, KEY);
        ModuleGradients.check(linear, input(2, 5, 4), linear::forward);
    }

    @Test
    void layerNorm() {
        LayerNorm norm = new LayerNorm(7, DType.F64);
        ModuleGradients.check(norm, input(3, 7), norm::forward);
    }

    @Test
    void positions() {
        LearnedPositions positions = new LearnedPositions(6, 3, DType.F64, KEY);
        ModuleGradients.check(positions, input(2, 4, 3), positions::forward);
    }

    @ParameterizedTest
    @EnumSource(Activation.class)
    void feedForwardWithDropout(Activation activation) {
        FeedForward feedForward = new FeedForward(4, 6, activation, 0.3, DType.F64, KEY);
        ModuleGradients.check(
                feedForward, input(2, 3, 4), x -> feedForward.forward(x, Pass.training(KEY.child("pass"))));
    }

    @ParameterizedTest
    @EnumSource(EncoderLayer.Norm.class)
    void encoderLayerWithDropout(EncoderLayer.Norm norm) {
        var config = new Encoder.Config(4, 5, Activation.GELU, 0.2, norm, DType.F64);
        var layer = new EncoderLayer(config, new SelfAttention(4, 2, DType.F64, KEY), KEY);
        ModuleGradients.check(layer, input(2, 3, 4), x -> layer.forward(x, null, Pass.training(KEY.child("pass"))));
    }

    @Test
    void timeSeriesClassifier() {
        var encoder = new Encoder.Config(4, 6, Activation.GELU, 0.1, EncoderLayer.Norm.POST, DType.F64);
        var model = new TimeSeriesClassifier(
                new TimeSeriesClassifier.Config(3, 5, 2, 2, encoder),
                (_, key) -> new SelfAttention(4, 2, DType.F64, key),
                KEY);
        Tensor mask = Tensor.of(new double[] {1, 1, 1, 1, 1, 1, 1, 1, 0, 0}, 2, 5);
        Tensor labels = Tensor.ofInts(new int[] {1, 0}, 2);
        ModuleGradients.check(
                model,
                input(2, 5, 3),
                x -> model.forward(x, mask, Pass.training(KEY.child("pass"))).crossEntropy(labels));
    }

    private static Parameter input(int... shape) {
        return Parameter.uniform(KEY.child("input"), 1, DType.F64, shape);
    }
}
