package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;

/// `y = x·Wᵀ + b`: `x` is `[…, in]`, `y` is `[…, out]`, `weight` `[out, in]`, `bias` `[out]`.
///
/// Both start with draws from U(−1/√in, 1/√in), as in PyTorch (He et al., 2015, with a = √5).
///
/// ```
/// Linear linear = new Linear(3, 2, DType.F32, Rng.of(0));
/// Tensor y = linear.forward(Tensor.ones(DType.F32, 4, 3));    // [4, 2]
/// ```
public final class Linear implements Layer.Pure {
    private final Parameter weight;
    private final Parameter bias;

    /// With a bias.
    public Linear(int in, int out, DType dtype, Rng key) {
        this(in, out, true, dtype, key);
    }

    /// @param key determines the initial values
    public Linear(int in, int out, boolean bias, DType dtype, Rng key) {
        if (in < 1 || out < 1) {
            throw new IllegalArgumentException("Linear needs at least one input and output, got " + in + " and " + out);
        }
        double bound = 1 / Math.sqrt(in);
        this.weight = Parameter.uniform(key.child("weight"), bound, dtype, out, in);
        this.bias = bias ? Parameter.uniform(key.child("bias"), bound, dtype, out) : null;
    }

    @Override
    public Tensor forward(Tensor x) {
        return x.linear(weight.value(), bias == null ? null : bias.value());
    }

    public Parameter weight() {
        return weight;
    }

    /// Null if there is none.
    public Parameter bias() {
        return bias;
    }

    @Override
    public void describe(Parts parts) {
        parts.parameter("weight", weight);
        if (bias != null) {
            parts.parameter("bias", bias);
        }
    }
}
