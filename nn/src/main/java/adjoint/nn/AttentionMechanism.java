package adjoint.nn;

import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;

/// How queries, keys and values of many heads become the heads' results: what a [MultiHeadAttention] is built around.
///
/// ```
/// AttentionMechanism uniform = new AttentionMechanism() {         // every token gets the mean of all values
///     @Override
///     public Tensor attend(Tensor q, Tensor k, Tensor v, AttentionMask mask, Pass pass) {
///         mask.requireNoCausal("the mean");
///         return v.mean(2).unsqueeze(2).expand(q.dim(0), q.dim(1), q.dim(2), v.dim(3));
///     }
/// };
/// ```
///
/// Heads are strided views of what a projection left. A result that lies in memory with the heads of a token side by
/// side, as that of [adjoint.autodiff.DotProductAttention], is not copied afterwards. Parameters, if it has any, are
/// described as those of any module; losses of its own go to [Pass#addLoss], what a report wants to see to
/// [Pass#probe].
public interface AttentionMechanism extends Module {
    /// @param q `[B, H, N, p]`
    /// @param k `[B, H, M, p]`
    /// @param v `[B, H, M, r]`
    /// @return `[B, H, N, r]`
    /// @throws IllegalArgumentException if the mechanism cannot honour the mask
    Tensor attend(Tensor q, Tensor k, Tensor v, AttentionMask mask, Pass pass);

    /// An empty memory for generation token by token: a cache of keys and values, or the sums that a linear mechanism
    /// keeps in their place.
    ///
    /// @param room how many tokens it has to hold at most
    /// @throws UnsupportedOperationException if the mechanism has none, as here
    default Memory memory(int room) {
        throw new UnsupportedOperationException(
                getClass().getSimpleName() + " has no memory for generation token by token");
    }

    @Override
    default void describe(Parts parts) {}

    /// What a mechanism keeps of the tokens so far. Not part of any gradient; confined to a thread.
    interface Memory {
        /// How many tokens it holds.
        int length();

        /// Takes n more tokens in, and answers their queries as the mechanism would with a causal mask over all tokens.
        ///
        /// @param q `[B, H, n, p]`, of the same B, H and p at each call
        /// @param k `[B, H, n, p]`
        /// @param v `[B, H, n, r]`
        /// @return `[B, H, n, r]`
        /// @throws IllegalArgumentException if there is no room for them
        Tensor attend(Tensor q, Tensor k, Tensor v);
    }

    /// Makes the mechanism of each layer of a stack.
    @FunctionalInterface
    interface Factory {
        /// @param layer counted from 0
        /// @param key determines the initial values, if it has any
        AttentionMechanism create(int layer, Rng key);
    }
}
