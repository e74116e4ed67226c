package adjoint.bench.linalg;

import adjoint.bench.Operation;
import adjoint.bench.Unit;
import adjoint.linalg.Precision;
import java.util.Arrays;

/// Softmax attention, `softmax(Q·Kᵀ/√d)·V`, of `heads` heads on `length` tokens with `width` features each, forward and
/// backward: the output, and the gradients by Q, K and V for a given gradient of the output.
///
/// Q, K, V and the gradient are contiguous, head after head, each `length × width`.
///
/// @param dropout the fraction of the attention weights that is dropped
public record Attention(Precision precision, int heads, int length, int width, double dropout) implements Operation {
    @Override
    public String kernel() {
        return dropout == 0 ? "attention" : "attention, dropout " + dropout;
    }

    @Override
    public String shape() {
        return heads + "×" + length + "×" + width;
    }

    @Override
    public Unit unit() {
        return Unit.MILLISECONDS;
    }

    @Override
    public double work() {
        return 1;
    }

    @Override
    public double tolerance() {
        return dropout == 0 ? 1e-4 : 0.05;
    }

    /// Normal draws of that number: 0 is Q, 1 is K, 2 is V, 3 the gradient of the output.
    public Object input(int number) {
        return Inputs.normal(precision, 30 + number, size());
    }

    /// The elements of each input and of each gradient.
    public int size() {
        return heads * length * width;
    }

    /// Of the gradients by Q, K and V, one behind the other; with dropout, where all are random, the root of their mean
    /// squares.
    @Override
    public double[] sketch(Object result) {
        if (dropout == 0) {
            return Operation.samples(result);
        }
        double[] values = Operation.doubles(result);
        double[] sizes = new double[3];
        Arrays.setAll(
                sizes,
                i -> Math.sqrt(Arrays.stream(values, i * size(), (i + 1) * size())
                        .map(x -> x * x)
                        .average()
                        .orElse(0)));
        return sizes;
    }
}
