package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.autodiff.Recurrence;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.util.ArrayList;
import java.util.List;

/// A recurrent network of one or more layers, in one or both directions: `x` `[B, N, in]` to the states of the last
/// layer, `[B, N, width]`, or `[B, N, 2·width]` with those of the backward direction behind.
///
/// ```
/// Recurrent lstm = Recurrent.lstm(3, 8, DType.F32, Rng.of(0));
/// Recurrent.Result run = lstm.forward(Tensor.ones(DType.F32, 2, 5, 3), Pass.evaluation());
/// Tensor y = run.states();                                    // [2, 5, 8]
/// ```
///
/// Parts are called as in PyTorch's `RNN`, `LSTM` and `GRU`: `weight_ih_l0` `[gates·width, in]`, `weight_hh_l0`
/// `[gates·width, width]`, `bias_ih_l0` and `bias_hh_l0` `[gates·width]`, with `_l1` for the second layer and
/// `_reverse` for the backward direction. All start with draws from U(−1/√width, 1/√width), as there. Formulas:
/// [Recurrence].
public final class Recurrent implements Module {
    private final Config config;
    private final List<Direction> directions;
    private final Dropout dropout;

    /// What happens at each step.
    public enum Cell {
        /// `h ← tanh(W·x + U·h + b)` (Elman, 1990).
        TANH(1),
        /// `h ← max(W·x + U·h + b, 0)`.
        RELU(1),
        /// Long short-term memory (Hochreiter, Schmidhuber, 1997), which has a cell beside its state.
        LSTM(4),
        /// Gated recurrent unit (Cho et al., 2014).
        GRU(3);

        private final int gates;

        Cell(int gates) {
            this.gates = gates;
        }
    }

    /// @param inputs the length of a token
    /// @param width the length of a state
    /// @param dropout of the states between layers, in `[0, 1)`
    public record Config(
            Cell cell, int inputs, int width, int layers, boolean bidirectional, double dropout, DType dtype) {
        public Config {
            if (inputs < 1 || width < 1 || layers < 1) {
                throw new IllegalArgumentException("a recurrent network needs inputs, width and layers ≥ 1, got "
                        + inputs + ", " + width + " and " + layers);
            }
        }

        private int ways() {
            return bidirectional ? 2 : 1;
        }
    }

    /// The states of all layers and directions, `[layers·directions, B, width]`: those of layer 0 first, each forward
    /// before backward.
    ///
    /// @param cell for LSTM, else null
    public record State(Tensor state, Tensor cell) {}

    /// @param states of the last layer, after each step
    /// @param last after the last step of each direction
    public record Result(Tensor states, State last) {}

    public Recurrent(Config config, Rng key) {
        this.config = config;
        this.dropout = new Dropout(config.dropout());
        List<Direction> all = new ArrayList<>();
        for (int layer = 0; layer < config.layers(); layer++) {
            for (int way = 0; way < config.ways(); way++) {
                all.add(new Direction(config, layer, way == 1, key));
            }
        }
        this.directions = List.copyOf(all);
    }

    /// An LSTM of one layer and direction.
    public static Recurrent lstm(int inputs, int width, DType dtype, Rng key) {
        return new Recurrent(new Config(Cell.LSTM, inputs, width, 1, false, 0, dtype), key);
    }

    /// A GRU of one layer and direction.
    public static Recurrent gru(int inputs, int width, DType dtype, Rng key) {
        return new Recurrent(new Config(Cell.GRU, inputs, width, 1, false, 0, dtype), key);
    }

    /// From states that are 0.
    ///
    /// @throws ShapeError if `x` is not `[B, N, inputs]` with N ≥ 1
    public Result forward(Tensor x, Pass pass) {
        return forward(x, null, pass);
    }

    /// @param initial the states before the first step, or null if they are 0
    /// @throws ShapeError if `x` is not `[B, N, inputs]` with N ≥ 1, or the states do not fit
    public Result forward(Tensor x, State initial, Pass pass) {
        if (x.rank() != 3 || x.dim(2) != config.inputs() || x.dim(1) == 0) {
            throw new ShapeError("Recurrent needs x [B, N, " + config.inputs() + "] with N ≥ 1, got " + x.shape());
        }
        check(initial, x.dim(0));
        boolean hasCell = config.cell() == Cell.LSTM;
        Tensor zeros = initial == null ? Tensor.zeros(x.dtype(), x.dim(0), config.width()) : null;
        Tensor steps = x.transpose(0, 1).contiguous();
        Tensor[] states = new Tensor[directions.size()];
        Tensor[] cells = new Tensor[hasCell ? directions.size() : 0];
        for (int layer = 0; layer < config.layers(); layer++) {
            Tensor[] outputs = new Tensor[config.ways()];
            for (int way = 0; way < outputs.length; way++) {
                int i = layer * outputs.length + way;
                Tensor h = initial == null ? zeros : initial.state().select(0, i);
                Tensor c = initial == null || !hasCell ? zeros : initial.cell().select(0, i);
                outputs[way] = directions.get(i).run(steps, h, c, states, cells);
            }
            steps = outputs.length == 1 ? outputs[0] : Tensor.concat(2, outputs);
            if (layer < config.layers() - 1) {
                steps = dropout.forward(steps, pass);
            }
        }
        State last = new State(Tensor.stack(0, states), hasCell ? Tensor.stack(0, cells) : null);
        return new Result(steps.transpose(0, 1), last);
    }

    private void check(State initial, int batch) {
        if (initial == null) {
            return;
        }
        check("state", initial.state(), batch);
        if (config.cell() == Cell.LSTM) {
            check("cell", initial.cell(), batch);
        }
    }

    private void check(String what, Tensor states, int batch) {
        if (states == null
                || states.rank() != 3
                || states.dim(0) != directions.size()
                || states.dim(1) != batch
                || states.dim(2) != config.width()) {
            throw new ShapeError("Recurrent needs a first " + what + " [" + directions.size() + ", " + batch + ", "
                    + config.width() + "], got " + (states == null ? "none" : states.shape()));
        }
    }

    public Config config() {
        return config;
    }

    @Override
    public void describe(Parts parts) {
        for (Direction direction : directions) {
            direction.describe(parts);
        }
    }

    /// One direction of a layer.
    private static final class Direction {
        private final Cell cell;
        private final int index;
        private final boolean reverse;
        private final String suffix;
        private final Parameter inputWeight;
        private final Parameter inputBias;
        private final Parameter stateWeight;
        private final Parameter stateBias;

        Direction(Config config, int layer, boolean reverse, Rng key) {
            this.cell = config.cell();
            this.index = layer * config.ways() + (reverse ? 1 : 0);
            this.reverse = reverse;
            this.suffix = "_l" + layer + (reverse ? "_reverse" : "");
            int rows = cell.gates * config.width();
            int inputs = layer == 0 ? config.inputs() : config.ways() * config.width();
            this.inputWeight = start("weight_ih", config, key, rows, inputs);
            this.stateWeight = start("weight_hh", config, key, rows, config.width());
            this.inputBias = start("bias_ih", config, key, rows);
            this.stateBias = start("bias_hh", config, key, rows);
        }

        private Parameter start(String name, Config config, Rng key, int... shape) {
            return Parameter.uniform(key.child(name + suffix), 1 / Math.sqrt(config.width()), config.dtype(), shape);
        }

        /// Leaves the last state and cell at this direction's place.
        Tensor run(Tensor steps, Tensor h, Tensor c, Tensor[] states, Tensor[] cells) {
            Tensor inputs = steps.linear(inputWeight.value(), inputBias.value());
            Tensor weight = stateWeight.value();
            Tensor bias = stateBias.value();
            if (cell == Cell.LSTM) {
                Recurrence.Lstm run = Recurrence.lstm(inputs, weight, bias, h, c, reverse);
                states[index] = run.state();
                cells[index] = run.cell();
                return run.states();
            }
            Tensor all = switch (cell) {
                case TANH -> Recurrence.tanh(inputs, weight, bias, h, reverse);
                case RELU -> Recurrence.relu(inputs, weight, bias, h, reverse);
                default -> Recurrence.gru(inputs, weight, bias, h, reverse);
            };
            states[index] = Recurrence.last(all, reverse);
            return all;
        }

        void describe(Parts parts) {
            parts.parameter("weight_ih" + suffix, inputWeight);
            parts.parameter("weight_hh" + suffix, stateWeight);
            parts.parameter("bias_ih" + suffix, inputBias);
            parts.parameter("bias_hh" + suffix, stateBias);
        }
    }
}
