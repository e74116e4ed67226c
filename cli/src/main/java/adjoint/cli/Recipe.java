package adjoint.cli;

import adjoint.autodiff.DType;
import adjoint.cli.config.Config;
import adjoint.duality.PrimalAttention;
import adjoint.linalg.Rng;
import adjoint.nn.Activation;
import adjoint.nn.Attention;
import adjoint.nn.Encoder;
import adjoint.nn.EncoderLayer;
import adjoint.nn.MultiHeadAttention;
import adjoint.nn.SoftmaxMechanism;
import adjoint.nn.Trainer;
import adjoint.nn.optim.Sgd;

/// What a configuration asks for, as parts of a model and a training.
final class Recipe {
    private Recipe() {}

    /// What all layers have in common.
    static Encoder.Config encoder(Config.Model model) {
        return new Encoder.Config(
                model.width(), model.feedForward(), Activation.GELU, model.dropout(), norm(model.norm()), DType.F32);
    }

    /// The attention of the layers, for sequences of `tokens` tokens.
    static Attention.Factory attention(Config.Model model, int tokens) {
        return (_, key) -> attention(model, tokens, key);
    }

    /// What measures a model as a training of that configuration does.
    static Trainer.Config evaluation(Config config) {
        return new Trainer.Config(
                new Sgd(0),
                Double.POSITIVE_INFINITY,
                config.training().shards(),
                config.training().seed());
    }

    private static Attention attention(Config.Model model, int length, Rng key) {
        Config.Attention attention = model.attention();
        return switch (attention.kind()) {
            case SOFTMAX ->
                new MultiHeadAttention(
                        model.width(), model.heads(), new SoftmaxMechanism(model.dropout()), DType.F32, key);
            case PRIMAL ->
                new PrimalAttention(
                        new PrimalAttention.Settings(
                                model.width(),
                                model.heads(),
                                attention.rank(),
                                PrimalAttention.samples(length, attention.rank(), attention.rankMulti()),
                                attention.eta(),
                                mode(attention.mode())),
                        DType.F32,
                        key);
        };
    }

    private static PrimalAttention.Mode mode(Config.Attention.Mode mode) {
        return switch (mode) {
            case PAPER -> PrimalAttention.Mode.PAPER;
            case REFERENCE_CODE -> PrimalAttention.Mode.REFERENCE_CODE;
        };
    }

    private static EncoderLayer.Norm norm(Config.Norm norm) {
        return switch (norm) {
            case PRE -> EncoderLayer.Norm.PRE;
            case POST -> EncoderLayer.Norm.POST;
        };
    }
}
