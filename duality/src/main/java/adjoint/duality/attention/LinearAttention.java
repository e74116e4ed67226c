package adjoint.duality.attention;

import adjoint.autodiff.Tensor;
import adjoint.duality.FeatureMap;
import adjoint.duality.kernel.FeatureKernel;
import adjoint.duality.kernel.FeaturePair;
import adjoint.duality.kernel.Kernel;
import adjoint.duality.pair.Execution;
import adjoint.duality.pair.Pair;
import adjoint.duality.pair.PairMechanism;

/// Linear attention: rows of `κ(q, k) = φ(q)ᵀφ(k)`, φ(x) = elu(x) + 1 element by element, normalised.
///
/// Pair: exact, p features of p components. O((N + M)·p·r) time; causal, and recurrent for generation; masks of keys.
/// Example: φ(−1, 2) = (1/e, 3).
///
/// Paper: Katharopoulos, Vyas, Pappas, Fleuret, *Transformers are RNNs*, ICML 2020.
public final class LinearAttention {
    private LinearAttention() {}

    public static PairMechanism create() {
        FeatureMap elu = FeatureMap.of(d -> d, LinearAttention::positive);
        return new PairMechanism(
                "linear attention",
                Pair.of(new FeatureKernel(FeaturePair.of(elu), Kernel.Range.NOT_NEGATIVE))
                        .rows(),
                Execution.FEWEST);
    }

    /// elu(x) + 1.
    private static Tensor positive(Tensor x) {
        return x.relu().add(x.minimum(0).exp());
    }
}
