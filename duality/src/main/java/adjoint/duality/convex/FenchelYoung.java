package adjoint.duality.convex;

import adjoint.autodiff.Autodiff;
import adjoint.autodiff.Tensor;
import adjoint.duality.Certificate;
import adjoint.linalg.Parallel;
import java.util.List;
import java.util.function.Function;

/// A regularised argmax, `p(z) = argmax_{p ∈ Δ} zᵀp − Ω(p)` along the last axis, and its loss
/// `L(z; p) = Ω*(z) + Ω(p) − zᵀp ≥ 0`, which is 0 for p = p(z) alone and has the gradient `p(z) − p` in z.
///
/// Ω is minus the Tsallis entropy of order α, `Ω(p) = Σ(p_i^α − p_i)/(α(α − 1))`:
///
/// | α | p(z) | loss |
/// |---|---|---|
/// | 1 | softmax | KL(p ‖ softmax z) |
/// | 1.5 | 1.5-entmax | |
/// | 2 | sparsemax | ½‖z − p‖² minus its least value |
///
/// `p_i = [(α − 1)z_i − τ]₊^(1/(α − 1))`, τ by safeguarded Newton steps. Rows that are not finite give NaN, but −∞
/// hides
/// an entry.
///
/// ```java
/// FenchelYoung.entmax(1.5).predict(Tensor.of(new double[] {1, 0}))    // (0.8307, 0.1693)
/// ```
///
/// Reference: Blondel, Martins, Niculae, *Learning with Fenchel–Young losses*, JMLR 2020; Peters, Niculae, Martins,
/// *Sparse sequence-to-sequence models*, ACL 2019.
public final class FenchelYoung {
    private static final int STEPS = 100;
    private static final int GRAIN = 4096;

    private final double alpha;
    private final Function<Tensor, Tensor> predict;

    private FenchelYoung(double alpha) {
        this.alpha = alpha;
        this.predict = Autodiff.customVjp(z -> rows(z, alpha), (_, p, g) -> {
            Tensor s = support(p, Tensor.scalar(2 - alpha, p.dtype()));
            Tensor mean = s.mul(g).sum(true, -1).div(s.sum(true, -1));
            return s.mul(g.sub(mean));
        });
    }

    /// Of the Tsallis entropy of order α.
    ///
    /// @throws IllegalArgumentException if α is not in [1, 8]
    public static FenchelYoung entmax(double alpha) {
        if (!(alpha >= 1 && alpha <= 8)) {
            throw new IllegalArgumentException("α must be in [1, 8], not " + alpha);
        }
        return new FenchelYoung(alpha);
    }

    /// p(z), differentiable.
    ///
    /// @param z `[…, n]`, n ≥ 1
    public Tensor predict(Tensor z) {
        return alpha == 1 ? z.softmax(-1) : predict.apply(z);
    }

    /// `Ω*(z) + Ω(p) − zᵀp`, `[…]`.
    ///
    /// @param p `[…, n]`, on the simplex
    public Tensor loss(Tensor z, Tensor p) {
        Tensor products = z.where(p.greater(0), 0).mul(p).sum(-1);
        return maximum(z).add(regulariser(p)).sub(products);
    }

    /// The mean gap of the rows p from the answers for z: exact.
    public Certificate certificate(Tensor z, Tensor p) {
        return Certificate.exact(
                Certificate.Kind.FENCHEL_YOUNG_GAP,
                Math.max(0, loss(z, p).mean().item()));
    }

    /// Ω(p), `[…]`.
    public Tensor regulariser(Tensor p) {
        if (alpha == 1) {
            return p.mul(p.where(p.greater(0), 1).log()).sum(-1);
        }
        return p.where(p.greater(0), 0).pow(alpha).sub(p).sum(-1).div(alpha * (alpha - 1));
    }

    /// Ω*(z), whose gradient is p(z).
    private Tensor maximum(Tensor z) {
        if (alpha == 1) {
            return z.logSumExp(-1);
        }
        Tensor p = predict(z).detach();
        return z.where(p.greater(0), 0).mul(p).sum(-1).sub(regulariser(p));
    }

    /// p(z), of an α in (1, 8] of each row's own, differentiable in both.
    ///
    /// @param z `[…, n]`, n ≥ 1
    /// @param alpha `[…, 1]`
    public static Tensor predict(Tensor z, Tensor alpha) {
        return LEARNED.apply(List.of(z, alpha));
    }

    private static final Function<List<Tensor>, Tensor> LEARNED =
            Autodiff.customVjp(x -> rows(x.get(0), x.get(1).toDoubles()), (x, p, g) -> {
                Tensor less = x.get(1).sub(1);
                Tensor s = support(p, x.get(1).neg().add(2));
                Tensor share = s.div(s.sum(true, -1));
                Tensor entropy = p.mul(p.where(p.greater(0), 1).log()).neg();
                Tensor slope = p.sub(share)
                        .div(less.square())
                        .add(entropy.sub(share.mul(entropy.sum(true, -1))).div(less));
                return List.of(
                        s.mul(g.sub(share.mul(g).sum(true, -1))), slope.mul(g).sum(true, -1));
            });

    /// p^power where p > 0.
    private static Tensor support(Tensor p, Tensor power) {
        return p.where(p.greater(0), 1).pow(power).where(p.greater(0), 0);
    }

    /// @param alpha one, or one per row
    private static Tensor rows(Tensor z, double... alpha) {
        double[] values = z.toDoubles();
        int n = z.dim(-1);
        Parallel.range(values.length / Math.max(1, n), Math.ceilDiv(GRAIN, Math.max(1, n)), (from, to) -> {
            for (int i = from; i < to; i++) {
                row(values, i * n, n, alpha[alpha.length == 1 ? 0 : i]);
            }
        });
        return Tensor.of(values, z.shape().dims()).to(z.dtype());
    }

    /// τ by Newton's steps, or a bisection where they leave the bracket.
    private static void row(double[] p, int at, int n, double alpha) {
        double largest = Double.NEGATIVE_INFINITY;
        for (int i = at; i < at + n; i++) {
            largest = Math.max(largest, p[i]);
        }
        double less = alpha - 1;
        for (int i = at; i < at + n; i++) {
            p[i] = (p[i] - largest) * less;
        }
        double power = 1 / less;
        double low = -1;
        double high = -Math.pow(n, -less);
        double tau = low;
        for (int step = 0; step < STEPS && high - low > Math.ulp(1.0) / 2; step++) {
            double sum = 0;
            double slope = 0;
            for (int i = at; i < at + n; i++) {
                double x = p[i] - tau;
                if (x > 0) {
                    double y = raised(x, power);
                    sum += y;
                    slope += y / x;
                }
            }
            if (sum >= 1) {
                low = tau;
            } else {
                high = tau;
            }
            double next = tau + (sum - 1) / (power * slope);
            boolean inside = next > low && next < high;
            if (next == tau || sum == 1) {
                break;
            }
            tau = inside ? next : low + (high - low) / 2;
        }
        double sum = 0;
        for (int i = at; i < at + n; i++) {
            double x = p[i] - tau;
            p[i] = x <= 0 ? 0 : raised(x, power);
            sum += p[i];
        }
        for (int i = at; i < at + n; i++) {
            p[i] /= sum;
        }
    }

    private static double raised(double x, double power) {
        return power == 1 ? x : power == 2 ? x * x : Math.pow(x, power);
    }
}
