package adjoint.cli;

import adjoint.autodiff.DType;
import adjoint.autodiff.Shape;
import adjoint.autodiff.Tensor;
import adjoint.cli.config.Config;
import adjoint.data.Batch;
import adjoint.duality.PrimalAttention;
import adjoint.linalg.Rng;
import adjoint.nn.Activation;
import adjoint.nn.Attention;
import adjoint.nn.Encoder;
import adjoint.nn.EncoderLayer;
import adjoint.nn.MultiHeadAttention;
import adjoint.nn.Objective;
import adjoint.nn.Pass;
import adjoint.nn.SoftmaxMechanism;
import adjoint.nn.TimeSeriesClassifier;
import adjoint.nn.optim.Adam;
import adjoint.nn.optim.AdamW;
import adjoint.nn.optim.Optimizer;
import adjoint.nn.optim.RAdam;

/// The model of a configuration, and what it is trained for: the cross-entropy of the classes.
record Classifier(TimeSeriesClassifier model) implements Objective<Batch> {
    /// The model with its initial weights.
    static Classifier of(Config.Model model, long seed, Problem problem) {
        Encoder.Config encoder = new Encoder.Config(
                model.width(), model.feedForward(), Activation.GELU, model.dropout(), norm(model.norm()), DType.F32);
        TimeSeriesClassifier.Config shape = new TimeSeriesClassifier.Config(
                problem.channels(), problem.length(), problem.classes(), model.layers(), encoder);
        Attention.Factory attention = (_, key) -> attention(model, problem.length(), key);
        return new Classifier(
                new TimeSeriesClassifier(shape, attention, Rng.of(seed).child("weights")));
    }

    /// The optimiser of a configuration.
    static Optimizer optimizer(Config.Optimiser config) {
        double lr = config.lr();
        double beta1 = config.beta1();
        double beta2 = config.beta2();
        return switch (config.kind()) {
            case ADAM -> new Adam(lr, beta1, beta2, config.eps(), config.weightDecay());
            case ADAMW -> new AdamW(lr, beta1, beta2, config.eps(), config.weightDecay());
            case RADAM -> new RAdam(lr, beta1, beta2, config.eps(), config.weightDecay(), variant(config.variant()));
        };
    }

    @Override
    public int size(Batch batch) {
        return batch.size();
    }

    @Override
    public Tensor loss(Batch batch, int from, int to, Pass pass) {
        Tensor logits = forward(batch, from, to, pass);
        Tensor labels = Tensor.wrap(batch.labels(), from, Shape.of(to - from));
        pass.observe(logits, labels);
        return logits.crossEntropy(labels);
    }

    /// The logits of the cases `from … to-1` of a batch.
    Tensor forward(Batch batch, int from, int to, Pass pass) {
        int steps = batch.length();
        int channels = batch.channels();
        Tensor x = Tensor.wrap(batch.x(), from * steps * channels, Shape.of(to - from, steps, channels));
        Tensor mask = Tensor.wrap(batch.mask(), from * steps, Shape.of(to - from, steps));
        return model.forward(x, mask, pass);
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
