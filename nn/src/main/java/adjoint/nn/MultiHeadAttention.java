package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;

/// Attention of H heads around any [AttentionMechanism], with the parameters of PyTorch's `MultiheadAttention`
/// (Vaswani et al., 2017):
///
/// ```text
/// q = x·W_qᵀ + b_q,   k = context·W_kᵀ + b_k,   v = context·W_vᵀ + b_v       each of H heads with d/H channels
/// out = (heads of mechanism(q, k, v))·W_oᵀ + b_o
/// ```
///
/// `in_proj_weight` `[3d, d]` has the rows of W_q, then W_k, then W_v; `in_proj_bias` `[3d]` likewise; `out_proj` is a
/// [Linear]. The parameters of the mechanism, if any, are called `mechanism.…`. They start as in PyTorch:
/// `in_proj_weight` from Glorot's uniform distribution over its whole shape, U(−√(6/4d), √(6/4d)), W_o as [Linear]
/// does, biases with 0.
///
/// `x` itself is the context in [#attend(Tensor, AttentionMask, Pass)]; heads are views of one projection then.
///
/// ```
/// var attention = new MultiHeadAttention(512, 8, new SoftmaxMechanism(0.1), DType.F32, Rng.of(1));
/// Tensor y = attention.attend(x, AttentionMask.causal(), pass);              // [B, N, 512] → [B, N, 512]
/// Tensor z = attention.attend(x, context, AttentionMask.none(), pass);       // cross-attention
/// ```
public final class MultiHeadAttention implements Attention {
    private final int width;
    private final int heads;
    private final Parameter projectionWeight;
    private final Parameter projectionBias;
    private final Linear outputProjection;
    private final AttentionMechanism mechanism;

    /// With biases.
    public MultiHeadAttention(int width, int heads, AttentionMechanism mechanism, DType dtype, Rng key) {
        this(width, heads, true, mechanism, dtype, key);
    }

    /// @param width d, the length of a token, a multiple of `heads`
    /// @param heads H
    /// @param bias whether the four projections have biases
    /// @param key determines the initial values
    /// @throws IllegalArgumentException if the width is not a positive multiple of the heads
    public MultiHeadAttention(int width, int heads, boolean bias, AttentionMechanism mechanism, DType dtype, Rng key) {
        if (heads < 1 || width < 1 || width % heads != 0) {
            throw new IllegalArgumentException(
                    "the width must be a positive multiple of the heads, got width " + width + ", heads " + heads);
        }
        this.width = width;
        this.heads = heads;
        double bound = Math.sqrt(6.0 / (4 * width));
        this.projectionWeight = Parameter.uniform(key.child("in_proj_weight"), bound, dtype, 3 * width, width);
        this.projectionBias = bias ? Parameter.full(0, dtype, 3 * width) : null;
        this.outputProjection = new Linear(width, width, bias, dtype, key.child("out_proj"));
        if (bias) {
            outputProjection.bias().set(Tensor.zeros(dtype, width));
        }
        this.mechanism = mechanism;
    }

    /// The attention of every layer of a stack, around the mechanism that `mechanism` makes for it.
    public static Factory factory(int width, int heads, AttentionMechanism.Factory mechanism, DType dtype) {
        return (layer, key) ->
                new MultiHeadAttention(width, heads, mechanism.create(layer, key.child("mechanism")), dtype, key);
    }

    /// Self-attention: maps `x` `[B, N, d]` to `[B, N, d]`.
    ///
    /// @throws ShapeError if `x` is not `[B, N, d]` or the mask does not fit
    @Override
    public Tensor attend(Tensor x, AttentionMask mask, Pass pass) {
        requireTokens("x", x);
        mask.requireFit(x.dim(0), heads, x.dim(1), x.dim(1));
        Tensor qkv = project(x, 0, 3);
        return joined(mechanism.attend(qkv.select(0, 0), qkv.select(0, 1), qkv.select(0, 2), mask, pass));
    }

    /// Cross-attention: what the tokens of `x` `[B, N, d]` find in those of `context` `[B, M, d]`, `[B, N, d]`.
    ///
    /// @param mask of the context's tokens
    /// @throws ShapeError if the tensors or the mask do not fit
    public Tensor attend(Tensor x, Tensor context, AttentionMask mask, Pass pass) {
        requireTokens("x", x);
        requireTokens("a context", context);
        if (x.dim(0) != context.dim(0)) {
            throw new ShapeError("MultiHeadAttention needs x and context of one batch, got " + x.shape() + " and "
                    + context.shape());
        }
        mask.requireFit(x.dim(0), heads, x.dim(1), context.dim(1));
        Tensor q = project(x, 0, 1);
        Tensor kv = project(context, 1, 3);
        return joined(mechanism.attend(q.select(0, 0), kv.select(0, 0), kv.select(0, 1), mask, pass));
    }

    @Override
    public Memory memory(int room) {
        AttentionMechanism.Memory memory = mechanism.memory(room);
        return x -> {
            requireTokens("x", x);
            Tensor qkv = project(x, 0, 3);
            return joined(memory.attend(qkv.select(0, 0), qkv.select(0, 1), qkv.select(0, 2)));
        };
    }

    /// Cross-attention over a context that stays: its keys and values are computed once.
    ///
    /// @param mask of the context's tokens
    public Memory over(Tensor context, AttentionMask mask) {
        requireTokens("a context", context);
        Tensor kv = project(context, 1, 3);
        Pass pass = Pass.evaluation();
        return x -> {
            requireTokens("x", x);
            mask.requireFit(x.dim(0), heads, x.dim(1), context.dim(1));
            return joined(
                    mechanism.attend(project(x, 0, 1).select(0, 0), kv.select(0, 0), kv.select(0, 1), mask, pass));
        };
    }

    public AttentionMechanism mechanism() {
        return mechanism;
    }

    public int width() {
        return width;
    }

    public int heads() {
        return heads;
    }

    /// Projections number `from` to `to` of q, k and v, each `[B, H, N, d/H]`.
    private Tensor project(Tensor x, int from, int to) {
        return x.linear(rows(projectionWeight, from, to), rows(projectionBias, from, to))
                .reshape(x.dim(0), x.dim(1), to - from, heads, width / heads)
                .permute(2, 0, 3, 1, 4);
    }

    private Tensor rows(Parameter parameter, int from, int to) {
        if (parameter == null || to - from == 3) {
            return parameter == null ? null : parameter.value();
        }
        return parameter.value().slice(0, from * width, to * width);
    }

    private Tensor joined(Tensor out) {
        return outputProjection.forward(out.permute(0, 2, 1, 3).reshape(out.dim(0), out.dim(2), width));
    }

    private void requireTokens(String what, Tensor x) {
        if (x.rank() != 3 || x.dim(2) != width) {
            throw new ShapeError("MultiHeadAttention needs " + what + " [B, N, " + width + "], got " + x.shape());
        }
    }

    @Override
    public void describe(Parts parts) {
        parts.parameter("in_proj_weight", projectionWeight);
        if (projectionBias != null) {
            parts.parameter("in_proj_bias", projectionBias);
        }
        parts.module("out_proj", outputProjection);
        parts.module("mechanism", mechanism);
    }
}
