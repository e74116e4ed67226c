package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.autodiff.Normalization;
import adjoint.autodiff.Tensor;

/// `y = (x − mean)/√(var + eps)·weight + bias`, with mean and variance of each sample and group of neighbouring
/// channels, over the group's channels and all positions (Wu, He, 2018). `x` is `[N, channels, …]`.
///
/// As many groups as channels is instance normalisation, one group a layer norm of the whole sample.
public final class GroupNorm extends Normalizer implements Layer.Pure {
    private static final double EPSILON = 1e-5;

    private final int groups;

    /// With eps 10⁻⁵, weight and bias.
    public GroupNorm(int groups, int channels, DType dtype) {
        this(groups, channels, EPSILON, Affine.WEIGHT_AND_BIAS, dtype);
    }

    /// @throws IllegalArgumentException if the channels do not fall into `groups` groups of one size
    public GroupNorm(int groups, int channels, double eps, Affine affine, DType dtype) {
        super(channels, eps, affine, dtype);
        if (groups < 1 || channels % groups != 0) {
            throw new IllegalArgumentException(
                    "GroupNorm cannot cut " + channels + " channels into " + groups + " groups of one size");
        }
        this.groups = groups;
    }

    @Override
    public Tensor forward(Tensor x) {
        requireChannels(x);
        return Normalization.groupNorm(x, groups, gamma(), beta(), eps);
    }
}
