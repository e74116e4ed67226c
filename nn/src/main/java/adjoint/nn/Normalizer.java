package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;

/// Scale and shift of a normalisation, one number per channel.
abstract sealed class Normalizer implements Layer permits LayerNorm, RmsNorm, GroupNorm, BatchNorm {
    final int width;
    final double eps;
    private final Parameter weight;
    private final Parameter bias;

    Normalizer(int width, double eps, Affine affine, DType dtype) {
        String name = getClass().getSimpleName();
        if (width < 1) {
            throw new IllegalArgumentException(name + " needs at least one channel, got " + width);
        }
        if (!(eps >= 0 && eps < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(name + " needs a finite eps ≥ 0, got " + eps);
        }
        this.width = width;
        this.eps = eps;
        this.weight = affine.weight(width, dtype);
        this.bias = affine.bias(width, dtype);
    }

    final void requireWidth(Tensor x) {
        if (x.rank() < 1 || x.dim(-1) != width) {
            throw new ShapeError(getClass().getSimpleName() + " needs x […, " + width + "], got " + x.shape());
        }
    }

    final void requireChannels(Tensor x) {
        if (x.rank() < 2 || x.dim(1) != width) {
            throw new ShapeError(getClass().getSimpleName() + " needs x [N, " + width + ", …], got " + x.shape());
        }
    }

    final Tensor gamma() {
        return weight == null ? null : weight.value();
    }

    final Tensor beta() {
        return bias == null ? null : bias.value();
    }

    /// Null if there is none.
    public final Parameter weight() {
        return weight;
    }

    /// Null if there is none.
    public final Parameter bias() {
        return bias;
    }

    @Override
    public void describe(Parts parts) {
        if (weight != null) {
            parts.parameter("weight", weight);
        }
        if (bias != null) {
            parts.parameter("bias", bias);
        }
    }
}
