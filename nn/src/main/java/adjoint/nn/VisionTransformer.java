package adjoint.nn;

import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;

/// A transformer encoder that classifies images (Dosovitskiy et al., 2021):
///
/// ```text
/// x [B, C, height, width] → patch_embed → (cls_token in front) → + pos_embed → dropout → encoder → pooling → head
/// ```
///
/// The result is `[B, classes]`, logits. There is a class token with [TokenPooling#CLS] only.
///
/// ```
/// var encoder = new Encoder.Config(96, 192, Activation.GELU, 0.1, EncoderLayer.Norm.PRE, DType.F32);
/// var config = new VisionTransformer.Config(1, 28, 28, 7, 10, 4, TokenPooling.MEAN, encoder);
/// var heads = MultiHeadAttention.factory(96, 4, (_, _) -> new SoftmaxMechanism(0), DType.F32);
/// VisionTransformer model = new VisionTransformer(config, heads, Rng.of(1));
/// ```
public final class VisionTransformer implements Module {
    private static final double TOKEN_DEVIATION = 0.02;

    private final Config config;
    private final PatchEmbedding patches;
    private final Parameter classToken;
    private final LearnedPositions positions;
    private final Dropout dropout;
    private final Encoder encoder;
    private final Linear head;

    /// @param channels C
    /// @param height of an image, a multiple of `patch`
    /// @param width of an image, a multiple of `patch`
    public record Config(
            int channels,
            int height,
            int width,
            int patch,
            int classes,
            int layers,
            TokenPooling pooling,
            Encoder.Config encoder) {
        /// @throws IllegalArgumentException if a number is out of its range
        public Config {
            if (channels < 1 || height < 1 || width < 1 || patch < 1 || classes < 1) {
                throw new IllegalArgumentException("channels, height, width, patch and classes must be ≥ 1, got "
                        + channels + ", " + height + ", " + width + ", " + patch + " and " + classes);
            }
            if (height % patch != 0 || width % patch != 0) {
                throw new IllegalArgumentException("images of " + height + "×" + width
                        + " do not consist of whole patches of " + patch + "×" + patch);
            }
        }

        /// The number of tokens, that of the class included.
        public int tokens() {
            return (height / patch) * (width / patch) + (pooling == TokenPooling.CLS ? 1 : 0);
        }
    }

    /// @param key determines the initial values
    public VisionTransformer(Config config, Attention.Factory attention, Rng key) {
        Encoder.Config shared = config.encoder();
        int d = shared.width();
        this.config = config;
        this.patches =
                new PatchEmbedding(config.channels(), config.patch(), d, shared.dtype(), key.child("patch_embed"));
        this.classToken = config.pooling() == TokenPooling.CLS
                ? Parameter.of(Tensor.normal(key.child("cls_token"), 0, TOKEN_DEVIATION, shared.dtype(), 1, 1, d))
                : null;
        this.positions = new LearnedPositions(config.tokens(), d, shared.dtype(), key.child("pos_embed"));
        this.dropout = new Dropout(shared.dropout());
        this.encoder = new Encoder(shared, config.layers(), attention, key.child("encoder"));
        this.head = new Linear(
                config.pooling().width(config.tokens(), d), config.classes(), shared.dtype(), key.child("head"));
    }

    /// @throws ShapeError if `x` is not `[B, channels, height, width]`
    public Tensor forward(Tensor x, Pass pass) {
        if (x.rank() != 4
                || x.dim(1) != config.channels()
                || x.dim(2) != config.height()
                || x.dim(3) != config.width()) {
            throw new ShapeError("VisionTransformer needs x [B, " + config.channels() + ", " + config.height() + ", "
                    + config.width() + "], got " + x.shape());
        }
        Tensor h = patches.forward(x);
        if (classToken != null) {
            Tensor token =
                    classToken.value().expand(x.dim(0), 1, config.encoder().width());
            h = Tensor.concat(1, token, h);
        }
        h = dropout.forward(positions.forward(h), pass);
        try (var _ = pass.scope("encoder")) {
            h = encoder.forward(h, AttentionMask.none(), pass);
        }
        return head.forward(config.pooling().forward(h, null));
    }

    public Config config() {
        return config;
    }

    public Encoder encoder() {
        return encoder;
    }

    @Override
    public void describe(Parts parts) {
        parts.module("patch_embed", patches);
        if (classToken != null) {
            parts.parameter("cls_token", classToken);
        }
        parts.module("pos_embed", positions);
        parts.module("encoder", encoder);
        parts.module("head", head);
    }
}
