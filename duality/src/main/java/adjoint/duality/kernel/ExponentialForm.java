package adjoint.duality.kernel;

import adjoint.autodiff.Tensor;

/// The exponent of a kernel of the form `κ(x, y) = e^(aᵀb + α + β)`, with a and α made of x, b and β of y. [LazyGram]
/// has
/// a kernel of its own for it, and its rows, normalised, are a softmax, which does not overflow.
@FunctionalInterface
public interface ExponentialForm {
    /// What both sides bring to the exponent.
    ///
    /// @param x `[…, N, d]`
    /// @param y `[…, M, d]`
    /// @param centred whether rows are taken from the mean of those of y first, where the kernel is one of differences:
    ///     less is rounded, but each side depends on all of y
    Sides of(Tensor x, Tensor y, boolean centred);

    /// @param a `[…, N, k]`
    /// @param alpha α, `[…, N]`
    /// @param b `[…, M, k]`
    /// @param beta β, `[…, M]`
    record Sides(Tensor a, Tensor alpha, Tensor b, Tensor beta) {
        /// Those of κ(y, x).
        Sides transposed() {
            return new Sides(b, beta, a, alpha);
        }

        /// Those of the product of two kernels.
        Sides times(Sides other) {
            return new Sides(
                    Tensor.concat(-1, a, other.a),
                    alpha.add(other.alpha),
                    Tensor.concat(-1, b, other.b),
                    beta.add(other.beta));
        }
    }
}
