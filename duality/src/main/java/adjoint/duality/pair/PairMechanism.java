package adjoint.duality.pair;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.duality.Certificate;
import adjoint.duality.convex.FenchelYoung;
import adjoint.duality.kernel.FeaturePair;
import adjoint.nn.AttentionMask;
import adjoint.nn.AttentionMechanism;
import adjoint.nn.Module;
import adjoint.nn.Parts;
import adjoint.nn.Pass;
import adjoint.nn.SoftmaxMechanism;
import java.util.function.Consumer;

/// A [Pair] as a mechanism of attention, for every model of `nn`.
///
/// ```java
/// Pair pair = Pair.of(new Polynomial(2, 1)).rows();
/// AttentionMechanism.Factory factory = (layer, key) -> new PairMechanism(pair, Execution.AUTO);
/// ```
///
/// Masks of keys and causal masks are honoured where the pair can; a bias is refused, since it belongs to the logarithm
/// of a kernel. Where a mask makes a pair causal, [Execution#PRIMAL] becomes [Execution#CHUNKED]. Generation token by
/// token keeps the sums `Σ φ(k)·vᵀ`, of a size that does not grow, if there are features. The kernel's learned
/// hyperparameters are the mechanism's, under `kernel`.
///
/// The matrix of weights is shown to a probe as [SoftmaxMechanism#KERNEL]. The certificate is, where rows are
/// normalised
/// and features random, the [FenchelYoung#divergence] of the weights from the kernel's own, for FAVOR+ softmax; of
/// other pairs with features the relative error of the output beside that of the other side.
///
/// @param name for messages
/// @param pair what is worked out
/// @param execution how
/// @param rows what the kernel is given in place of queries and keys
/// @param state parameters and buffers
/// @param training told of each pass of a training: what becomes of buffers
public record PairMechanism(
        String name, Pair pair, Execution execution, Rows rows, Module state, Consumer<Pass> training)
        implements AttentionMechanism {
    /// Makes the kernel's rows.
    @FunctionalInterface
    public interface Rows {
        /// @param x queries or keys `[B, H, N, p]`
        /// @param first the place of the first of them in its sequence
        /// @return `[B, H, N, d]`
        Tensor of(Tensor x, int first);
    }

    /// Whose buffers stay as they are.
    public PairMechanism(String name, Pair pair, Execution execution, Rows rows, Module state) {
        this(name, pair, execution, rows, state, _ -> {});
    }

    /// Of queries and keys as they are.
    public PairMechanism(Pair pair, Execution execution) {
        this("a pair of a kernel and its features", pair, execution);
    }

    /// Of queries and keys as they are, with a name for messages.
    public PairMechanism(String name, Pair pair, Execution execution) {
        this(name, pair, execution, (x, _) -> x, parts -> parts.module("kernel", pair.kernel()));
    }

    @Override
    public Tensor attend(Tensor q, Tensor k, Tensor v, AttentionMask mask, Pass pass) {
        mask.requireNoBias(name);
        if (pass.training()) {
            training.accept(pass);
        }
        boolean causal = mask.isCausal() || pair.causal();
        Execution wanted = causal && execution == Execution.PRIMAL ? Execution.CHUNKED : execution;
        Pair masked = causal ? pair.masked() : pair;
        Tensor a = rows.of(q, 0);
        Tensor b = rows.of(k, 0);
        Tensor out = masked.attend(a, b, v, mask.keys(), wanted);
        if (pass.probing()) {
            show(masked, a, b, v, mask.keys(), masked.chosen(a, b, v, wanted), out, pass);
        }
        return out;
    }

    private static void show(
            Pair pair, Tensor a, Tensor b, Tensor v, Tensor mask, Execution chosen, Tensor out, Pass pass) {
        int keys = b.dim(2);
        Tensor each = Tensor.eye(keys, v.dtype()).expand(b.dim(0), b.dim(1), keys, keys);
        Tensor weights = pair.attend(a, b, each, mask, chosen);
        pass.probe(SoftmaxMechanism.KERNEL, weights);
        if (pair.random().isPresent() && pair.normaliser() == Normaliser.ROW) {
            Tensor shown = mask == null ? null : mask.to(DType.F64);
            Tensor exact = pair.attend(a.to(DType.F64), b.to(DType.F64), each.to(DType.F64), shown, Execution.DUAL);
            pass.probe(Certificate.Kind.FENCHEL_YOUNG_GAP.name(), FenchelYoung.divergence(exact, weights));
        } else if (pair.features().isPresent()) {
            Execution linear = pair.causal() ? Execution.CHUNKED : Execution.PRIMAL;
            Tensor other = pair.attend(a, b, v, mask, chosen == Execution.DUAL ? linear : Execution.DUAL);
            pass.probe(Certificate.Kind.RELATIVE_ERROR.name(), Certificate.relative(other.sub(out), other));
        }
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
        state.describe(parts);
    }

    /// `Σ φ(k)·vᵀ` of all tokens so far.
    private final class Sums implements Memory {
        private final FeaturePair features;
        private final int room;
        private final Running sums = new Running();
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
            boolean normalised = pair.normaliser() == Normaliser.ROW;
            Tensor values = normalised ? v.pad(1, 0, 1) : v;
            Tensor a = rows.of(q, length);
            Tensor b = rows.of(k, length);
            Pair.Logarithms logarithms = pair.logarithms(a, b);
            Tensor exponent = Running.largest(logarithms.key(), -1);
            Tensor scale = Running.largest(logarithms.query(), -1);
            Tensor out = pair.unscaled(
                    sums.add(
                            Running.features(features.query(), a, logarithms.query(), scale),
                            Running.features(features.key(), b, logarithms.key(), exponent),
                            exponent,
                            values),
                    sums,
                    scale);
            length += n;
            return normalised ? Pair.quotient(out) : out;
        }
    }
}
