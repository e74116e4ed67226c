package adjoint.bench.linalg;

import adjoint.bench.Operation;
import adjoint.bench.Unit;
import adjoint.linalg.Precision;

/// A function of every row of a `rows × columns` matrix, or of every element.
public record RowWise(Function function, Precision precision, int rows, int columns) implements Operation {
    /// What is computed of x. Further inputs are the normal draws of [#input] by their number.
    public enum Function {
        /// `eˣ`.
        EXP("exp"),
        /// `x·Φ(x)`.
        GELU("gelu"),
        /// `dy·gelu'(x)`, dy being input 1.
        GELU_BACKWARD("gelu backward"),
        /// `eˣ / Σ eˣ` along each row.
        SOFTMAX("softmax"),
        /// `γ·(x − μ)/σ + β` along each row; γ and β are the first rows of inputs 1 and 2, ε is 10⁻⁵.
        LAYER_NORM("layer norm"),
        /// The gradients of layer norm by x, γ and β for dy, input 3; the result is that by x.
        LAYER_NORM_BACKWARD("layer norm backward"),
        /// The mean over the rows of `log Σ eˣ − x[label]`.
        CROSS_ENTROPY("cross-entropy"),
        /// x/(1 − p) or, with probability p = 0.1, zero.
        DROPOUT("dropout 0.1"),
        /// `mask·gelu(x + bias)`: mask is input 1, bias the first row of input 2.
        MASKED_BIAS_GELU("mask·gelu(x+bias)");

        private final String text;

        Function(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    @Override
    public String kernel() {
        return function.toString();
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

    @Override
    public double tolerance() {
        return precision == Precision.F32 ? 2e-5 : 1e-12;
    }

    /// A `rows × columns` matrix of normal draws; number 0 is x.
    public Object input(int number) {
        return Inputs.normal(precision, 10 + number, rows * columns);
    }

    /// A class for every row.
    public int[] labels() {
        int[] labels = new int[rows];
        for (int r = 0; r < rows; r++) {
            labels[r] = (int) (r * 7919L % columns);
        }
        return labels;
    }

    /// Of a random mask only how much it keeps, and by how much that grows.
    @Override
    public double[] sketch(Object result) {
        if (function != Function.DROPOUT) {
            return Operation.samples(result);
        }
        double[] values = Operation.doubles(result);
        double[] x = Operation.doubles(input(0));
        int kept = 0;
        double growth = 0;
        for (int i = 0; i < values.length; i++) {
            if (values[i] != 0) {
                kept++;
                growth = values[i] / x[i];
            }
        }
        return new double[] {Math.round(100.0 * kept / values.length) / 100.0, Math.round(1e4 * growth) / 1e4};
    }
}
