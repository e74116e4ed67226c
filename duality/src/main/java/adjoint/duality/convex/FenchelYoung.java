package adjoint.duality.convex;

import adjoint.autodiff.Autodiff;
import adjoint.autodiff.Tensor;
import adjoint.duality.Certificate;
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
/// `p_i = [(α − 1)z_i − τ]₊^(1/(α − 1))`, τ by bisection. Rows that are not finite give NaN, but −∞ hides
/// an entry.
///
/// ```java
/// FenchelYoung.entmax(1.5).predict(Tensor.of(new double[] {1, 0}))    // (0.8307, 0.1693)
/// ```
///
/// Reference: Blondel, Martins, Niculae, *Learning with Fenchel–Young losses*, JMLR 2020; Peters, Niculae, Martins,
/// *Sparse sequence-to-sequence models*, ACL 2019.
public final class FenchelYoung {
    private static final int BISECTIONS = 60;

    private final double alpha;
    private final Function<Tensor, Tensor> predict;

    private FenchelYoung(double alpha) {
        this.alpha = alpha;
        this.predict = Autodiff.customVjp(this::value, (z, p, g) -> {
            Tensor s = p.where(p.greater(0), 1).pow(2 - alpha).where(p.greater(0), 0);
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

    private Tensor value(Tensor z) {
        Tensor scaled = z.sub(z.max(true, -1)).mul(alpha - 1);
        int n = z.dim(-1);
        double power = 1 / (alpha - 1);
        Tensor low = scaled.max(true, -1).sub(1);
        Tensor width = low.mul(0).add(1 - Math.pow(n, 1 - alpha));
        for (int i = 0; i < BISECTIONS; i++) {
            width = width.mul(0.5);
            Tensor middle = low.add(width);
            Tensor tooLow = raised(scaled.sub(middle), power).sum(true, -1).greaterEqual(1);
            low = middle.where(tooLow, low);
        }
        Tensor p = raised(scaled.sub(low), power);
        return p.div(p.sum(true, -1));
    }

    private static Tensor raised(Tensor x, double power) {
        Tensor positive = x.maximum(0);
        return power == 1 ? positive : power == 2 ? positive.square() : positive.pow(power);
    }
}
