package adjoint.duality;

import adjoint.autodiff.DType;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import adjoint.nn.AttentionMask;
import adjoint.nn.Parameter;
import adjoint.nn.Parts;
import adjoint.nn.Pass;

/// The scores e and r of [PrimalAttention], with the parameters they are made of and their objective J, for every layer
/// that is built on them.
final class PrimalScores {
    private final String layer;
    private final PrimalAttention.Settings settings;
    private final Parameter projectionWeight;
    private final Parameter projectionBias;
    private final Parameter queryWeights;
    private final Parameter keyWeights;

    /// What there is for the tokens of a pass.
    ///
    /// @param phi Φ_q and Φ_k `[2, B, H, N, p]`
    /// @param weights W_e and W_r `[2, 1, H, n, s]`
    /// @param dataWeights W_e|X and W_r|X `[2, B, H, p, s]`
    /// @param scores e and r `[2, B, H, N, s]`
    record Found(Tensor phi, Tensor weights, Tensor dataWeights, Tensor scores) {}

    /// @param layer its name in messages
    /// @param bias whether q and k have one
    PrimalScores(String layer, PrimalAttention.Settings settings, boolean bias, DType dtype, Rng key) {
        int d = settings.width();
        int heads = settings.heads();
        int n = settings.weightRows();
        int s = settings.rank();
        double bound = 1 / Math.sqrt(d);
        this.layer = layer;
        this.settings = settings;
        this.projectionWeight = Parameter.uniform(key.child("in_proj_weight"), bound, dtype, 2 * d, d);
        this.projectionBias = bias ? Parameter.uniform(key.child("in_proj_bias"), bound, dtype, 2 * d) : null;
        this.queryWeights = Parameter.of(settings.mode().initialWeights(heads, n, s, dtype, key.child("We")));
        this.keyWeights = Parameter.of(settings.mode().initialWeights(heads, n, s, dtype, key.child("Wr")));
    }

    /// @param valid `[B, N]`, 0 for tokens that have features 0 and no part in the weights; or null
    /// @throws ShapeError if `x` is not `[B, N, d]` or the mask does not fit
    /// @throws IllegalArgumentException if the mask has a bias
    Found of(Tensor x, AttentionMask mask, Tensor valid) {
        requireTokens(x);
        mask.requireNoBias(layer);
        mask.requireFit(x.dim(0), settings.heads(), x.dim(1), x.dim(1));
        if (valid != null) {
            x = x.where(valid.unsqueeze(-1), 0);
        }
        Tensor qk = project(x);
        Tensor phi = features(mask.isCausal() ? means(qk.cumsum(1), 0) : qk);
        if (valid != null) {
            phi = phi.where(valid.reshape(1, x.dim(0), 1, x.dim(1), 1), 0);
        }
        Tensor weights = weights();
        Tensor dataWeights = settings.isIndependent() ? weights : sampled(x).matmul(weights);
        return new Found(phi, weights, dataWeights, phi.matmul(dataWeights));
    }

    void requireTokens(Tensor x) {
        if (x.rank() != 3 || x.dim(2) != settings.width()) {
            throw new ShapeError(layer + " needs x [B, N, " + settings.width() + "], got " + x.shape());
        }
    }

    Tensor project(Tensor x) {
        return x.linear(projectionWeight.value(), projectionBias == null ? null : projectionBias.value());
    }

    /// Of sums `[B, N, 2d]` over `before + 1, before + 2, …` tokens.
    static Tensor means(Tensor sums, int before) {
        int n = sums.dim(1);
        return sums.div(Tensor.range(n, sums.dtype()).add(before + 1).reshape(n, 1));
    }

    /// Φ_q and Φ_k, `[2, B, H, N, p]`.
    Tensor features(Tensor qk) {
        return settings.features()
                .features(qk.reshape(qk.dim(0), qk.dim(1), 2, settings.heads(), settings.headWidth()))
                .permute(2, 0, 3, 1, 4);
    }

    /// `We` and `Wr`, `[2, 1, H, n, s]`.
    Tensor weights() {
        return Tensor.stack(0, queryWeights.value(), keyWeights.value()).unsqueeze(1);
    }

    /// f(X)ᵀ per head, `[B, H, p, n]`.
    private Tensor sampled(Tensor x) {
        int tokens = x.dim(1);
        int n = settings.samples();
        Tensor chosen = n == tokens ? x : x.take(PrimalAttention.evenlySpaced(tokens, n), 1);
        return chosen.reshape(x.dim(0), n, settings.heads(), settings.headWidth())
                .permute(0, 2, 3, 1);
    }

    /// What each head adds to J, `[B, H]`: J is their mean; see [PrimalAttention.Mode].
    ///
    /// @param lambda Λ̄ `[H, s]`
    Tensor objectives(Found found, Tensor lambda) {
        PrimalAttention.Mode mode = settings.mode();
        Tensor energy = found.scores.square().sum(0, 3);
        Tensor score = energy.mul(lambda).sum(2);
        Tensor trace = mode.trace(found.weights, found.dataWeights);
        double c = mode.scale(settings.rank());
        return score.mul(c / (2.0 * found.scores.dim(3))).sub(trace.mul(c));
    }

    /// Tells an [AttentionReport].
    void show(Found found, Tensor lambda, Tensor objectives, Pass pass) {
        Tensor phi = found.phi;
        pass.probe(AttentionReport.QUERY_FEATURES, phi.select(0, 0));
        pass.probe(AttentionReport.KEY_FEATURES, phi.select(0, 1));
        Tensor each = found.dataWeights.expand(2, phi.dim(1), phi.dim(2), phi.dim(4), settings.rank());
        pass.probe(AttentionReport.QUERY_WEIGHTS, each.select(0, 0));
        pass.probe(AttentionReport.KEY_WEIGHTS, each.select(0, 1));
        pass.probe(AttentionReport.LAMBDA, lambda.div(phi.dim(3)));
        pass.probe(AttentionReport.OBJECTIVES, objectives);
    }

    void describe(Parts parts) {
        parts.parameter("in_proj_weight", projectionWeight);
        if (projectionBias != null) {
            parts.parameter("in_proj_bias", projectionBias);
        }
        parts.parameter("We", queryWeights);
        parts.parameter("Wr", keyWeights);
    }
}
