package adjoint.duality;

import adjoint.autodiff.DType;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import adjoint.nn.Attention;
import adjoint.nn.AttentionMask;
import adjoint.nn.Linear;
import adjoint.nn.Parameter;
import adjoint.nn.Parts;
import adjoint.nn.Pass;

/// What [KsvdAttention] and [StiefelAttention] share: all but the weights of the scores.
abstract sealed class SvdAttention implements Attention permits KsvdAttention, StiefelAttention {
    final int width;
    final int heads;
    final int rank;
    private final Parameter projectionWeight;
    private final Parameter projectionBias;
    private final Linear scoreProjection;
    private final Linear outputProjection;

    SvdAttention(int width, int heads, int rank, DType dtype, Rng key) {
        if (heads < 1 || width < 1 || width % heads != 0) {
            throw new IllegalArgumentException(
                    "the width must be a positive multiple of the heads, got width " + width + ", heads " + heads);
        }
        if (rank < 1 || rank > width / heads) {
            throw new IllegalArgumentException("a kernel of " + width / heads
                    + " features per head has a rank from 1 to " + width / heads + ", got " + rank);
        }
        double bound = 1 / Math.sqrt(width);
        this.width = width;
        this.heads = heads;
        this.rank = rank;
        this.projectionWeight = Parameter.uniform(key.child("in_proj_weight"), bound, dtype, 2 * width, width);
        this.projectionBias = Parameter.uniform(key.child("in_proj_bias"), bound, dtype, 2 * width);
        this.scoreProjection = new Linear(2 * rank, width / heads, dtype, key.child("score_proj"));
        this.outputProjection = new Linear(width, width, dtype, key.child("out_proj"));
    }

    /// Maps `x` `[B, N, d]` to `[B, N, d]`.
    ///
    /// @throws ShapeError if `x` is not `[B, N, d]` or the mask does not fit
    /// @throws IllegalArgumentException if the mask is causal or has a bias, or there are fewer tokens than s
    @Override
    public Tensor attend(Tensor x, AttentionMask mask, Pass pass) {
        String name = getClass().getSimpleName();
        if (x.rank() != 3 || x.dim(2) != width) {
            throw new ShapeError(name + " needs x [B, N, " + width + "], got " + x.shape());
        }
        mask.requireNoCausal(name);
        mask.requireNoBias(name);
        int batch = x.dim(0);
        int tokens = x.dim(1);
        mask.requireFit(batch, heads, tokens, tokens);
        if (tokens < rank) {
            throw new IllegalArgumentException(
                    "a decomposition of rank " + rank + " needs as many tokens, got " + tokens);
        }
        Tensor phi = new Cosine()
                .features(x.linear(projectionWeight.value(), projectionBias.value())
                        .reshape(batch, tokens, 2, heads, width / heads))
                .permute(2, 0, 3, 1, 4);
        if (mask.keys() != null) {
            phi = phi.where(mask.keys().reshape(1, batch, 1, tokens, 1), 0);
        }
        Tensor weights = weights(phi, mask, pass);
        Tensor scores = phi.matmul(weights);
        if (pass.probing()) {
            show(phi, weights, scores, pass);
        }
        Tensor both = scores.permute(1, 3, 2, 0, 4).reshape(batch, tokens, heads, 2 * rank);
        Tensor out = scoreProjection.forward(both).reshape(batch, tokens, width);
        return outputProjection.forward(
                mask.keys() == null ? out : out.mul(mask.keys().unsqueeze(-1)));
    }

    /// W_e and W_r, `[2, B, H, p, s]`, of Φ_q and Φ_k `[2, B, H, N, p]`, 0 for hidden tokens.
    abstract Tensor weights(Tensor phi, AttentionMask mask, Pass pass);

    /// Tr(W_eᵀ W_r), `[B, H]`.
    static Tensor trace(Tensor weights) {
        return weights.select(0, 0).mul(weights.select(0, 1)).sum(2, 3);
    }

    /// Λ = 1/σ of each sample, 0 where σ is.
    private void show(Tensor phi, Tensor weights, Tensor scores, Pass pass) {
        Tensor energy = scores.square().sum(0, 3);
        Tensor sigma = energy.mul(0.5).sqrt();
        Tensor some = sigma.greater(0);
        Tensor lambda = sigma.where(some, 1).reciprocal().where(some, 0);
        pass.probe(AttentionReport.QUERY_FEATURES, phi.select(0, 0));
        pass.probe(AttentionReport.KEY_FEATURES, phi.select(0, 1));
        pass.probe(AttentionReport.QUERY_WEIGHTS, weights.select(0, 0));
        pass.probe(AttentionReport.KEY_WEIGHTS, weights.select(0, 1));
        pass.probe(AttentionReport.LAMBDA, lambda);
        pass.probe(
                AttentionReport.OBJECTIVES, energy.mul(lambda).sum(2).mul(0.5).sub(trace(weights)));
    }

    @Override
    public void describe(Parts parts) {
        parts.parameter("in_proj_weight", projectionWeight);
        parts.parameter("in_proj_bias", projectionBias);
        parts.module("score_proj", scoreProjection);
        parts.module("out_proj", outputProjection);
    }
}
