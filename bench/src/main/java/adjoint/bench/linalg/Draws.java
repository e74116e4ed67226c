package adjoint.bench.linalg;

import adjoint.bench.Operation;
import adjoint.bench.Unit;
import adjoint.linalg.Precision;
import java.util.Arrays;

/// An array filled with random numbers.
public record Draws(Distribution distribution, Precision precision, int n) implements Operation {
    /// What is drawn from.
    public enum Distribution {
        /// Between 0 and 1.
        UNIFORM("uniform"),
        /// Mean 0, variance 1.
        NORMAL("normal");

        private final String text;

        Distribution(String text) {
            this.text = text;
        }
    }

    @Override
    public String kernel() {
        return "random " + distribution.text;
    }

    @Override
    public String shape() {
        return Integer.toString(n);
    }

    @Override
    public Unit unit() {
        return Unit.NANOSECONDS_PER_ELEMENT;
    }

    @Override
    public double work() {
        return n;
    }

    @Override
    public double tolerance() {
        return 0.02;
    }

    /// Mean and mean square.
    @Override
    public double[] sketch(Object result) {
        double[] values = Operation.doubles(result);
        return new double[] {
            Arrays.stream(values).average().orElse(0),
            Arrays.stream(values).map(x -> x * x).average().orElse(0)
        };
    }
}
