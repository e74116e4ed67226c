package adjoint.nn;

import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;

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
    private final LayerNorm norm1;
    private final LayerNorm norm2;
    private final Dropout dropout;
    private final Norm norm;

    /// Where the layer norms stand.
    public enum Norm {
        /// Before attention and feed-forward, inside the residual connection.
        PRE,
        /// After the residual connection.
        POST
    }

    public EncoderLayer(Encoder.Config config, Attention attention, Rng key) {
        this.attention = attention;
        this.feedForward = new FeedForward(
                config.width(), config.hidden(), config.activation(), config.dropout(), config.dtype(), key);
        this.norm1 = new LayerNorm(config.width(), config.dtype());
        this.norm2 = new LayerNorm(config.width(), config.dtype());
        this.dropout = new Dropout(config.dropout());
        this.norm = config.norm();
    }

    /// @param mask which tokens may be looked at
    public Tensor forward(Tensor x, AttentionMask mask, Pass pass) {
        return switch (norm) {
            case POST -> {
                Tensor y = norm1.forward(residual(x, attend(x, mask, pass), pass));
                yield norm2.forward(residual(y, feedForward.forward(y, pass), pass));
            }
            case PRE -> {
                Tensor y = residual(x, attend(norm1.forward(x), mask, pass), pass);
                yield residual(y, feedForward.forward(norm2.forward(y), pass), pass);
            }
        };
    }

    public Attention attention() {
        return attention;
    }

    /// The branch itself is not used again.
    private Tensor residual(Tensor x, Tensor branch, Pass pass) {
        Tensor sum = dropout.add(x, branch, pass);
        pass.drop(branch);
        return sum;
    }

    private Tensor attend(Tensor x, AttentionMask mask, Pass pass) {
        try (var _ = pass.scope("self_attn")) {
            return attention.attend(x, mask, pass);
        }
    }

    @Override
    public void describe(Parts parts) {
        parts.module("self_attn", attention);
        feedForward.describe(parts);
        parts.module("norm1", norm1);
        parts.module("norm2", norm2);
    }
}
