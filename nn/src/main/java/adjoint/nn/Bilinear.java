package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;

/// `y[…, o] = Σ_i,j a[…, i]·weight[o, i, j]·b[…, j] + bias[o]`: `a` is `[…, in1]`, `b` `[…, in2]`, `y` `[…, out]`.
///
/// Both start with draws from U(−1/√in1, 1/√in1), as in PyTorch.
public final class Bilinear implements Module {
    private final Parameter weight;
    private final Parameter bias;

    /// @param key determines the initial values
    public Bilinear(int in1, int in2, int out, boolean bias, DType dtype, Rng key) {
        if (in1 < 1 || in2 < 1 || out < 1) {
            throw new IllegalArgumentException("Bilinear needs at least one of both inputs and of outputs, got " + in1
                    + ", " + in2 + " and " + out);
        }
        double bound = 1 / Math.sqrt(in1);
        this.weight = Parameter.uniform(key.child("weight"), bound, dtype, out, in1, in2);
        this.bias = bias ? Parameter.uniform(key.child("bias"), bound, dtype, out) : null;
    }

    /// O(samples·out·in1·in2) time, and samples·out·in2 numbers in between.
    ///
    /// @throws ShapeError unless `a` is `[…, in1]` and `b` `[…, in2]`, with the same axes in front
    public Tensor forward(Tensor a, Tensor b) {
        int out = weight.shape().dim(0);
        int in1 = weight.shape().dim(1);
        int in2 = weight.shape().dim(2);
        if (!fits(a, b, in1, in2)) {
            throw new ShapeError("Bilinear needs a […, " + in1 + "] and b […, " + in2
                    + "] with the same axes in front, got " + a.shape() + " and " + b.shape());
        }
        int[] dims = a.shape().dims();
        dims[dims.length - 1] = out;
        Tensor byB = weight.value().permute(0, 2, 1).reshape(out * in2, in1);
        Tensor half = a.reshape(-1, in1).linear(byB, null).reshape(-1, out, in2);
        Tensor y = half.matmul(b.reshape(-1, in2, 1)).reshape(dims);
        return bias == null ? y : y.add(bias.value());
    }

    private static boolean fits(Tensor a, Tensor b, int in1, int in2) {
        boolean fits = a.rank() >= 1 && a.rank() == b.rank() && a.dim(-1) == in1 && b.dim(-1) == in2;
        for (int axis = 0; fits && axis < a.rank() - 1; axis++) {
            fits = a.dim(axis) == b.dim(axis);
        }
        return fits;
    }

    @Override
    public void describe(Parts parts) {
        parts.parameter("weight", weight);
        if (bias != null) {
            parts.parameter("bias", bias);
        }
    }
}
