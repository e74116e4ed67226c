package adjoint.duality.kernel;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;

/// How the m random directions ω ~ N(0, I) of a feature map are drawn.
public enum Frequencies {
    /// Independently of each other.
    INDEPENDENT {
        @Override
        public Tensor draw(int m, int d, Rng key) {
            return Tensor.normal(key, 0, 1, DType.F64, m, d);
        }
    },

    /// Orthogonal to each other in blocks of d, with the lengths of independent ones: each is N(0, I) still, and
    /// together they estimate with less variance.
    ///
    /// Reference: Yu et al., *Orthogonal random features*, NeurIPS 2016.
    ORTHOGONAL {
        @Override
        public Tensor draw(int m, int d, Rng key) {
            double[] rows = new double[Math.multiplyExact(m, d)];
            key.fillOrthogonal(m, d, rows, 0, d);
            return Tensor.of(rows, m, d);
        }
    };

    /// Draws them in double precision, `[m, d]`.
    public abstract Tensor draw(int m, int d, Rng key);
}
