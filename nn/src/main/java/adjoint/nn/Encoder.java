package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.util.ArrayList;
import java.util.List;

/// A stack of [EncoderLayer]s and a last norm: `[B, N, d]` to `[B, N, d]`. Parts are called `layers.0`, …,
/// `norm`.
public final class Encoder implements Module {
    private final List<EncoderLayer> layers;
    private final List<String> paths;
    private final Layer.Pure norm;

    /// What all layers have in common.
    ///
    /// @param width d, the length of a token
    /// @param hidden the width of the feed-forward's hidden layer
    /// @param dropout in `[0, 1)`
    /// @param norm where the norms stand
    /// @param normalization what they are
    public record Config(
            int width,
            int hidden,
            Activation activation,
            double dropout,
            EncoderLayer.Norm norm,
            Normalization normalization,
            DType dtype) {
        /// With layer norms.
        public Config(
                int width, int hidden, Activation activation, double dropout, EncoderLayer.Norm norm, DType dtype) {
            this(width, hidden, activation, dropout, norm, Normalization.LAYER, dtype);
        }

        Layer.Pure newNorm() {
            return switch (normalization) {
                case LAYER -> new LayerNorm(width, dtype);
                case RMS -> new RmsNorm(width, dtype);
            };
        }

        FeedForward newFeedForward(Rng key) {
            return new FeedForward(width, hidden, activation, dropout, dtype, key);
        }
    }

    /// What keeps tokens at one scale.
    public enum Normalization {
        /// A [LayerNorm].
        LAYER,
        /// An [RmsNorm].
        RMS
    }

    public Encoder(Config config, int layers, Attention.Factory attention, Rng key) {
        if (layers < 1) {
            throw new IllegalArgumentException("an encoder needs at least one layer, got " + layers);
        }
        List<EncoderLayer> stack = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (int i = 0; i < layers; i++) {
            Rng layerKey = key.child("layers").child(i);
            stack.add(new EncoderLayer(config, attention.create(i, layerKey.child("self_attn")), layerKey));
            names.add("layers." + i);
        }
        this.layers = List.copyOf(stack);
        this.paths = List.copyOf(names);
        this.norm = config.newNorm();
    }

    /// @param mask which tokens may be looked at
    public Tensor forward(Tensor x, AttentionMask mask, Pass pass) {
        for (int i = 0; i < layers.size(); i++) {
            try (var _ = pass.scope(paths.get(i))) {
                x = layers.get(i).forward(x, mask, pass);
            }
        }
        return norm.forward(x);
    }

    /// An empty memory for generation token by token; see [Attention#memory].
    public Attention.Memory memory(int room) {
        List<Attention.Memory> memories =
                layers.stream().map(layer -> layer.memory(room)).toList();
        return x -> {
            for (Attention.Memory memory : memories) {
                x = memory.attend(x);
            }
            return norm.forward(x);
        };
    }

    public List<EncoderLayer> layers() {
        return layers;
    }

    @Override
    public void describe(Parts parts) {
        parts.modules("layers", layers);
        parts.module("norm", norm);
    }
}
