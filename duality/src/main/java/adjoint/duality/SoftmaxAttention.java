package adjoint.duality;

import adjoint.autodiff.DType;
import adjoint.autodiff.DotProductAttention;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import adjoint.nn.Attention;
import adjoint.nn.Dropout;
import adjoint.nn.Linear;
import adjoint.nn.Parameter;
import adjoint.nn.Parts;
import adjoint.nn.Pass;

/// Multi-head softmax attention, with the parameters of PyTorch's `MultiheadAttention`.
///
/// Definition, for the layer's input X `[N, d]`, per head of `p = d/H` channels:
/// ```text
/// [q, k, v] = X·Wᵀ + b                                 W = in_proj_weight [3d, d]: rows of q, then k, then v
/// A = softmax(q kᵀ/√p)                                 [N, N], rows
/// out = Linear(d → d)(heads of drop(A) v)
/// ```
/// A is the kernel `κ(x_i, x_j) = exp(q_iᵀ k_j/√p)` with its rows normalised: asymmetric, without finite features, so
/// this is the dual execution only.
///
/// Properties: O(N²·d + N·d²) time, O(N·d) memory, for A is never formed unless a report asks for it; rows of A sum to
/// 1;
/// equivariant under permutations of the tokens. With a mask, padded tokens are no keys for anyone; in an example
/// without
/// any valid token, all heads are 0.
///
/// Example:
/// ```java
/// var attention = new SoftmaxAttention(512, 8, 0.1, DType.F32, Rng.of(1));
/// Tensor y = attention.attend(x, null, pass);          // [B, N, 512] → [B, N, 512]
/// ```
///
/// Parts: `in_proj_weight`, `in_proj_bias`, `out_proj`; they start as in PyTorch: W from Glorot's uniform distribution
/// over its whole shape, U(−√(6/4d), √(6/4d)), both biases 0.
///
/// Reference: Vaswani et al., *Attention is all you need*, NeurIPS 2017, arXiv 1706.03762.
public final class SoftmaxAttention implements Attention {
    private final int width;
    private final int heads;
    private final Parameter projectionWeight;
    private final Parameter projectionBias;
    private final Linear outputProjection;
    private final Dropout dropout;

    /// @param width d, the length of a token, a multiple of `heads`
    /// @param heads H
    /// @param dropout of the entries of A, in `[0, 1)`
    /// @param key determines the initial values
    /// @throws IllegalArgumentException if a number is out of its range
    public SoftmaxAttention(int width, int heads, double dropout, DType dtype, Rng key) {
        if (heads < 1 || width < 1 || width % heads != 0) {
            throw new IllegalArgumentException(
                    "the width must be a positive multiple of the heads, got width " + width + ", heads " + heads);
        }
        this.width = width;
        this.heads = heads;
        double bound = Math.sqrt(6.0 / (4 * width));
        this.projectionWeight = Parameter.uniform(key.child("in_proj_weight"), bound, dtype, 3 * width, width);
        this.projectionBias = Parameter.full(0, dtype, 3 * width);
        this.outputProjection = new Linear(width, width, dtype, key.child("out_proj"));
        outputProjection.bias().set(Tensor.zeros(dtype, width));
        this.dropout = new Dropout(dropout);
    }

    /// Maps `x` `[B, N, d]` to `[B, N, d]`.
    ///
    /// @param mask `[B, N]`, 0 where a token is no key for anyone, or null
    /// @throws ShapeError if `x` is not `[B, N, d]`
    @Override
    public Tensor attend(Tensor x, Tensor mask, Pass pass) {
        if (x.rank() != 3 || x.dim(2) != width) {
            throw new ShapeError("SoftmaxAttention needs x [B, N, " + width + "], got " + x.shape());
        }
        int batch = x.dim(0);
        int tokens = x.dim(1);
        int p = width / heads;

        Tensor qkv = x.linear(projectionWeight.value(), projectionBias.value())
                .reshape(batch, tokens, 3, heads, p)
                .permute(2, 0, 3, 1, 4);
        Tensor q = qkv.select(0, 0);
        Tensor k = qkv.select(0, 1);
        Tensor v = qkv.select(0, 2);
        if (pass.probing()) {
            pass.probe(AttentionReport.KERNEL, kernel(q, k, mask));
        }
        DotProductAttention attention = DotProductAttention.scaled().keyMask(mask);
        boolean drops = dropout.p() > 0 && pass.training();
        Tensor out = (drops ? attention.dropout(dropout.p(), pass.nextKey()) : attention).attend(q, k, v);
        return outputProjection.forward(out.permute(0, 2, 1, 3).reshape(batch, tokens, width));
    }

    /// A, which nothing but a report needs as a matrix.
    private static Tensor kernel(Tensor q, Tensor k, Tensor mask) {
        Tensor scores = q.matmul(k.transpose(-1, -2)).mul(1 / Math.sqrt(q.dim(-1)));
        if (mask != null) {
            scores = scores.where(mask.reshape(mask.dim(0), 1, 1, mask.dim(1)), Double.NEGATIVE_INFINITY);
        }
        return scores.softmax(-1);
    }

    @Override
    public void describe(Parts parts) {
        parts.parameter("in_proj_weight", projectionWeight);
        parts.parameter("in_proj_bias", projectionBias);
        parts.module("out_proj", outputProjection);
    }
}
