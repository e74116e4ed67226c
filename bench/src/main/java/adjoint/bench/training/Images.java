package adjoint.bench.training;

import adjoint.autodiff.DType;
import adjoint.linalg.Rng;
import adjoint.nn.Activation;
import adjoint.nn.Encoder;
import adjoint.nn.EncoderLayer;
import adjoint.nn.MultiHeadAttention;
import adjoint.nn.SoftmaxMechanism;
import adjoint.nn.TokenPooling;
import adjoint.nn.VisionTransformer;

/// A vision transformer of DeiT's width, three heads and six layers, that classifies square images; it pools by the
/// mean.
///
/// @param side of an image, a multiple of `patch`
public record Images(int batch, int channels, int side, int patch, double dropout) implements Workload {
    public static final int WIDTH = 192;
    public static final int HEADS = 3;
    public static final int LAYERS = 6;

    @Override
    public String name() {
        return "ViT, patch " + patch;
    }

    @Override
    public String shape() {
        return batch + "×" + channels + "×" + side + "×" + side + (dropout == 0 ? "" : " drop " + dropout);
    }

    @Override
    public int classes() {
        return 10;
    }

    @Override
    public int[] sample() {
        return new int[] {channels, side, side};
    }

    @Override
    public double rate() {
        return 1e-4;
    }

    @Override
    public Network network() {
        Encoder.Config encoder =
                new Encoder.Config(WIDTH, 4 * WIDTH, Activation.GELU, dropout, EncoderLayer.Norm.PRE, DType.F32);
        var model = new VisionTransformer(
                new VisionTransformer.Config(
                        channels, side, side, patch, classes(), LAYERS, TokenPooling.MEAN, encoder),
                MultiHeadAttention.factory(WIDTH, HEADS, (_, _) -> new SoftmaxMechanism(dropout), DType.F32),
                Rng.of(6));
        return new Network(model, model::forward);
    }
}
