package adjoint.duality.kernel;

import adjoint.autodiff.Tensor;
import adjoint.duality.Cosine;
import adjoint.duality.FeatureMap;
import java.util.Optional;

/// The kernel of a pair of feature maps, `κ(x, y) = φ(x)ᵀψ(y)`: symmetric if they are one, asymmetric if not.
public record FeatureKernel(FeaturePair pair, Range range) implements Kernel {
    public FeatureKernel(FeaturePair pair) {
        this(pair, Range.ALL);
    }

    /// Of one map.
    public static FeatureKernel of(FeatureMap map) {
        return new FeatureKernel(FeaturePair.of(map));
    }

    /// The cosine of the angle between two rows, in [−1, 1]; 0 if one is 0.
    public static FeatureKernel cosine() {
        return new FeatureKernel(FeaturePair.of(new Cosine()), Range.COSINE);
    }

    @Override
    public Tensor gram(Tensor x, Tensor y) {
        return pair.gram(x, y);
    }

    @Override
    public boolean symmetric() {
        return pair.symmetric();
    }

    @Override
    public Optional<FeaturePair> features() {
        return Optional.of(pair);
    }
}
