package adjoint.cli;

import adjoint.autodiff.DType;
import adjoint.cli.config.Config;
import adjoint.cli.config.ConfigException;
import adjoint.duality.PrimalAttention;
import adjoint.linalg.Rng;
import adjoint.nn.Activation;
import adjoint.nn.Attention;
import adjoint.nn.Encoder;
import adjoint.nn.EncoderLayer;
import adjoint.nn.MultiHeadAttention;
import adjoint.nn.SoftmaxMechanism;
import adjoint.nn.Trainer;
import adjoint.nn.optim.Adam;
import adjoint.nn.optim.AdamW;
import adjoint.nn.optim.Optimizer;
import adjoint.nn.optim.RAdam;
import adjoint.nn.optim.Schedule;

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

    /// How to train.
    ///
    /// @param steps of the whole run
    /// @throws ConfigException if the schedule is longer than the run
    static Trainer.Config trainer(Config config, long steps) {
        double clip = config.optimiser().clip();
        return new Trainer.Config(
                        optimizer(config.optimiser()),
                        clip == 0 ? Double.POSITIVE_INFINITY : clip,
                        config.training().shards(),
                        config.training().seed())
                .with(schedule(config.schedule(), steps));
    }

    /// What measures a model as a training of that configuration does.
    static Trainer.Config evaluation(Config config) {
        return new Trainer.Config(
                optimizer(config.optimiser()),
                Double.POSITIVE_INFINITY,
                config.training().shards(),
                config.training().seed());
    }

    private static Schedule schedule(Config.Schedule schedule, long steps) {
        return switch (schedule) {
            case Config.Constant _ -> new Schedule.Constant(1);
            case Config.Cosine cosine -> {
                if (cosine.warmUp() >= steps) {
                    throw new ConfigException("schedule.warmUp: expected fewer than the " + steps
                            + " steps of the run, got '" + cosine.warmUp() + "'");
                }
                Schedule falling = new Schedule.Cosine(steps - cosine.warmUp(), cosine.minimum());
                yield cosine.warmUp() == 0 ? falling : falling.warmedUp(cosine.warmUp());
            }
        };
    }

    /// The optimiser of a configuration.
    private static Optimizer optimizer(Config.Optimiser config) {
        double lr = config.lr();
        double beta1 = config.beta1();
        double beta2 = config.beta2();
        return switch (config.kind()) {
            case ADAM -> new Adam(lr, beta1, beta2, config.eps(), config.weightDecay());
            case ADAMW -> new AdamW(lr, beta1, beta2, config.eps(), config.weightDecay());
            case RADAM -> new RAdam(lr, beta1, beta2, config.eps(), config.weightDecay(), variant(config.variant()));
        };
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

    private static RAdam.Variant variant(Config.Optimiser.Variant variant) {
        return switch (variant) {
            case PYTORCH -> RAdam.Variant.PYTORCH;
            case AUTHORS -> RAdam.Variant.AUTHORS;
        };
    }
}
