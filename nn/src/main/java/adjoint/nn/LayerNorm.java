package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;

/// `y = (x − mean)/√(var + eps)·weight + bias` over the last axis, with the variance divided by its length
/// (Ba, Kiros, Hinton, 2016). `weight` starts with 1, `bias` with 0.
public final class LayerNorm implements Module {
    private static final double EPSILON = 1e-5;

    private final Parameter weight;
    private final Parameter bias;

    /// @param width the length of the last axis
    public LayerNorm(int width, DType dtype) {
        this.weight = Parameter.full(1, dtype, width);
        this.bias = Parameter.full(0, dtype, width);
    }

    public Tensor forward(Tensor x) {
        return x.layerNorm(weight.value(), bias.value(), EPSILON);
    }

    @Override
    public void describe(Parts parts) {
        parts.parameter("weight", weight);
        parts.parameter("bias", bias);
    }
}
