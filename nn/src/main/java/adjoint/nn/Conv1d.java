package adjoint.nn;

import adjoint.autodiff.Convolution;
import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;

/// A convolution along sequences: `[N, in, length]` to
/// `[N, out, (length + 2·padding − dilation·(size − 1) − 1)/stride + 1]`; see [Convolution]. `weight` is
/// `[out, in/groups, size]`, `bias` `[out]`; both start with draws from U(−1/√n, 1/√n) with n = in/groups·size, as in
/// PyTorch.
public final class Conv1d extends Convolving {
    public Conv1d(Filter filter, DType dtype, Rng key) {
        super(filter, dtype, key, filter.out(), filter.in() / filter.groups(), filter.cols());
    }

    /// @throws adjoint.autodiff.ShapeError unless `x` is `[N, in, length]` and the filter fits in
    @Override
    public Tensor forward(Tensor x) {
        require(x);
        return Convolution.conv1d(x, w(), b(), filter.along(), filter.groups());
    }
}
