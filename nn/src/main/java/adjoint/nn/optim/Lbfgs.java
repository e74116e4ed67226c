package adjoint.nn.optim;

import adjoint.linalg.Kernels;

/// L-BFGS (Nocedal, Wright, *Numerical Optimization*, 2006, algorithm 7.5) with a line search for the strong Wolfe
/// conditions (algorithms 3.5 and 3.6), for losses without noise: of the whole data, or of one large batch.
///
/// ```
/// double[] x = {-1.2, 1};
/// Lbfgs.Result result = new Lbfgs(10, 100, 1e-8).minimize(Kernels.f64(), x, (at, gradient) -> {
///     double a = 1 - at[0];
///     double b = at[1] - at[0] * at[0];
///     gradient[0] = -2 * a - 400 * at[0] * b;
///     gradient[1] = 200 * b;
///     return a * a + 100 * b * b;                   // Rosenbrock's function
/// });
/// ```
///
/// The step along `d = −H·∇f` has a length α with
///
/// ```text
/// f(x + αd) ≤ f(x) + c₁·α·⟨∇f(x), d⟩        |⟨∇f(x + αd), d⟩| ≤ c₂·|⟨∇f(x), d⟩|
/// ```
///
/// A loss that is NaN or infinite counts as too large.
///
/// @param memory how many pairs of steps and gradient differences H is made of
/// @param maxIterations after which it ends
/// @param maxEvaluations of the loss, per line search
/// @param gradientTolerance the gradient's norm at which it ends
/// @param c1 how much of the descent that the slope promises must come
/// @param c2 to what share the slope must fall
public record Lbfgs(int memory, int maxIterations, int maxEvaluations, double gradientTolerance, double c1, double c2) {
    public Lbfgs {
        Options.require(memory >= 1, "memory", memory, "≥ 1");
        Options.require(maxIterations >= 0, "number of iterations", maxIterations, "≥ 0");
        Options.require(maxEvaluations >= 1, "number of evaluations", maxEvaluations, "≥ 1");
        Options.notNegative("gradient tolerance", gradientTolerance);
        Options.require(c1 > 0 && c1 < 1, "c1", c1, "in (0, 1)");
        Options.require(c2 > c1 && c2 < 1, "c2", c2, "in (c1, 1)");
    }

    /// With 25 evaluations per line search, c₁ = 10⁻⁴, c₂ = 0.9.
    public Lbfgs(int memory, int maxIterations, double gradientTolerance) {
        this(memory, maxIterations, 25, gradientTolerance, 1e-4, 0.9);
    }

    /// What is minimised.
    ///
    /// @param <A> `float[]` or `double[]`
    @FunctionalInterface
    public interface Loss<A> {
        /// The loss at x, whose gradient overwrites `gradient`.
        double at(A x, A gradient);
    }

    /// Why it ended.
    public enum Ending {
        /// The gradient is within its tolerance.
        CONVERGED,
        /// [Lbfgs#maxIterations] were done.
        ITERATIONS,
        /// No step along the last direction is better: as good as it gets in this precision, or the gradient is wrong.
        NO_PROGRESS
    }

    /// Where it ended.
    ///
    /// @param iterations steps taken
    /// @param evaluations of the loss
    public record Result(double loss, double gradientNorm, int iterations, int evaluations, Ending ending) {}

    /// Minimises from x on, in place.
    ///
    /// @throws IllegalArgumentException if the loss or gradient at the start is not finite
    public <A> Result minimize(Kernels<A> kernels, A x, Loss<A> loss) {
        LbfgsRun<A> run = new LbfgsRun<>(this, kernels, x, loss);
        int iterations = 0;
        while (iterations < maxIterations && !run.converged()) {
            if (!run.iterate()) {
                return run.result(iterations, Ending.NO_PROGRESS);
            }
            iterations++;
        }
        return run.result(iterations, run.converged() ? Ending.CONVERGED : Ending.ITERATIONS);
    }
}
