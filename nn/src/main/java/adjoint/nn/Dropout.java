package adjoint.nn;

import adjoint.autodiff.Tensor;

/// Zeroes each element with probability `p` and divides the others by `1 − p`, in training only (Srivastava et al.,
/// 2014). Which, is determined by the pass's key.
///
/// @param p in `[0, 1)`
public record Dropout(double p) implements Layer {
    public Dropout {
        if (!(p >= 0 && p < 1)) {
            throw new IllegalArgumentException("a dropout probability must be in [0, 1), got " + p);
        }
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        return isOn(pass) ? x.dropout(p, pass.nextKey()) : x;
    }

    /// `x + dropout(y)` in one pass over the memory.
    public Tensor add(Tensor x, Tensor y, Pass pass) {
        return isOn(pass) ? x.addDropout(y, p, pass.nextKey()) : x.add(y);
    }

    private boolean isOn(Pass pass) {
        return p > 0 && pass.training();
    }
}
