package adjoint.duality.convex;

import adjoint.autodiff.Autodiff;
import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.duality.Certificate;
import adjoint.linalg.Parallel;
import java.util.Arrays;
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
/// hides an entry.
///
/// ```java
/// FenchelYoung.entmax(1.5).predict(Tensor.of(new double[] {1, 0}))    // (0.8307, 0.1693)
/// ```
///
/// Reference: Blondel, Martins, Niculae, *Learning with Fenchel–Young losses*, JMLR 2020; Peters, Niculae, Martins,
/// *Sparse sequence-to-sequence models*, ACL 2019.
public final class FenchelYoung {
    private static final int STEPS = 100;
    /// From here one more step of Newton's is exact: it squares the error.
    private static final double NEAR = 1e-8;
    private static final int GRAIN = 4096;

    private final double alpha;
    private final Function<Tensor, Tensor> predict;

    private FenchelYoung(double alpha) {
        this.alpha = alpha;
        this.predict = Autodiff.customVjp(
                z -> rows(z, alpha),
                (_, p, g) -> SPREAD.apply(List.of(p, g, Tensor.scalar(alpha, p.dtype())))
                        .slice(-1, 0, p.dim(-1)));
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

    /// α.
    public double alpha() {
        return alpha;
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

    /// How far rows r of weights are from rows p, the mean over the rows of p that are not 0 throughout, `F64` `[…]`:
    /// the
    /// generalised Kullback–Leibler divergence `Σ_j r_j ln(r_j/p_j) − r_j + p_j ≥ 0`. For p = softmax z, and r on the
    /// simplex, that is the [#loss] of α = 1. Other rows have one as well: entries below 0 count as 0, so that each
    /// adds its p_j, and it is 0 for r = p alone.
    ///
    /// @param p `[…, N, n]`, at least 0
    /// @param r `[…, N, n]`
    public static Tensor divergence(Tensor p, Tensor r) {
        Tensor right = p.detach().to(DType.F64);
        Tensor ours = r.detach().to(DType.F64).maximum(0);
        Tensor some = ours.notEqual(0);
        Tensor logs = ours.where(some, 1).div(right.where(some, 1)).log();
        return mean(logs.mul(ours).sub(ours).add(right).sum(-1), right);
    }

    /// The gap of rows p of weights as their answer for z bounds it, the mean over the rows of p that are not 0
    /// throughout, `F64` `[…]`: `τ + Σ_i Ω₊*(z_i − τ) + Ω(p) − zᵀp`, where Ω₊* is the conjugate of Ω for any p ≥ 0, and
    /// τ the multiplier of their sum. At least the [#loss], by weak duality, without knowing p(z); 0 for p(z) alone.
    ///
    /// @param z `[…, N, n]`
    /// @param p `[…, N, n]`, on the simplex
    /// @param alpha above 1, broadcast to `[…, N, 1]`
    public static Tensor gap(Tensor z, Tensor p, Tensor alpha) {
        Tensor x = z.detach().to(DType.F64);
        Tensor ours = p.detach().to(DType.F64);
        Tensor a = alpha.detach().to(DType.F64);
        Tensor less = a.sub(1);
        Tensor weight = a.mul(less).reciprocal();
        Tensor tau = x.sub(ours.pow(less).div(less)).max(true, -1).add(weight);
        Tensor slope = x.sub(tau).add(weight).maximum(0);
        Tensor best = slope.mul(less).pow(less.reciprocal());
        Tensor conjugate = best.mul(slope).mul(less.div(a));
        Tensor regulariser = ours.pow(a).sub(ours).mul(weight);
        Tensor products = x.where(ours.notEqual(0), 0).mul(ours);
        Tensor rows = conjugate.add(regulariser).sub(products).sum(true, -1).add(tau);
        return mean(rows.squeeze(-1), ours);
    }

    /// Over the rows whose weights are not 0 throughout.
    private static Tensor mean(Tensor rows, Tensor weights) {
        Tensor some = weights.square().sum(-1).notEqual(0);
        Tensor count = some.to(DType.F64).sum(-1).maximum(1);
        return rows.where(some, 0).sum(-1).div(count).maximum(0);
    }

    /// Of p, g and α, side by side: `s·(g − ḡ)` with ḡ = Σsg/Σs and s = p^(2 − α) where p > 0; and what α takes of g,
    /// `Σ p(1/(α − 1) − ln p)(g − ḡ)/(α − 1)`.
    private static final Function<List<Tensor>, Tensor> SPREAD = Autodiff.customVjp(
            FenchelYoung::swept,
            (x, _, h) -> Autodiff.vjp(FenchelYoung::spread, x).pullback().apply(h));

    private static final Function<List<Tensor>, Tensor> LEARNED =
            Autodiff.customVjp(x -> rows(x.get(0), x.get(1).toDoubles()), (x, p, g) -> {
                Tensor both = SPREAD.apply(List.of(p, g, x.get(1)));
                int n = p.dim(-1);
                return List.of(both.slice(-1, 0, n), both.slice(-1, n, n + 1));
            });

    private static Tensor spread(List<Tensor> x) {
        Tensor p = x.get(0);
        Tensor g = x.get(1);
        Tensor some = p.greater(0);
        Tensor inner = p.where(some, 1);
        Tensor s = inner.pow(x.get(2).neg().add(2)).where(some, 0);
        Tensor off = g.sub(s.mul(g).sum(true, -1).div(s.sum(true, -1)));
        Tensor less = x.get(2).sub(1);
        Tensor slope = less.reciprocal().sub(inner.log()).mul(p).mul(off).sum(true, -1);
        return Tensor.concat(-1, s.mul(off), slope.div(less));
    }

    /// [#spread] in one sweep over the rows, with powers and logarithms of what is not 0 alone; for one α of all rows
    /// without what it takes.
    private static Tensor swept(List<Tensor> x) {
        double[] p = x.get(0).toDoubles();
        double[] g = x.get(1).toDoubles();
        double[] alpha = x.get(2).toDoubles();
        int n = x.get(0).dim(-1);
        Tensor like = x.get(0).pad(0, 0, 1);
        double[] out = new double[like.size()];
        Parallel.range(out.length / (n + 1), Math.ceilDiv(GRAIN, n + 1), (from, to) -> {
            for (int i = from; i < to; i++) {
                double less = alpha[alpha.length == 1 ? 0 : i] - 1;
                int at = i * n;
                double total = 0;
                double mean = 0;
                double terms = 0;
                double slope = 0;
                for (int j = at; j < at + n; j++) {
                    if (p[j] != 0) {
                        double s = raised(p[j], 1 - less);
                        double term = alpha.length == 1 ? 0 : p[j] * (1 / less - Math.log(p[j]));
                        total += s;
                        mean += s * g[j];
                        terms += term;
                        slope += term * g[j];
                        p[j] = s;
                    }
                }
                mean /= total;
                for (int j = at; j < at + n; j++) {
                    out[j + i] = p[j] == 0 ? 0 : p[j] * (g[j] - mean);
                }
                out[at + n + i] = (slope - mean * terms) / less;
            }
        });
        return Tensor.wrap(out, 0, like.shape()).to(like.dtype());
    }

    /// @param alpha one, or one per row
    private static Tensor rows(Tensor z, double... alpha) {
        double[] values = z.toDoubles();
        int n = z.dim(-1);
        double[] tops = z.max(true, -1).toDoubles();
        Parallel.range(tops.length, Math.ceilDiv(GRAIN, n), (from, to) -> {
            double[] some = new double[n];
            int[] places = new int[n];
            for (int i = from; i < to; i++) {
                row(values, i * n, tops[i], alpha[alpha.length == 1 ? 0 : i], some, places);
            }
        });
        return Tensor.wrap(values, 0, z.shape()).to(z.dtype());
    }

    /// τ by Newton's steps on the norm `(Σ[x − τ]₊^q)^(1/q) − 1`, q = 1/(α − 1), which is all but linear; on the sum
    /// itself for q < 1; or a bisection where they leave the bracket. Only entries within 1 of the largest can count,
    /// and where q ≥ 1, so that all is convex, only those above any τ on the way.
    private static void row(double[] p, int at, double largest, double alpha, double[] some, int[] places) {
        int end = at + some.length;
        if (!Double.isFinite(largest)) {
            Arrays.fill(p, at, end, Double.NaN);
            return;
        }
        double less = alpha - 1;
        int count = 0;
        for (int i = at; i < end; i++) {
            double x = (p[i] - largest) * less;
            some[count] = x;
            places[count] = i;
            count += x > -1 ? 1 : 0;
        }
        Arrays.fill(p, at, end, 0);
        double power = 1 / less;
        double low = -1;
        double high = -Math.pow(count, -less);
        double tau = low;
        for (int step = 0; step < STEPS && high - low > Math.ulp(1.0) / 2; step++) {
            double sum = 0;
            double slope = 0;
            int kept = 0;
            for (int i = 0; i < count; i++) {
                double x = some[i] - tau;
                if (x > 0 || power < 1) {
                    double y = x > 0 ? raised(x, power) : 0;
                    sum += y;
                    slope += y == 0 ? 0 : y / x;
                    some[kept] = some[i];
                    places[kept++] = places[i];
                }
            }
            count = kept;
            if (sum >= 1) {
                low = tau;
            } else {
                high = tau;
            }
            double next = tau + (power > 1 ? sum - Math.pow(sum, 1 - less) : (sum - 1) / power) / slope;
            if (next == tau || sum == 1) {
                break;
            }
            boolean inside = next > low && next < high;
            tau = inside ? next : low + (high - low) / 2;
            if (inside && Math.abs(sum - 1) < NEAR) {
                break;
            }
        }
        double sum = 0;
        for (int i = 0; i < count; i++) {
            double x = some[i] - tau;
            some[i] = x <= 0 ? 0 : raised(x, power);
            sum += some[i];
        }
        for (int i = 0; i < count; i++) {
            p[places[i]] = some[i] / sum;
        }
    }

    private static double raised(double x, double power) {
        return power == 1 ? x : power == 2 ? x * x : power == 0.5 ? Math.sqrt(x) : power == 0 ? 1 : Math.pow(x, power);
    }
}
