package adjoint.nn;

import adjoint.autodiff.Convolution;
import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;

/// A convolution over images: `[N, in, rows, cols]` to `[N, out, …]`, lengths as in [Conv1d]; see [Convolution].
/// `weight` is `[out, in/groups, rows, cols]`, `bias` `[out]`; both start with draws from U(−1/√n, 1/√n) with n =
/// in/groups·rows·cols, as in PyTorch.
///
/// ```
/// Conv2d conv = new Conv2d(Filter.of(3, 16, 3).padding(1), DType.F32, Rng.of(0));
/// Tensor y = conv.forward(Tensor.ones(DType.F32, 1, 3, 8, 8));    // [1, 16, 8, 8]
/// ```
public final class Conv2d extends Convolving {
    public Conv2d(Filter filter, DType dtype, Rng key) {
        super(filter, dtype, key, filter.out(), filter.in() / filter.groups(), filter.rows(), filter.cols());
    }

    /// @throws adjoint.autodiff.ShapeError unless `x` is `[N, in, rows, cols]` and the filter fits in
    @Override
    public Tensor forward(Tensor x) {
        require(x);
        return Convolution.conv2d(x, w(), b(), filter.down(), filter.along(), filter.groups());
    }
}
