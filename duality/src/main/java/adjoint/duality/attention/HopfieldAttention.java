package adjoint.duality.attention;

import adjoint.autodiff.Tensor;
import adjoint.duality.Certificate;
import adjoint.nn.AttentionMask;
import adjoint.nn.AttentionMechanism;
import adjoint.nn.Pass;
import adjoint.nn.SoftmaxMechanism;

/// A modern Hopfield network: queries move towards keys before they ask for values,
///
/// ```text
/// ξ ← Kᵀ softmax(β K ξ)    steps − 1 times, from ξ = q;    out = Vᵀ softmax(β K ξ),   β = 1/√p
/// ```
///
/// Each step lessens the energy `E(ξ) = −β⁻¹ ln Σ_j e^(β k_jᵀξ) + ½ξᵀξ`, since it is ξ − ∇E(ξ). One step is softmax
/// attention. The certificate is ‖∇E(ξ)‖/‖ξ‖ of the ξ that asks for values, 0 at a fixed point.
///
/// Pair: the dual side alone, fused. O(steps·N·M·(p + r)) time, O(N + M) memory; causal, with a memory of all tokens
/// for generation; masks of keys, biases. Example: keys far apart are fixed points, and a query near one finds its
/// value.
///
/// Paper: Ramsauer et al., *Hopfield networks is all you need*, ICLR 2021.
///
/// @param steps how often softmax is taken
/// @param softmax one step
public record HopfieldAttention(int steps, SoftmaxMechanism softmax) implements AttentionMechanism {
    /// @throws IllegalArgumentException if there is no step
    public HopfieldAttention {
        if (steps < 1) {
            throw new IllegalArgumentException("a Hopfield network takes at least 1 step, not " + steps);
        }
    }

    @Override
    public Tensor attend(Tensor q, Tensor k, Tensor v, AttentionMask mask, Pass pass) {
        Tensor state = q;
        Pass quiet = Pass.evaluation();
        for (int i = 1; i < steps; i++) {
            state = softmax.attend(state, k, k, mask, quiet);
        }
        if (pass.probing()) {
            Tensor slope = state.sub(softmax.attend(state, k, k, mask, quiet));
            pass.probe(Certificate.Kind.KKT_RESIDUAL.name(), Certificate.relative(slope, state));
        }
        return softmax.attend(state, k, v, mask, pass);
    }

    @Override
    public Memory memory(int room) {
        return Weights.memory(this, room);
    }
}
