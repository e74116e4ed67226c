package adjoint.duality;

import adjoint.autodiff.Tensor;

/// The cosine feature map `φ(z) = z / max(‖z‖₂, ε)`; its kernel is the cosine of the angle between two vectors.
///
/// Definition: p = d, ε = 1e-12. Properties: `‖φ(z)‖ = 1` for `‖z‖ ≥ ε`, `φ(c·z) = φ(z)` for `c > 0`, and `φ(0) = 0`,
/// so `κ` lies in `[-1, 1]`. Example: `φ(3, 4) = (0.6, 0.8)`, `κ((3, 4), (4, 3)) = 0.96`.
///
/// Reference: Chen, Tao, Tonin, Suykens, *Primal-Attention*, NeurIPS 2023, arXiv 2305.19798.
public record Cosine() implements FeatureMap {
    /// Below this norm a vector is divided by ε instead of by its norm.
    public static final double EPSILON = 1e-12;

    @Override
    public Tensor features(Tensor vectors) {
        return vectors.normalize(EPSILON);
    }

    @Override
    public int dimension(int d) {
        return d;
    }
}
