package adjoint.bench.linalg;

import adjoint.bench.Operation;
import adjoint.bench.Unit;
import adjoint.linalg.Precision;

/// A function of every row of a `rows × columns` matrix, or of every element.
public record RowWise(Function function, Precision precision, int rows, int columns) implements Operation {
    /// The learning rate of [Function#ADAM_W]; its weight decay is 0.01, β₁ is 0.9, β₂ is 0.999 and ε is 10⁻⁸.
    public static final double RATE = 1e-3;

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
        MASKED_BIAS_GELU("mask·gelu(x+bias)", 3),
        /// `tanh x`.
        TANH("tanh"),
        /// `1/(1 + e⁻ˣ)`.
        SIGMOID("sigmoid"),
        /// `x − log Σ eˣ` along each row.
        LOG_SOFTMAX("log-softmax"),
        /// `γ·x/√(mean x² + ε)` along each row; γ is the first row of input 1, ε is 10⁻⁵.
        RMS_NORM("RMS norm"),
        /// The sum of all elements.
        SUM("sum", 1),
        /// The sum of each column.
        COLUMN_SUM("column sums"),
        /// The largest element of each row.
        ROW_MAX("row maxima"),
        /// `xᵀ`.
        TRANSPOSE("transpose", 2),
        /// The rows that [#picks] names.
        GATHER("gather rows"),
        /// A step of AdamW on parameters x with gradients that are input 1: the first one, then further ones from where
        /// it leads, with the rates of the first.
        ADAM_W("AdamW step", 7);

        private final String text;
        private final int arrays;

        Function(String text) {
            this(text, 0);
        }

        /// @param arrays how many arrays of the size of x are read or written
        Function(String text, int arrays) {
            this.text = text;
            this.arrays = arrays;
        }

        /// How many arrays of the size of x are read or written; 0 where nothing is compared with the speed of memory.
        int arrays() {
            return arrays;
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

    /// The rows that are gathered, one for every row.
    public int[] picks() {
        int[] picks = new int[rows];
        for (int r = 0; r < rows; r++) {
            picks[r] = (int) (r * 7919L % rows);
        }
        return picks;
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
