package adjoint.duality.attention;

import adjoint.duality.kernel.FeatureKernel;
import adjoint.duality.pair.Execution;
import adjoint.duality.pair.Pair;
import adjoint.duality.pair.PairMechanism;

/// Cosine attention: `out_i = Σ_j κ(q_i, k_j)·v_j`, `κ(q, k) = cos(q, k)/√L` for sequences of L tokens; 0 if q or k
/// is 0.
///
/// Weights are of both signs and do not sum to 1: L of them that know nothing of each other make a sum of size √L.
///
/// Pair: exact, p features. O((N + M)·p·r) time; causal, and recurrent for generation; masks of keys.
/// Example: the weight of (4, 3) for (3, 4) is 0.96/√L.
///
/// Paper: Mongaras, Dohm, Larson, *Cottention: linear transformers with cosine attention*, 2024, with its exponent of L
/// fixed at ½.
public final class CosineAttention {
    private CosineAttention() {}

    /// @param tokens L, the length of the sequences
    public static PairMechanism create(int tokens) {
        Pair pair = Pair.of(FeatureKernel.cosine().scaled(1 / Math.sqrt(Math.max(1, tokens))));
        return new PairMechanism("cosine attention", pair, Execution.FEWEST);
    }
}
