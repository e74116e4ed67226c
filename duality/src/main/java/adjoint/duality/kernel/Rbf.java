package adjoint.duality.kernel;

import adjoint.autodiff.Tensor;
import adjoint.nn.Parts;

/// The Gaussian kernel `κ(x, y) = e^(−‖x − y‖²/(2ℓ²))`.
///
/// Positive semidefinite, in (0, 1], κ(x, x) = 1. [RandomFeatures#fourier] has features for it. With one length scale
/// per component, `‖(x − y)/ℓ‖²` takes the place of ‖x − y‖²/ℓ².
///
/// @param length ℓ
public record Rbf(Positive length) implements ExponentialForm {
    public Rbf(double length) {
        this(Positive.of(length));
    }

    @Override
    public Tensor gram(Tensor x, Tensor y) {
        return Distances.squared(length.divide(x), length.divide(y)).mul(-0.5).exp();
    }

    @Override
    public Range range() {
        return Range.UNIT;
    }

    @Override
    public Side left(Tensor x) {
        Tensor a = length.divide(x);
        return new Side(a, a.square().sum(-1).mul(-0.5));
    }

    @Override
    public Side right(Tensor y) {
        return left(y);
    }

    @Override
    public boolean stationary() {
        return true;
    }

    @Override
    public void describe(Parts parts) {
        length.describe("length", parts);
    }
}
