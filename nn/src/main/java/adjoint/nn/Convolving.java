package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;

/// The filters of a convolution: they start with draws from U(−1/√n, 1/√n), n being the numbers of one filter, as in
/// PyTorch.
abstract sealed class Convolving implements Layer.Pure permits Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d {
    final Filter filter;
    private final Parameter weight;
    private final Parameter bias;

    /// @param shape of the weight
    Convolving(Filter filter, DType dtype, Rng key, int... shape) {
        int fan = shape[1];
        for (int axis = 2; axis < shape.length; axis++) {
            fan *= shape[axis];
        }
        double bound = 1 / Math.sqrt(fan);
        this.filter = filter;
        this.weight = Parameter.uniform(key.child("weight"), bound, dtype, shape);
        this.bias = filter.bias() ? Parameter.uniform(key.child("bias"), bound, dtype, filter.out()) : null;
    }

    final void require(Tensor x) {
        int rank = weight.shape().rank();
        if (x.rank() != rank || x.dim(1) != filter.in()) {
            throw new ShapeError(getClass().getSimpleName() + " needs x [N, " + filter.in()
                    + (rank == 3 ? ", length" : ", rows, cols") + "], got " + x.shape());
        }
    }

    final Tensor w() {
        return weight.value();
    }

    final Tensor b() {
        return bias == null ? null : bias.value();
    }

    public final Filter filter() {
        return filter;
    }

    public final Parameter weight() {
        return weight;
    }

    /// Null if there is none.
    public final Parameter bias() {
        return bias;
    }

    @Override
    public final void describe(Parts parts) {
        parts.parameter("weight", weight);
        if (bias != null) {
            parts.parameter("bias", bias);
        }
    }
}
