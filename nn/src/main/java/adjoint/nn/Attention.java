package adjoint.nn;

import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;

/// A layer in which every token looks at the others: what an [EncoderLayer] is built around.
///
/// Losses of its own go to [Pass#addLoss], what a report wants to see of its inside to [Pass#probe].
public interface Attention extends Module {
    /// Maps `x` `[B, N, d]` to `[B, N, d]`.
    ///
    /// @param mask `[B, N]`, 1 where a token is valid and 0 where it is padding, of `x`'s dtype; or null if all are
    Tensor attend(Tensor x, Tensor mask, Pass pass);

    /// Makes the attention of each layer of a stack.
    @FunctionalInterface
    interface Factory {
        /// @param layer counted from 0
        /// @param key determines the initial values
        Attention create(int layer, Rng key);
    }
}
