package adjoint.nn.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.Shape;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class FlatParametersTest {
    private static final List<String> NAMES = List.of("layer.weight", "layer.bias", "norm.weight");
    private static final List<Shape> SHAPES = List.of(Shape.of(5, 7), Shape.of(5), Shape.of(5));

    private static FlatParameters flat(List<ParameterGroup> groups, Clipping clipping) {
        FlatParameters flat = new FlatParameters(DType.F64, NAMES, SHAPES, groups, clipping, 2);
        for (int i = 0; i < 3; i++) {
            Tensor.normal(Rng.of(i), 0, 1, DType.F64, SHAPES.get(i).dims()).copyTo(flat.values(), flat.offset(i));
        }
        return flat;
    }

    private static Object[] gradients(FlatParameters flat) {
        Object[] gradients = {flat.buffer(), flat.buffer()};
        for (int i = 0; i < 3; i++) {
            for (int s = 0; s < 2; s++) {
                Tensor.normal(
                                Rng.of(10 + s).child(i),
                                0,
                                1,
                                DType.F64,
                                SHAPES.get(i).dims())
                        .copyTo(gradients[s], flat.offset(i));
            }
        }
        return gradients;
    }

    private static double[] gradient(FlatParameters flat, Object[] gradients, int i) {
        return flat.view(gradients[0], i).add(flat.view(gradients[1], i)).toDoubles();
    }

    /// The first group that takes a parameter moves it, by its own rule.
    @Test
    void groupsHaveTheirOwnSettings() {
        FlatParameters flat = flat(
                List.of(
                        new ParameterGroup("biases", name -> name.endsWith("bias"), new Sgd(0.5)),
                        new ParameterGroup("matrices", name -> name.startsWith("layer"), new Lamb(0.1)),
                        new ParameterGroup("rest", _ -> true, new Sgd(0.1, 0.9, 0, 0.3, false))),
                Clipping.none());
        double[][] start = new double[3][];
        double[][] expected = new double[3][];
        for (int i = 0; i < 3; i++) {
            start[i] = flat.view(flat.values(), i).toDoubles();
        }
        Object[] gradients = gradients(flat);
        for (int i = 0; i < 3; i++) {
            Optimizer optimizer = List.of(new Lamb(0.1), new Sgd(0.5), new Sgd(0.1, 0.9, 0, 0.3, false))
                    .get(i);
            ReferenceStep reference = new ReferenceStep(optimizer, start[i], SHAPES.get(i));
            reference.step(1, 0.7, gradient(flat, gradients, i));
            expected[i] = reference.p;
        }
        flat.step(gradients, 1, flat.norm(gradients), 1, 0.7);
        for (int i = 0; i < 3; i++) {
            assertArrayEquals(expected[i], flat.view(flat.values(), i).toDoubles(), 1e-13);
        }
        assertEquals(
                Set.of("exp_avg/layer.weight", "exp_avg_sq/layer.weight", "momentum_buffer/norm.weight"),
                flat.state().keySet());
    }

    @Test
    void groupsMustFit() {
        assertEquals(
                "no parameter group takes layer.bias, norm.weight",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> flat(
                                        List.of(new ParameterGroup("w", "layer.weight"::equals, new Sgd(1))),
                                        Clipping.none()))
                        .getMessage());
        assertEquals(
                "the parameter group \"heads\" takes no parameter that an earlier one leaves;"
                        + " there are [layer.weight, layer.bias, norm.weight]",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> flat(
                                        List.of(
                                                new ParameterGroup("all", _ -> true, new Sgd(1)),
                                                new ParameterGroup("heads", "head"::equals, new Sgd(1))),
                                        Clipping.none()))
                        .getMessage());
        assertEquals(
                "the model has no parameters",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new FlatParameters(
                                        DType.F32,
                                        List.of(),
                                        List.of(),
                                        ParameterGroup.all(new Sgd(1)),
                                        Clipping.none(),
                                        1))
                        .getMessage());
    }

    @Test
    void aStateThatDoesNotFitIsRefusedWhole() {
        FlatParameters flat = flat(ParameterGroup.all(new Sgd(1, 0.9, 0, 0, false)), Clipping.none());
        Map<String, Tensor> state = new TreeMap<>(flat.state());
        state.remove("momentum_buffer/layer.bias");
        state.put("momentum_buffer/norm.weight", Tensor.zeros(DType.F64, 4));
        state.put("exp_avg/norm.weight", Tensor.zeros(DType.F64, 5));
        assertEquals(
                "the optimiser's state does not fit: exp_avg/norm.weight is surplus; momentum_buffer/layer.bias must be"
                        + " F64 [5], it is missing; momentum_buffer/norm.weight must be F64 [5], it is F64 [4]",
                assertThrows(IllegalArgumentException.class, () -> flat.restore(state))
                        .getMessage());
    }

    private static double[][] moved(Clipping clipping) {
        FlatParameters flat = flat(ParameterGroup.all(new Sgd(1)), clipping);
        double[][] moves = new double[3][];
        double[][] start = new double[3][];
        for (int i = 0; i < 3; i++) {
            start[i] = flat.view(flat.values(), i).toDoubles();
        }
        Object[] gradients = gradients(flat);
        flat.step(gradients, 0.5, 0.5 * flat.norm(gradients), 1, 1);
        for (int i = 0; i < 3; i++) {
            double[] end = flat.view(flat.values(), i).toDoubles();
            moves[i] = new double[end.length];
            for (int k = 0; k < end.length; k++) {
                moves[i][k] = start[i][k] - end[k];
            }
        }
        return moves;
    }

    @Test
    void clippingByNormScalesTheWhole() {
        double[][] plain = moved(Clipping.none());
        double[][] clipped = moved(new Clipping.Norm(0.25));
        double squares = 0;
        for (double[] part : plain) {
            for (double x : part) {
                squares += x * x;
            }
        }
        double scale = 0.25 / (Math.sqrt(squares) + 1e-6);
        for (int i = 0; i < 3; i++) {
            for (int k = 0; k < plain[i].length; k++) {
                assertEquals(scale * plain[i][k], clipped[i][k], 1e-14);
            }
        }
        assertArrayEquals(plain[0], moved(new Clipping.Norm(1e9))[0]);
    }

    @Test
    void clippingByValueCutsEachElement() {
        double[][] plain = moved(Clipping.none());
        double[][] clipped = moved(new Clipping.Value(0.3));
        int cut = 0;
        for (int i = 0; i < 3; i++) {
            for (int k = 0; k < plain[i].length; k++) {
                assertEquals(Math.clamp(plain[i][k], -0.3, 0.3), clipped[i][k], 1e-14);
                cut += Math.abs(plain[i][k]) > 0.3 ? 1 : 0;
            }
        }
        assertTrue(cut > 5);
    }

    /// Rows of matrices, and vectors as a whole.
    @Test
    void adaptiveClippingGoesByTheRowsOfWeights() {
        double[][] plain = moved(Clipping.none());
        double[][] clipped = moved(new Clipping.Adaptive(0.4, 1e-3));
        FlatParameters flat = flat(ParameterGroup.all(new Sgd(1)), Clipping.none());
        int cut = 0;
        for (int i = 0; i < 3; i++) {
            double[] w = flat.view(flat.values(), i).toDoubles();
            int columns = SHAPES.get(i).dim(-1);
            for (int row = 0; row < w.length / columns; row++) {
                double allowed = 0.4 * Math.max(norm(w, row * columns, columns), 1e-3);
                double length = norm(plain[i], row * columns, columns);
                double scale = length > allowed ? allowed / length : 1;
                cut += scale < 1 ? 1 : 0;
                for (int k = row * columns; k < (row + 1) * columns; k++) {
                    assertEquals(scale * plain[i][k], clipped[i][k], 1e-14);
                }
            }
        }
        assertTrue(cut > 2 && cut <= 7, "clipped " + cut);
    }

    private static double norm(double[] x, int from, int n) {
        double squares = 0;
        for (int i = from; i < from + n; i++) {
            squares += x[i] * x[i];
        }
        return Math.sqrt(squares);
    }

    @Test
    void clippingIsChecked() {
        assertEquals(
                "the clipping norm must be > 0 (infinity: no clipping), got 0.0",
                assertThrows(IllegalArgumentException.class, () -> new Clipping.Norm(0))
                        .getMessage());
        assertEquals(
                "the largest element of a gradient must be > 0, got NaN",
                assertThrows(IllegalArgumentException.class, () -> new Clipping.Value(Double.NaN))
                        .getMessage());
        assertEquals(
                "the clipping ratio must be > 0, got -1.0",
                assertThrows(IllegalArgumentException.class, () -> new Clipping.Adaptive(-1))
                        .getMessage());
    }

    @Test
    void averagesOfWeights() {
        for (WeightAverage rule : List.of(new WeightAverage.Exponential(0.6), new WeightAverage.Equal(3, 2))) {
            FlatParameters flat = flat(ParameterGroup.all(new Sgd(0.1)), Clipping.none());
            WeightAverage.Running running = new WeightAverage.Running(rule, flat);
            Object[] gradients = gradients(flat);
            double exponential = 0;
            double sum = 0;
            int counted = 0;
            double last = 0;
            for (int t = 1; t <= 10; t++) {
                flat.step(gradients, 1, 1, t, t % 3);
                running.add(t);
                last = flat.view(flat.values(), 1).get(2);
                double decay = t == 1 ? 0 : Math.min(0.6, (1.0 + t) / (10 + t));
                exponential = decay * exponential + (1 - decay) * last;
                if (t >= 3 && (t - 3) % 2 == 0) {
                    sum += last;
                    counted++;
                }
            }
            double expected = rule instanceof WeightAverage.Equal ? sum / counted : exponential;
            assertEquals(4, counted);
            assertEquals(expected, flat.view(running.values(), 1).get(2), 1e-14);
            running.swap();
            assertEquals(expected, flat.view(flat.values(), 1).get(2), 1e-14);
            running.swap();
            assertEquals(last, flat.view(flat.values(), 1).get(2));
        }
        assertThrows(IllegalArgumentException.class, () -> new WeightAverage.Exponential(1));
        assertThrows(IllegalArgumentException.class, () -> new WeightAverage.Equal(0, 1));
    }
}
