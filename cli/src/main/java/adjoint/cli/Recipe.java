package adjoint.cli;

import adjoint.autodiff.DType;
import adjoint.cli.config.Config;
import adjoint.duality.KsvdAttention;
import adjoint.duality.PrimalAttention;
import adjoint.duality.attention.Mechanisms;
import adjoint.linalg.Rng;
import adjoint.nn.Activation;
import adjoint.nn.Attention;
import adjoint.nn.AttentionMechanism;
import adjoint.nn.Encoder;
import adjoint.nn.EncoderLayer;
import adjoint.nn.MultiHeadAttention;
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
            case PRIMAL -> new PrimalAttention(primal(model, length), DType.F32, key);
            case KSVD -> new KsvdAttention(model.width(), model.heads(), rank(model, length), DType.F32, key);
            default ->
                new MultiHeadAttention(
                        model.width(), model.heads(), mechanism(model, length, key.child("mechanism")), DType.F32, key);
        };
    }

    /// The rank of an exact decomposition: no more than tokens, or features.
    static int rank(Config.Model model, int length) {
        return Math.min(model.attention().rank(), Math.min(length, model.width() / model.heads()));
    }

    /// Weights that do not depend on the data, where the past alone may be looked at.
    private static PrimalAttention.Settings primal(Config.Model model, int length) {
        Config.Attention attention = model.attention();
        var settings = new PrimalAttention.Settings(
                        model.width(),
                        model.heads(),
                        attention.rank(),
                        PrimalAttention.samples(length, attention.rank(), attention.rankMulti()),
                        attention.eta(),
                        mode(attention.mode()))
                .regularised(
                        switch (attention.regulariser()) {
                            case J2 -> PrimalAttention.Regulariser.J2;
                            case RHO2 -> PrimalAttention.Regulariser.RHO2;
                        });
        return model.input() instanceof Config.Tokens ? settings.independent() : settings;
    }

    /// The mechanism of a layer of [MultiHeadAttention].
    static AttentionMechanism mechanism(Config.Model model, int tokens, Rng key) {
        Config.Attention attention = model.attention();
        var sizes = new Mechanisms.Sizes(
                model.heads(),
                model.width() / model.heads(),
                tokens,
                model.dropout(),
                attention.redraw(),
                attention.window(),
                DType.F32);
        return Mechanisms.named(attention.kind().word(), sizes).create(0, key);
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
