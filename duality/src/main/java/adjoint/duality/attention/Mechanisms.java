package adjoint.duality.attention;

import adjoint.autodiff.DType;
import adjoint.duality.kernel.Frequencies;
import adjoint.linalg.Rng;
import adjoint.nn.AttentionMechanism;
import adjoint.nn.Dropout;
import adjoint.nn.SoftmaxMechanism;
import java.util.List;

/// The mechanisms of attention by name.
///
/// ```java
/// var sizes = new Mechanisms.Sizes(4, 64 / 4, 100, 0.1, DType.F32);
/// Attention.Factory attention = MultiHeadAttention.factory(64, 4, Mechanisms.named("linear", sizes), DType.F32);
/// ```
public final class Mechanisms {
    private static final List<Entry> ALL = List.of(
            new Entry(
                    "softmax", true, "exponential kernel, normalised rows", (s, _) -> new SoftmaxMechanism(s.dropout)),
            new Entry("linear", true, "features elu + 1", (_, _) -> LinearAttention.create()),
            new Entry("polynomial", true, "square of 1 + scores", (s, _) -> PolynomialAttention.create(s.width, 2)),
            new Entry("cosine", true, "cosine of the angle", (s, _) -> CosineAttention.create(s.tokens)),
            new Entry("cosformer", true, "relu features, cosine of the distance", (s, _) -> CosFormer.create(s.tokens)),
            new Entry(
                    "favor",
                    true,
                    "orthogonal random features of softmax",
                    (s, key) -> Favor.create(
                            s.width,
                            features(s),
                            Favor.Kind.POSITIVE,
                            Frequencies.ORTHOGONAL,
                            s.options.redraw,
                            s.dtype,
                            key)),
            new Entry(
                    "favor-iid",
                    true,
                    "independent random features of softmax",
                    (s, key) -> Favor.create(
                            s.width,
                            features(s),
                            Favor.Kind.POSITIVE,
                            Frequencies.INDEPENDENT,
                            s.options.redraw,
                            s.dtype,
                            key)),
            new Entry(
                    "favor-hyperbolic",
                    true,
                    "orthogonal random features in pairs ±ω",
                    (s, key) -> Favor.create(
                            s.width,
                            Math.ceilDiv(features(s), 2),
                            Favor.Kind.HYPERBOLIC,
                            Frequencies.ORTHOGONAL,
                            s.options.redraw,
                            s.dtype,
                            key)),
            new Entry("sparsemax", true, "sparse weights, α = 2", (s, _) -> EntmaxAttention.fixed(2, s.dropout)),
            new Entry(
                    "entmax",
                    true,
                    "sparse weights, an α learned per head",
                    (s, _) -> s.options.alpha == 0
                            ? EntmaxAttention.learned(s.heads, s.dropout, s.dtype)
                            : EntmaxAttention.fixed(s.options.alpha, s.dropout)),
            new Entry(
                    "hopfield",
                    true,
                    "softmax in 3 steps towards the keys",
                    (s, _) -> new HopfieldAttention(s.options.steps, new SoftmaxMechanism(s.dropout))),
            new Entry(
                    "nystrom",
                    false,
                    "softmax through landmarks",
                    (s, key) -> Nystromformer.convolved(
                            s.options.landmarks == 0 ? Math.clamp(s.tokens / 4, 1, 64) : s.options.landmarks,
                            6,
                            s.heads,
                            s.options.window,
                            s.dtype,
                            key)),
            new Entry(
                    "sinkhorn",
                    false,
                    "doubly stochastic weights",
                    (s, _) -> new SinkhornAttention(s.options.iterations, new Dropout(s.dropout))));

    /// p·ln p features, as in the paper, unless their number is given.
    private static int features(Sizes s) {
        return s.options.features > 0
                ? s.options.features
                : (int) Math.max(s.width, Math.round(s.width * Math.log(s.width)));
    }

    private Mechanisms() {}

    /// What a model knows of its layers.
    ///
    /// @param heads H
    /// @param width p, the components of a head
    /// @param tokens the longest sequence
    /// @param dropout of weights, where a mechanism forms them: softmax, sparsemax, entmax, Hopfield and Sinkhorn
    public record Sizes(int heads, int width, int tokens, double dropout, Options options, DType dtype) {
        /// With the options as they are by default.
        public Sizes(int heads, int width, int tokens, double dropout, DType dtype) {
            this(heads, width, tokens, dropout, Options.DEFAULT, dtype);
        }
    }

    /// What single mechanisms can be told.
    ///
    /// @param features of FAVOR+, 0 for p·ln p
    /// @param redraw after how many steps random features are drawn again, 0 for never
    /// @param landmarks of Nyströmformer at most, 0 for a quarter of the tokens, up to 64
    /// @param window of Nyströmformer's convolution over the values, 0 for none
    /// @param iterations of Sinkhorn, odd
    /// @param alpha of entmax, 0 for one that each head learns
    /// @param steps of a Hopfield network
    public record Options(
            int features, int redraw, int landmarks, int window, int iterations, double alpha, int steps) {
        /// Features that are drawn once, no convolution, 3 iterations and steps.
        public static final Options DEFAULT = new Options(0, 0, 0, 0, 3, 0, 3);
    }

    /// Makes the mechanism of a layer.
    @FunctionalInterface
    public interface Maker {
        /// @param key determines what is drawn
        AttentionMechanism make(Sizes sizes, Rng key);
    }

    /// A mechanism.
    ///
    /// @param causal whether it takes a causal mask
    /// @param summary what it is, in a few words
    public record Entry(String name, boolean causal, String summary, Maker maker) {}

    /// All of them.
    public static List<Entry> all() {
        return ALL;
    }

    /// The one of that name.
    ///
    /// @throws IllegalArgumentException if there is none
    public static Entry entry(String name) {
        return ALL.stream()
                .filter(entry -> entry.name.equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no mechanism '" + name + "'; there are "
                        + String.join(", ", ALL.stream().map(Entry::name).toList())));
    }

    /// Makes the mechanism of that name for each layer of a model.
    ///
    /// @throws IllegalArgumentException if there is none
    public static AttentionMechanism.Factory named(String name, Sizes sizes) {
        Entry entry = entry(name);
        return (_, key) -> entry.maker.make(sizes, key);
    }
}
