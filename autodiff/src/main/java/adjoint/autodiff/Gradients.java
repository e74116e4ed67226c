package adjoint.autodiff;

/// The gradients of one scalar with respect to the watched tensors of a [Tape], valid until the tape is closed.
public final class Gradients {
    private final Tape tape;

    Gradients(Tape tape) {
        this.tape = tape;
    }

    /// ∂loss/∂`leaf`, of the leaf's shape; zeros if the loss does not depend on it.
    ///
    /// @throws IllegalArgumentException if the tape does not watch the tensor
    /// @throws IllegalStateException if the tape is closed
    public Tensor of(Tensor leaf) {
        return tape.gradientOf(leaf);
    }
}
