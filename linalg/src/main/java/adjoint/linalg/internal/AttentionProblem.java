package adjoint.linalg.internal;

import adjoint.linalg.Attention.Heads;
import adjoint.linalg.Attention.Sizes;

/// What an attention computes, apart from its operands.
///
/// @param keyMask null for none
/// @param bias null for none
/// @param dropout the probability of a 0
/// @param key0 of the draws, with `key1`
public record AttentionProblem<A>(
        Sizes sizes,
        double scale,
        boolean causal,
        Heads<A> keyMask,
        Heads<A> bias,
        double dropout,
        int key0,
        int key1) {

    public int items() {
        return sizes.batch() * sizes.heads();
    }

    public AttentionProblem<A> causalOne() {
        return new AttentionProblem<>(sizes, scale, true, keyMask, bias, dropout, key0, key1);
    }

    public AttentionProblem<A> withKeyMask(Heads<A> mask) {
        return new AttentionProblem<>(sizes, scale, causal, mask, bias, dropout, key0, key1);
    }

    public AttentionProblem<A> withBias(Heads<A> added) {
        return new AttentionProblem<>(sizes, scale, causal, keyMask, added, dropout, key0, key1);
    }

    public AttentionProblem<A> withDropout(double p, int word0, int word1) {
        return new AttentionProblem<>(sizes, scale, causal, keyMask, bias, p, word0, word1);
    }

    /// Where the rows of an item start.
    int at(Heads<A> x, int item) {
        int batch = item / sizes.heads();
        return x.offset() + batch * x.batchStride() + (item - batch * sizes.heads()) * x.headStride();
    }

    /// Of the `n` keys from `key` on, how many the query `query` or one before it sees.
    int visible(int n, int key, int query) {
        return causal ? Math.clamp(query + 1L - key, 0, n) : n;
    }
}
