package adjoint.duality.kernel;

import adjoint.autodiff.Tensor;
import adjoint.nn.Parts;

/// The kernel of stochastic neighbour embedding: the probability that x picks y among the rows of Y,
/// `κ(x, y) = e^(−‖x − y‖²/(2ℓ²)) / Σ_z e^(−‖x − z‖²/(2ℓ²))`, z over Y.
///
/// Each row of a Gram matrix sums to 1; it is asymmetric, and what it says of a pair depends on all of Y. For other
/// rows
/// y the sum stays that over the reference, and values may exceed 1.
///
/// Reference: Hinton, Roweis, *Stochastic neighbor embedding*, NeurIPS 2002.
///
/// @param length ℓ
public record Sne(Positive length) implements Kernel {
    public Sne(double length) {
        this(Positive.of(length));
    }

    @Override
    public Tensor gram(Tensor x, Tensor y) {
        return logits(x, y).softmax(-1);
    }

    @Override
    public Tensor gram(Tensor x, Tensor y, Tensor reference) {
        return logits(x, y).sub(logits(x, reference).logSumExp(true, -1)).exp();
    }

    private Tensor logits(Tensor x, Tensor y) {
        return Distances.squared(length.divide(x), length.divide(y)).mul(-0.5);
    }

    @Override
    public Tensor diagonal(Tensor x) {
        return gram(x, x).diagonal(0);
    }

    @Override
    public boolean symmetric() {
        return false;
    }

    @Override
    public boolean pointwise() {
        return false;
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
