package adjoint.autodiff;

import static adjoint.autodiff.Cases.shapes;

import adjoint.autodiff.Case.Domain;
import java.util.List;
import java.util.function.Function;

/// Recurrent layers, in both directions.
final class RecurrenceCases {
    private RecurrenceCases() {}

    static List<Case> all() {
        return List.of(
                of("tanh RNN", Recurring.TANH, x -> Recurrence.tanh(x.get(0), x.get(1), x.get(2), x.get(3), false), 1),
                of("relu RNN", Recurring.RELU, x -> Recurrence.relu(x.get(0), x.get(1), x.get(2), x.get(3), true), 1),
                of("GRU", Recurring.GRU, x -> Recurrence.gru(x.get(0), x.get(1), x.get(2), x.get(3), false), 3),
                of("GRU reversed", Recurring.GRU, x -> Recurrence.gru(x.get(0), x.get(1), x.get(2), x.get(3), true), 3),
                of("LSTM states", Recurring.LSTM, x -> lstm(x, false).states(), 4),
                of("LSTM, all results", Recurring.LSTM, x -> everything(lstm(x, true)), 4));
    }

    private static Recurrence.Lstm lstm(List<Tensor> x, boolean reverse) {
        return Recurrence.lstm(x.get(0), x.get(1), x.get(2), x.get(3), x.get(4), reverse);
    }

    private static Tensor everything(Recurrence.Lstm run) {
        Tensor ends = Tensor.stack(0, run.state(), run.cell());
        return Tensor.concat(0, run.states(), ends);
    }

    private static Case of(String name, Op<?> op, Function<List<Tensor>, Tensor> f, int gates) {
        return new Case(
                name,
                op,
                Domain.SIGNED,
                f,
                List.of(sizes(2, 2, 2, gates), sizes(1, 1, 1, gates), sizes(3, 1, 1, gates), sizes(2, 0, 2, gates)));
    }

    private static Shape[] sizes(int steps, int batch, int width, int gates) {
        int all = gates * width;
        String state = " [" + batch + ", " + width + "]";
        return shapes("[" + steps + ", " + batch + ", " + all + "] [" + all + ", " + width + "] [" + all + "]" + state
                + (gates == 4 ? state : ""));
    }
}
