package adjoint.duality.kernel;

import adjoint.autodiff.Tensor;
import adjoint.duality.FeatureMap;
import java.util.function.UnaryOperator;

/// The primal side of a kernel: two maps with `κ(x, y) = φ(x)ᵀψ(y)`, the same map twice for a symmetric kernel.
///
/// @param query φ
/// @param key ψ, with as many features
public record FeaturePair(FeatureMap query, FeatureMap key) {
    /// φ = ψ.
    public static FeaturePair of(FeatureMap map) {
        return new FeaturePair(map, map);
    }

    public boolean symmetric() {
        return query.equals(key);
    }

    /// φ(X)ψ(Y)ᵀ, `[…, N, M]`.
    public Tensor gram(Tensor x, Tensor y) {
        return query.features(x).matmul(key.features(y).transpose(-1, -2));
    }

    /// Applies `change` to both maps, once if they are one.
    FeaturePair map(UnaryOperator<FeatureMap> change) {
        FeatureMap first = change.apply(query);
        return new FeaturePair(first, symmetric() ? first : change.apply(key));
    }
}
