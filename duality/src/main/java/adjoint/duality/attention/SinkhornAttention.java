package adjoint.duality.attention;

import adjoint.autodiff.Tensor;
import adjoint.duality.Certificate;
import adjoint.nn.AttentionMask;
import adjoint.nn.AttentionMechanism;
import adjoint.nn.Dropout;
import adjoint.nn.Pass;

/// Doubly stochastic attention: rows and columns of `e^(q kᵀ/√p + bias)` are normalised by turns, rows to 1, columns to
/// N/M for N queries and M visible keys. It begins and ends with rows; one iteration is softmax attention, many are the
/// plan of [adjoint.duality.convex.EntropicTransport], with its dual potentials. The certificate is the largest
/// relative error of a sum of a row or column.
///
/// Pair: the dual side alone, on logarithms. O(iterations·N·M) time beside the products, O(N·M) memory; not causal, as
/// a column looks at all queries; masks of keys, biases. The queries of padded tokens count in columns. Example: 2
/// tokens, scores (s, 0; 0, 0): both rows and both columns sum to 1.
///
/// Paper: Sander, Ablin, Blondel, Peyré, *Sinkformers: transformers with doubly stochastic attention*, AISTATS 2022.
///
/// @param iterations how many normalisations, odd
/// @param dropout of the weights
public record SinkhornAttention(int iterations, Dropout dropout) implements AttentionMechanism {
    /// @throws IllegalArgumentException if the iterations are not odd
    public SinkhornAttention {
        if (iterations < 1 || iterations % 2 == 0) {
            throw new IllegalArgumentException(
                    "Sinkhorn's iterations begin and end with rows: their number is odd, not " + iterations);
        }
    }

    /// Without dropout.
    public SinkhornAttention(int iterations) {
        this(iterations, new Dropout(0));
    }

    @Override
    public Tensor attend(Tensor q, Tensor k, Tensor v, AttentionMask mask, Pass pass) {
        mask.requireNoCausal("Sinkhorn attention");
        Tensor scores = Weights.scores(q, Weights.visible(k, mask), 1 / Math.sqrt(q.dim(3)), mask);
        for (int i = 0; i < iterations; i++) {
            scores = i % 2 == 0
                    ? scores.sub(sums(scores, -1))
                    : scores.sub(sums(scores, -2)).add(share(q, k, mask));
        }
        Tensor weights = dropout.forward(scores.exp(), pass);
        return Weights.shown(
                pass,
                Weights.visible(v, mask),
                weights::matmul,
                Certificate.Kind.CONSTRAINT_RESIDUAL,
                w -> off(w, -1).maximum(off(w.div(share(q, k, mask).exp()), -2)));
    }

    /// The largest distance of a sum from 1, `[B, H]`; sums of nothing do not count.
    private static Tensor off(Tensor weights, int axis) {
        Tensor sums = weights.sum(axis);
        return sums.sub(1).abs().where(sums.notEqual(0), 0).max(-1);
    }

    /// Logarithms of sums; 0 for a sum of nothing, which stays nothing.
    private static Tensor sums(Tensor scores, int axis) {
        Tensor some = scores.detach().max(true, axis).greater(Double.NEGATIVE_INFINITY);
        return scores.where(some, 0).logSumExp(true, axis).where(some, 0);
    }

    /// ln(N/M).
    private static Tensor share(Tensor q, Tensor k, AttentionMask mask) {
        Tensor queries = Tensor.scalar(q.dim(2), q.dtype());
        Tensor keys = mask.keys() == null
                ? Tensor.scalar(k.dim(2), q.dtype())
                : Weights.keys(mask, -2).notEqual(0).to(q.dtype()).sum(true, -1).maximum(1);
        return queries.div(keys).log();
    }
}
