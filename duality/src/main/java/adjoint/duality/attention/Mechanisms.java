package adjoint.duality.attention;

import adjoint.autodiff.DType;
import adjoint.duality.kernel.Frequencies;
import adjoint.linalg.Rng;
import adjoint.nn.AttentionMechanism;
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
                            s.width, features(s), Favor.Kind.POSITIVE, Frequencies.ORTHOGONAL, s.redraw, s.dtype, key)),
            new Entry(
                    "favor-iid",
                    true,
                    "independent random features of softmax",
                    (s, key) -> Favor.create(
                            s.width,
                            features(s),
                            Favor.Kind.POSITIVE,
                            Frequencies.INDEPENDENT,
                            s.redraw,
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
                            s.redraw,
                            s.dtype,
                            key)),
            new Entry("sparsemax", true, "sparse weights, α = 2", (s, _) -> EntmaxAttention.fixed(2, s.dropout)),
            new Entry(
                    "entmax",
                    true,
                    "sparse weights, an α learned per head",
                    (s, _) -> EntmaxAttention.learned(s.heads, s.dropout, s.dtype)),
            new Entry(
                    "hopfield",
                    true,
                    "softmax in 3 steps towards the keys",
                    (s, _) -> new HopfieldAttention(3, new SoftmaxMechanism(s.dropout))),
            new Entry(
                    "nystrom",
                    false,
                    "softmax through landmarks",
                    (s, key) -> Nystromformer.convolved(
                            Math.clamp(s.tokens / 4, 1, 64), 6, s.heads, s.window, s.dtype, key)),
            new Entry("sinkhorn", false, "doubly stochastic weights", (_, _) -> new SinkhornAttention(3)));

    /// p·ln p features, as in the paper.
    private static int features(Sizes s) {
        return (int) Math.max(s.width, Math.round(s.width * Math.log(s.width)));
    }

    private Mechanisms() {}

    /// What a model knows of its layers.
    ///
    /// @param heads H
    /// @param width p, the components of a head
    /// @param tokens the longest sequence
    /// @param dropout of weights, where a mechanism forms them
    /// @param redraw after how many steps random features are drawn again, 0 for never
    /// @param window of Nyströmformer's convolution over the values, 0 for none
    public record Sizes(int heads, int width, int tokens, double dropout, int redraw, int window, DType dtype) {
        /// With features that are drawn once, and no convolution.
        public Sizes(int heads, int width, int tokens, double dropout, DType dtype) {
            this(heads, width, tokens, dropout, 0, 0, dtype);
        }
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
