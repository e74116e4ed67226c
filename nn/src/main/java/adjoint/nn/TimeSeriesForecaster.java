package adjoint.nn;

import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;

/// A transformer encoder that says how multivariate time series go on:
///
/// ```text
/// x [B, N, C] → (x − mean)/deviation → project_inp + positions → dropout → encoder → flatten → output_layer
///             → ·deviation + mean → [B, horizon, C]
/// ```
///
/// Mean and deviation are those of each series and channel over its N steps (Kim et al., 2022, without parameters of
/// its own): forecasts follow a series that is shifted or scaled.
public final class TimeSeriesForecaster implements Module {
    /// Added to the variance, so that a constant series stays finite.
    private static final double EPSILON = 1e-5;

    private final Config config;
    private final Linear projection;
    private final LearnedPositions positions;
    private final Dropout dropout;
    private final Encoder encoder;
    private final Linear output;

    /// @param channels C
    /// @param length N
    /// @param horizon the number of steps that are forecast
    public record Config(int channels, int length, int horizon, int layers, Encoder.Config encoder) {
        /// @throws IllegalArgumentException if a number is out of its range
        public Config {
            if (channels < 1 || length < 1 || horizon < 1) {
                throw new IllegalArgumentException("channels, length and horizon must be ≥ 1, got " + channels + ", "
                        + length + " and " + horizon);
            }
        }
    }

    /// @param key determines the initial values
    public TimeSeriesForecaster(Config config, Attention.Factory attention, Rng key) {
        Encoder.Config shared = config.encoder();
        int d = shared.width();
        this.config = config;
        this.projection = new Linear(config.channels(), d, shared.dtype(), key.child("project_inp"));
        this.positions = new LearnedPositions(config.length(), d, shared.dtype(), key.child("pos_enc"));
        this.dropout = new Dropout(shared.dropout());
        this.encoder = new Encoder(shared, config.layers(), attention, key.child("transformer_encoder"));
        this.output = new Linear(
                Math.multiplyExact(d, config.length()),
                Math.multiplyExact(config.horizon(), config.channels()),
                shared.dtype(),
                key.child("output_layer"));
    }

    /// @throws ShapeError if `x` is not `[B, length, channels]`
    public Tensor forward(Tensor x, Pass pass) {
        if (x.rank() != 3 || x.dim(1) != config.length() || x.dim(2) != config.channels()) {
            throw new ShapeError("TimeSeriesForecaster needs x [B, " + config.length() + ", " + config.channels()
                    + "], got " + x.shape());
        }
        Tensor mean = x.mean(true, 1);
        Tensor deviation = x.var(0, true, 1).add(EPSILON).sqrt();
        Tensor h = positions.forward(projection.forward(x.sub(mean).div(deviation)));
        h = dropout.forward(h, pass);
        try (var _ = pass.scope("transformer_encoder")) {
            h = encoder.forward(h, AttentionMask.none(), pass);
        }
        Tensor ahead = output.forward(TokenPooling.FLATTEN.forward(h, null))
                .reshape(x.dim(0), config.horizon(), config.channels());
        return ahead.mul(deviation).add(mean);
    }

    public Config config() {
        return config;
    }

    public Encoder encoder() {
        return encoder;
    }

    @Override
    public void describe(Parts parts) {
        parts.module("project_inp", projection);
        parts.module("pos_enc", positions);
        parts.module("transformer_encoder", encoder);
        parts.module("output_layer", output);
    }
}
