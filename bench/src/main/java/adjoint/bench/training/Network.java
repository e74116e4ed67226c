package adjoint.bench.training;

import adjoint.autodiff.Tensor;
import adjoint.nn.Module;
import adjoint.nn.Pass;

/// A classifier of ours: its module, and what leads from `[n, …]`, n samples, to logits `[n, classes]`.
///
/// @param module holds the parameters, with PyTorch's names and layouts
public record Network(Module module, Forward forward) {
    /// The pass forward.
    public interface Forward {
        Tensor logits(Tensor x, Pass pass);
    }
}
