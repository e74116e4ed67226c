package adjoint.duality.attention;

import adjoint.autodiff.DotProductAttention;
import adjoint.autodiff.Tensor;
import adjoint.nn.AttentionMask;
import adjoint.nn.AttentionMechanism;
import adjoint.nn.Pass;

/// Nyströmformer: softmax attention through m landmarks. For q̃, k̃ the means of q and k over m segments of the tokens,
///
/// ```text
/// out = F A⁺ B v,   F = softmax(q k̃ᵀ/√p),   A = softmax(q̃ k̃ᵀ/√p),   B = softmax(q̃ kᵀ/√p)
/// A⁺: Z ← ¼Z(13I − AZ(15I − AZ(7I − AZ))),   Z₀ = Aᵀ/‖A‖₁
/// ```
///
/// Pair: a product of three kernels with m columns between them. O((N + M)·m·(p + r) + m³) time, O(N + M + m²) memory.
/// With m = N, and enough iterations, exact; rows sum to 1 as far as the iterations have converged. Not causal, since
/// segments mix tokens; masks of keys, no bias. Padded tokens are in no landmark: those of queries are taken for masked
/// like keys where there are as many. Example: m = 1: the mean of the values that q̃ sees.
///
/// Paper: Xiong et al., *Nyströmformer: a Nyström-based algorithm for approximating self-attention*, AAAI 2021, without
/// its convolution over the values; each A is scaled by its own norm, as in the paper, and not by that of a whole
/// batch.
///
/// @param landmarks m at most; there are never more than tokens
/// @param iterations of A⁺, 6 in the paper
public record Nystromformer(int landmarks, int iterations) implements AttentionMechanism {
    /// @throws IllegalArgumentException if there are no landmarks, or fewer than 0 iterations
    public Nystromformer {
        if (landmarks < 1 || iterations < 0) {
            throw new IllegalArgumentException(
                    "Nyströmformer needs landmarks ≥ 1 and iterations ≥ 0, got " + landmarks + " and " + iterations);
        }
    }

    @Override
    public Tensor attend(Tensor q, Tensor k, Tensor v, AttentionMask mask, Pass pass) {
        mask.requireNoCausal("Nyströmformer");
        mask.requireNoBias("Nyströmformer");
        int m = Math.min(landmarks, Math.min(q.dim(2), k.dim(2)));
        double scale = 1 / Math.sqrt(q.dim(3));
        Tensor keys = Weights.visible(k, mask);
        Tensor near = means(keys, m, mask.keys());
        Tensor asking = means(q, m, q.dim(2) == k.dim(2) ? mask.keys() : null);
        Tensor inverse =
                inverse(asking.mul(scale).matmul(near.transpose(-1, -2)).softmax(-1));
        DotProductAttention attention = DotProductAttention.scaled(scale);
        return Weights.shown(
                pass,
                Weights.visible(v, mask),
                w -> attention.attend(
                        q, near, inverse.matmul(attention.keyMask(mask.keys()).attend(asking, keys, w))));
    }

    /// The means over m segments as long as each other, up to one token; 0 for a segment of padding.
    private static Tensor means(Tensor x, int m, Tensor mask) {
        int n = x.dim(2);
        double[] member = new double[m * n];
        for (int i = 0; i < n; i++) {
            member[(int) ((long) i * m / n) * n + i] = 1;
        }
        Tensor segments = Tensor.of(member, m, n).to(x.dtype());
        Tensor counted = mask == null
                ? segments
                : segments.mul(mask.notEqual(0).to(x.dtype()).unsqueeze(1).unsqueeze(1));
        return counted.div(counted.sum(true, -1).maximum(1)).matmul(x);
    }

    private Tensor inverse(Tensor a) {
        Tensor z = a.transpose(-1, -2).div(a.sum(true, -2).max(true, -1));
        Tensor eye = Tensor.eye(a.dim(-1), a.dtype());
        for (int i = 0; i < iterations; i++) {
            Tensor az = a.matmul(z);
            Tensor inner = eye.mul(15).sub(az.matmul(eye.mul(7).sub(az)));
            z = z.mul(0.25).matmul(eye.mul(13).sub(az.matmul(inner)));
        }
        return z;
    }
}
