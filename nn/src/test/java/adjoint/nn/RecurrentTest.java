package adjoint.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import adjoint.autodiff.DType;
import adjoint.autodiff.GradCheck;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RecurrentTest {
    private static final Rng KEY = Rng.of(5);

    @ParameterizedTest
    @EnumSource
    void isTheLoopOverStepsLayersAndDirections(Recurrent.Cell cell) {
        Recurrent network = new Recurrent(new Recurrent.Config(cell, 3, 4, 2, true, 0, DType.F64), KEY);
        Tensor x = Tensor.normal(KEY.child("x"), 0, 1, DType.F64, 2, 5, 3);
        Tensor state = Tensor.normal(KEY.child("h"), 0, 1, DType.F64, 4, 2, 4);
        Tensor cells = Tensor.normal(KEY.child("c"), 0, 1, DType.F64, 4, 2, 4);
        Recurrent.State initial = new Recurrent.State(state, cell == Recurrent.Cell.LSTM ? cells : null);
        Recurrent.Result run = network.forward(x, initial, Pass.evaluation());
        Parameters parameters = Parameters.of(network);
        for (int example = 0; example < 2; example++) {
            double[][] layer = rows(x.select(0, example));
            for (int l = 0; l < 2; l++) {
                double[][] both = new double[5][8];
                for (int way = 0; way < 2; way++) {
                    String suffix = "_l" + l + (way == 1 ? "_reverse" : "");
                    double[] h = state.select(0, 2 * l + way).select(0, example).toDoubles();
                    double[] c = cells.select(0, 2 * l + way).select(0, example).toDoubles();
                    for (int i = 0; i < 5; i++) {
                        int t = way == 1 ? 4 - i : i;
                        step(cell, parameters, suffix, layer[t], h, c);
                        System.arraycopy(h, 0, both[t], 4 * way, 4);
                    }
                    assertArrayEquals(h, last(run.last().state(), 2 * l + way, example), 1e-14);
                    if (cell == Recurrent.Cell.LSTM) {
                        assertArrayEquals(c, last(run.last().cell(), 2 * l + way, example), 1e-14);
                    }
                }
                layer = both;
            }
            for (int t = 0; t < 5; t++) {
                double[] actual = run.states().select(0, example).select(0, t).toDoubles();
                assertArrayEquals(layer[t], actual, 1e-14);
            }
        }
    }

    private static double[] last(Tensor states, int direction, int example) {
        return states.select(0, direction).select(0, example).toDoubles();
    }

    private static double[][] rows(Tensor x) {
        double[][] rows = new double[x.dim(0)][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = x.select(0, i).toDoubles();
        }
        return rows;
    }

    /// One step of one example, scalar by scalar, in place.
    private static void step(
            Recurrent.Cell cell, Parameters parameters, String suffix, double[] x, double[] h, double[] c) {
        double[] fromInput = affine(parameters, "ih" + suffix, x);
        double[] fromState = affine(parameters, "hh" + suffix, h);
        int width = h.length;
        for (int j = 0; j < width; j++) {
            double[] sum = new double[fromInput.length / width];
            for (int gate = 0; gate < sum.length; gate++) {
                sum[gate] = fromInput[gate * width + j] + fromState[gate * width + j];
            }
            switch (cell) {
                case TANH -> h[j] = Math.tanh(sum[0]);
                case RELU -> h[j] = Math.max(0, sum[0]);
                case LSTM -> {
                    c[j] = sigmoid(sum[1]) * c[j] + sigmoid(sum[0]) * Math.tanh(sum[2]);
                    h[j] = sigmoid(sum[3]) * Math.tanh(c[j]);
                }
                case GRU -> {
                    double n = Math.tanh(fromInput[2 * width + j] + sigmoid(sum[0]) * fromState[2 * width + j]);
                    h[j] = (1 - sigmoid(sum[1])) * n + sigmoid(sum[1]) * h[j];
                }
            }
        }
    }

    private static double[] affine(Parameters parameters, String name, double[] x) {
        double[][] weight = rows(parameters.get("weight_" + name).value());
        double[] y = parameters.get("bias_" + name).value().toDoubles();
        for (int i = 0; i < y.length; i++) {
            for (int j = 0; j < x.length; j++) {
                y[i] += weight[i][j] * x[j];
            }
        }
        return y;
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    @Test
    void partsAreCalledAsInPyTorch() {
        Recurrent gru = new Recurrent(new Recurrent.Config(Recurrent.Cell.GRU, 3, 2, 2, true, 0.5, DType.F32), KEY);
        assertEquals(
                List.of("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"),
                Parameters.of(gru).names().subList(0, 4));
        assertEquals(
                "[6, 4]", Parameters.of(gru).get("weight_ih_l1_reverse").shape().toString());
        assertEquals(16, Parameters.of(gru).names().size());
    }

    @ParameterizedTest
    @EnumSource
    void gradientThroughLayersAndDirections(Recurrent.Cell cell) {
        Recurrent network = new Recurrent(new Recurrent.Config(cell, 2, 2, 2, true, 0, DType.F64), KEY.child("g"));
        GradCheck.check(
                cell.name(),
                in -> {
                    Recurrent.Result run = network.forward(in.getFirst(), Pass.evaluation());
                    return run.states()
                            .square()
                            .sum()
                            .add(run.last().state().exp().sum());
                },
                Tensor.normal(KEY.child("x"), 0, 1, DType.F64, 2, 3, 2));
    }

    @Test
    void dropoutBetweenLayersOnly() {
        Recurrent.Config one = new Recurrent.Config(Recurrent.Cell.LSTM, 2, 3, 1, false, 0.9, DType.F64);
        Recurrent.Config two = new Recurrent.Config(Recurrent.Cell.LSTM, 2, 3, 2, false, 0.9, DType.F64);
        Tensor x = Tensor.normal(KEY, 0, 1, DType.F64, 1, 4, 2);
        assertEquals(0, difference(new Recurrent(one, KEY), x));
        assertEquals(true, difference(new Recurrent(two, KEY), x) > 1e-3);
    }

    private static double difference(Recurrent network, Tensor x) {
        Tensor trained = network.forward(x, Pass.training(KEY)).states();
        Tensor evaluated = network.forward(x, Pass.evaluation()).states();
        return trained.sub(evaluated).abs().max().item();
    }

    @Test
    void saysWhatDoesNotFit() {
        Recurrent lstm = Recurrent.lstm(3, 4, DType.F32, KEY);
        Pass pass = Pass.evaluation();
        assertEquals(
                "Recurrent needs x [B, N, 3] with N ≥ 1, got [2, 0, 3]",
                assertThrows(ShapeError.class, () -> lstm.forward(Tensor.zeros(DType.F32, 2, 0, 3), pass))
                        .getMessage());
        Recurrent.State state = new Recurrent.State(Tensor.zeros(DType.F32, 1, 2, 4), null);
        assertEquals(
                "Recurrent needs a first cell [1, 2, 4], got none",
                assertThrows(ShapeError.class, () -> lstm.forward(Tensor.zeros(DType.F32, 2, 5, 3), state, pass))
                        .getMessage());
        assertEquals(
                "a recurrent network needs inputs, width and layers ≥ 1, got 0, 4 and 1",
                assertThrows(IllegalArgumentException.class, () -> Recurrent.gru(0, 4, DType.F32, KEY))
                        .getMessage());
    }
}
