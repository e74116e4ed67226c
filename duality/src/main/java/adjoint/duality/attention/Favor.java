package adjoint.duality.attention;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.duality.FeatureMap;
import adjoint.duality.kernel.FeaturePair;
import adjoint.duality.kernel.Frequencies;
import adjoint.duality.kernel.RandomFeatures;
import adjoint.duality.pair.Execution;
import adjoint.duality.pair.Normaliser;
import adjoint.duality.pair.Pair;
import adjoint.duality.pair.PairMechanism;
import adjoint.linalg.Rng;
import adjoint.nn.Buffer;
import java.util.Optional;

/// FAVOR+: softmax attention, estimated with random positive features. For rows x of p components divided by ⁴√p, and
/// directions ω ~ N(0, I),
///
/// ```text
/// φ(x)_i ∝ e^(ω_iᵀx − ‖x‖²/2),   E[φ(q)ᵀφ(k)] = e^(qᵀk/√p),   rows normalised
/// ```
///
/// Pair: random, of [RandomFeatures#positive] or [RandomFeatures#hyperbolic], whose variance is a formula. O((N +
/// M)·m·(p + r)) time for m features; causal, and recurrent for generation; masks of keys.
///
/// Rows of weights may be scaled, so features are taken relative to the largest: [Pair] says of what. No length of q or
/// k overflows.
///
/// ω is the buffer `projection_matrix` `[m, p]`. It is drawn once, or anew after every `redraw` steps of a training, as
/// the key and the number of the step, the buffer `steps`, determine. The authors redraw; here it is off by default, so
/// that a trained model is evaluated with the features that it was trained with.
///
/// Example: p = 64: 266 features of error ≈ e^(qᵀk/√p)·√((e^(‖q + k‖²/√p) − 1)/266).
///
/// Paper: Choromanski et al., *Rethinking attention with Performers*, ICLR 2021.
public final class Favor {
    private Favor() {}

    /// How a direction is used.
    public enum Kind {
        /// ω alone.
        POSITIVE,
        /// ω and −ω, two features: less variance each.
        HYPERBOLIC
    }

    /// @param width p
    /// @param directions how many ω
    /// @param redraw after how many steps ω is drawn again; never unless above 0
    /// @param key determines ω
    public static PairMechanism create(
            int width, int directions, Kind kind, Frequencies frequencies, int redraw, DType dtype, Rng key) {
        boolean both = kind == Kind.HYPERBOLIC;
        RandomFeatures random = both
                ? RandomFeatures.hyperbolic(width, directions, frequencies, key)
                : RandomFeatures.positive(width, directions, frequencies, key);
        Buffer omega = Buffer.of(frequencies.draw(directions, width, key).to(dtype));
        Buffer steps = Buffer.of(Tensor.scalar(0, DType.F64));
        int m = random.pair().query().dimension(width);
        FeatureMap phi = FeatureMap.exponential(
                _ -> m, x -> along(x, omega, both).sub(x.square().sum(true, -1).mul(0.5)));
        Pair pair =
                new Pair(random.kernel(), Optional.of(FeaturePair.of(phi)), Optional.of(random), Normaliser.ROW, false);
        double scale = Math.pow(width, -0.25);
        return new PairMechanism(
                "FAVOR+",
                pair,
                Execution.FEWEST,
                (x, _) -> x.mul(scale),
                parts -> {
                    parts.buffer("projection_matrix", omega);
                    if (redraw > 0) {
                        parts.buffer("steps", steps);
                    }
                },
                pass -> {
                    if (redraw > 0) {
                        pass.update(steps, step -> step.add(1));
                        pass.update(omega, old -> {
                            long step = (long) steps.value().item();
                            return step % redraw > 0
                                    ? old
                                    : frequencies
                                            .draw(directions, width, key.child(step))
                                            .to(dtype);
                        });
                    }
                });
    }

    private static Tensor along(Tensor x, Buffer omega, boolean both) {
        Tensor along = x.matmul(omega.value().to(x.dtype()).transpose(0, 1));
        return both ? Tensor.concat(-1, along, along.neg()) : along;
    }
}
