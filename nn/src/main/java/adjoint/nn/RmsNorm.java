package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;

/// `y = x/√(mean x² + eps)·weight` over the last axis (Zhang, Sennrich, 2019). `weight` starts with 1.
public final class RmsNorm extends Normalizer implements Layer.Pure {
    /// With a weight, and the distance from 1 to the next number of `dtype` as eps, which is PyTorch's default.
    ///
    /// @param width the length of the last axis
    public RmsNorm(int width, DType dtype) {
        this(width, dtype == DType.F32 ? Math.ulp(1f) : Math.ulp(1.0), true, dtype);
    }

    /// @param width the length of the last axis
    public RmsNorm(int width, double eps, boolean weight, DType dtype) {
        super(width, eps, weight ? Affine.WEIGHT : Affine.NONE, dtype);
    }

    @Override
    public Tensor forward(Tensor x) {
        requireWidth(x);
        return x.rmsNorm(gamma(), eps);
    }
}
