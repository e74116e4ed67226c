package adjoint.duality.kernel;

import adjoint.autodiff.Tensor;
import adjoint.nn.Parts;

/// The Laplace kernel `κ(x, y) = e^(−‖x − y‖₁/ℓ)`: a product of one factor per component. In (0, 1], positive
/// semidefinite. With the Euclidean norm instead it is [Matern] of order ½. Takes `N·M·d` memory.
///
/// @param length ℓ
public record Laplace(Positive length) implements Kernel {
    public Laplace(double length) {
        this(Positive.of(length));
    }

    @Override
    public Tensor gram(Tensor x, Tensor y) {
        return Distances.differences(length.divide(x), length.divide(y))
                .abs()
                .sum(-1)
                .neg()
                .exp();
    }

    @Override
    public Range range() {
        return Range.UNIT;
    }

    @Override
    public void describe(Parts parts) {
        length.describe("length", parts);
    }
}
