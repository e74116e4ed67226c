package adjoint.duality;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Svd;
import java.util.Arrays;
import java.util.function.ToIntFunction;

/// The singular value decomposition of an asymmetric kernel, with its primal weights: the exact KSVD.
///
/// Definition: for features Φ_q `[N, p]`, Φ_k `[M, p]` and `K = Φ_q Φ_kᵀ`, the leading s singular triplets
/// ```
/// K H_r = H_e Σ,   Kᵀ H_e = H_r Σ                     dual
/// W_e = Φ_kᵀ H_r,  W_r = Φ_qᵀ H_e,  Λ = Σ⁻¹           primal
/// ```
/// which is the stationary point of the objective J of [Kkt]: J = 0, ρ = 0, `Tr(W_eᵀ W_r) = Σ_l σ_l`.
///
/// Formula: thin QR `Φ_q = Q_q R_q`, `Φ_k = Q_k R_k`, then the SVD of one small matrix `R_q R_kᵀ = A Σ Bᵀ`, and
/// `H_e = Q_q A`, `H_r = Q_k B`. Cost O((N + M)·p² + p³) time, O((N + M)·(p + s)) memory; K is never formed.
///
/// Property (primal = dual): the scores of the two sides agree,
/// `e = Φ_q W_e = K H_r = H_e Σ` and `r = Φ_k W_r = Kᵀ H_e = H_r Σ`. Singular vectors are fixed up to a common sign.
///
/// Example: `Φ_q = diag(2, 1)`, `Φ_k = I` gives σ = (2, 1), and `e = Φ_q W_e` has columns of norm 2 and 1.
///
/// References: Suykens, *SVD revisited*, ACHA 2016; Chen, Tao, Tonin, Suykens, *Primal-Attention*, NeurIPS 2023,
/// arXiv 2305.19798.
///
/// @param singularValues the diagonal of Σ `[s]`, descending
/// @param queryDuals H_e `[N, s]`, orthonormal columns
/// @param keyDuals H_r `[M, s]`, orthonormal columns
/// @param queryWeights W_e `[p, s]`
/// @param keyWeights W_r `[p, s]`
/// @param lambda the diagonal of Λ `[s]`
public record Ksvd(
        Tensor singularValues,
        Tensor queryDuals,
        Tensor keyDuals,
        Tensor queryWeights,
        Tensor keyWeights,
        Tensor lambda) {

    /// The leading `rank` triplets, in double precision.
    ///
    /// @param queryFeatures Φ_q `[N, p]`
    /// @param keyFeatures Φ_k `[M, p]`
    /// @throws IllegalArgumentException if `rank` is below 1 or above the numerical rank of K (Λ would not exist), or
    ///     the features are not two matrices of finite numbers with the same p
    public static Ksvd of(Tensor queryFeatures, Tensor keyFeatures, int rank) {
        return of(queryFeatures, keyFeatures, _ -> rank);
    }

    /// As few triplets as have a certified tail, `√(Σ_{i>s} σᵢ²) ≤ tolerance·‖K‖_F`, but at least one.
    ///
    /// @throws IllegalArgumentException as [#of], and of tolerances as [Spectrum#certifiedRank]
    public static Ksvd untilTail(Tensor queryFeatures, Tensor keyFeatures, double tolerance) {
        return of(queryFeatures, keyFeatures, sigma -> new Spectrum(sigma).certifiedRank(tolerance));
    }

    private static Ksvd of(Tensor queryFeatures, Tensor keyFeatures, ToIntFunction<double[]> choice) {
        Core core = Core.of(queryFeatures, keyFeatures);
        Svd<double[]> svd = core.decompose();
        int rank = choice.applyAsInt(svd.s());
        requireRank(rank, svd.s());

        int k = svd.s().length;
        Tensor sigma = Tensor.of(svd.s(), k).slice(0, 0, rank).contiguous();
        Tensor he = core.queryBasis()
                .matmul(Tensor.of(svd.u(), core.matrix().dim(0), k).slice(1, 0, rank));
        Tensor hr = core.keyBasis()
                .matmul(Tensor.of(svd.vt(), k, core.matrix().dim(1))
                        .slice(0, 0, rank)
                        .transpose(0, 1));
        Tensor we = Core.f64(keyFeatures).transpose(0, 1).matmul(hr);
        Tensor wr = Core.f64(queryFeatures).transpose(0, 1).matmul(he);
        return new Ksvd(sigma, he, hr, we, wr, sigma.reciprocal());
    }

    /// `e(x) = W_eᵀ φ_q(x)` of any rows, in or out of the sample.
    ///
    /// @param queryFeatures `[n, p]`
    /// @return `F64` `[n, s]`
    public Tensor queryScores(Tensor queryFeatures) {
        return queryFeatures.to(DType.F64).matmul(queryWeights);
    }

    /// `r(z) = W_rᵀ φ_k(z)` of any rows, in or out of the sample.
    ///
    /// @param keyFeatures `[n, p]`
    /// @return `F64` `[n, s]`
    public Tensor keyScores(Tensor keyFeatures) {
        return keyFeatures.to(DType.F64).matmul(keyWeights);
    }

    /// Objective and KKT residual at this point: both 0 up to rounding.
    ///
    /// @param queryFeatures the Φ_q this was made of
    /// @param keyFeatures the Φ_k this was made of
    public Kkt certificate(Tensor queryFeatures, Tensor keyFeatures) {
        return Kkt.of(queryFeatures, keyFeatures, queryWeights, keyWeights, lambda);
    }

    private static void requireRank(int rank, double[] sigma) {
        double floor = sigma.length == 0 ? 0 : sigma[0] * sigma.length * Math.ulp(1.0);
        int carried = (int) Arrays.stream(sigma).filter(s -> s > floor).count();
        if (rank < 1 || rank > carried) {
            throw new IllegalArgumentException("rank " + rank + " asked for, but the kernel carries " + carried
                    + (rank <= sigma.length && rank >= 1 && carried > 0
                            ? " (singular value " + rank + " is " + sigma[rank - 1] + ", the first " + sigma[0] + ")"
                            : "")
                    + (carried == 0 ? ": it is 0" : ": choose a rank from 1 to " + carried));
        }
    }
}
