package adjoint.duality.kernel;

import adjoint.autodiff.Tensor;

/// A kernel of the form `κ(x, y) = e^(aᵀb + α + β)`, with a and α made of x, b and β of y: [LazyGram] has a kernel of
/// its own for it.
public interface ExponentialForm extends Kernel {
    /// a and α of rows x `[…, N, d]`.
    Side left(Tensor x);

    /// b and β of rows y `[…, M, d]`.
    Side right(Tensor y);

    /// Whether κ(x − z, y − z) = κ(x, y): then rows are taken from their mean first, for which less is rounded.
    default boolean stationary() {
        return false;
    }

    /// α = 0 for every row.
    static Tensor none(Tensor rows) {
        return rows.slice(-1, 0, 0).sum(-1);
    }

    /// What one side brings to the exponent.
    ///
    /// @param rows a, `[…, N, k]`
    /// @param terms α, `[…, N]`
    record Side(Tensor rows, Tensor terms) {}
}
