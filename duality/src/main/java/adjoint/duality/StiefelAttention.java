package adjoint.duality;

import adjoint.autodiff.DType;
import adjoint.autodiff.Linalg;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import adjoint.nn.AttentionMask;
import adjoint.nn.Parametrization;
import adjoint.nn.Parts;
import adjoint.nn.Pass;
import java.util.ArrayList;
import java.util.List;

/// Attention by a singular value decomposition whose vectors are learned and stay orthonormal: between
/// [PrimalAttention], whose objective is not bounded, and [KsvdAttention], which works the vectors out for each sample.
///
/// Definition, for features Φ_q, Φ_k `[N, p]` of queries and keys, φ(z) = z/‖z‖, and per head learned U, V `[p, s]`
/// with UᵀU = VᵀV = 1:
/// ```text
/// Φ_q = Q_q R_q,   Φ_k = Q_k R_k,   M = R_q R_kᵀ            thin QR
/// W_e = R_kᵀ V,    W_r = R_qᵀ U
/// e = Φ_q W_e = Q_q M V,   r = Φ_k W_r = Q_k Mᵀ U
/// out = Linear(d → d)(heads of Linear(2s → p)([e, r]))
/// ```
/// With the leading singular vectors of M for U and V, these are the scores of [KsvdAttention], up to the signs of
/// columns.
///
/// Certificate: by Ky Fan, `Tr(UᵀMV) ≤ Σ_{i≤s} σ_i(M)`. The layer hands `1 − Tr(UᵀMV)/Σ_{i≤s} σ_i`, the mean over
/// samples and heads, to the pass as the loss [#GAP], η times. It is between 0 and 2, and 0 where U and V are singular
/// vectors up to one rotation: `U = A_s O`, `V = B_s O`. The residual ρ of [Kkt], with Λ by the lengths of the columns
/// of e and r, is 0 for O = 1 alone. With s = p a rotation keeps the sign of det(UᵀV), and 0 may be out of reach.
///
/// R is that of the features with `√ε·1` below them, ε = 10⁻⁶N (`F32`) or 10⁻¹⁴N (`F64`), so that it has a derivative
/// for features of any rank.
///
/// Complexity: O(N·p² + p³) time, O(N·p) memory. Not causal; padded tokens have features 0, hence no part in M, and put
/// out 0 before the last projection; a sample without tokens has the gap 0; no bias. Example: for M = diag(2, 1), s = 1
/// and U = V = (0, 1)ᵀ the gap is ½.
///
/// Parts: `in_proj_weight`, `in_proj_bias`, `score_proj`, `out_proj`, as those of [KsvdAttention], and for head h
/// `U.h` and `V.h`, each a [Parametrization#orthogonal] by Cayley's formula, so that any optimiser keeps them
/// orthonormal.
///
/// References: Fan, *On a theorem of Weyl concerning eigenvalues of linear transformations I*, 1949; Tao, Tonin,
/// Lambert, Chen, Patrinos, Suykens, *Learning in Feature Spaces via Coupled Covariances*, ICML 2024, for why an
/// objective should be bounded.
public final class StiefelAttention extends SvdAttention {
    /// The name under which the mean gap is handed to the pass, and each sample's and head's to a probe.
    public static final String GAP = AttentionReport.GAP;

    private final double gapWeight;
    private final List<Parametrization> query = new ArrayList<>();
    private final List<Parametrization> key = new ArrayList<>();

    /// @param width d, a multiple of `heads`
    /// @param heads H
    /// @param rank s, at most d/H
    /// @param gapWeight η, the weight of the gap in what is minimised
    /// @param key determines the initial values
    /// @throws IllegalArgumentException if a number is out of its range
    public StiefelAttention(int width, int heads, int rank, double gapWeight, DType dtype, Rng key) {
        super(width, heads, rank, dtype, key);
        if (!(gapWeight >= 0) || Double.isInfinite(gapWeight)) {
            throw new IllegalArgumentException("the weight of the gap must be finite and at least 0, not " + gapWeight);
        }
        this.gapWeight = gapWeight;
        for (int h = 0; h < heads; h++) {
            this.query.add(orthonormal(dtype, key.child("U").child(h)));
            this.key.add(orthonormal(dtype, key.child("V").child(h)));
        }
    }

    private Parametrization orthonormal(DType dtype, Rng key) {
        Tensor start = Tensor.normal(key, 0, 1, dtype, width / heads, rank);
        return Parametrization.orthogonal(start, Parametrization.Rotation.CAYLEY, key.child("base"));
    }

    @Override
    Tensor weights(Tensor phi, AttentionMask mask, Pass pass) {
        int p = phi.dim(4);
        double floor = Math.sqrt(phi.dim(3)) * (phi.dtype() == DType.F64 ? 1e-7 : 1e-3);
        Tensor below = Tensor.eye(p, phi.dtype()).mul(floor).expand(2, phi.dim(1), heads, p, p);
        Tensor r = Linalg.qr(Tensor.concat(3, phi, below)).r();
        Tensor weights = turned(
                r, Tensor.stack(0, stacked(key, pass), stacked(query, pass)).unsqueeze(1));
        Tensor gap =
                trace(weights).div(trace(turned(r, best(r.detach())))).neg().add(1);
        if (mask.keys() != null) {
            gap = gap.where(mask.keys().notEqual(0).any(1).unsqueeze(1), 0);
        }
        pass.addLoss(GAP, gapWeight, gap.mean());
        pass.probe(GAP, gap);
        return weights;
    }

    private static Tensor stacked(List<Parametrization> each, Pass pass) {
        return Tensor.stack(0, each.stream().map(one -> one.value(pass)).toArray(Tensor[]::new));
    }

    /// R_kᵀ V and R_qᵀ U, whose trace Tr(W_eᵀ W_r) is Tr(UᵀMV), of R `[2, B, H, p, p]`, and V and U `[2, …, H, p, s]`.
    private static Tensor turned(Tensor r, Tensor vectors) {
        return r.flip(0).transpose(-1, -2).matmul(vectors);
    }

    /// B_s and A_s. As they maximise the trace, its derivative is that at fixed ones. Those of a matrix that is not
    /// finite are of no account.
    private Tensor best(Tensor r) {
        Tensor m = r.select(0, 0).matmul(r.select(0, 1).transpose(-1, -2));
        Linalg.Svd svd = Linalg.svd(m.where(m.isFinite(), 0));
        return Tensor.stack(0, svd.vt().transpose(-1, -2), svd.u()).slice(-1, 0, rank);
    }

    @Override
    public void describe(Parts parts) {
        super.describe(parts);
        parts.modules("U", query);
        parts.modules("V", key);
    }
}
