package adjoint.nn;

import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.util.function.UnaryOperator;

/// Attention, then a [FeedForward], each inside a residual connection with a layer norm (Vaswani et al., 2017):
///
/// | [Norm] | |
/// |---|---|
/// | `POST` | `x ← norm1(x + drop(attention(x)))`, `x ← norm2(x + drop(feedForward(x)))` |
/// | `PRE` | `x ← x + drop(attention(norm1(x)))`, `x ← x + drop(feedForward(norm2(x)))` |
///
/// `x` is `[B, N, d]` throughout. Parts are called as in PyTorch's `TransformerEncoderLayer`: `self_attn`, `linear1`,
/// `linear2`, `norm1`, `norm2`.
public final class EncoderLayer implements Module {
    private final Attention attention;
    private final FeedForward feedForward;
    private final Sublayer attending;
    private final Sublayer feeding;

    /// Where the layer norms stand.
    public enum Norm {
        /// Before attention and feed-forward, inside the residual connection.
        PRE,
        /// After the residual connection.
        POST
    }

    public EncoderLayer(Encoder.Config config, Attention attention, Rng key) {
        this.attention = attention;
        this.feedForward = config.newFeedForward(key);
        this.attending = Sublayer.of(config);
        this.feeding = Sublayer.of(config);
    }

    /// @param mask which tokens may be looked at
    public Tensor forward(Tensor x, AttentionMask mask, Pass pass) {
        return forward(
                x,
                h -> {
                    try (var _ = pass.scope("self_attn")) {
                        return attention.attend(h, mask, pass);
                    }
                },
                pass);
    }

    /// An empty memory for generation token by token; see [Attention#memory].
    public Attention.Memory memory(int room) {
        Attention.Memory memory = attention.memory(room);
        Pass pass = Pass.evaluation();
        return x -> forward(x, memory::attend, pass);
    }

    private Tensor forward(Tensor x, UnaryOperator<Tensor> attend, Pass pass) {
        Tensor y = attending.forward(x, attend, pass);
        return feeding.forward(y, h -> feedForward.forward(h, pass), pass);
    }

    public Attention attention() {
        return attention;
    }

    @Override
    public void describe(Parts parts) {
        parts.module("self_attn", attention);
        feedForward.describe(parts);
        parts.module("norm1", attending.norm());
        parts.module("norm2", feeding.norm());
    }
}
