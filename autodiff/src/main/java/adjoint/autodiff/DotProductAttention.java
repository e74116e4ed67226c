package adjoint.autodiff;

import adjoint.linalg.Rng;
import java.util.ArrayList;
import java.util.List;

/// Scaled dot-product attention of many heads, without a matrix of queries by keys in memory:
///
/// ```
/// out = drop(softmax(scale·q·kᵀ + bias))·v
/// ```
///
/// ```
/// Tensor y = DotProductAttention.scaled().causal().keyMask(valid).attend(q, k, v);
/// ```
///
/// `q` is `[batch, heads, queries, width]`, `k` `[batch, heads, keys, width]`, `v` `[batch, heads, keys, valueWidth]`;
/// the result is `[batch, heads, queries, valueWidth]`. Heads may be views of what a projection left: nothing is copied
/// where the last axis is without gaps. The result lies in memory with the heads of a query side by side, so that
/// `permute(0, 2, 1, 3).reshape(batch, queries, heads·valueWidth)` copies nothing either.
///
/// A query that sees no key gets 0. Keys that the mask hides have no influence, whatever is in them.
///
/// O(queries·keys·(width + valueWidth)) time per head and O(queries + keys) memory. Gradients of gradients, and the
/// gradient of a bias, go through the matrix of weights instead; both ways draw the same dropout. The kernel is
/// [adjoint.linalg.Attention].
///
/// Settings are a value: each method returns another one.
public final class DotProductAttention {
    private static final DotProductAttention SCALED =
            new DotProductAttention(Double.NaN, false, null, null, new Stochastic.Drop(0, null));

    /// NaN for 1/√width.
    private final double scale;
    private final boolean causal;
    private final Tensor keyMask;
    private final Tensor bias;
    private final Stochastic.Drop drop;

    private DotProductAttention(double scale, boolean causal, Tensor keyMask, Tensor bias, Stochastic.Drop drop) {
        this.scale = scale;
        this.causal = causal;
        this.keyMask = keyMask;
        this.bias = bias;
        this.drop = drop;
    }

    /// With the scale 1/√width, without masks and dropout.
    public static DotProductAttention scaled() {
        return SCALED;
    }

    /// With another scale.
    ///
    /// @throws IllegalArgumentException if it is not finite
    public static DotProductAttention scaled(double scale) {
        if (!Double.isFinite(scale)) {
            throw new IllegalArgumentException("attention: the scale must be finite, got " + scale);
        }
        return new DotProductAttention(scale, false, null, null, SCALED.drop);
    }

    /// Query i sees the keys `0 … i` only.
    public DotProductAttention causal() {
        return new DotProductAttention(scale, true, keyMask, bias, drop);
    }

    /// Nobody sees key j of batch entry b where `mask[b, j]` is 0. The mask is `[batch, keys]`, of the operands' dtype,
    /// and gets no gradient; null for none.
    public DotProductAttention keyMask(Tensor mask) {
        return new DotProductAttention(scale, causal, mask, bias, drop);
    }

    /// Adds `bias`, which broadcasts to `[batch, heads, queries, keys]`, to the scaled products; −∞ hides. Null for
    /// none.
    public DotProductAttention bias(Tensor bias) {
        return new DotProductAttention(scale, causal, keyMask, bias, drop);
    }

    /// Each weight is 0 with probability `p`, else divided by 1 − p, determined by `key` and its position alone.
    ///
    /// @throws IllegalArgumentException if p is not in `[0, 1)`
    public DotProductAttention dropout(double p, Rng key) {
        return new DotProductAttention(scale, causal, keyMask, bias, Stochastic.drop("attention", p, key));
    }

    /// Applies the attention.
    ///
    /// @throws ShapeError if the shapes do not fit each other
    /// @throws IllegalArgumentException if the dtypes are not the same floating point type
    public Tensor attend(Tensor q, Tensor k, Tensor v) {
        List<Tensor> in = new ArrayList<>(List.of(q, k, v));
        if (keyMask != null) {
            in.add(keyMask);
        }
        if (bias != null) {
            in.add(bias);
        }
        double factor = Double.isNaN(scale) && q.rank() > 0 ? 1 / Math.sqrt(Math.max(1, q.dim(-1))) : scale;
        Attending.Settings settings = new Attending.Settings(factor, causal, keyMask != null, bias != null, drop);
        Tensor[] operands = in.toArray(Tensor[]::new);
        Tape tape = Tape.current();
        if (bias != null && tape != null && tape.isRecorded(bias)) {
            Attending.check(operands, settings);
            return Attending.ATTENTION.plain(operands, settings);
        }
        return Engine.run(Attending.ATTENTION, settings, operands);
    }
}
