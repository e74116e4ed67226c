package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;

/// `y = (x − mean)/√(var + eps)·weight + bias` over the last axis, with the variance divided by its length
/// (Ba, Kiros, Hinton, 2016). `weight` starts with 1, `bias` with 0.
public final class LayerNorm extends Normalizer implements Layer.Pure {
    private static final double EPSILON = 1e-5;

    /// With eps 10⁻⁵, weight and bias.
    ///
    /// @param width the length of the last axis
    public LayerNorm(int width, DType dtype) {
        this(width, EPSILON, Affine.WEIGHT_AND_BIAS, dtype);
    }

    /// @param width the length of the last axis
    public LayerNorm(int width, double eps, Affine affine, DType dtype) {
        super(width, eps, affine, dtype);
    }

    @Override
    public Tensor forward(Tensor x) {
        requireWidth(x);
        return x.layerNorm(gamma(), beta(), eps);
    }
}
