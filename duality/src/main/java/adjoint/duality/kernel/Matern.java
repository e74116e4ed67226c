package adjoint.duality.kernel;

import adjoint.autodiff.Tensor;
import adjoint.nn.Parts;

/// The Matérn kernels, with `r = ‖x − y‖₂/ℓ`:
///
/// | order ν | κ |
/// |---|---|
/// | ½ | e^(−r) |
/// | 3/2 | (1 + √3·r)·e^(−√3·r) |
/// | 5/2 | (1 + √5·r + 5r²/3)·e^(−√5·r) |
///
/// Positive semidefinite, in (0, 1]; ν → ∞ is [Rbf]. The distances are of differences, exact for near rows, in `N·M·d`
/// memory. The gradient at x = y is 0, where that of order ½ does not exist.
///
/// Reference: Rasmussen, Williams, *Gaussian Processes for Machine Learning*, 2006, §4.2.
///
/// @param length ℓ
public record Matern(Order order, Positive length) implements Kernel {
    /// ν.
    public enum Order {
        HALF,
        THREE_HALVES,
        FIVE_HALVES
    }

    public Matern(Order order, double length) {
        this(order, Positive.of(length));
    }

    @Override
    public Tensor gram(Tensor x, Tensor y) {
        Tensor r = Distances.differences(length.divide(x), length.divide(y)).norm(2, -1);
        return switch (order) {
            case HALF -> r.neg().exp();
            case THREE_HALVES -> {
                Tensor s = r.mul(Math.sqrt(3));
                yield s.add(1).mul(s.neg().exp());
            }
            case FIVE_HALVES -> {
                Tensor s = r.mul(Math.sqrt(5));
                yield s.add(1).add(s.square().div(3)).mul(s.neg().exp());
            }
        };
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
