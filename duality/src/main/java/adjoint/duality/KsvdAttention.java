package adjoint.duality;

import adjoint.autodiff.Autodiff;
import adjoint.autodiff.DType;
import adjoint.autodiff.Linalg;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import adjoint.nn.AttentionMask;
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
public final class KsvdAttention extends SvdAttention {
    /// @param width d, a multiple of `heads`
    /// @param heads H
    /// @param rank s, at most d/H
    /// @param key determines the initial values
    /// @throws IllegalArgumentException if a number is out of its range
    public KsvdAttention(int width, int heads, int rank, DType dtype, Rng key) {
        super(width, heads, rank, dtype, key);
    }

    @Override
    Tensor weights(Tensor phi, AttentionMask mask, Pass pass) {
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
}
