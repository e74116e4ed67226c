package adjoint.bench.peers;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/// A classifier of libtorch's operations.
interface TorchModel {
    List<Tensor> parameters();

    /// A training pass.
    Logits forward(Tensor x);

    /// What comes out of it.
    ///
    /// @param own a loss of the model's own, to be added, or null
    record Logits(Tensor values, Tensor own) {}
}
