package adjoint.duality.machine;

import adjoint.autodiff.Tensor;
import adjoint.duality.Certificate;
import adjoint.duality.kernel.Kernel;
import adjoint.linalg.Cholesky;

/// Kernel ridge regression: `min_w ½‖Y − Φw‖² + (λ/2)‖w‖²`, by its dual `(K + λI)A = Y`, with `w = ΦᵀA`.
///
/// Predicts `κ(x, X)·A`. The mean of a Gaussian process with noise variance λ. For a kernel with negative eigenvalues,
/// all above −λ, A is a stationary point.
///
/// @param kernel κ, positive semidefinite
/// @param x the sample `[N, d]`
/// @param ridge λ
/// @param duals A `[N, c]`
/// @param gram K `[N, N]`
/// @param targets Y `[N, c]`
/// @param leverage the diagonal of `(K + λI)⁻¹` `[N]`
public record KernelRidge(
        Kernel kernel, Tensor x, double ridge, Tensor duals, Tensor gram, Tensor targets, Tensor leverage) {

    /// @param y `[N]` or `[N, c]`
    /// @throws IllegalArgumentException if λ is not positive, the kernel is not symmetric, or K + λI is not positive
    ///     definite, naming the pivot
    public static KernelRidge fit(Kernel kernel, Tensor x, Tensor y, double ridge) {
        Matrices.requirePositive("the ridge λ", ridge);
        if (!kernel.symmetric()) {
            throw new IllegalArgumentException(kernel + " is not symmetric: use AsymmetricSvm");
        }
        Tensor rows = Matrices.rows("rows of x", x);
        int n = rows.dim(0);
        Tensor targets = Matrices.targets(y, n);
        Tensor gram = Matrices.gram(kernel, rows, rows);
        Cholesky<double[]> cholesky = Matrices.definite("K", kernel, gram, ridge, ", or λ larger");
        Tensor duals = Tensor.of(cholesky.solve(targets.dim(1), targets.toDoubles()), n, targets.dim(1));
        Tensor leverage = Tensor.of(cholesky.inverse(), n, n).diagonal(0).contiguous();
        return new KernelRidge(kernel, rows, ridge, duals, gram, targets, leverage);
    }

    /// `[n, c]`.
    public Tensor predict(Tensor rows) {
        return kernel.gram(Matrices.rows("rows", rows), x).matmul(duals);
    }

    /// `y_i − f₋ᵢ(x_i) = A_i/((K + λI)⁻¹)_ii`, f₋ᵢ fitted without row i: `[N, c]`.
    public Tensor leaveOneOutErrors() {
        return duals.div(leverage.unsqueeze(1));
    }

    /// `½‖Y − KA‖² + (λ/2)·Tr AᵀKA`.
    public double primal() {
        Tensor fitted = gram.matmul(duals);
        double loss = targets.sub(fitted).square().sum().item();
        return (loss + ridge * duals.mul(fitted).sum().item()) / 2;
    }

    /// `λ·Tr AᵀY − (λ/2)·Tr Aᵀ(K + λI)A`.
    public double dual() {
        double linear = duals.mul(targets).sum().item();
        double quadratic = duals.mul(gram.matmul(duals)).sum().item()
                + ridge * duals.square().sum().item();
        return ridge * (linear - quadratic / 2);
    }

    /// The duality gap beside the primal objective: 0 up to rounding.
    public Certificate certificate() {
        double primal = primal();
        double gap = Math.abs(primal - dual());
        return Certificate.exact(Certificate.Kind.DUALITY_GAP, Matrices.relative(gap, primal));
    }
}
