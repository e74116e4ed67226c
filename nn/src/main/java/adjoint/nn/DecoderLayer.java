package adjoint.nn;

import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.util.function.UnaryOperator;

/// Attention to the own tokens, attention to a context, then a [FeedForward], each inside a residual connection with a
/// layer norm as in [EncoderLayer] (Vaswani et al., 2017); `POST` is
///
/// ```text
/// x ← norm1(x + drop(self_attn(x)))
/// x ← norm2(x + drop(multihead_attn(x, context)))
/// x ← norm3(x + drop(feedForward(x)))
/// ```
///
/// `x` is `[B, N, d]`, the context `[B, M, d]`. Parts are called as in PyTorch's `TransformerDecoderLayer`:
/// `self_attn`, `multihead_attn`, `linear1`, `linear2`, `norm1`, `norm2`, `norm3`.
public final class DecoderLayer implements Module {
    private final Attention selfAttention;
    private final MultiHeadAttention crossAttention;
    private final FeedForward feedForward;
    private final Sublayer attending;
    private final Sublayer looking;
    private final Sublayer feeding;

    public DecoderLayer(Encoder.Config config, Attention selfAttention, MultiHeadAttention crossAttention, Rng key) {
        this.selfAttention = selfAttention;
        this.crossAttention = crossAttention;
        this.feedForward = config.newFeedForward(key);
        this.attending = Sublayer.of(config);
        this.looking = Sublayer.of(config);
        this.feeding = Sublayer.of(config);
    }

    /// @param mask which of the own tokens may be looked at, usually [AttentionMask#causal]
    /// @param contextMask which of the context's
    public Tensor forward(Tensor x, Tensor context, AttentionMask mask, AttentionMask contextMask, Pass pass) {
        UnaryOperator<Tensor> attend = h -> {
            try (var _ = pass.scope("self_attn")) {
                return selfAttention.attend(h, mask, pass);
            }
        };
        UnaryOperator<Tensor> look = h -> {
            try (var _ = pass.scope("multihead_attn")) {
                return crossAttention.attend(h, context, contextMask, pass);
            }
        };
        return forward(x, attend, look, pass);
    }

    /// An empty memory for generation token by token with that context; see [Attention#memory].
    public Attention.Memory memory(Tensor context, AttentionMask contextMask, int room) {
        Attention.Memory own = selfAttention.memory(room);
        Attention.Memory other = crossAttention.over(context, contextMask);
        Pass pass = Pass.evaluation();
        return x -> forward(x, own::attend, other::attend, pass);
    }

    private Tensor forward(Tensor x, UnaryOperator<Tensor> attend, UnaryOperator<Tensor> look, Pass pass) {
        Tensor y = attending.forward(x, attend, pass);
        Tensor z = looking.forward(y, look, pass);
        return feeding.forward(z, h -> feedForward.forward(h, pass), pass);
    }

    @Override
    public void describe(Parts parts) {
        parts.module("self_attn", selfAttention);
        parts.module("multihead_attn", crossAttention);
        feedForward.describe(parts);
        parts.module("norm1", attending.norm());
        parts.module("norm2", looking.norm());
        parts.module("norm3", feeding.norm());
    }
}
