package adjoint.duality.kernel;

import adjoint.autodiff.Tensor;
import adjoint.nn.Parts;

/// The exponential of the dot product, `κ(x, y) = e^(c·xᵀy)`: softmax attention before its rows are normalised, with
/// c = 1/√d. Positive semidefinite, of infinite dimension; [RandomFeatures#positive] has features for it.
///
/// @param scale c
public record ExponentialDot(Positive scale) implements ExponentialForm {
    public ExponentialDot(double scale) {
        this(Positive.of(scale));
    }

    @Override
    public Tensor gram(Tensor x, Tensor y) {
        return scale.times(x.matmul(y.transpose(-1, -2))).exp();
    }

    @Override
    public Range range() {
        return Range.NOT_NEGATIVE;
    }

    @Override
    public Side left(Tensor x) {
        return new Side(scale.times(x), ExponentialForm.none(x));
    }

    @Override
    public Side right(Tensor y) {
        return new Side(y, ExponentialForm.none(y));
    }

    @Override
    public void describe(Parts parts) {
        scale.describe("scale", parts);
    }
}
