package adjoint.duality;

import adjoint.autodiff.Autodiff;
import adjoint.autodiff.DType;
import adjoint.autodiff.Linalg;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import adjoint.nn.Attention;
import adjoint.nn.AttentionMask;
import adjoint.nn.Linear;
import adjoint.nn.Parameter;
import adjoint.nn.Parts;
import adjoint.nn.Pass;
import java.util.function.Function;

/// Attention by the exact singular value decomposition of its kernel: what [PrimalAttention] learns towards, worked out
/// for each sample and head, without weights, a loss of its own, or an N×N matrix.
///
/// Definition, for features Φ_q, Φ_k `[N, p]` of queries and keys, φ(z) = z/‖z‖:
/// ```text
/// Φ_q = Q_q R_q,   Φ_k = Q_k R_k,   R_q R_kᵀ = A Σ Bᵀ        thin QR, and an SVD of at most p×p
/// W_e = R_kᵀ B_s,  W_r = R_qᵀ A_s                           the leading s columns
/// e = Φ_q W_e = H_e Σ,   r = Φ_k W_r = H_r Σ
/// out = Linear(d → d)(heads of Linear(2s → p)([e, r]))
/// ```
/// so J = 0 and the residual ρ of [Kkt] is 0 up to rounding, if K has s singular values that are not 0. Columns are
/// turned so that Σ_i e_i ≥ 0.
///
/// Differentiable; where two singular values nearly coincide, 1/(σ_i² − σ_j²) in the derivative is replaced by
/// `δ/(δ² + ε²)`, δ = σ_i² − σ_j², ε = 10⁻³σ₁² (`F32`) or 10⁻⁸σ₁² (`F64`).
///
/// Complexity: O(N·p² + p³) time, O(N·p) memory. Not causal; padded tokens have features 0, hence no part in the
/// decomposition, and put out 0 before the last projection; no bias. Example: for Φ_q = diag(2, 1), Φ_k = I the columns
/// of e have the norms 2 and 1.
///
/// Parts: `in_proj_weight` `[2d, d]`, `in_proj_bias` (q above k), `score_proj`, `out_proj`, as those of
/// [PrimalAttention].
///
/// References: Suykens, *SVD revisited*, ACHA 2016; Chen, Tao, Tonin, Suykens, *Primal-Attention*, NeurIPS 2023.
public final class KsvdAttention implements Attention {
    private static final String NAME = "KsvdAttention";

    private final int width;
    private final int heads;
    private final int rank;
    private final Parameter projectionWeight;
    private final Parameter projectionBias;
    private final Linear scoreProjection;
    private final Linear outputProjection;

    /// @param width d, a multiple of `heads`
    /// @param heads H
    /// @param rank s, at most d/H
    /// @param key determines the initial values
    /// @throws IllegalArgumentException if a number is out of its range
    public KsvdAttention(int width, int heads, int rank, DType dtype, Rng key) {
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
        if (x.rank() != 3 || x.dim(2) != width) {
            throw new ShapeError(NAME + " needs x [B, N, " + width + "], got " + x.shape());
        }
        mask.requireNoCausal(NAME);
        mask.requireNoBias(NAME);
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
        Tensor weights = weights(phi);
        Tensor scores = phi.matmul(weights);
        if (pass.probing()) {
            show(phi, weights, scores, pass);
        }
        Tensor both = scores.permute(1, 3, 2, 0, 4).reshape(batch, tokens, heads, 2 * rank);
        Tensor out = scoreProjection.forward(both).reshape(batch, tokens, width);
        return outputProjection.forward(
                mask.keys() == null ? out : out.mul(mask.keys().unsqueeze(-1)));
    }

    /// W_e and W_r, `[2, B, H, p, s]`, of Φ_q and Φ_k.
    private Tensor weights(Tensor phi) {
        int p = phi.dim(-1);
        Tensor weights = DECOMPOSED.apply(phi).slice(-2, 0, p).slice(-1, 0, rank);
        Tensor sums =
                phi.detach().select(0, 0).sum(true, -2).matmul(weights.detach().select(0, 0));
        return weights.mul(sums.greaterEqual(0).to(phi.dtype()).mul(2).sub(1));
    }

    /// W_e above H_r, and W_r above H_e, of all singular values. With `P = H_eᵀ·dK·H_r`, they change by
    /// `dW_e = dΦ_kᵀ H_r + W_e Ω`, `Ω_ij = (σ_i P_ij + P_ji σ_j)/(σ_j² − σ_i²)`, and W_r likewise.
    private static final Function<Tensor, Tensor> DECOMPOSED = Autodiff.customVjp(
            phi -> {
                Linalg.Qr query = Linalg.qr(phi.select(0, 0));
                Linalg.Qr key = Linalg.qr(phi.select(0, 1));
                Linalg.Svd svd = Linalg.svd(query.r().matmul(key.r().transpose(-1, -2)));
                Tensor b = svd.vt().transpose(-1, -2);
                return Tensor.stack(
                        0,
                        Tensor.concat(
                                -2, key.r().transpose(-1, -2).matmul(b), key.q().matmul(b)),
                        Tensor.concat(
                                -2,
                                query.r().transpose(-1, -2).matmul(svd.u()),
                                query.q().matmul(svd.u())));
            },
            (phi, value, g) -> {
                int p = phi.dim(-1);
                Tensor weights = value.slice(-2, 0, p);
                Tensor duals = value.slice(-2, p, value.dim(-2));
                Tensor slope = g.slice(-2, 0, p);
                Tensor we = weights.select(0, 0);
                Tensor wr = weights.select(0, 1);
                Tensor hr = duals.select(0, 0);
                Tensor he = duals.select(0, 1);
                Tensor sigma = phi.select(0, 0).matmul(we).mul(he).sum(-2);
                Tensor squares = sigma.square();
                Tensor gaps = squares.unsqueeze(-2).sub(squares.unsqueeze(-1));
                double near = phi.dtype() == DType.F64 ? 1e-8 : 1e-3;
                Tensor floor = squares.max(true, -1).unsqueeze(-1).mul(near).square();
                Tensor inverse = gaps.div(gaps.square().add(floor).maximum(Float.MIN_NORMAL));
                Tensor turns = skew(weights.transpose(-1, -2).matmul(slope)).mul(inverse);
                Tensor dP = turns.select(0, 0)
                        .mul(sigma.unsqueeze(-1))
                        .add(turns.select(0, 1).mul(sigma.unsqueeze(-2)));
                Tensor query = slope.select(0, 1).add(we.matmul(dP.transpose(-1, -2)));
                Tensor key = slope.select(0, 0).add(wr.matmul(dP));
                return Tensor.stack(0, he.matmul(query.transpose(-1, -2)), hr.matmul(key.transpose(-1, -2)));
            });

    private static Tensor skew(Tensor x) {
        return x.sub(x.transpose(-1, -2));
    }

    /// Λ = 1/σ of each sample, 0 where σ is.
    private void show(Tensor phi, Tensor weights, Tensor scores, Pass pass) {
        Tensor energy = scores.square().sum(0, 3);
        Tensor sigma = energy.mul(0.5).sqrt();
        Tensor some = sigma.greater(0);
        Tensor lambda = sigma.where(some, 1).reciprocal().where(some, 0);
        Tensor trace = weights.select(0, 0).mul(weights.select(0, 1)).sum(2, 3);
        pass.probe(AttentionReport.QUERY_FEATURES, phi.select(0, 0));
        pass.probe(AttentionReport.KEY_FEATURES, phi.select(0, 1));
        pass.probe(AttentionReport.QUERY_WEIGHTS, weights.select(0, 0));
        pass.probe(AttentionReport.KEY_WEIGHTS, weights.select(0, 1));
        pass.probe(AttentionReport.LAMBDA, lambda);
        pass.probe(
                AttentionReport.OBJECTIVES, energy.mul(lambda).sum(2).mul(0.5).sub(trace));
    }

    @Override
    public void describe(Parts parts) {
        parts.parameter("in_proj_weight", projectionWeight);
        parts.parameter("in_proj_bias", projectionBias);
        parts.module("score_proj", scoreProjection);
        parts.module("out_proj", outputProjection);
    }
}
