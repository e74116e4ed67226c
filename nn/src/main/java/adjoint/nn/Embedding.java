package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;

/// A learned vector for each of `count` symbols: `y[…] = weight[index[…]]`, `weight` `[count, d]`.
///
/// It starts with draws from N(0, 1), as in PyTorch.
public final class Embedding implements Module {
    private final Parameter weight;

    public Embedding(int count, int width, DType dtype, Rng key) {
        if (count < 1 || width < 1) {
            throw new IllegalArgumentException(
                    "Embedding needs at least one symbol and channel, got " + count + " and " + width);
        }
        this.weight = Parameter.of(Tensor.normal(key.child("weight"), 0, 1, dtype, count, width));
    }

    /// @param index `I32` of any shape `[…]`
    /// @return `[…, d]`
    public Tensor forward(Tensor index) {
        return weight.value().take(index, 0);
    }

    public Parameter weight() {
        return weight;
    }

    @Override
    public void describe(Parts parts) {
        parts.parameter("weight", weight);
    }
}
