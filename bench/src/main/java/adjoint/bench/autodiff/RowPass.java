package adjoint.bench.autodiff;

import adjoint.bench.Unit;

/// A function of a `rows × columns` matrix x, and the gradient of Σ weight·f(x) by x, the result.
public record RowPass(Function function, int rows, int columns) implements Single {
    /// What is computed.
    public enum Function {
        GELU("gelu"),
        TANH("tanh"),
        SOFTMAX("softmax"),
        /// With γ = 1 and β = 0, of which there are gradients, too.
        LAYER_NORM("layer norm");

        private final String text;

        Function(String text) {
            this.text = text;
        }
    }

    @Override
    public String kernel() {
        return function.text;
    }

    @Override
    public String shape() {
        return rows + "×" + columns;
    }

    @Override
    public Unit unit() {
        return Unit.NANOSECONDS_PER_ELEMENT;
    }

    @Override
    public double work() {
        return (double) rows * columns;
    }

    /// The argument.
    public float[] x() {
        return Single.normal(2, rows * columns);
    }

    /// The gradient of f(x).
    public float[] weight() {
        return Single.normal(3, rows * columns);
    }
}
