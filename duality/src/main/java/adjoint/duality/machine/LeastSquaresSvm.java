package adjoint.duality.machine;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.duality.Certificate;
import adjoint.duality.kernel.Kernel;
import adjoint.linalg.Cholesky;

/// The least-squares support vector machine: `min ½‖w‖² + (γ/2)Σe_i²`, `y_i = wᵀφ(x_i) + b + e_i`.
///
/// Its dual is linear, `[0 1ᵀ; 1 K + I/γ]·[b; A] = [0; Y]`, and predicts `f(x) = Σ_i κ(x, x_i)·A_i + b`. For targets ±1
/// that is the classifier of the paper with `α_i = y_i·A_i`; several classes are as many columns, each against the
/// rest. For a kernel with negative eigenvalues, all above −1/γ, A is a stationary point.
///
/// Reference: Suykens, Vandewalle, *Least squares support vector machine classifiers*, 1999.
///
/// @param kernel κ, positive semidefinite
/// @param x the sample `[N, d]`
/// @param gamma γ
/// @param duals A `[N, c]`
/// @param bias b `[c]`
/// @param gram K `[N, N]`
/// @param targets Y `[N, c]`
public record LeastSquaresSvm(
        Kernel kernel, Tensor x, double gamma, Tensor duals, Tensor bias, Tensor gram, Tensor targets) {

    /// Regression.
    ///
    /// @param y `[N]` or `[N, c]`
    /// @throws IllegalArgumentException if γ is not positive, the kernel is not symmetric, or K + I/γ is not positive
    ///     definite, naming the pivot
    public static LeastSquaresSvm fit(Kernel kernel, Tensor x, Tensor y, double gamma) {
        Matrices.requirePositive("γ", gamma);
        if (!kernel.symmetric()) {
            throw new IllegalArgumentException(kernel + " is not symmetric: use AsymmetricSvm");
        }
        Tensor rows = Matrices.rows("rows of x", x);
        int n = rows.dim(0);
        Tensor targets = Matrices.targets(y, n);
        int c = targets.dim(1);
        Tensor gram = Matrices.gram(kernel, rows, rows);
        Tensor right = Tensor.concat(1, targets, Tensor.ones(gram.dtype(), n, 1));
        Cholesky<double[]> cholesky = Matrices.definite("K", kernel, gram, 1 / gamma, ", or γ smaller");
        Tensor solved = Tensor.of(cholesky.solve(c + 1, right.toDoubles()), n, c + 1);
        Tensor eta = solved.slice(1, 0, c);
        Tensor nu = solved.slice(1, c, c + 1);
        Tensor bias = eta.sum(0).div(nu.sum(0));
        return new LeastSquaresSvm(kernel, rows, gamma, eta.sub(nu.mul(bias)), bias, gram, targets);
    }

    /// Classification, each class against the rest.
    ///
    /// @param labels `I32` `[N]`, from 0 to `classes` − 1
    public static LeastSquaresSvm classifier(Kernel kernel, Tensor x, Tensor labels, int classes, double gamma) {
        return fit(kernel, x, Matrices.signs(labels, classes), gamma);
    }

    /// f of any rows, `[n, c]`.
    public Tensor predict(Tensor rows) {
        return kernel.gram(Matrices.rows("rows", rows), x).matmul(duals).add(bias);
    }

    /// The class with the largest f, `I32` `[n]`; for a single column 1 where f > 0.
    public Tensor classify(Tensor rows) {
        Tensor f = predict(rows);
        return f.dim(1) == 1 ? f.squeeze(1).greater(0).to(DType.I32) : f.argmax(1);
    }

    /// The relative residual of the dual system; 0 for targets that are all 0.
    public Certificate certificate() {
        Tensor slack = gram.matmul(duals).add(duals.div(gamma)).add(bias).sub(targets);
        double residual = Matrices.norm(slack) + Matrices.norm(duals.sum(0));
        return Certificate.exact(Certificate.Kind.KKT_RESIDUAL, Matrices.relative(residual, Matrices.norm(targets)));
    }
}
