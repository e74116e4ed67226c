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
/// Rows of weights may be scaled, so the features of a query are divided by their largest one. Exponents of keys are at
/// most ‖ω‖²/2, and cut at 80 where that is more, so nothing overflows in `F32`. Where every key is so long that its
/// features vanish (‖k‖² ≫ 170·√p), a query sees nothing and gets 0. ω is drawn once, and is the buffer
/// `projection_matrix` `[m, p]`.
///
/// Example: p = 64: 266 features of error ≈ e^(qᵀk/√p)·√((e^(‖q + k‖²/√p) − 1)/266).
///
/// Paper: Choromanski et al., *Rethinking attention with Performers*, ICLR 2021.
public final class Favor {
    private static final double LARGEST_EXPONENT = 80;

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
    /// @param key determines ω
    public static PairMechanism create(
            int width, int directions, Kind kind, Frequencies frequencies, DType dtype, Rng key) {
        boolean both = kind == Kind.HYPERBOLIC;
        RandomFeatures random = both
                ? RandomFeatures.hyperbolic(width, directions, frequencies, key)
                : RandomFeatures.positive(width, directions, frequencies, key);
        Tensor drawn = frequencies.draw(directions, width, key);
        double longest = drawn.square().sum(-1).max().item() / 2;
        Buffer omega = Buffer.of(drawn.to(dtype));
        int m = random.pair().query().dimension(width);
        FeatureMap query = FeatureMap.of(_ -> m, x -> {
            Tensor along = along(x, omega, both);
            return along.sub(along.detach().max(true, -1)).exp();
        });
        FeatureMap keys = FeatureMap.of(_ -> m, x -> {
            Tensor exponent = along(x, omega, both).sub(x.square().sum(true, -1).mul(0.5));
            return (longest > LARGEST_EXPONENT ? exponent.minimum(LARGEST_EXPONENT) : exponent).exp();
        });
        Pair pair = new Pair(
                random.kernel(), Optional.of(new FeaturePair(query, keys)), Optional.of(random), Normaliser.ROW, false);
        double scale = Math.pow(width, -0.25);
        return new PairMechanism(
                "FAVOR+",
                pair,
                Execution.FEWEST,
                (x, _) -> x.mul(scale),
                parts -> parts.buffer("projection_matrix", omega));
    }

    private static Tensor along(Tensor x, Buffer omega, boolean both) {
        Tensor along = x.matmul(omega.value().to(x.dtype()).transpose(0, 1));
        return both ? Tensor.concat(-1, along, along.neg()) : along;
    }
}
