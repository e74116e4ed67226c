package adjoint.duality.attention;

import adjoint.autodiff.Convolution;
import adjoint.autodiff.DType;
import adjoint.autodiff.DotProductAttention;
import adjoint.autodiff.Tensor;
import adjoint.duality.Certificate;
import adjoint.duality.convex.FenchelYoung;
import adjoint.linalg.Rng;
import adjoint.nn.AttentionMask;
import adjoint.nn.AttentionMechanism;
import adjoint.nn.Parameter;
import adjoint.nn.Parts;
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
/// With [#convolved] the values, convolved along the tokens by one window for each head, `conv` `[H, 1, window, 1]`,
/// are added; a probe is shown the weights without them. Their certificate is the [FenchelYoung#divergence] from those
/// of softmax; an entry may be below 0, and counts as 0 then.
///
/// Paper: Xiong et al., *Nyströmformer: a Nyström-based algorithm for approximating self-attention*, AAAI 2021; each A
/// is scaled by its own norm, as in the paper, and not by that of a whole
/// batch.
///
/// @param landmarks m at most; there are never more than tokens
/// @param iterations of A⁺, 6 in the paper
/// @param conv the windows, or null for none
public record Nystromformer(int landmarks, int iterations, Parameter conv) implements AttentionMechanism {
    /// @throws IllegalArgumentException if there are no landmarks, or fewer than 0 iterations
    public Nystromformer {
        if (landmarks < 1 || iterations < 0) {
            throw new IllegalArgumentException(
                    "Nyströmformer needs landmarks ≥ 1 and iterations ≥ 0, got " + landmarks + " and " + iterations);
        }
    }

    /// Without a convolution.
    public Nystromformer(int landmarks, int iterations) {
        this(landmarks, iterations, null);
    }

    /// With a convolution, whose weights start uniformly up to 1/√window; the authors' window is 35.
    ///
    /// @param window 0 for none
    /// @throws IllegalArgumentException if the window is neither 0 nor odd
    public static Nystromformer convolved(int landmarks, int iterations, int heads, int window, DType dtype, Rng key) {
        if (window != 0 && window % 2 != 1) {
            throw new IllegalArgumentException("a window around each token is odd, not " + window);
        }
        double bound = 1 / Math.sqrt(window);
        return new Nystromformer(
                landmarks, iterations, window == 0 ? null : Parameter.uniform(key, bound, dtype, heads, 1, window, 1));
    }

    @Override
    public void describe(Parts parts) {
        if (conv != null) {
            parts.parameter("conv", conv);
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
        Tensor values = Weights.visible(v, mask);
        Tensor out = Weights.shown(
                pass,
                values,
                w -> attention.attend(
                        q, near, inverse.matmul(attention.keyMask(mask.keys()).attend(asking, keys, w))),
                Certificate.Kind.FENCHEL_YOUNG_GAP,
                w -> {
                    AttentionMask shown = AttentionMask.keys(
                            mask.keys() == null ? null : mask.keys().to(DType.F64));
                    Tensor scores = Weights.scores(q.to(DType.F64), keys.to(DType.F64), scale, shown);
                    return FenchelYoung.divergence(Weights.softmax(scores), w);
                });
        if (conv == null) {
            return out;
        }
        Tensor w = conv.value();
        var down = new Convolution.Steps(1, w.dim(2) / 2, 1);
        return out.add(Convolution.conv2d(values, w, null, down, Convolution.Steps.ONE, w.dim(0)));
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

    /// A⁺, by the iterations.
    Tensor inverse(Tensor a) {
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
