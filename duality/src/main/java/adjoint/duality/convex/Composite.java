package adjoint.duality.convex;

import adjoint.autodiff.Linalg;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import adjoint.duality.Certificate;

/// The problem `min_x f(Ax) + g(x)`, whose dual is `max_y −f*(y) − g*(−Aᵀy)`.
///
/// ```java
/// Composite lasso = new Composite(a, ConvexFunction.squares(1, b), ConvexFunction.l1(0.1));
/// Composite.Solution solution = lasso.forwardBackward(Tensor.zeros(DType.F64, n), 1e-10, 10_000);
/// solution.certificate()    // the duality gap, at most 1e-10 beside the objective
/// ```
///
/// Every solution has a certificate: the gap between the two objectives, relative to the primal one (or to 1, if that
/// is smaller). The dual point is shrunk into the domain, where one that is not gives no bound.
///
/// @param a A `[m, n]`
/// @param f of m numbers
/// @param g of n numbers
public record Composite(Tensor a, ConvexFunction f, ConvexFunction g) {
    private static final int CHECK = 10;

    /// @throws ShapeError if A is no matrix
    public Composite {
        if (a.rank() != 2) {
            throw new ShapeError("A must be a matrix [m, n], not " + a.shape());
        }
    }

    /// Where an algorithm has ended.
    ///
    /// @param x the primal point `[n]`
    /// @param y the dual point `[m]`
    /// @param iterations how many steps were taken
    /// @param certificate the duality gap
    public record Solution(Tensor x, Tensor y, int iterations, Certificate certificate) {}

    /// f(Ax) + g(x).
    public double primal(Tensor x) {
        return f.value(a.matmul(x)) + g.value(x);
    }

    /// −f*(y) − g*(−Aᵀy).
    public double dual(Tensor y) {
        return -f.conjugate().value(y) - g.conjugate().value(adjoint(y).neg());
    }

    /// Forward–backward steps `x⁺ = prox_{γg}(x − γAᵀ∇f(Ax))`, accelerated, for the smooth
    /// `f(u) = (c/2)‖u − b‖²`, with γ = 1/(c·‖A‖²).
    ///
    /// Reference: Beck, Teboulle, *A fast iterative shrinkage-thresholding algorithm*, 2009.
    ///
    /// @param start x₀ `[n]`
    /// @param tolerance ends when the relative gap is at most this
    /// @param most ends then at the latest
    /// @throws IllegalArgumentException if f is not [ConvexFunction#squares]
    public Solution forwardBackward(Tensor start, double tolerance, int most) {
        if (!(f instanceof Functions.Squares squares)) {
            throw new IllegalArgumentException(
                    "forward–backward steps need a smooth f, squares(c, b); primalDual takes any");
        }
        double gamma = 1 / (squares.c() * square(norm()));
        Tensor x = start;
        Tensor ahead = start;
        double t = 1;
        for (int i = 1; ; i++) {
            Tensor slope = adjoint(a.matmul(ahead).sub(squares.b()).mul(squares.c()));
            Tensor next = g.prox(ahead.sub(slope.mul(gamma)), gamma);
            double grown = (1 + Math.sqrt(1 + 4 * t * t)) / 2;
            // Momentum that points uphill starts anew (O'Donoghue, Candès, 2015).
            boolean uphill = ahead.sub(next).mul(next.sub(x)).sum().item() > 0;
            ahead = uphill ? next : next.add(next.sub(x).mul((t - 1) / grown));
            t = uphill ? 1 : grown;
            x = next;
            if (i % CHECK == 0 || i >= most) {
                Solution solution = solution(x, a.matmul(x).sub(squares.b()).mul(squares.c()), i);
                if (solution.certificate.value() <= tolerance || i >= most) {
                    return solution;
                }
            }
        }
    }

    /// Primal–dual steps of Chambolle and Pock, for any f and g:
    /// `y⁺ = prox_{σf*}(y + σA(2x − x⁻))`, `x⁺ = prox_{τg}(x − τAᵀy⁺)`, `τσ‖A‖² < 1`.
    ///
    /// Reference: Chambolle, Pock, *A first-order primal-dual algorithm*, 2011.
    ///
    /// @param start x₀ `[n]`
    /// @param ratio σ/τ: large where the dual is far away
    public Solution primalDual(Tensor start, double ratio, double tolerance, int most) {
        double step = 0.99 / norm();
        double sigma = step * Math.sqrt(ratio);
        double tau = step / Math.sqrt(ratio);
        ConvexFunction conjugate = f.conjugate();
        Tensor x = start;
        Tensor ahead = start;
        Tensor y = a.matmul(start).mul(0);
        for (int i = 1; ; i++) {
            y = conjugate.prox(y.add(a.matmul(ahead).mul(sigma)), sigma);
            Tensor next = g.prox(x.sub(adjoint(y).mul(tau)), tau);
            ahead = next.mul(2).sub(x);
            x = next;
            if (i % CHECK == 0 || i >= most) {
                Solution solution = solution(x, y, i);
                if (solution.certificate.value() <= tolerance || i >= most) {
                    return solution;
                }
            }
        }
    }

    private Solution solution(Tensor x, Tensor y, int iterations) {
        double t = Math.min(
                f.conjugate().shrink(y), g.conjugate().shrink(adjoint(y).neg()));
        Tensor feasible = t == 1 ? y : y.mul(t);
        double primal = primal(x);
        double gap = Math.max(0, primal - dual(feasible)) / Math.max(1, Math.abs(primal));
        return new Solution(x, feasible, iterations, Certificate.exact(Certificate.Kind.DUALITY_GAP, gap));
    }

    private double norm() {
        double norm = Linalg.singularValues(a).get(0);
        if (!(norm > 0)) {
            throw new IllegalArgumentException("A is 0 or not finite: its norm is " + norm);
        }
        return norm;
    }

    private static double square(double x) {
        return x * x;
    }

    private Tensor adjoint(Tensor y) {
        return a.transpose(0, 1).matmul(y);
    }
}
