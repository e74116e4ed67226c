package adjoint.duality.attention;

import adjoint.autodiff.Tensor;
import adjoint.duality.FeatureMap;
import adjoint.duality.kernel.FeatureKernel;
import adjoint.duality.kernel.FeaturePair;
import adjoint.duality.kernel.Kernel;
import adjoint.duality.pair.Execution;
import adjoint.duality.pair.Pair;
import adjoint.duality.pair.PairMechanism;

/// cosFormer: rows of `κ(q_i, k_j) = relu(q_i)ᵀrelu(k_j)·cos(π(i − j)/2L)`, normalised: near tokens weigh more.
///
/// Pair: exact, of rows that carry their angle θ_i = πi/2L as one more component; 2p features
/// `(relu(x)·cos θ, relu(x)·sin θ)`, since cos(θ − η) = cos θ cos η + sin θ sin η. O((N + M)·p·r) time; causal, and
/// recurrent for generation; masks of keys. A query without a positive component gets 0. Example: L = 2, i = 0, j = 1:
/// the factor is cos(π/4).
///
/// Paper: Qin et al., *cosFormer: rethinking softmax in attention*, ICLR 2022.
public final class CosFormer {
    private CosFormer() {}

    /// @param tokens L, the longest sequence
    public static PairMechanism create(int tokens) {
        FeatureMap map = FeatureMap.of(d -> 2 * (d - 1), CosFormer::turned);
        Pair pair = Pair.of(new FeatureKernel(FeaturePair.of(map), Kernel.Range.NOT_NEGATIVE))
                .rows();
        return new PairMechanism("cosFormer", pair, Execution.FEWEST, (x, first) -> placed(x, first, tokens), _ -> {});
    }

    private static Tensor turned(Tensor x) {
        int p = x.dim(-1) - 1;
        Tensor angle = x.slice(-1, p, p + 1);
        Tensor positive = x.slice(-1, 0, p).relu();
        return Tensor.concat(-1, positive.mul(angle.cos()), positive.mul(angle.sin()));
    }

    private static Tensor placed(Tensor x, int first, int tokens) {
        int n = x.dim(2);
        if (first + n > tokens) {
            throw new IllegalArgumentException(
                    "this cosFormer was made for sequences of at most " + tokens + " tokens, got " + (first + n));
        }
        Tensor angles = Tensor.range(n, x.dtype())
                .add(first)
                .mul(Math.PI / (2.0 * tokens))
                .reshape(1, 1, n, 1)
                .expand(x.dim(0), x.dim(1), n, 1);
        return Tensor.concat(-1, x, angles);
    }
}
