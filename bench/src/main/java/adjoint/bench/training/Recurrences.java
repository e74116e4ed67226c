package adjoint.bench.training;

import adjoint.autodiff.DType;
import adjoint.linalg.Rng;
import adjoint.nn.Linear;
import adjoint.nn.Recurrent;

/// An LSTM of one layer and direction, whose last state is classified.
///
/// @param width of the state
public record Recurrences(int batch, int steps, int channels, int width) implements Workload {
    @Override
    public String name() {
        return "LSTM " + width;
    }

    @Override
    public String shape() {
        return batch + "×" + steps + "×" + channels;
    }

    @Override
    public int classes() {
        return 10;
    }

    @Override
    public int[] sample() {
        return new int[] {steps, channels};
    }

    @Override
    public double rate() {
        return 1e-3;
    }

    @Override
    public Network network() {
        Recurrent lstm = Recurrent.lstm(channels, width, DType.F32, Rng.of(6));
        Linear output = new Linear(width, classes(), DType.F32, Rng.of(7));
        return new Network(
                parts -> {
                    parts.module("lstm", lstm);
                    parts.module("output_layer", output);
                },
                (x, pass) -> output.forward(lstm.forward(x, pass).last().state().select(0, 0)));
    }
}
