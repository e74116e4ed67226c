package adjoint.nn;

import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.util.List;
import java.util.stream.IntStream;

/// A stack of [DecoderLayer]s and a last norm: `[B, N, d]` and a context `[B, M, d]` to `[B, N, d]`. Parts are
/// called `layers.0`, …, `norm`.
///
/// ```
/// AttentionMechanism.Factory softmax = (_, _) -> new SoftmaxMechanism(0.1);
/// Decoder decoder = new Decoder(config, 6, 8, softmax, softmax, key);
/// Tensor y = decoder.forward(x, context, AttentionMask.causal(), AttentionMask.none(), pass);
/// ```
public final class Decoder implements Module {
    private final List<DecoderLayer> layers;
    private final List<String> paths;
    private final Layer.Pure norm;

    /// @param own how tokens attend to the own ones
    /// @param other how they attend to the context
    /// @param key determines the initial values
    public Decoder(
            Encoder.Config config,
            int layers,
            int heads,
            AttentionMechanism.Factory own,
            AttentionMechanism.Factory other,
            Rng key) {
        if (layers < 1) {
            throw new IllegalArgumentException("a decoder needs at least one layer, got " + layers);
        }
        Attention.Factory self = MultiHeadAttention.factory(config.width(), heads, own, config.dtype());
        this.layers = IntStream.range(0, layers)
                .mapToObj(i -> {
                    Rng at = key.child("layers").child(i);
                    Rng cross = at.child("multihead_attn");
                    var crossAttention = new MultiHeadAttention(
                            config.width(), heads, other.create(i, cross.child("mechanism")), config.dtype(), cross);
                    return new DecoderLayer(config, self.create(i, at.child("self_attn")), crossAttention, at);
                })
                .toList();
        this.paths = IntStream.range(0, layers).mapToObj(i -> "layers." + i).toList();
        this.norm = config.newNorm();
    }

    /// @param mask which of the own tokens may be looked at, usually [AttentionMask#causal]
    /// @param contextMask which of the context's
    public Tensor forward(Tensor x, Tensor context, AttentionMask mask, AttentionMask contextMask, Pass pass) {
        for (int i = 0; i < layers.size(); i++) {
            try (var _ = pass.scope(paths.get(i))) {
                x = layers.get(i).forward(x, context, mask, contextMask, pass);
            }
        }
        return norm.forward(x);
    }

    /// An empty memory for generation token by token with that context; see [Attention#memory].
    public Attention.Memory memory(Tensor context, AttentionMask contextMask, int room) {
        List<Attention.Memory> memories = layers.stream()
                .map(layer -> layer.memory(context, contextMask, room))
                .toList();
        return x -> {
            for (Attention.Memory memory : memories) {
                x = memory.attend(x);
            }
            return norm.forward(x);
        };
    }

    public List<DecoderLayer> layers() {
        return layers;
    }

    @Override
    public void describe(Parts parts) {
        parts.modules("layers", layers);
        parts.module("norm", norm);
    }
}
