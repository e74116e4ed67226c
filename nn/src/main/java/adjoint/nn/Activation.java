package adjoint.nn;

import adjoint.autodiff.Tensor;

/// An elementwise non-linearity.
public enum Activation {
    /// x·Φ(x), with the exact normal distribution function (Hendrycks, Gimpel, 2016).
    GELU {
        @Override
        public Tensor forward(Tensor x) {
            return x.gelu();
        }
    },
    /// max(x, 0).
    RELU {
        @Override
        public Tensor forward(Tensor x) {
            return x.relu();
        }
    };

    public abstract Tensor forward(Tensor x);
}
