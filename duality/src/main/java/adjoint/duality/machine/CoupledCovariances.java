package adjoint.duality.machine;

import adjoint.autodiff.Tensor;
import adjoint.duality.Certificate;
import adjoint.duality.kernel.Kernel;

/// The coupled covariance eigenproblem of two samples in one feature space.
///
/// With the empirical covariances `Σ_φ = (1/n)Σ φ(x_i)⊗φ(x_i)`, `Σ_ψ = (1/m)Σ ψ(z_j)⊗ψ(z_j)`:
/// ```text
/// Σ_φ W_ψ = W_φ Λ,   Σ_ψ W_φ = W_ψ Λ,       W_φ = Φᵀ B_φ/√n,  W_ψ = Ψᵀ B_ψ/√m
/// ⇔  G B_ψ = √(nm)·B_φ Λ,   Gᵀ B_φ = √(nm)·B_ψ Λ,   G_ij = ⟨φ(x_i), ψ(z_j)⟩
/// ```
/// which the leading singular triplets of `G/√(nm)` solve: also in infinitely many dimensions, and bounded, as the
/// objective of [adjoint.duality.Kkt] is not.
///
/// Reference: Tao, Tonin, Lambert, Chen, Patrinos, Suykens, *Learning in feature spaces via coupled covariances:
/// asymmetric kernel SVD and Nyström method*, ICML 2024, arXiv 2406.08748.
///
/// @param svd the decomposition of G, whose duals are B_φ and B_ψ
public record CoupledCovariances(KernelSvd svd) {
    /// @throws IllegalArgumentException if the kernel matrix carries less than `rank`, or an element is not finite
    public static CoupledCovariances fit(Kernel kernel, Tensor x, Tensor z, int rank) {
        return new CoupledCovariances(KernelSvd.fit(kernel, x, z, rank));
    }

    /// The diagonal of Λ `[s]`.
    public Tensor eigenvalues() {
        return svd.singularValues().div(scale());
    }

    /// `⟨φ(x), W_ψ⟩ = Σ_j κ(x, z_j)·B_ψ,j/√m` of any rows.
    public Tensor queryScores(Tensor rows) {
        return svd.queryScores(rows).div(Math.sqrt(svd.z().dim(0)));
    }

    /// `⟨ψ(z), W_φ⟩ = Σ_i κ(x_i, z)·B_φ,i/√n` of any rows.
    public Tensor keyScores(Tensor rows) {
        return svd.keyScores(rows).div(Math.sqrt(svd.x().dim(0)));
    }

    public Certificate certificate() {
        return svd.certificate();
    }

    private double scale() {
        return Math.sqrt((double) svd.x().dim(0) * svd.z().dim(0));
    }
}
