package adjoint.nn;

import adjoint.autodiff.Shape;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;

/// Which tokens an attention may look at.
///
/// ```
/// AttentionMask.none()                                        // every query sees every key
/// AttentionMask.causal().and(AttentionMask.keys(valid))       // the past, without its padding
/// ```
///
/// A mechanism that cannot honour a part of a mask refuses it: [#requireNoCausal], [#requireNoKeys], [#requireNoBias].
/// That the shapes fit queries and keys is checked where they are known: [#requireFit].
///
/// @param isCausal whether query i sees the keys `0 … i` only
/// @param keys `[B, M]` for M keys, 1 where one is valid and 0 where it is padding, of the tokens' dtype; or null
/// @param bias what is added to the scores of queries and keys, broadcast to `[B, H, N, M]`; −∞ hides; or null
public record AttentionMask(boolean isCausal, Tensor keys, Tensor bias) {
    private static final AttentionMask NONE = new AttentionMask(false, null, null);
    private static final AttentionMask CAUSAL = new AttentionMask(true, null, null);

    /// @throws ShapeError if `keys` is not a matrix or `bias` has more than four axes
    /// @throws IllegalArgumentException if one of them is of an integer dtype
    public AttentionMask {
        if (keys != null && keys.rank() != 2) {
            throw new ShapeError("a mask of keys is [B, M], got " + keys.shape());
        }
        if (bias != null && bias.rank() > 4) {
            throw new ShapeError("a bias of an attention broadcasts to [B, H, N, M], got " + bias.shape());
        }
        requireFloating("mask of keys", keys);
        requireFloating("bias", bias);
    }

    /// Everyone sees everyone.
    public static AttentionMask none() {
        return NONE;
    }

    /// Query i sees the keys `0 … i` only.
    public static AttentionMask causal() {
        return CAUSAL;
    }

    /// Nobody sees a key where `valid` `[B, M]` is 0; null for [#none].
    public static AttentionMask keys(Tensor valid) {
        return valid == null ? NONE : new AttentionMask(false, valid, null);
    }

    /// Adds `bias` to the scores; null for [#none].
    public static AttentionMask bias(Tensor bias) {
        return bias == null ? NONE : new AttentionMask(false, null, bias);
    }

    /// What both let through: their masks of keys multiplied, their biases added.
    public AttentionMask and(AttentionMask other) {
        if (isNone() || other.isNone()) {
            return isNone() ? other : this;
        }
        Tensor bothKeys = keys == null || other.keys == null ? keys == null ? other.keys : keys : keys.mul(other.keys);
        Tensor bothBiases =
                bias == null || other.bias == null ? bias == null ? other.bias : bias : bias.add(other.bias);
        return new AttentionMask(isCausal || other.isCausal, bothKeys, bothBiases);
    }

    /// Whether nothing is masked.
    public boolean isNone() {
        return !isCausal && keys == null && bias == null;
    }

    /// @param mechanism the name of the one that cannot
    /// @throws IllegalArgumentException if this is causal
    public void requireNoCausal(String mechanism) {
        require(!isCausal, mechanism, "look at the past alone: it takes no causal mask");
    }

    /// @param mechanism the name of the one that cannot
    /// @throws IllegalArgumentException if this masks keys
    public void requireNoKeys(String mechanism) {
        require(keys == null, mechanism, "leave out padding: it takes no mask of keys");
    }

    /// @param mechanism the name of the one that cannot
    /// @throws IllegalArgumentException if this has a bias
    public void requireNoBias(String mechanism) {
        require(bias == null, mechanism, "add to scores of queries and keys: it takes no bias");
    }

    /// @throws ShapeError if this does not fit `queries` queries and `keyCount` keys
    public void requireFit(int batch, int heads, int queries, int keyCount) {
        if (keys != null && (keys.dim(0) != batch || keys.dim(1) != keyCount)) {
            throw new ShapeError("the mask of keys must be [" + batch + ", " + keyCount + "] for a batch of " + batch
                    + " and " + keyCount + " keys, got " + keys.shape());
        }
        if (bias != null && !broadcasts(bias.shape(), batch, heads, queries, keyCount)) {
            throw new ShapeError("the bias must broadcast to [" + batch + ", " + heads + ", " + queries + ", "
                    + keyCount + "], got " + bias.shape());
        }
    }

    private static boolean broadcasts(Shape shape, int... target) {
        for (int i = 1; i <= shape.rank(); i++) {
            int length = shape.dim(-i);
            if (length != 1 && length != target[target.length - i]) {
                return false;
            }
        }
        return true;
    }

    private static void requireFloating(String part, Tensor tensor) {
        if (tensor != null && !tensor.dtype().isFloating()) {
            throw new IllegalArgumentException("a " + part + " must be F32 or F64, got " + tensor.dtype());
        }
    }

    private static void require(boolean holds, String mechanism, String cannot) {
        if (!holds) {
            throw new IllegalArgumentException(mechanism + " cannot " + cannot);
        }
    }
}
