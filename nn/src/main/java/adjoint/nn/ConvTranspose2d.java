package adjoint.nn;

import adjoint.autodiff.Convolution;
import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;

/// The transpose of a convolution over images: `[N, in, rows, cols]` to `[N, out, …]`, lengths as in [ConvTranspose1d];
/// see [Convolution]. `weight` is `[in, out/groups, rows, cols]`, `bias` `[out]`; both start with draws from
/// U(−1/√n, 1/√n) with n = out/groups·rows·cols, as in PyTorch.
public final class ConvTranspose2d extends Convolving {
    private final int outputPadding;

    /// @param outputPadding which of the lengths that the convolution would map to one it is to be, counted from the
    ///     shortest; smaller than stride or dilation
    public ConvTranspose2d(Filter filter, int outputPadding, DType dtype, Rng key) {
        super(filter, dtype, key, filter.in(), filter.out() / filter.groups(), filter.rows(), filter.cols());
        this.outputPadding = outputPadding;
    }

    /// @throws adjoint.autodiff.ShapeError unless `x` is `[N, in, rows, cols]`
    @Override
    public Tensor forward(Tensor x) {
        require(x);
        return Convolution.transposed2d(
                x, w(), b(), filter.down(), filter.along(), outputPadding, outputPadding, filter.groups());
    }
}
