package adjoint.nn;

import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import java.util.Arrays;

/// Zeroes each sample, a position of the first axis, with probability `p` and divides the others by `1 − p`, in
/// training only: stochastic depth, when it stands at the end of a residual branch (Huang, Sun, Liu, Sedra, Weinberger,
/// 2016). Which, is determined by the pass's key.
///
/// @param p in `[0, 1)`
public record DropPath(double p) implements Layer {
    public DropPath {
        if (!(p >= 0 && p < 1)) {
            throw new IllegalArgumentException("a drop path probability must be in [0, 1), got " + p);
        }
    }

    /// @throws ShapeError if `x` is a scalar
    @Override
    public Tensor forward(Tensor x, Pass pass) {
        return isOn(pass) ? x.mul(factors(x, pass)) : x;
    }

    /// `x + dropPath(y)`.
    public Tensor add(Tensor x, Tensor y, Pass pass) {
        return x.add(forward(y, pass));
    }

    private boolean isOn(Pass pass) {
        return p > 0 && pass.training();
    }

    /// A number for each sample, with axes of length 1 behind it.
    private Tensor factors(Tensor x, Pass pass) {
        if (x.rank() == 0) {
            throw new ShapeError("DropPath needs samples along the first axis, got a scalar");
        }
        int[] dims = new int[x.rank()];
        Arrays.fill(dims, 1);
        dims[0] = x.dim(0);
        return Tensor.full(1, x.dtype(), dims).dropout(p, pass.nextKey());
    }
}
