package adjoint.duality.pair;

import adjoint.autodiff.Tensor;
import adjoint.duality.kernel.FeaturePair;
import adjoint.nn.AttentionMask;
import adjoint.nn.AttentionMechanism;
import adjoint.nn.Parts;
import adjoint.nn.Pass;

/// A [Pair] as a mechanism of attention, for every model of `nn`.
///
/// ```java
/// Pair pair = Pair.of(new Polynomial(2, 1)).rows();
/// AttentionMechanism.Factory factory = (layer, key) -> new PairMechanism(pair, Execution.AUTO);
/// ```
///
/// Masks of keys and causal masks are honoured where the pair can; a bias is refused, since it belongs to the logarithm
/// of a
/// kernel. Where a mask makes a pair causal, [Execution#PRIMAL] becomes [Execution#CHUNKED]. Generation token by token
/// keeps
/// the sums `Σ φ(k)·vᵀ`, of a size that does not grow, if there are features. The kernel's learned hyperparameters are
/// the
/// mechanism's, under `kernel`.
///
/// @param pair what is worked out
/// @param execution how
public record PairMechanism(Pair pair, Execution execution) implements AttentionMechanism {
    @Override
    public Tensor attend(Tensor q, Tensor k, Tensor v, AttentionMask mask, Pass pass) {
        mask.requireNoBias("a pair of a kernel and its features");
        boolean causal = mask.isCausal() || pair.causal();
        Execution chosen = causal && execution == Execution.PRIMAL ? Execution.CHUNKED : execution;
        return (causal ? pair.masked() : pair).attend(q, k, v, mask.keys(), chosen);
    }

    /// @throws UnsupportedOperationException if no features are known
    @Override
    public Memory memory(int room) {
        return new Sums(
                pair.features()
                        .orElseThrow(() -> new UnsupportedOperationException("no features of " + pair.kernel()
                                + " are known, so there are no sums to keep for generation token by token")),
                room);
    }

    @Override
    public void describe(Parts parts) {
        parts.module("kernel", pair.kernel());
    }

    /// `Σ φ(k)·vᵀ` of all tokens so far.
    private final class Sums implements Memory {
        private final FeaturePair features;
        private final int room;
        private Tensor state;
        private int length;

        Sums(FeaturePair features, int room) {
            this.features = features;
            this.room = room;
        }

        @Override
        public int length() {
            return length;
        }

        @Override
        public Tensor attend(Tensor q, Tensor k, Tensor v) {
            int n = k.dim(2);
            if (n > room - length) {
                throw new IllegalArgumentException(
                        "a memory for " + room + " tokens holds " + length + " and has no room for " + n + " more");
            }
            boolean rows = pair.normaliser() == Normaliser.ROW;
            Tensor values = rows ? v.pad(1, 0, 1) : v;
            Tensor phiQ = features.query().features(q);
            Tensor phiK = features.key().features(k).transpose(-1, -2);
            Tensor sums = phiQ.matmul(phiK).tril(0).matmul(values);
            Tensor moved = phiK.matmul(values);
            if (state != null) {
                sums = sums.add(phiQ.matmul(state));
                moved = moved.add(state);
            }
            state = moved;
            length += n;
            return rows ? Pair.quotient(sums) : sums;
        }
    }
}
