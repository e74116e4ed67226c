package adjoint.duality.kernel;

import adjoint.autodiff.Tensor;
import adjoint.nn.Parts;
import java.util.Optional;

/// The exponential of the dot product, `κ(x, y) = e^(c·xᵀy)`: softmax attention before its rows are normalised, with
/// c = 1/√d. Positive semidefinite, of infinite dimension; [RandomFeatures#positive] has features for it.
///
/// @param scale c
public record ExponentialDot(Positive scale) implements Kernel {
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
    public Optional<ExponentialForm> exponential() {
        return Optional.of((x, y, _) -> new ExponentialForm.Sides(scale.times(x), none(x), y, none(y)));
    }

    /// 0 for every row.
    private static Tensor none(Tensor rows) {
        return rows.slice(-1, 0, 0).sum(-1);
    }

    @Override
    public void describe(Parts parts) {
        scale.describe("scale", parts);
    }
}
