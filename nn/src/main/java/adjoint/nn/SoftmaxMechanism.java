package adjoint.nn;

import adjoint.autodiff.DotProductAttention;
import adjoint.autodiff.Tensor;
import java.util.OptionalDouble;

/// Scaled dot-product attention (Vaswani et al., 2017), per head
///
/// ```text
/// A = softmax(scale·q kᵀ + bias)          [N, M], rows
/// out = drop(A) v
/// ```
///
/// with the scale 1/√p unless another is given. O(N·M·(p + r)) time and O(N + M) memory: A is never formed unless
/// someone looks, and then shown under the name [#KERNEL]. Rows of A sum to 1; padded keys have no influence; a query
/// that sees no key gets 0.
///
/// ```
/// var attention = new MultiHeadAttention(512, 8, new SoftmaxMechanism(0.1), DType.F32, Rng.of(1));
/// ```
///
/// @param dropout of the entries of A
/// @param scale empty for 1/√p
public record SoftmaxMechanism(Dropout dropout, OptionalDouble scale) implements AttentionMechanism {
    /// The name under which A `[B, H, N, M]` is shown to a probe.
    public static final String KERNEL = "kernel";

    /// @throws IllegalArgumentException if the scale is not finite
    public SoftmaxMechanism {
        if (scale.isPresent() && !Double.isFinite(scale.getAsDouble())) {
            throw new IllegalArgumentException("the scale must be finite, got " + scale.getAsDouble());
        }
    }

    /// With the scale 1/√p.
    ///
    /// @param dropout in `[0, 1)`
    public SoftmaxMechanism(double dropout) {
        this(new Dropout(dropout), OptionalDouble.empty());
    }

    @Override
    public Tensor attend(Tensor q, Tensor k, Tensor v, AttentionMask mask, Pass pass) {
        if (pass.probing()) {
            pass.probe(KERNEL, kernel(q, k, mask));
        }
        DotProductAttention attention = plain().keyMask(mask.keys()).bias(mask.bias());
        if (mask.isCausal()) {
            attention = attention.causal();
        }
        if (dropout.p() > 0 && pass.training()) {
            attention = attention.dropout(dropout.p(), pass.nextKey());
        }
        return attention.attend(q, k, v);
    }

    @Override
    public Memory memory(int room) {
        return new KeyValueCache(plain(), room);
    }

    private DotProductAttention plain() {
        return scale.isPresent() ? DotProductAttention.scaled(scale.getAsDouble()) : DotProductAttention.scaled();
    }

    /// A, which nothing but a report needs as a matrix.
    private Tensor kernel(Tensor q, Tensor k, AttentionMask mask) {
        Tensor scores = q.matmul(k.transpose(-1, -2)).mul(scale.orElse(1 / Math.sqrt(q.dim(-1))));
        if (mask.bias() != null) {
            scores = scores.add(mask.bias());
        }
        if (mask.keys() != null) {
            Tensor valid = mask.keys().unsqueeze(1).unsqueeze(1);
            scores = scores.where(valid, Double.NEGATIVE_INFINITY);
        }
        if (mask.isCausal()) {
            Tensor past = Tensor.ones(q.dtype(), q.dim(2), k.dim(2)).tril(0);
            scores = scores.where(past, Double.NEGATIVE_INFINITY);
        }
        Tensor sees = scores.detach().max(true, -1).notEqual(Double.NEGATIVE_INFINITY);
        return scores.where(sees, 0).softmax(-1).where(sees, 0);
    }
}
