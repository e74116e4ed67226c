package adjoint.duality.kernel;

import adjoint.autodiff.Tensor;
import adjoint.nn.Parts;

/// The periodic kernel `κ(x, y) = exp(−2/ℓ²·Σ_k sin²(π(x_k − y_k)/p))`: [Rbf] of each component's place on a circle.
/// Positive semidefinite, in (0, 1].
///
/// Reference: MacKay, *Introduction to Gaussian processes*, 1998.
///
/// @param period p
/// @param length ℓ
public record Periodic(Positive period, Positive length) implements Kernel {
    public Periodic(double period, double length) {
        this(Positive.of(period), Positive.of(length));
    }

    @Override
    public Tensor gram(Tensor x, Tensor y) {
        return new Rbf(length).gram(circle(x), circle(y));
    }

    /// ‖u(x) − u(y)‖² = Σ 2 − 2cos(2π(x − y)/p) = Σ 4sin²(π(x − y)/p).
    private Tensor circle(Tensor x) {
        Tensor angle = period.divide(x).mul(2 * Math.PI);
        return Tensor.concat(-1, angle.cos(), angle.sin());
    }

    @Override
    public Range range() {
        return Range.UNIT;
    }

    @Override
    public void describe(Parts parts) {
        period.describe("period", parts);
        length.describe("length", parts);
    }
}
