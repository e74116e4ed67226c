package adjoint.duality;

import adjoint.autodiff.Tensor;

/// The certificate of a kernel singular value decomposition held as weights: its objective J and its KKT residual ρ.
///
/// Definition, for features Φ_q, Φ_k, weights W_e, W_r, a diagonal Λ ≥ 0, scores `e = Φ_q W_e` and `r = Φ_k W_r`:
/// ```
/// J = ½ Σ_i e_iᵀ Λ e_i + ½ Σ_j r_jᵀ Λ r_j − Tr(W_eᵀ W_r)
/// ρ = (‖Φ_qᵀ e Λ − W_r‖_F + ‖Φ_kᵀ r Λ − W_e‖_F) / (‖W_e‖_F + ‖W_r‖_F)
/// ```
/// The two matrices in ρ are ∂J/∂W_e and ∂J/∂W_r. Properties: ρ does not change when both weights are scaled alike, and
/// ρ = 0 exactly where the scores span singular subspaces of `K = Φ_q Φ_kᵀ` with Λ the inverse singular values; then
/// J = 0 as well. The converse fails: J = 0 is one scalar equation, which any weights with `Tr(W_eᵀ W_r) > 0` satisfy
/// for some Λ. Driving J² to 0 therefore proves nothing about the spectrum; ρ does.
///
/// Example: random weights whose Λ is scaled until J = 0 keep ρ ≈ 1.
///
/// Reference: Chen, Tao, Tonin, Suykens, *Primal-Attention*, NeurIPS 2023, arXiv 2305.19798, for J; the residual is the
/// stationarity of its Lagrangian.
///
/// @param objective J
/// @param residual ρ; 1 for zero weights, which are stationary but span nothing
public record Kkt(double objective, double residual) {
    /// Objective and residual, in double precision.
    ///
    /// @param queryFeatures Φ_q `[N, p]`
    /// @param keyFeatures Φ_k `[M, p]`
    /// @param queryWeights W_e `[p, s]`
    /// @param keyWeights W_r `[p, s]`
    /// @param lambda the diagonal of Λ `[s]`
    /// @throws IllegalArgumentException if an entry of Λ is negative or NaN
    public static Kkt of(
            Tensor queryFeatures, Tensor keyFeatures, Tensor queryWeights, Tensor keyWeights, Tensor lambda) {
        Tensor phiQ = Core.f64(queryFeatures);
        Tensor phiK = Core.f64(keyFeatures);
        Tensor we = Core.f64(queryWeights);
        Tensor wr = Core.f64(keyWeights);
        Tensor diagonal = Core.f64(lambda);
        requireNotNegative(diagonal);

        Tensor e = phiQ.matmul(we);
        Tensor r = phiK.matmul(wr);
        Tensor eLambda = e.mul(diagonal);
        Tensor rLambda = r.mul(diagonal);
        double objective = (dot(e, eLambda) + dot(r, rLambda)) / 2 - dot(we, wr);
        double slack = norm(phiQ.transpose(0, 1).matmul(eLambda).sub(wr))
                + norm(phiK.transpose(0, 1).matmul(rLambda).sub(we));
        double weights = norm(we) + norm(wr);
        return new Kkt(objective, weights == 0 ? 1 : slack / weights);
    }

    private static void requireNotNegative(Tensor lambda) {
        double[] values = lambda.toDoubles();
        for (int i = 0; i < values.length; i++) {
            if (!(values[i] >= 0)) {
                throw new IllegalArgumentException(
                        "the diagonal of Λ must not be negative; entry " + i + " is " + values[i]);
            }
        }
    }

    private static double dot(Tensor a, Tensor b) {
        return a.mul(b).sum().item();
    }

    private static double norm(Tensor a) {
        return Math.sqrt(dot(a, a));
    }
}
