package adjoint.duality.kernel;

import adjoint.autodiff.Tensor;

/// Distances between all rows of two matrices.
final class Distances {
    private Distances() {}

    /// `‖x_i − y_j‖²` by one matrix product, `‖x‖² + ‖y‖² − 2xᵀy`, about the mean of y: off by a rounding of the
    /// squares of the rows' distances from there, never negative.
    static Tensor squared(Tensor x, Tensor y) {
        Tensor centre = y.detach().mean(true, -2);
        Tensor a = x.sub(centre);
        Tensor b = y.sub(centre);
        Tensor squares = a.square().sum(true, -1).add(b.square().sum(true, -1).transpose(-1, -2));
        return squares.sub(a.matmul(b.transpose(-1, -2)).mul(2)).maximum(0);
    }

    /// `x_i − y_j`, `[…, N, M, d]`: exact where rows are near each other, in d times the memory.
    static Tensor differences(Tensor x, Tensor y) {
        return x.unsqueeze(-2).sub(y.unsqueeze(-3));
    }
}
