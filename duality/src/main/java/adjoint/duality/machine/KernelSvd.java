package adjoint.duality.machine;

import adjoint.autodiff.Tensor;
import adjoint.duality.Certificate;
import adjoint.duality.Spectrum;
import adjoint.duality.kernel.Kernel;
import java.util.function.ToIntFunction;

/// The singular value decomposition of an asymmetric kernel between two samples, from its matrix: the dual side.
///
/// `K H_r = H_e Σ`, `Kᵀ H_e = H_r Σ` for `K_ij = κ(x_i, z_j)`; the scores of any row, in the sample or not, are
/// `e(x) = Σ_j κ(x, z_j)·h_r,j` and `r(z) = Σ_i κ(x_i, z)·h_e,i`. On the sample they are `H_e Σ` and `H_r Σ`.
///
/// ```java
/// KernelSvd svd = KernelSvd.fit(new Sne(1.5), x, z, 10);
/// Tensor embedding = svd.queryScores(more);    // [n, 10]
/// ```
///
/// With features, [adjoint.duality.Ksvd] does the same in O(N·p²). A kernel that is not pointwise, as that of the
/// example, is normalised over z for all rows.
///
/// References: Suykens, *SVD revisited*, ACHA 2016; Tao et al., *Learning in feature spaces via coupled covariances*,
/// ICML 2024, arXiv 2406.08748.
///
/// @param kernel κ
/// @param x the rows of the one side `[N, d]`
/// @param z the rows of the other side `[M, d]`
/// @param singularValues the diagonal of Σ `[s]`, descending
/// @param queryDuals H_e `[N, s]`
/// @param keyDuals H_r `[M, s]`
/// @param energy ‖K‖_F²
public record KernelSvd(
        Kernel kernel, Tensor x, Tensor z, Tensor singularValues, Tensor queryDuals, Tensor keyDuals, double energy) {

    /// The leading `rank` triplets.
    ///
    /// @throws IllegalArgumentException if the kernel matrix carries fewer, or an element of it is not finite
    public static KernelSvd fit(Kernel kernel, Tensor x, Tensor z, int rank) {
        return fit(kernel, x, z, _ -> rank);
    }

    /// As few triplets as have a certified [#tail()] of at most `tolerance`, but at least one; in O(NM·min(N, M)).
    ///
    /// @throws IllegalArgumentException as [#fit], and of tolerances as [Spectrum#certifiedRank]
    public static KernelSvd untilTail(Kernel kernel, Tensor x, Tensor z, double tolerance) {
        return fit(kernel, x, z, gram -> Spectrum.ofKernel(gram).certifiedRank(tolerance));
    }

    private static KernelSvd fit(Kernel kernel, Tensor x, Tensor z, ToIntFunction<Tensor> rank) {
        Tensor rows = Matrices.rows("rows of x", x);
        Tensor cols = Matrices.rows("rows of z", z);
        Tensor gram = Matrices.gram(kernel, rows, cols);
        Matrices.Triplets top = Matrices.leading(gram, rank.applyAsInt(gram));
        double energy = gram.square().sum().item();
        return new KernelSvd(kernel, rows, cols, top.values(), top.left(), top.right(), energy);
    }

    /// e of any rows, `[n, s]`.
    public Tensor queryScores(Tensor rows) {
        return kernel.gram(Matrices.rows("rows", rows), z).matmul(keyDuals);
    }

    /// r of any rows, `[n, s]`.
    public Tensor keyScores(Tensor rows) {
        return kernel.gram(x, Matrices.rows("rows", rows), z).transpose(0, 1).matmul(queryDuals);
    }

    /// The relative KKT residual, `(‖K H_r − H_e Σ‖ + ‖Kᵀ H_e − H_r Σ‖)/(2‖Σ‖)`.
    public Certificate certificate() {
        double slack = Matrices.norm(queryScores(x).sub(queryDuals.mul(singularValues)))
                + Matrices.norm(keyScores(z).sub(keyDuals.mul(singularValues)));
        return Certificate.exact(Certificate.Kind.KKT_RESIDUAL, slack / (2 * Matrices.norm(singularValues)));
    }

    /// `‖K − H_e Σ H_rᵀ‖_F/‖K‖_F = √(Σ_{i>s} σᵢ²)/‖K‖_F`: the relative error of the approximation of rank s.
    public double tail() {
        Tensor own = queryDuals.mul(singularValues).matmul(keyDuals.transpose(0, 1));
        return Matrices.norm(kernel.gram(x, z).sub(own)) / Math.sqrt(energy);
    }

    /// The leading singular values.
    public Spectrum spectrum() {
        return new Spectrum(singularValues.toDoubles());
    }
}
