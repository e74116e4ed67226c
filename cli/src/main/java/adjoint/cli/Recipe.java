package adjoint.cli;

import adjoint.autodiff.DType;
import adjoint.cli.config.Config;
import adjoint.duality.KepSvgpAttention;
import adjoint.duality.KsvdAttention;
import adjoint.duality.PrimalAttention;
import adjoint.duality.StiefelAttention;
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
    ///
    /// @param cases training cases
    static Attention.Factory attention(Config.Model model, int tokens, int cases) {
        int first = model.layers() - model.attending();
        return (layer, key) -> layer < first
                ? multiHead(Config.Attention.Kind.SOFTMAX, model, tokens, key)
                : attention(model, tokens, cases, key);
    }

    /// What measures a model as a training of that configuration does.
    static Trainer.Config evaluation(Config config) {
        return new Trainer.Config(
                new Sgd(0),
                Double.POSITIVE_INFINITY,
                config.training().shards(),
                config.training().seed());
    }

    private static Attention attention(Config.Model model, int length, int cases, Rng key) {
        Config.Attention attention = model.attention();
        return switch (attention.kind().word()) {
            case "primal" -> new PrimalAttention(primal(model, length), DType.F32, key);
            case "ksvd" -> new KsvdAttention(model.width(), model.heads(), rank(model, length), DType.F32, key);
            case "kep" -> new KepSvgpAttention(kep(model, length, cases), DType.F32, key);
            case "stiefel" ->
                new StiefelAttention(
                        model.width(), model.heads(), rank(model, length), attention.eta(), DType.F32, key);
            default -> multiHead(attention.kind(), model, length, key);
        };
    }

    private static Attention multiHead(Config.Attention.Kind kind, Config.Model model, int length, Rng key) {
        return new MultiHeadAttention(
                model.width(), model.heads(), mechanism(kind, model, length, key.child("mechanism")), DType.F32, key);
    }

    /// A pass takes the mean of losses over layers, where the evidence lower bound has their sum.
    private static KepSvgpAttention.Settings kep(Config.Model model, int length, int cases) {
        Config.Attention attention = model.attention();
        int s = rank(model, length);
        int layers = model.attending();
        PrimalAttention.Mode mode = switch (attention.kep()) {
            case CORRECTED -> PrimalAttention.Mode.PAPER;
            case REFERENCE_CODE -> PrimalAttention.Mode.REFERENCE_CODE;
        };
        var scores = new PrimalAttention.Settings(
                model.width(),
                model.heads(),
                s,
                PrimalAttention.samples(length, s, attention.rankMulti()),
                layers * attention.eta(),
                mode);
        return new KepSvgpAttention.Settings(scores, layers * attention.etaKl(), cases, 0);
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
    static AttentionMechanism mechanism(Config.Attention.Kind kind, Config.Model model, int tokens, Rng key) {
        Config.Attention attention = model.attention();
        var sizes = new Mechanisms.Sizes(
                model.heads(),
                model.width() / model.heads(),
                tokens,
                model.dropout(),
                new Mechanisms.Options(
                        attention.features(),
                        attention.redraw(),
                        attention.landmarks(),
                        attention.window(),
                        attention.iterations(),
                        attention.alpha(),
                        attention.steps()),
                DType.F32);
        return Mechanisms.named(kind.word(), sizes).create(0, key);
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
