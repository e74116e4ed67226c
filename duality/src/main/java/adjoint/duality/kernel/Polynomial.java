package adjoint.duality.kernel;

import adjoint.autodiff.Tensor;
import adjoint.duality.FeatureMap;
import adjoint.nn.Parts;
import java.util.Optional;

/// The polynomial kernel `κ(x, y) = (c·xᵀy + o)ⁿ`; linear for n = 1, o = 0.
///
/// Its features are all monomials of degree n of `(√c·x, √o)`, see [Monomials]. Example: n = 2, o = 1, x = (1, 2),
/// y = (3, 1): (5 + 1)² = 36.
///
/// @param degree n ≥ 1
/// @param offset o ≥ 0
/// @param scale c
public record Polynomial(int degree, double offset, Positive scale) implements Kernel {
    /// @throws IllegalArgumentException if the degree is below 1, or the offset negative or not finite
    public Polynomial {
        if (degree < 1) {
            throw new IllegalArgumentException("the degree of a polynomial kernel is at least 1, not " + degree);
        }
        if (!(offset >= 0 && offset < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("the offset of a polynomial kernel must be finite and at least 0, not "
                    + offset + ": with a negative one it is not positive semidefinite");
        }
    }

    public Polynomial(int degree, double offset) {
        this(degree, offset, Positive.of(1));
    }

    /// `κ(x, y) = xᵀy`.
    public static Polynomial linear() {
        return new Polynomial(1, 0);
    }

    @Override
    public Tensor gram(Tensor x, Tensor y) {
        Tensor products = scale.times(x.matmul(y.transpose(-1, -2)));
        Tensor shifted = offset == 0 ? products : products.add(offset);
        return degree == 1 ? shifted : degree == 2 ? shifted.square() : shifted.pow(degree);
    }

    @Override
    public Range range() {
        return degree % 2 == 0 ? Range.NOT_NEGATIVE : Range.ALL;
    }

    @Override
    public Optional<FeaturePair> features() {
        return Optional.of(FeaturePair.of(new Expansion(this)));
    }

    @Override
    public void describe(Parts parts) {
        scale.describe("scale", parts);
    }

    private record Expansion(Polynomial kernel) implements FeatureMap {
        @Override
        public Tensor features(Tensor x) {
            Tensor scaled = kernel.scale.timesRoot(x);
            Tensor full = kernel.offset == 0 ? scaled : scaled.pad(Math.sqrt(kernel.offset), 0, 1);
            return kernel.degree == 1 ? full : new Monomials(kernel.degree).features(full);
        }

        @Override
        public int dimension(int d) {
            return new Monomials(kernel.degree).dimension(kernel.offset == 0 ? d : d + 1);
        }
    }
}
