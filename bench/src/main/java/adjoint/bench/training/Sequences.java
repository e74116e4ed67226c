package adjoint.bench.training;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.duality.PrimalAttention;
import adjoint.linalg.Rng;
import adjoint.nn.Activation;
import adjoint.nn.Attention;
import adjoint.nn.Encoder;
import adjoint.nn.EncoderLayer;
import adjoint.nn.MultiHeadAttention;
import adjoint.nn.SoftmaxMechanism;
import adjoint.nn.TimeSeriesClassifier;

/// A transformer encoder that classifies sequences, with GELU and layer norms before the layers.
///
/// @param tokens the length of a sequence
/// @param channels what a token has before its projection to the width
/// @param dropout of the layers
/// @param attentionDropout of the entries of the attention matrix
/// @param attention who pays attention here; see [#beside]
/// @param beside who does in libtorch
public record Sequences(
        Head head,
        int batch,
        int tokens,
        int channels,
        int classes,
        int width,
        int heads,
        int hidden,
        int layers,
        double dropout,
        double attentionDropout,
        Mechanism attention,
        Mechanism beside)
        implements Workload {
    /// The rank of Primal-Attention, and how many times as many tokens it samples.
    public static final int RANK = 30;

    private static final int MULTIPLE = 10;

    /// The weight of Primal-Attention's own loss.
    public static final double OBJECTIVE_WEIGHT = 0.1;

    /// What leads from tokens to logits.
    public enum Head {
        /// All tokens side by side, as [TimeSeriesClassifier].
        FLATTEN,
        /// Their mean, as [PooledClassifier].
        MEAN
    }

    /// How tokens attend to each other.
    public enum Mechanism {
        SOFTMAX,
        PRIMAL
    }

    /// 16 series of 29 steps, as in the data set JapaneseVowels.
    static Sequences series(int hidden, double dropout) {
        return new Sequences(
                Head.FLATTEN, 16, 29, 12, 9, 512, 8, hidden, 3, dropout, dropout, Mechanism.SOFTMAX, Mechanism.SOFTMAX);
    }

    /// The shape of Long Range Arena's encoders (Tay et al., 2021).
    static Sequences arena(int batch, int tokens, double dropout, double attentionDropout) {
        return new Sequences(
                Head.MEAN,
                batch,
                tokens,
                4,
                10,
                64,
                2,
                128,
                2,
                dropout,
                attentionDropout,
                Mechanism.SOFTMAX,
                Mechanism.SOFTMAX);
    }

    /// So small that little but the overhead is left.
    static Sequences tiny(double dropout) {
        return new Sequences(
                Head.MEAN, 16, 64, 4, 10, 32, 4, 64, 2, dropout, dropout, Mechanism.SOFTMAX, Mechanism.SOFTMAX);
    }

    /// The least there is, which only has a library loaded.
    public static Sequences least() {
        return new Sequences(Head.MEAN, 1, 2, 1, 2, 4, 1, 4, 1, 0, 0, Mechanism.SOFTMAX, Mechanism.SOFTMAX);
    }

    /// The same with other attention.
    Sequences with(Mechanism attention, Mechanism beside) {
        return new Sequences(
                head,
                batch,
                tokens,
                channels,
                classes,
                width,
                heads,
                hidden,
                layers,
                dropout,
                attentionDropout,
                attention,
                beside);
    }

    /// Who attends, here and there, and the width of the feed-forward.
    @Override
    public String name() {
        String who = attention == Mechanism.SOFTMAX ? "encoder" : beside == attention ? "Primal" : "Primal | softmax";
        return who + ", ffn " + hidden;
    }

    /// `16×29×512 drop 0.1`; `drop 0.1/0` where only attention drops nothing.
    @Override
    public String shape() {
        String drops = dropout == 0 ? "" : " drop " + dropout + (attentionDropout > 0 ? "" : "/0");
        return batch + "×" + tokens + "×" + width + drops;
    }

    @Override
    public int[] sample() {
        return new int[] {tokens, channels};
    }

    @Override
    public double rate() {
        return width >= 512 ? 1e-4 : 1e-3;
    }

    /// How many tokens Primal-Attention samples.
    public int samples() {
        return PrimalAttention.samples(tokens, RANK, MULTIPLE);
    }

    @Override
    public Network network() {
        return network(attention);
    }

    /// With the attention of libtorch's side.
    public Network networkBeside() {
        return network(beside);
    }

    private Network network(Mechanism mechanism) {
        Encoder.Config config =
                new Encoder.Config(width, hidden, Activation.GELU, dropout, EncoderLayer.Norm.PRE, DType.F32);
        Attention.Factory factory = (_, key) -> attention(mechanism, key);
        return switch (head) {
            case FLATTEN -> {
                var model = new TimeSeriesClassifier(
                        new TimeSeriesClassifier.Config(channels, tokens, classes, layers, config), factory, Rng.of(6));
                Tensor mask = Tensor.ones(DType.F32, batch, tokens);
                yield new Network(model, (x, pass) -> model.forward(x, mask.slice(0, 0, x.dim(0)), pass));
            }
            case MEAN -> {
                var model = new PooledClassifier(channels, tokens, classes, layers, config, factory, Rng.of(6));
                yield new Network(model, model::forward);
            }
        };
    }

    private Attention attention(Mechanism mechanism, Rng key) {
        return switch (mechanism) {
            case SOFTMAX ->
                new MultiHeadAttention(width, heads, new SoftmaxMechanism(attentionDropout), DType.F32, key);
            case PRIMAL ->
                new PrimalAttention(
                        new PrimalAttention.Settings(
                                width, heads, RANK, samples(), OBJECTIVE_WEIGHT, PrimalAttention.Mode.PAPER),
                        DType.F32,
                        key);
        };
    }
}
