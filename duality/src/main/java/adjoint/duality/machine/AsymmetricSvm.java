package adjoint.duality.machine;

import adjoint.autodiff.DType;
import adjoint.autodiff.Linalg;
import adjoint.autodiff.Tensor;
import adjoint.duality.Certificate;
import adjoint.duality.kernel.Kernel;

/// AsK-LS: least squares with an asymmetric kernel, which learns one function on the source features and one on the
/// target features of the rows.
///
/// `min ωᵀν + (γ/2)Σe_i² + (γ/2)Σh_i²`, `y_i = ωᵀφ(x_i) + b₁ + e_i`, `y_i = νᵀψ(x_i) + b₂ + h_i`, has with
/// `ω = Σβ_iψ(x_i)`, `ν = Σα_iφ(x_i)`, `K_ij = φ(x_i)ᵀψ(x_j)` the stationary point
/// ```text
/// 1ᵀα = 0,   1ᵀβ = 0,   Kβ + α/γ + b₁·1 = y,   Kᵀα + β/γ + b₂·1 = y
/// ```
/// (α, β here are `y∘α`, `y∘β` of the paper, so that all classes share one matrix). Predicts the mean of
/// `f₁(x) = Σ_j κ(x, x_j)β_j + b₁` and `f₂(x) = Σ_i κ(x_i, x)α_i + b₂`. For a symmetric kernel α = β, and it is
/// [LeastSquaresSvm].
///
/// The saddle-point system is singular where 1/γ is a singular value of K between vectors of sum 0. A kernel that is
/// not pointwise is normalised over the sample for all rows.
///
/// Reference: He, He, Shi, Huang, Suykens, *Learning with asymmetric kernels: least squares and feature
/// interpretation*, TPAMI 2023.
///
/// @param kernel κ
/// @param x the sample `[N, d]`
/// @param gamma γ
/// @param sourceDuals α `[N, c]`
/// @param targetDuals β `[N, c]`
/// @param sourceBias b₁ `[c]`
/// @param targetBias b₂ `[c]`
/// @param targets y `[N, c]`
public record AsymmetricSvm(
        Kernel kernel,
        Tensor x,
        double gamma,
        Tensor sourceDuals,
        Tensor targetDuals,
        Tensor sourceBias,
        Tensor targetBias,
        Tensor targets) {

    /// Regression.
    ///
    /// @param y `[N]` or `[N, c]`
    /// @throws IllegalArgumentException if γ is not positive
    /// @throws RuntimeException of the solver, if the system is singular
    public static AsymmetricSvm fit(Kernel kernel, Tensor x, Tensor y, double gamma) {
        Matrices.requirePositive("γ", gamma);
        Tensor rows = Matrices.rows("rows of x", x);
        int n = rows.dim(0);
        Tensor targets = Matrices.targets(y, n);
        int c = targets.dim(1);
        Tensor k = Matrices.gram(kernel, rows, rows);
        Tensor shift = Tensor.eye(n, DType.F64).div(gamma);
        Tensor one = Tensor.ones(DType.F64, n, 1);
        Tensor zero = Tensor.zeros(DType.F64, n, 1);
        Tensor top = Tensor.concat(1, shift, k, one, zero);
        Tensor bottom = Tensor.concat(1, k.transpose(0, 1), shift, zero, one);
        Tensor sums = Tensor.concat(
                0,
                Tensor.concat(1, one.transpose(0, 1), Tensor.zeros(DType.F64, 1, n + 2)),
                Tensor.concat(1, Tensor.zeros(DType.F64, 1, n), one.transpose(0, 1), Tensor.zeros(DType.F64, 1, 2)));
        Tensor right = Tensor.concat(0, targets, targets, Tensor.zeros(DType.F64, 2, c));
        Tensor solved = Linalg.solve(Tensor.concat(0, top, bottom, sums), right);
        return new AsymmetricSvm(
                kernel,
                rows,
                gamma,
                solved.slice(0, 0, n).contiguous(),
                solved.slice(0, n, 2 * n).contiguous(),
                solved.select(0, 2 * n),
                solved.select(0, 2 * n + 1),
                targets);
    }

    /// Classification, each class against the rest.
    ///
    /// @param labels `I32` `[N]`, from 0 to `classes` − 1
    public static AsymmetricSvm classifier(Kernel kernel, Tensor x, Tensor labels, int classes, double gamma) {
        return fit(kernel, x, Matrices.signs(labels, classes), gamma);
    }

    /// f₁ of any rows, `[n, c]`.
    public Tensor source(Tensor rows) {
        return kernel.gram(Matrices.rows("rows", rows), x).matmul(targetDuals).add(sourceBias);
    }

    /// f₂ of any rows, `[n, c]`.
    public Tensor target(Tensor rows) {
        return kernel.gram(x, Matrices.rows("rows", rows), x)
                .transpose(0, 1)
                .matmul(sourceDuals)
                .add(targetBias);
    }

    /// `(f₁ + f₂)/2`, `[n, c]`.
    public Tensor predict(Tensor rows) {
        return source(rows).add(target(rows)).mul(0.5);
    }

    /// The class with the largest prediction, `I32` `[n]`; for a single column 1 where it is positive.
    public Tensor classify(Tensor rows) {
        Tensor f = predict(rows);
        return f.dim(1) == 1 ? f.squeeze(1).greater(0).to(DType.I32) : f.argmax(1);
    }

    /// The relative residual of the stationarity conditions; 0 for targets that are all 0.
    public Certificate certificate() {
        double slack = Matrices.norm(source(x).add(sourceDuals.div(gamma)).sub(targets))
                + Matrices.norm(target(x).add(targetDuals.div(gamma)).sub(targets))
                + Matrices.norm(sourceDuals.sum(0))
                + Matrices.norm(targetDuals.sum(0));
        return Certificate.exact(Certificate.Kind.KKT_RESIDUAL, Matrices.relative(slack, 2 * Matrices.norm(targets)));
    }
}
