package adjoint.bench.peers;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/// A classifier of libtorch's operations.
interface TorchModel {
    TensorVector parameters();

    /// A training pass.
    Logits forward(Tensor x);

    /// What comes out of it.
    ///
    /// @param own a loss of the model's own, to be added, or null
    record Logits(Tensor values, Tensor own) {}
}
