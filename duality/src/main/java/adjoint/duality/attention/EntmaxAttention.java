package adjoint.duality.attention;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.duality.Certificate;
import adjoint.duality.convex.FenchelYoung;
import adjoint.nn.AttentionMask;
import adjoint.nn.AttentionMechanism;
import adjoint.nn.Dropout;
import adjoint.nn.Parameter;
import adjoint.nn.Parts;
import adjoint.nn.Pass;

/// Sparse attention, `out = drop(entmax_α(q kᵀ/√p + bias))·v` of rows: weights that are 0 but for a few keys.
///
/// ```text
/// entmax_α(z)_i = [(α − 1)z_i − τ]₊^(1/(α − 1)),   τ such that they sum to 1
/// ```
///
/// α = 2 is sparsemax, α → 1 softmax. It is fixed, or learned for each head as α = 1.01 + 0.98·σ(`alpha_logit`) from
/// 1.5 on. What a row is optimal for, and by how much another is not, [FenchelYoung] says: the certificate of the
/// weights is their [FenchelYoung#gap], for α = 1 their [FenchelYoung#divergence] from softmax.
///
/// Pair: the dual side alone. O(N·M·(p + r)) time and O(N·M) memory; causal, with a memory of all tokens for
/// generation; masks of keys, biases. A query that sees no key gets 0. Example: scores (1.2, 0.9, −0.3), α = 2: (0.65,
/// 0.35, 0).
///
/// Papers: Martins, Astudillo, *From softmax to sparsemax*, ICML 2016; Peters, Niculae, Martins, *Sparse
/// sequence-to-sequence models*, ACL 2019; Correia, Niculae, Martins, *Adaptively sparse transformers*, EMNLP 2019.
public final class EntmaxAttention implements AttentionMechanism {
    private final FenchelYoung fixed;
    private final Parameter logit;
    private final Dropout dropout;

    private EntmaxAttention(FenchelYoung fixed, Parameter logit, double dropout) {
        this.fixed = fixed;
        this.logit = logit;
        this.dropout = new Dropout(dropout);
    }

    /// @throws IllegalArgumentException if α is not in [1, 8]
    public static EntmaxAttention fixed(double alpha, double dropout) {
        return new EntmaxAttention(FenchelYoung.entmax(alpha), null, dropout);
    }

    /// With an α for each head.
    public static EntmaxAttention learned(int heads, double dropout, DType dtype) {
        return new EntmaxAttention(null, Parameter.full(0, dtype, heads), dropout);
    }

    @Override
    public Tensor attend(Tensor q, Tensor k, Tensor v, AttentionMask mask, Pass pass) {
        Tensor scores = Weights.scores(q, Weights.visible(k, mask), 1 / Math.sqrt(q.dim(3)), mask);
        boolean hides = mask.keys() != null || mask.bias() != null;
        Tensor sees = hides ? Weights.seeing(scores) : null;
        Tensor asked = hides ? scores.where(sees, 0) : scores;
        Tensor weights = fixed != null
                ? fixed.predict(asked)
                : FenchelYoung.predict(asked, alpha().expand(q.dim(0), q.dim(1), q.dim(2), 1));
        Tensor visible = hides ? weights.where(sees, 0) : weights;
        Tensor dropped = dropout.forward(visible, pass);
        return Weights.shown(
                pass,
                Weights.visible(v, mask),
                dropped::matmul,
                Certificate.Kind.FENCHEL_YOUNG_GAP,
                w -> fixed != null && fixed.alpha() == 1
                        ? FenchelYoung.divergence(Weights.softmax(scores.to(DType.F64)), w)
                        : FenchelYoung.gap(asked, w, alpha()));
    }

    /// `[1, H, 1, 1]`, or a scalar.
    private Tensor alpha() {
        return fixed != null
                ? Tensor.scalar(fixed.alpha(), DType.F64)
                : logit.value()
                        .sigmoid()
                        .mul(0.98)
                        .add(1.01)
                        .reshape(1, logit.value().dim(0), 1, 1);
    }

    @Override
    public Memory memory(int room) {
        return Weights.memory(this, room);
    }

    @Override
    public void describe(Parts parts) {
        if (logit != null) {
            parts.parameter("alpha_logit", logit);
        }
    }
}
