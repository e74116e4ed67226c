package adjoint.duality;

import adjoint.autodiff.Tensor;
import java.util.function.IntUnaryOperator;
import java.util.function.UnaryOperator;

/// A feature map φ, the primal side of a kernel: `κ(x, z) = φ(x)ᵀ φ(z)`.
///
/// It maps vectors along the last axis and leaves every other axis alone, `[…, d] → […, p]`. For N tokens the features
/// hold in O(N·p) what the matrix of `κ` holds in O(N²): attention that is linear in the number of tokens comes from
/// multiplying by `φ(X)` and `φ(X)ᵀ` instead of by their product.
///
/// @see Cosine
public interface FeatureMap {
    /// φ of every vector along the last axis.
    ///
    /// @param vectors `[…, d]`
    /// @return `[…, p]`, p = [#dimension(int) dimension(d)]
    Tensor features(Tensor vectors);

    /// The number p of features of a vector of `d` components.
    int dimension(int d);

    /// The kernel matrix `κ(x_i, z_j) = φ(x_i)ᵀ φ(z_j)`: the dual side. Quadratic in the number of tokens.
    ///
    /// @param x `[…, N, d]`
    /// @param z `[…, M, d]`
    /// @return `[…, N, M]`
    default Tensor kernel(Tensor x, Tensor z) {
        return features(x).matmul(features(z).transpose(-1, -2));
    }

    /// `ln φ` of a positive map that may overflow, `[…, p]`, or null of any other: with it sums can be taken of
    /// features
    /// that are no numbers any more.
    default Tensor logarithm(Tensor vectors) {
        return null;
    }

    /// The map `phi`, of `dimension(d)` features.
    static FeatureMap of(IntUnaryOperator dimension, UnaryOperator<Tensor> phi) {
        return of(dimension, phi, false);
    }

    /// The positive map `e^logarithm`, of `dimension(d)` features.
    static FeatureMap exponential(IntUnaryOperator dimension, UnaryOperator<Tensor> logarithm) {
        return of(dimension, logarithm, true);
    }

    private static FeatureMap of(IntUnaryOperator dimension, UnaryOperator<Tensor> f, boolean exponential) {
        return new FeatureMap() {
            @Override
            public Tensor features(Tensor vectors) {
                Tensor y = f.apply(vectors);
                return exponential ? y.exp() : y;
            }

            @Override
            public Tensor logarithm(Tensor vectors) {
                return exponential ? f.apply(vectors) : null;
            }

            @Override
            public int dimension(int d) {
                return dimension.applyAsInt(d);
            }
        };
    }
}
