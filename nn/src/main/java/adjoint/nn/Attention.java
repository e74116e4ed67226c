package adjoint.nn;

import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;

/// A layer in which every token looks at the others: what an [EncoderLayer] is built around. [MultiHeadAttention] is
/// one for any [AttentionMechanism].
///
/// Losses of its own go to [Pass#addLoss], what a report wants to see of its inside to [Pass#probe].
public interface Attention extends Module {
    /// Maps `x` `[B, N, d]` to `[B, N, d]`.
    ///
    /// @param mask which tokens may be looked at
    /// @throws IllegalArgumentException if the layer cannot honour the mask
    Tensor attend(Tensor x, AttentionMask mask, Pass pass);

    /// An empty memory for generation token by token.
    ///
    /// @param room how many tokens it has to hold at most
    /// @throws UnsupportedOperationException if the layer has none, as here
    default Memory memory(int room) {
        throw new UnsupportedOperationException(
                getClass().getSimpleName() + " has no memory for generation token by token");
    }

    /// What a layer keeps of the tokens so far. Confined to a thread.
    @FunctionalInterface
    interface Memory {
        /// Takes n more tokens in, and maps them as the layer would with a causal mask over all tokens.
        ///
        /// @param x `[B, n, d]`, of the same B at each call
        /// @return `[B, n, d]`
        Tensor attend(Tensor x);
    }

    /// Makes the attention of each layer of a stack.
    @FunctionalInterface
    interface Factory {
        /// @param layer counted from 0
        /// @param key determines the initial values
        Attention create(int layer, Rng key);
    }
}
