package adjoint.duality.convex;

import adjoint.autodiff.Tensor;
import java.util.function.ToDoubleFunction;

/// A closed convex function of a tensor, with its conjugate `f*(y) = sup_x ⟨x, y⟩ − f(x)` and its proximal operator
/// `prox_{γf}(x) = argmin_u f(u) + ‖u − x‖²/(2γ)`.
///
/// ```java
/// ConvexFunction l1 = ConvexFunction.l1(0.5);
/// Tensor shrunk = l1.prox(x, 1);                        // towards 0 by 0.5
/// Tensor clipped = l1.conjugate().prox(x, 1);           // to [−0.5, 0.5]
/// ```
///
/// Laws: `prox_{γf}(x) + γ·prox_{f*/γ}(x/γ) = x` (Moreau), `f(x) + f*(y) ≥ ⟨x, y⟩`, and f** = f.
///
/// | | f | f* |
/// |---|---|---|
/// | [#squares] | (c/2)‖x − b‖² | ‖y‖²/(2c) + ⟨b, y⟩ |
/// | [#l1] | c‖x‖₁ | 0 where ‖y‖_∞ ≤ c |
/// | [#norm] | c‖x‖₂ | 0 where ‖y‖₂ ≤ c |
/// | [#box] | 0 where low ≤ x ≤ high | Σ max(low·y, high·y) |
/// | [#simplex] | 0 where x ≥ 0, Σx = 1 | max y |
/// | [#zero] | 0 | 0 where y = 0 |
///
/// Reference: Parikh, Boyd, *Proximal algorithms*, 2014.
public interface ConvexFunction {
    /// f(x), `+∞` outside of the domain. Indicators allow for a rounding of 1e-9.
    double value(Tensor x);

    /// `prox_{γf}(x)`.
    ///
    /// @param gamma γ > 0
    Tensor prox(Tensor x, double gamma);

    /// f*.
    ConvexFunction conjugate();

    /// The largest t in [0, 1] for which t·x is in the domain, for domains that contain 0.
    default double shrink(Tensor x) {
        return 1;
    }

    /// `f(x) + f*(y) − ⟨x, y⟩ ≥ 0`, and 0 exactly where y is a subgradient of f at x.
    default double fenchelYoungGap(Tensor x, Tensor y) {
        return value(x) + conjugate().value(y) - x.mul(y).sum().item();
    }

    static ConvexFunction squares(double c, Tensor b) {
        Functions.requirePositive(c);
        return new Functions.Squares(c, b);
    }

    static ConvexFunction l1(double c) {
        Functions.requirePositive(c);
        return box(-c, c).conjugate();
    }

    static ConvexFunction norm(double c) {
        Functions.requirePositive(c);
        return new Functions.Norm(c);
    }

    static ConvexFunction box(double low, double high) {
        if (!(low <= high)) {
            throw new IllegalArgumentException("a box needs low ≤ high, got [" + low + ", " + high + "]");
        }
        return new Functions.Box(low, high);
    }

    /// Of all elements together.
    static ConvexFunction simplex() {
        return new Functions.Simplex();
    }

    static ConvexFunction zero() {
        return box(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
    }

    /// The conjugate of `f`, whose value is given: the proximal operator follows by Moreau's identity.
    static ConvexFunction conjugateOf(
            ConvexFunction f, ToDoubleFunction<Tensor> value, ToDoubleFunction<Tensor> shrink) {
        return new Functions.Conjugate(f, value, shrink);
    }
}
