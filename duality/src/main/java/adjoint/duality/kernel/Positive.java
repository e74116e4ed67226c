package adjoint.duality.kernel;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.nn.Parameter;
import adjoint.nn.Parts;
import java.util.Arrays;

/// A positive hyperparameter: one number, or one per component of a row; fixed, or learned as its logarithm.
public final class Positive {
    private final double fixed;
    private final Parameter logarithm;

    private Positive(double fixed, Parameter logarithm) {
        this.fixed = fixed;
        this.logarithm = logarithm;
    }

    /// A number that stays as it is.
    ///
    /// @throws IllegalArgumentException if `value` is not positive and finite
    public static Positive of(double value) {
        return new Positive(require(value), null);
    }

    /// A parameter that starts at `initial`: one number, or one per component.
    ///
    /// @throws IllegalArgumentException if there is none, or one is not positive and finite
    public static Positive learned(DType dtype, double... initial) {
        if (initial.length == 0) {
            throw new IllegalArgumentException("a learned hyperparameter needs a value to start from");
        }
        double[] logs = Arrays.stream(initial).map(v -> Math.log(require(v))).toArray();
        Tensor start = initial.length == 1 ? Tensor.scalar(logs[0], DType.F64) : Tensor.of(logs);
        return new Positive(Double.NaN, Parameter.of(start.to(dtype)));
    }

    /// `x·value`, along the last axis.
    public Tensor times(Tensor x) {
        return logarithm == null ? (fixed == 1 ? x : x.mul(fixed)) : x.mul(value(x.dtype()));
    }

    /// `x/value`, along the last axis.
    public Tensor divide(Tensor x) {
        return logarithm == null ? (fixed == 1 ? x : x.mul(1 / fixed)) : x.div(value(x.dtype()));
    }

    /// `x·√value`.
    Tensor timesRoot(Tensor x) {
        return logarithm == null
                ? x.mul(Math.sqrt(fixed))
                : x.mul(value(x.dtype()).sqrt());
    }

    /// `x + ln value`.
    Tensor plusLogarithm(Tensor x) {
        return x.add(
                logarithm == null
                        ? Tensor.scalar(Math.log(fixed), x.dtype())
                        : logarithm.value().to(x.dtype()));
    }

    /// The value as a tensor, differentiable where it is learned.
    public Tensor value(DType dtype) {
        return logarithm == null
                ? Tensor.scalar(fixed, dtype)
                : logarithm.value().exp().to(dtype);
    }

    /// Names the parameter, if there is one, `log_` and `name`.
    public void describe(String name, Parts parts) {
        if (logarithm != null) {
            parts.parameter("log_" + name, logarithm);
        }
    }

    private static double require(double value) {
        if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("a hyperparameter must be positive and finite, not " + value);
        }
        return value;
    }

    @Override
    public String toString() {
        return logarithm == null
                ? Double.toString(fixed)
                : Arrays.toString(value(DType.F64).toDoubles());
    }
}
