package adjoint.duality.kernel;

import adjoint.autodiff.Tensor;
import adjoint.nn.Parts;
import java.util.Optional;

/// The Gaussian kernel `κ(x, y) = e^(−‖x − y‖²/(2ℓ²))`.
///
/// Positive semidefinite, in (0, 1], κ(x, x) = 1. [RandomFeatures#fourier] has features for it. With one length scale
/// per component, `‖(x − y)/ℓ‖²` takes the place of ‖x − y‖²/ℓ².
///
/// @param length ℓ
public record Rbf(Positive length) implements Kernel {
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
    public Optional<ExponentialForm> exponential() {
        return Optional.of((x, y, centred) -> {
            Tensor centre = centred && y.dim(-2) > 0 ? y.detach().mean(true, -2) : null;
            Tensor a = length.divide(centre == null ? x : x.sub(centre));
            Tensor b = length.divide(centre == null ? y : y.sub(centre));
            return new ExponentialForm.Sides(
                    a, a.square().sum(-1).mul(-0.5), b, b.square().sum(-1).mul(-0.5));
        });
    }

    @Override
    public void describe(Parts parts) {
        length.describe("length", parts);
    }
}
