package adjoint.duality;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Kernels;
import adjoint.linalg.Qr;
import adjoint.linalg.Rng;
import adjoint.nn.Attention;
import adjoint.nn.AttentionMask;
import adjoint.nn.Linear;
import adjoint.nn.Parameter;
import adjoint.nn.Parts;
import adjoint.nn.Pass;

/// Primal-Attention: self-attention as the projection scores of an asymmetric kernel SVD, linear in the tokens.
///
/// Definition, for the layer's input X `[N, d]`, per head of `p = d/H` channels:
/// ```text
/// q = X·W_qᵀ + b_q,   k = X·W_kᵀ + b_k                 no values
/// Φ_q = φ(q),   Φ_k = φ(k)                             [N, p]
/// W_e|X = f(X)ᵀ W_e,   W_r|X = f(X)ᵀ W_r               [p, s], f(X) [n, p]: n of X's own tokens, evenly sampled
/// e = Φ_q W_e|X,   r = Φ_k W_r|X                       [N, s]
/// out = Linear(d → d)(heads of Linear(2s → p)([e, r]))
/// ```
/// e and r are the two projections of the kernel `κ(x_i, x_j) = φ(q_i)ᵀ φ(k_j)`: where the objective J of [Kkt] is
/// stationary they are `K H_r` and `Kᵀ H_e`, attention with dual variables in the place of values. Training drives J to
/// 0: the layer hands the batch mean of J², J taken per sample, to the pass under the name [#OBJECTIVE]. What J² = 0
/// does not prove, the KKT residual does: see [AttentionReport].
///
/// Properties: O(N·p·(d + s) + n·p·s) time and O(N·(p + s)) memory per head, no N×N matrix. With the cosine map the
/// scores do not depend on the lengths of q and k. With n = N each token is sampled once, with n > N some repeat.
///
/// Example:
/// ```java
/// int samples = PrimalAttention.samples(29, 40, 5);                       // min(29, 40·5)
/// var settings = new PrimalAttention.Settings(512, 8, 40, samples, 0.5, PrimalAttention.Mode.PAPER);
/// var attention = new PrimalAttention(settings, DType.F32, Rng.of(1));
/// Tensor y = attention.attend(x, AttentionMask.none(), pass);             // [B, 29, 512] → [B, 29, 512]
/// ```
///
/// Causal, and for generation, with weights that do not depend on the data ([Settings#independent()]): `We` and `Wr`
/// are `[H, p, s]` then, and stand for W_e|X and W_r|X; under a causal mask q and k are replaced by their means over
/// the tokens so far, and the memory is their sum.
///
/// Limits: a mask zeroes what padded tokens put out before the last projection, as the authors do; padded tokens are
/// still sampled and still count in J.
///
/// Parts: `in_proj_weight` `[2d, d]` and `in_proj_bias` (q above k), `We` and `Wr` `[H, n, s]`, `Lambda` or
/// `log_lambda` `[H, s]` (see [Mode]), `score_proj` (shared by the heads), `out_proj`.
///
/// Reference: Chen, Tao, Tonin, Suykens, *Primal-Attention: Self-attention through Asymmetric Kernel SVD in Primal
/// Representation*, NeurIPS 2023, arXiv 2305.19798.
public final class PrimalAttention implements Attention {
    /// The name under which the batch mean of J² is handed to the pass.
    public static final String OBJECTIVE = "J2";
    /// The name under which the mean of the squared residual is, with [Regulariser#RHO2].
    public static final String RESIDUAL = "rho2";

    /// What is added to the loss, η times.
    public enum Regulariser {
        /// J², as in the paper. It vanishes at an exact decomposition, and at much else.
        J2,
        /// `(‖Φ_qᵀeΛ − W_r‖² + ‖Φ_kᵀrΛ − W_e‖²)/(‖W_e‖² + ‖W_r‖²)`, the mean over samples and heads: between ½ρ² and
        /// 2ρ² of [Kkt]. It vanishes at singular subspaces alone; weights that are 0, as a sample of zeros makes them,
        /// have 1, as there. O(N·p·s) more time.
        RHO2
    }

    private final Settings settings;
    private final PrimalScores scores;
    private final Parameter lambda;
    private final Linear scoreProjection;
    private final Linear outputProjection;

    /// What a layer is made of.
    ///
    /// @param width d, the length of a token, a multiple of `heads`
    /// @param heads H
    /// @param rank s, the number of projections of each side
    /// @param samples n, the number of tokens that make the weights; [#samples(int, int, int)]
    /// @param objectiveWeight η, the weight of the regulariser in what is minimised
    /// @param mode whose formulas
    /// @param features φ
    /// @param regulariser what is driven to 0
    /// @param isIndependent whether weights do not depend on the data: `samples` has no meaning then
    public record Settings(
            int width,
            int heads,
            int rank,
            int samples,
            double objectiveWeight,
            Mode mode,
            FeatureMap features,
            Regulariser regulariser,
            boolean isIndependent) {
        /// @throws IllegalArgumentException if a number is out of its range
        public Settings {
            if (heads < 1 || width < 1 || width % heads != 0) {
                throw new IllegalArgumentException(
                        "the width must be a positive multiple of the heads, got width " + width + ", heads " + heads);
            }
            if (rank < 1 || samples < 1) {
                throw new IllegalArgumentException(
                        "rank and samples must be at least 1, got rank " + rank + ", samples " + samples);
            }
            if (!(objectiveWeight >= 0) || Double.isInfinite(objectiveWeight)) {
                throw new IllegalArgumentException(
                        "the weight of J² must be finite and at least 0, not " + objectiveWeight);
            }
            if (features.dimension(width / heads) != width / heads) {
                throw new IllegalArgumentException("the weights are made of tokens of " + width / heads
                        + " channels per head, so the feature map must give as many features, not "
                        + features.dimension(width / heads));
            }
            mode.requireSizes(heads, isIndependent ? width / heads : samples, rank);
        }

        /// With data-dependent weights and J².
        public Settings(
                int width, int heads, int rank, int samples, double objectiveWeight, Mode mode, FeatureMap features) {
            this(width, heads, rank, samples, objectiveWeight, mode, features, Regulariser.J2, false);
        }

        /// With the cosine feature map, data-dependent weights and J².
        public Settings(int width, int heads, int rank, int samples, double objectiveWeight, Mode mode) {
            this(width, heads, rank, samples, objectiveWeight, mode, new Cosine());
        }

        /// With that regulariser.
        public Settings regularised(Regulariser regulariser) {
            return new Settings(
                    width, heads, rank, samples, objectiveWeight, mode, features, regulariser, isIndependent);
        }

        /// With weights that do not depend on the data: causal, if the mask is.
        public Settings independent() {
            return new Settings(width, heads, rank, samples, objectiveWeight, mode, features, regulariser, true);
        }

        int weightRows() {
            return isIndependent ? headWidth() : samples;
        }

        int headWidth() {
            return width / heads;
        }
    }

    /// The paper's formulas, or those of its authors' published code. They differ in how Λ is held, in the trace term
    /// and in how the weights start; scores and outputs are computed alike.
    ///
    /// Per sample, with means over the H heads and N tokens,
    /// ```text
    /// J = c·(½ mean_h mean_i e_iᵀ Λ̄ e_i + ½ mean_h mean_j r_jᵀ Λ̄ r_j − mean_h T_h)
    /// ```
    /// Up to the factor c this is the objective of [Kkt], averaged over heads, for Λ = Λ̄/N.
    ///
    /// | | Λ̄ | trace T | c | W_e, W_r at the start |
    /// |---|---|---|---|---|
    /// | [#PAPER] | exp(`log_lambda`), 1 at the start | Tr((W_e\|X)ᵀ W_r\|X) | 1/s | orthonormal columns¹ |
    /// | [#REFERENCE_CODE] | `Lambda`², `Lambda` ~ U(0, 1) | Tr(W_eᵀ W_r) | 1 | Frobenius norm 1 per head |
    ///
    /// ¹ per head; rows, if n < s.
    public enum Mode {
        /// Λ is positive by construction, the trace is of the weights that the scores are made with, so that an exact
        /// KSVD of each sample's kernel has J = 0. The division by s keeps J as large as in the authors' code, whose
        /// weights start with the norm 1 instead of √s.
        PAPER {
            @Override
            String lambdaName() {
                return "log_lambda";
            }

            @Override
            Tensor initialLambda(int heads, int rank, DType dtype, Rng key) {
                return Tensor.zeros(dtype, heads, rank);
            }

            @Override
            Tensor scaledLambda(Tensor logLambda) {
                return logLambda.exp();
            }

            /// A semi-orthogonal `[n, s]` matrix per head.
            @Override
            Tensor initialWeights(int heads, int samples, int rank, DType dtype, Rng key) {
                Tensor[] perHead = new Tensor[heads];
                for (int h = 0; h < heads; h++) {
                    perHead[h] = semiOrthogonal(samples, rank, key.child(h));
                }
                return Tensor.stack(0, perHead).to(dtype);
            }

            @Override
            Tensor trace(Tensor weights, Tensor dataWeights) {
                return dataWeights.select(0, 0).mul(dataWeights.select(0, 1)).sum(2, 3);
            }

            @Override
            double scale(int rank) {
                return 1.0 / rank;
            }

            @Override
            void requireSizes(int heads, int samples, int rank) {}
        },

        /// The published scripts: the trace is of the weights before they meet the data, and weights start with the
        /// rows of one orthogonal `[H, n·s]` matrix, which have orthonormal columns in no head.
        REFERENCE_CODE {
            @Override
            String lambdaName() {
                return "Lambda";
            }

            @Override
            Tensor initialLambda(int heads, int rank, DType dtype, Rng key) {
                return Tensor.uniform(key, 0, 1, dtype, heads, rank);
            }

            @Override
            Tensor scaledLambda(Tensor rootLambda) {
                return rootLambda.square();
            }

            @Override
            Tensor initialWeights(int heads, int samples, int rank, DType dtype, Rng key) {
                return semiOrthogonal(heads, samples * rank, key)
                        .reshape(heads, samples, rank)
                        .to(dtype);
            }

            @Override
            Tensor trace(Tensor weights, Tensor dataWeights) {
                return weights.select(0, 0).mul(weights.select(0, 1)).sum(2, 3);
            }

            @Override
            double scale(int rank) {
                return 1;
            }

            @Override
            void requireSizes(int heads, int samples, int rank) {
                if (heads > (long) samples * rank) {
                    throw new IllegalArgumentException("the reference code starts with " + heads
                            + " orthonormal rows, one per head, of samples × rank = " + samples + " × " + rank
                            + " entries each: that many do not exist; take more samples or fewer heads");
                }
            }
        };

        abstract String lambdaName();

        abstract Tensor initialLambda(int heads, int rank, DType dtype, Rng key);

        /// Λ̄ `[H, s]` of the parameter: N times the Λ of [Kkt].
        abstract Tensor scaledLambda(Tensor parameter);

        /// W_e or W_r, `[H, n, s]`.
        abstract Tensor initialWeights(int heads, int samples, int rank, DType dtype, Rng key);

        /// T_h, `[1, H]` or per sample `[B, H]`.
        ///
        /// @param weights W_e, W_r `[2, 1, H, n, s]`
        /// @param dataWeights W_e|X, W_r|X `[2, B, H, p, s]`
        abstract Tensor trace(Tensor weights, Tensor dataWeights);

        /// The factor c of J.
        abstract double scale(int rank);

        abstract void requireSizes(int heads, int samples, int rank);

        /// The Q of a Gaussian matrix: orthonormal columns if it is tall, orthonormal rows if it is wide.
        private static Tensor semiOrthogonal(int rows, int cols, Rng key) {
            int tall = Math.max(rows, cols);
            int thin = Math.min(rows, cols);
            double[] gaussian = Tensor.normal(key, 0, 1, DType.F64, tall, thin).toDoubles();
            Tensor q = Tensor.of(Qr.thin(Kernels.f64(), tall, thin, gaussian).q(), tall, thin);
            return rows >= cols ? q : q.transpose(0, 1);
        }
    }

    /// @param key determines the initial values
    public PrimalAttention(Settings settings, DType dtype, Rng key) {
        int d = settings.width();
        int s = settings.rank();
        this.settings = settings;
        this.scores = new PrimalScores("PrimalAttention", settings, true, dtype, key);
        this.lambda = Parameter.of(settings.mode().initialLambda(settings.heads(), s, dtype, key.child("Lambda")));
        this.scoreProjection = new Linear(2 * s, settings.headWidth(), dtype, key.child("score_proj"));
        this.outputProjection = new Linear(d, d, dtype, key.child("out_proj"));
    }

    /// The number n of sampled tokens in the authors' experiments: `min(length, rank·multiple)`.
    public static int samples(int length, int rank, int multiple) {
        return (int) Math.min(length, (long) rank * multiple);
    }

    /// Maps `x` `[B, N, d]` to `[B, N, d]`, and hands the regulariser to the pass.
    ///
    /// @param mask its keys are the tokens whose output is not dropped
    /// @throws ShapeError if `x` is not `[B, N, d]` or the mask does not fit
    /// @throws IllegalArgumentException if the mask has a bias, or is causal while weights depend on the data
    @Override
    public Tensor attend(Tensor x, AttentionMask mask, Pass pass) {
        if (!settings.isIndependent()) {
            mask.requireNoCausal("PrimalAttention");
        }
        PrimalScores.Found found = scores.of(x, mask, null);
        Tensor inverse = settings.mode().scaledLambda(lambda.value());
        boolean residual = settings.regulariser() == Regulariser.RHO2;
        Tensor objectives = residual && !pass.probing() ? null : scores.objectives(found, inverse);
        pass.addLoss(
                residual ? RESIDUAL : OBJECTIVE,
                settings.objectiveWeight(),
                residual
                        ? residual(found, inverse)
                        : objectives.mean(1).square().mean());
        if (pass.probing()) {
            scores.show(found, inverse, objectives, pass);
        }
        Tensor out = joined(found.scores());
        return outputProjection.forward(
                mask.keys() == null ? out : out.mul(mask.keys().unsqueeze(-1)));
    }

    /// The sum of q and k so far, of weights that do not depend on the data.
    @Override
    public Memory memory(int room) {
        if (!settings.isIndependent()) {
            return Attention.super.memory(room);
        }
        Tensor weights = scores.weights();
        return new Memory() {
            private Tensor sum;
            private int length;

            @Override
            public Tensor attend(Tensor x) {
                scores.requireTokens(x);
                int n = x.dim(1);
                if (length + n > room) {
                    throw new IllegalArgumentException(
                            "a memory for " + room + " tokens holds " + length + " and has no room for " + n + " more");
                }
                Tensor own = scores.project(x).cumsum(1);
                Tensor sums = sum == null ? own : own.add(sum);
                Tensor both = scores.features(PrimalScores.means(sums, length)).matmul(weights);
                sum = sums.slice(1, n - 1, n);
                length += n;
                return outputProjection.forward(joined(both));
            }
        };
    }

    /// `[B, N, d]` of scores `[2, B, H, N, s]`.
    private Tensor joined(Tensor scores) {
        int batch = scores.dim(1);
        int tokens = scores.dim(3);
        Tensor both = scores.permute(1, 3, 2, 0, 4).reshape(batch, tokens, settings.heads(), 2 * settings.rank());
        return scoreProjection.forward(both).reshape(batch, tokens, settings.width());
    }

    /// `⌊i·(tokens − 1)/(n − 1)⌋` for i = 0 … n−1: the integer part of n evenly spaced points from the first token to
    /// the last.
    static int[] evenlySpaced(int tokens, int n) {
        int[] index = new int[n];
        for (int i = 1; i < n; i++) {
            index[i] = (int) ((long) i * (tokens - 1) / (n - 1));
        }
        return index;
    }

    /// The mean of [Regulariser#RHO2].
    private static Tensor residual(PrimalScores.Found found, Tensor inverse) {
        Tensor phi = found.phi();
        Tensor weights = found.dataWeights();
        Tensor scaled = found.scores().mul(inverse.div(phi.dim(3)).unsqueeze(1));
        Tensor slack = phi.transpose(-1, -2).matmul(scaled).sub(weights.flip(0));
        Tensor size = weights.square().sum(0, 3, 4);
        Tensor some = size.notEqual(0);
        Tensor relative = slack.square().sum(0, 3, 4).div(size.where(some, 1));
        return relative.where(some, 1).mean();
    }

    @Override
    public void describe(Parts parts) {
        scores.describe(parts);
        parts.parameter(settings.mode().lambdaName(), lambda);
        parts.module("score_proj", scoreProjection);
        parts.module("out_proj", outputProjection);
    }
}
