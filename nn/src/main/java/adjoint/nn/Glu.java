package adjoint.nn;

import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;

/// `y = a·gate(b)`, a and b being the halves of the last axis (Dauphin, Fan, Auli, Grangier, 2017): `[…, 2n]` to
/// `[…, n]`. With SIGMOID it is PyTorch's `GLU`.
public record Glu(Activation gate) implements Layer.Pure {
    /// @throws ShapeError if the last axis has no halves
    @Override
    public Tensor forward(Tensor x) {
        if (x.rank() < 1 || x.dim(-1) % 2 != 0) {
            throw new ShapeError("Glu needs a last axis of even length, got " + x.shape());
        }
        int half = x.dim(-1) / 2;
        return x.slice(-1, 0, half).mul(gate.forward(x.slice(-1, half, 2 * half)));
    }
}
