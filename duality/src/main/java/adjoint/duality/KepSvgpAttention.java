package adjoint.duality;

import adjoint.autodiff.DType;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import adjoint.nn.Attention;
import adjoint.nn.AttentionMask;
import adjoint.nn.Linear;
import adjoint.nn.Parameter;
import adjoint.nn.Parts;
import adjoint.nn.Pass;
import java.util.function.Function;

/// KEP-SVGP: self-attention whose output is a sparse variational Gaussian process, with the singular functions of the
/// attention kernel as inducing features.
///
/// Definition, with e, r `[N, s]` and Λ̄ = Λ⁻¹ `[s]` of [PrimalAttention] per head (q and k without bias), Λ the
/// singular values of K/N. K·Kᵀ/N and Kᵀ·K/N are the covariances of two processes f^e and f^r, whose inducing variables
/// are their means with the left and the right singular functions, so that `K_uu = Λ²` and `K_fu K_uu⁻¹ = EΛ⁻¹` (RΛ⁻¹)
/// need no inverse:
/// ```text
/// q(u_t) = N(m_t, L_t L_tᵀ),   L_t lower triangular, diagonal > 0         for each component t = 1 … s
/// F_t = (E + R) Λ⁻¹ u_t,   u_t = m_t + L_t ε_t                             [N]: mean (E + R)Λ⁻¹m_t
/// out = Linear(d → d)(heads of Linear(s → p)(F))
/// KL = Σ_heads Σ_t ½‖Λ⁻¹L_t‖² + ½‖Λ⁻¹m_t‖² − log|L_t| + log|Λ| − s/2       of q(u_t) from N(0, Λ²)
/// ```
/// One u serves f^e and f^r, and all tokens of a sample: F is a draw of a function, of covariance
/// `(E + R)Λ⁻¹ L_t L_tᵀ Λ⁻¹(E + R)ᵀ`. `concat` instead of the sum puts EΛ⁻¹u above RΛ⁻¹u and mixes the 2N tokens by a
/// `Linear(2N → N)`, for one N.
///
/// The pass gets η·J² under the name [#OBJECTIVE], as from [PrimalAttention], and η_KL·KL/(training cases) under
/// [#DIVERGENCE], so that what is minimised is −1/(training cases) of the evidence lower bound for η_KL = 1. Of several
/// such layers a pass takes the mean.
///
/// Training draws ε; an evaluation takes the mean, unless its pass is a [Pass#sampling]: [#predictive] averages those.
///
/// | [PrimalAttention.Mode] | `PAPER` | `REFERENCE_CODE`, the published scripts |
/// |---|---|---|
/// | Λ⁻¹ | exp(`log_lambda`) | exp(2·`log_lambda_sqrt_inv_diag`), ~ U(0, 1) at the start |
/// | L_t | `tril(T[t], −1) + diag(exp ℓ[t])` | the entries `[a, b, t]` of that: 0 in its first t columns, singular |
/// | ε | one for each component, shared by tokens | one for each token, shared by components |
/// | KL | of the density that is drawn from, by cases | −Σℓ in the place of log\|L_t\|, not divided |
/// | J² | mean over samples | square of the mean over samples |
/// | at the start | m ~ N(0, 1), L = Λ = I | m, T, ℓ ~ N(0, 1) |
/// | `out_proj` | yes | no |
///
/// Complexity: O(N·s² + s³) time and O(N·s) memory per head beyond e and r (reference code: O(N·s³), O(N·s²)). Padded
/// tokens have features 0 and no part in weights; means over tokens count them. Not causal, no bias. Example: with
/// Λ = L = I and m = 0, KL = 0.
///
/// Parts: `in_proj_weight`, `We`, `Wr`, Λ's, `m_u` `[H, s, s]` (m_t are columns), `s_sqrt_low_triangle` T
/// `[H, s, s, s]`, `log_ssqrt` ℓ `[H, s, s]`, `final_weight`, then `embed_len_weight` (concat) and `out_proj`.
///
/// Reference: Chen, Tao, Tonin, Suykens, *Self-Attention through Kernel-Eigen Pair Sparse Variational Gaussian
/// Processes*, ICML 2024, arXiv 2402.01476.
public final class KepSvgpAttention implements Attention {
    /// The name under which J² is handed to the pass.
    public static final String OBJECTIVE = PrimalAttention.OBJECTIVE;
    /// The name under which KL is, with η_KL/(training cases) as its weight.
    public static final String DIVERGENCE = "KL";

    private static final String NAME = "KepSvgpAttention";

    private final Settings settings;
    private final PrimalScores scores;
    private final Parameter lambda;
    private final Parameter mean;
    private final Parameter triangle;
    private final Parameter logDiagonal;
    private final Linear componentProjection;
    private final Linear tokenProjection;
    private final Linear outputProjection;

    /// What a layer is made of.
    ///
    /// @param scores what e, r and J are made of, rank s ≤ d/H, J², with data-dependent weights; its mode is the
    /// layer's
    /// @param divergenceWeight η_KL, 1 for the evidence lower bound
    /// @param cases the number of training cases, by which the mode `PAPER` divides KL
    /// @param concat the number N of tokens if f^e and f^r are put one after the other, or 0 if they are added
    public record Settings(PrimalAttention.Settings scores, double divergenceWeight, long cases, int concat) {
        /// @throws IllegalArgumentException if a number is out of its range
        public Settings {
            int p = scores.headWidth();
            if (scores.rank() > p) {
                throw new IllegalArgumentException(
                        "a kernel of " + p + " features per head has a rank from 1 to " + p + ", got " + scores.rank());
            }
            if (scores.isIndependent() || scores.regulariser() != PrimalAttention.Regulariser.J2) {
                throw new IllegalArgumentException(NAME + " takes scores of data-dependent weights, and J²");
            }
            if (!(divergenceWeight >= 0) || Double.isInfinite(divergenceWeight) || cases < 1 || concat < 0) {
                throw new IllegalArgumentException("the weight of KL must be finite and at least 0, cases at least 1,"
                        + " concat at least 0, got " + divergenceWeight + ", " + cases + ", " + concat);
            }
        }

        /// With η_KL = 1 and the sum of f^e and f^r.
        public Settings(PrimalAttention.Settings scores, long cases) {
            this(scores, 1, cases, 0);
        }

        private boolean paper() {
            return scores.mode() == PrimalAttention.Mode.PAPER;
        }
    }

    /// @param key determines the initial values
    public KepSvgpAttention(Settings settings, DType dtype, Rng key) {
        int d = settings.scores.width();
        int h = settings.scores.heads();
        int s = settings.scores.rank();
        int n = settings.concat;
        boolean paper = settings.paper();
        double spread = paper ? 0 : 1;
        this.settings = settings;
        this.scores = new PrimalScores(NAME, settings.scores, false, dtype, key);
        this.lambda = Parameter.of(
                paper
                        ? Tensor.zeros(dtype, h, s)
                        : Tensor.uniform(key.child("log_lambda_sqrt_inv_diag"), 0, 1, dtype, h, s));
        this.mean = Parameter.of(Tensor.normal(key.child("m_u"), 0, 1, dtype, h, s, s));
        this.triangle = Parameter.of(Tensor.normal(key.child("s_sqrt_low_triangle"), 0, spread, dtype, h, s, s, s));
        this.logDiagonal = Parameter.of(Tensor.normal(key.child("log_ssqrt"), 0, spread, dtype, h, s, s));
        this.componentProjection = new Linear(s, d / h, dtype, key.child("final_weight"));
        this.tokenProjection = n == 0 ? null : new Linear(2 * n, n, dtype, key.child("embed_len_weight"));
        this.outputProjection = paper ? new Linear(d, d, dtype, key.child("out_proj")) : null;
    }

    /// Maps `x` `[B, N, d]` to `[B, N, d]`, and hands J² and KL to the pass.
    ///
    /// @throws ShapeError if `x` is not `[B, N, d]`, with the N of `concat`, or the mask does not fit
    /// @throws IllegalArgumentException if the mask is causal or has a bias
    @Override
    public Tensor attend(Tensor x, AttentionMask mask, Pass pass) {
        mask.requireNoCausal(NAME);
        PrimalScores.Found found = scores.of(x, mask, mask.keys());
        int tokens = x.dim(1);
        if (settings.concat != 0 && settings.concat != tokens) {
            throw new ShapeError(NAME + " mixes " + settings.concat + " tokens, got " + tokens);
        }
        Tensor inverse = logInverse().exp();
        Tensor factor = factor();
        Tensor objectives = scores.objectives(found, inverse);
        pass.addLoss(
                OBJECTIVE,
                settings.scores.objectiveWeight(),
                (settings.paper() ? objectives.mean(1) : objectives.mean())
                        .square()
                        .mean());
        pass.addLoss(
                DIVERGENCE, settings.divergenceWeight / (settings.paper() ? settings.cases : 1), divergence(factor));
        if (pass.probing()) {
            scores.show(found, inverse, objectives, pass);
        }
        Tensor both = found.scores().mul(inverse.unsqueeze(1));
        Tensor e = both.select(0, 0);
        Tensor r = both.select(0, 1);
        Tensor out = componentProjection.forward(
                function(settings.concat == 0 ? e.add(r) : Tensor.concat(2, e, r), factor, pass));
        if (tokenProjection != null) {
            out = tokenProjection.forward(out.transpose(-1, -2)).transpose(-1, -2);
        }
        out = out.permute(0, 2, 1, 3).reshape(x.dim(0), tokens, settings.scores.width());
        if (mask.keys() != null) {
            out = out.mul(mask.keys().unsqueeze(-1));
        }
        return outputProjection == null ? out : outputProjection.forward(out);
    }

    /// log Λ⁻¹, `[H, s]`.
    private Tensor logInverse() {
        return settings.paper() ? lambda.value() : lambda.value().mul(2);
    }

    /// L_t, `[H, s (t), s, s]`.
    private Tensor factor() {
        Tensor lower = triangle.value().tril(-1).add(logDiagonal.value().exp().diagEmbed(0));
        return settings.paper() ? lower : lower.permute(0, 3, 1, 2);
    }

    /// KL of this layer, a scalar: the sum over heads and components.
    public Tensor divergence() {
        return divergence(factor());
    }

    private Tensor divergence(Tensor factor) {
        Tensor log = logInverse();
        Tensor inverse = log.exp();
        int s = log.dim(1);
        Tensor squares =
                factor.mul(inverse.reshape(log.dim(0), 1, s, 1)).square().sum();
        Tensor means = mean.value().mul(inverse.unsqueeze(-1)).square().sum();
        return squares.add(means)
                .mul(0.5)
                .sub(logDiagonal.value().sum())
                .sub(log.sum().mul(s))
                .sub(0.5 * s * log.size());
    }

    /// F `[B, H, N, s]`, its mean or a draw.
    ///
    /// @param weights K_fu K_uu⁻¹ `[B, H, N, s]`
    private Tensor function(Tensor weights, Tensor factor, Pass pass) {
        int b = weights.dim(0);
        int h = weights.dim(1);
        int n = weights.dim(2);
        int s = weights.dim(3);
        DType dtype = weights.dtype();
        if (!pass.drawing()) {
            return weights.matmul(mean.value());
        }
        if (settings.paper()) {
            Tensor noise = Tensor.normal(pass.nextKey(), 0, 1, dtype, b, h, s, s, 1);
            Tensor inducing = factor.matmul(noise).squeeze(-1).transpose(-1, -2);
            return weights.matmul(inducing.add(mean.value()));
        }
        Tensor noise = Tensor.normal(pass.nextKey(), 0, 1, dtype, b, h, 1, n, s);
        Tensor marginal = weights.unsqueeze(2).matmul(factor).mul(noise).sum(-1).transpose(-1, -2);
        return weights.matmul(mean.value()).add(marginal);
    }

    /// The logarithm of `1/S·Σ softmax(logits)` over S passes that draw: predictive probabilities, in a form that
    /// serves as logits.
    ///
    /// @param logits a model's, for the pass it is given
    /// @param draws S ≥ 1
    /// @param key determines the draws: the same key, the same bits
    public static Tensor predictive(Function<Pass, Tensor> logits, int draws, Rng key) {
        if (draws < 1) {
            throw new IllegalArgumentException("a prediction needs at least one draw, got " + draws);
        }
        Tensor[] all = new Tensor[draws];
        for (int i = 0; i < draws; i++) {
            all[i] = logits.apply(Pass.sampling(key.child(i))).logSoftmax(-1);
        }
        return Tensor.stack(0, all).logSumExp(0).sub(Math.log(draws));
    }

    @Override
    public void describe(Parts parts) {
        scores.describe(parts);
        parts.parameter(settings.paper() ? "log_lambda" : "log_lambda_sqrt_inv_diag", lambda);
        parts.parameter("m_u", mean);
        parts.parameter("s_sqrt_low_triangle", triangle);
        parts.parameter("log_ssqrt", logDiagonal);
        parts.module("final_weight", componentProjection);
        if (tokenProjection != null) {
            parts.module("embed_len_weight", tokenProjection);
        }
        if (outputProjection != null) {
            parts.module("out_proj", outputProjection);
        }
    }
}
