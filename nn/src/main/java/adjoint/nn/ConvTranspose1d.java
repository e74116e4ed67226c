package adjoint.nn;

import adjoint.autodiff.Convolution;
import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;

/// The transpose of a convolution along sequences: `[N, in, length]` to `[N, out, (length − 1)·stride − 2·padding +
/// dilation·(size − 1) + outputPadding + 1]`; see [Convolution]. `weight` is `[in, out/groups, size]`, `bias` `[out]`;
/// both start with draws from U(−1/√n, 1/√n) with n = out/groups·size, as in PyTorch.
public final class ConvTranspose1d extends Convolving {
    private final int outputPadding;

    /// @param outputPadding which of the lengths that the convolution would map to one it is to be, counted from the
    ///     shortest; smaller than stride or dilation
    public ConvTranspose1d(Filter filter, int outputPadding, DType dtype, Rng key) {
        super(filter, dtype, key, filter.in(), filter.out() / filter.groups(), filter.cols());
        this.outputPadding = outputPadding;
    }

    /// @throws adjoint.autodiff.ShapeError unless `x` is `[N, in, length]`
    @Override
    public Tensor forward(Tensor x) {
        require(x);
        return Convolution.transposed1d(x, w(), b(), filter.along(), outputPadding, filter.groups());
    }
}
