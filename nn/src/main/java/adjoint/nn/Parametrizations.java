package adjoint.nn;

import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;

/// What [Parametrization]s have in common.
final class Parametrizations {
    private Parametrizations() {}

    static void requireInside(String name, Tensor start, double low, double high) {
        for (double value : start.toDoubles()) {
            if (!(value > low && value < high)) {
                throw new IllegalArgumentException(
                        name + " must start between " + low + " and " + high + ", got " + value);
            }
        }
    }

    static void requireRows(String name, Tensor start) {
        if (start.rank() < 2 || start.size() == 0) {
            throw new ShapeError(name + " needs a weight of two axes or more, got " + start.shape());
        }
    }

    /// A function of one tensor.
    record Mapped(Parameter original, UnaryOperator<Tensor> map) implements Parametrization {
        @Override
        public Tensor value(Pass pass) {
            return map.apply(original.value());
        }

        @Override
        public void describe(Parts parts) {
            parts.parameter("original", original);
        }
    }

    /// A function of two.
    record Pair(Parameter original0, Parameter original1, BinaryOperator<Tensor> map) implements Parametrization {
        @Override
        public Tensor value(Pass pass) {
            return map.apply(original0.value(), original1.value());
        }

        @Override
        public void describe(Parts parts) {
            parts.parameter("original0", original0);
            parts.parameter("original1", original1);
        }
    }
}
