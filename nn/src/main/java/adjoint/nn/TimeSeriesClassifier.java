package adjoint.nn;

import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;

/// A transformer encoder that classifies multivariate time series (Zerveas et al., 2021; with Primal-Attention: Chen,
/// Tao, Tonin, Suykens, 2023):
///
/// ```text
/// x [B, N, C] → project_inp(x)·√d + positions → dropout → encoder → GELU → dropout → ·mask → flatten → output_layer
/// ```
///
/// All series have the same length N; shorter ones are padded, and `mask` `[B, N]` is 0 where they are. The mask takes
/// the padding out before the last layer; attention itself is not masked. The result is `[B, classes]`, logits.
public final class TimeSeriesClassifier implements Module {
    private final Config config;
    private final Linear projection;
    private final LearnedPositions positions;
    private final Encoder encoder;
    private final Dropout dropout;
    private final Linear output;

    /// @param channels C
    /// @param length N, that of the longest series
    public record Config(int channels, int length, int classes, int layers, Encoder.Config encoder) {
        public Config {
            if (channels < 1 || length < 1 || classes < 1) {
                throw new IllegalArgumentException("channels, length and classes must be ≥ 1, got " + channels + ", "
                        + length + " and " + classes);
            }
        }
    }

    public TimeSeriesClassifier(Config config, Attention.Factory attention, Rng key) {
        Encoder.Config shared = config.encoder();
        this.config = config;
        this.projection = new Linear(config.channels(), shared.width(), shared.dtype(), key.child("project_inp"));
        this.positions = new LearnedPositions(config.length(), shared.width(), shared.dtype(), key.child("pos_enc"));
        this.encoder = new Encoder(shared, config.layers(), attention, key.child("transformer_encoder"));
        this.dropout = new Dropout(shared.dropout());
        this.output = new Linear(
                shared.width() * config.length(), config.classes(), shared.dtype(), key.child("output_layer"));
    }

    /// @throws ShapeError if `x` is not `[B, length, channels]` or `mask` not `[B, length]`
    public Tensor forward(Tensor x, Tensor mask, Pass pass) {
        check(x, mask);
        int batch = x.dim(0);
        int width = config.encoder().width();
        Tensor h = positions.forward(projection.forward(x).mul(Math.sqrt(width)));
        h = dropout.forward(h, pass);
        try (var _ = pass.scope("transformer_encoder")) {
            h = encoder.forward(h, AttentionMask.none(), pass);
        }
        h = dropout.forward(h.gelu(), pass).mul(mask.unsqueeze(-1));
        return output.forward(h.reshape(batch, config.length() * width));
    }

    public Config config() {
        return config;
    }

    public Encoder encoder() {
        return encoder;
    }

    private void check(Tensor x, Tensor mask) {
        if (x.rank() != 3 || x.dim(1) != config.length() || x.dim(2) != config.channels()) {
            throw new ShapeError("TimeSeriesClassifier needs x [B, " + config.length() + ", " + config.channels()
                    + "], got " + x.shape());
        }
        if (mask.rank() != 2 || mask.dim(0) != x.dim(0) || mask.dim(1) != x.dim(1)) {
            throw new ShapeError("TimeSeriesClassifier needs a mask [" + x.dim(0) + ", " + x.dim(1) + "] for x "
                    + x.shape() + ", got " + mask.shape());
        }
    }

    @Override
    public void describe(Parts parts) {
        parts.module("project_inp", projection);
        parts.module("pos_enc", positions);
        parts.module("transformer_encoder", encoder);
        parts.module("output_layer", output);
    }
}
