package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.linalg.internal.ChainCompiler;
import adjoint.linalg.internal.Graph;
import adjoint.linalg.internal.Interpreter;
import adjoint.linalg.internal.RowKernel;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The ready chains: each against the same expressions evaluated in `double`, in both precisions, with and without
/// vector instructions; and the numbers that matter at the edges.
class ChainsTest {
    private static final int[] COLUMNS = {1, 2, 7, 8, 9, 15, 16, 17, 29, 31, 33, 63, 64, 65, 70, 129};

    private enum Code {
        SCALAR,
        SIMD,
        STAND_IN
    }

    /// One form of a chain.
    private record Form(Chain chain, Precision precision, Code code) {
        RowKernel kernel() {
            return switch (code) {
                case SCALAR -> ChainCompiler.compile(chain.name(), chain.graph(), precision, false);
                case SIMD -> ChainCompiler.compile(chain.name(), chain.graph(), precision, true);
                case STAND_IN -> ChainCompiler.standIn(chain.name(), chain.graph(), precision, _ -> {});
            };
        }

        Provided<?> provided() {
            return Provided.all().stream()
                    .filter(p -> p.kernels().precision() == precision)
                    .findFirst()
                    .orElseThrow();
        }

        @Override
        public String toString() {
            return chain.name() + " " + precision + " " + code;
        }
    }

    static List<Form> forms() throws IllegalAccessException {
        List<Form> forms = new ArrayList<>();
        for (Field field : Chains.class.getFields()) {
            Chain chain = (Chain) field.get(null);
            for (Precision precision : Precision.values()) {
                forms.add(new Form(chain, precision, Code.SCALAR));
                if (Simd.provider() == Simd.Provider.SIMD) {
                    forms.add(new Form(chain, precision, Code.SIMD));
                    forms.add(new Form(chain, precision, Code.STAND_IN));
                }
            }
        }
        return forms;
    }

    /// Every array of the chain, with offsets and strides that leave gaps; all of them, gaps included, must end up as
    /// the interpreter leaves them.
    @ParameterizedTest
    @MethodSource("forms")
    void equalsItsExpressions(Form form) {
        RowKernel kernel = form.kernel();
        Graph graph = form.chain().graph();
        RowKernel reference = new Interpreter(graph);
        double tolerance = form.precision() == Precision.F32 ? 1e-5 : 1e-14;
        int round = 0;
        for (int cols : COLUMNS) {
            int rows = 1 + round++ % 3;
            Drawn mine = Drawn.random(graph, form.provided(), rows, cols);
            Drawn theirs = Drawn.random(graph, form.provided(), rows, cols);
            kernel.run(rows, cols, mine.arrays, mine.offsets, mine.strides, mine.scalars);
            reference.run(rows, cols, theirs.arrays, theirs.offsets, theirs.strides, theirs.scalars);
            for (int k = 0; k < graph.arrays(); k++) {
                double[] expected = Provided.doubles(theirs.arrays[k]);
                double[] actual = Provided.doubles(mine.arrays[k]);
                for (int i = 0; i < expected.length; i++) {
                    int array = k;
                    int at = i;
                    assertEquals(
                            expected[i],
                            actual[i],
                            Double.isNaN(expected[i]) ? 0 : tolerance * (1 + Math.abs(expected[i])),
                            () -> rows + " x " + cols + ", array " + array + " at " + at);
                }
            }
        }
    }

    /// Also where a row is more than one block of the stand-in.
    @Test
    void standInsHaveTheBitsOfGeneratedCode() throws IllegalAccessException {
        for (Form form : forms()) {
            if (form.code() != Code.STAND_IN) {
                continue;
            }
            RowKernel generated = new Form(form.chain(), form.precision(), Code.SIMD).kernel();
            RowKernel standIn = form.kernel();
            Graph graph = form.chain().graph();
            for (int cols : new int[] {0, 1, 16, 77, 256, 300, 513}) {
                Drawn mine = Drawn.random(graph, form.provided(), 2, cols);
                Drawn theirs = Drawn.random(graph, form.provided(), 2, cols);
                standIn.run(2, cols, mine.arrays, mine.offsets, mine.strides, mine.scalars);
                generated.run(2, cols, theirs.arrays, theirs.offsets, theirs.strides, theirs.scalars);
                for (int k = 0; k < graph.arrays(); k++) {
                    assertArrayEquals(
                            Provided.doubles(theirs.arrays[k]),
                            Provided.doubles(mine.arrays[k]),
                            form + " of " + cols + " columns, array " + k);
                }
            }
        }
    }

    /// Random arguments for a graph; equal ones for equal sizes.
    private static final class Drawn {
        final Object[] arrays;
        final int[] offsets;
        final int[] strides;
        final double[] scalars;

        private Drawn(Graph graph) {
            arrays = new Object[graph.arrays()];
            offsets = new int[graph.arrays()];
            strides = new int[graph.arrays()];
            scalars = new double[graph.scalars()];
        }

        static Drawn random(Graph graph, Provided<?> p, int rows, int cols) {
            Rng rng = Rng.of(cols).child(rows);
            Drawn arguments = new Drawn(graph);
            for (int k = 0; k < graph.arrays(); k++) {
                arguments.offsets[k] = k % 3;
                arguments.strides[k] = graph.isPerRow(k) ? 1 : cols + k % 2;
                double[] x = new double[k % 3 + rows * (cols + 1) + 2];
                rng.child(k).fillUniform(x, 0, x.length, 0.1, 2);
                if (graph == Chains.CROSS_ENTROPY.graph() && k == 1) {
                    Arrays.setAll(x, i -> i % 5);
                }
                arguments.arrays[k] = p.array(x);
            }
            rng.fillUniform(arguments.scalars, 0, arguments.scalars.length, 0.1, 0.6);
            for (int first : graph.uniforms()) {
                arguments.scalars[first] = rng.key0();
                arguments.scalars[first + 1] = rng.key1();
                arguments.scalars[first + 2] = (1L << 33) + (1L << 31) - 20;
            }
            return arguments;
        }
    }

    private static double[] run(Chain chain, Precision precision, int rows, int cols, double[] x, double... scalars) {
        Object in = precision == Precision.F32 ? floats(x) : x.clone();
        Object out = precision.allocate(x.length);
        chain.run(precision, rows, cols, new Object[] {in, out}, new int[2], new int[] {cols, cols}, scalars);
        return Provided.doubles(out);
    }

    private static float[] floats(double[] x) {
        float[] f = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            f[i] = (float) x[i];
        }
        return f;
    }

    @Test
    void softmaxOfHugeAndInfiniteNumbers() {
        double inf = Double.POSITIVE_INFINITY;
        for (Precision precision : Precision.values()) {
            double[] huge = run(Chains.SOFTMAX, precision, 1, 3, new double[] {3e38, 3e38, -3e38});
            assertArrayEquals(new double[] {0.5, 0.5, 0}, huge);
            double[] masked = run(Chains.SOFTMAX, precision, 1, 3, new double[] {1, -inf, 1});
            assertArrayEquals(new double[] {0.5, 0, 0.5}, masked);
            double[] nothing = run(Chains.SOFTMAX, precision, 1, 2, new double[] {-inf, -inf});
            assertArrayEquals(new double[] {Double.NaN, Double.NaN}, nothing);
            double[] nan = run(Chains.SOFTMAX, precision, 2, 2, new double[] {1, Double.NaN, 0, 0});
            assertArrayEquals(new double[] {Double.NaN, Double.NaN, 0.5, 0.5}, nan);
        }
    }

    @Test
    void logSumExpOfInfiniteRows() {
        double inf = Double.POSITIVE_INFINITY;
        float[] x = floats(new double[] {-inf, -inf, inf, 0, 0, 0});
        float[] l = new float[3];
        Chains.LOG_SUM_EXP.run(Precision.F32, 3, 2, new Object[] {x, l}, new int[2], new int[] {2, 1}, new double[0]);
        assertArrayEquals(new float[] {Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, (float) Math.log(2)}, l);
    }

    /// E[x²] − μ² would lose all digits here.
    @Test
    void layerNormOfRowsFarFromZero() {
        int cols = 512;
        float[] x = new float[cols];
        Rng.of(1).fillNormal(x, 0, cols, 3000, 1);
        double mean = 0;
        for (float v : x) {
            mean += v / (double) cols;
        }
        double variance = 0;
        for (float v : x) {
            variance += (v - mean) * (v - mean) / cols;
        }
        float[] gamma = new float[cols];
        java.util.Arrays.fill(gamma, 1);
        float[] y = new float[cols];
        Chains.LAYER_NORM.run(
                Precision.F32,
                1,
                cols,
                new Object[] {x, gamma, new float[cols], y, new float[1], new float[1]},
                new int[6],
                new int[] {cols, 0, 0, cols, 1, 1},
                new double[] {1e-5});
        for (int j = 0; j < cols; j++) {
            assertEquals((x[j] - mean) / Math.sqrt(variance + 1e-5), y[j], 2e-3);
        }
    }

    @Test
    void aZeroRowNormalisesToZeroAndPassesItsGradientThrough() {
        double[] y = new double[2];
        double[] norm = new double[1];
        double[] dx = new double[2];
        Chains.NORMALIZE_ROWS.run(
                Precision.F64,
                1,
                2,
                new Object[] {new double[2], y, norm},
                new int[3],
                new int[] {2, 2, 1},
                new double[] {1e-12});
        assertArrayEquals(new double[2], y);
        Chains.NORMALIZE_ROWS_BACKWARD.run(
                Precision.F64,
                1,
                2,
                new Object[] {new double[] {1, -2}, y, norm, dx},
                new int[4],
                new int[] {2, 2, 1, 2},
                new double[] {1e-12});
        assertArrayEquals(new double[] {1e12, -2e12}, dx, 1e-3);
    }

    @Test
    void reluKeepsNaN() {
        for (Precision precision : Precision.values()) {
            assertArrayEquals(
                    new double[] {Double.NaN, 0, 0, 2},
                    run(Chains.RELU, precision, 1, 4, new double[] {Double.NaN, -1, 0, 2}));
        }
    }

    /// The draws of a chain are those of [CounterHash], in both precisions; a part of the rows draws what the whole
    /// does.
    @Test
    void dropoutKeepsTheElementsThatTheHashSays() {
        Rng rng = Rng.of(5).child("dropout");
        int rows = 7;
        int cols = 37;
        double[] x = new double[rows * cols];
        java.util.Arrays.fill(x, 3);
        for (Precision precision : Precision.values()) {
            double[] y = run(Chains.DROPOUT, precision, rows, cols, x, 0.25, rng.key0(), rng.key1(), 100);
            double[] part = run(Chains.DROPOUT, precision, 2, cols, x, 0.25, rng.key0(), rng.key1(), 100 + 3 * cols);
            int kept = 0;
            for (int i = 0; i < y.length; i++) {
                assertEquals(CounterHash.uniform(100 + i, rng.key0(), rng.key1()) >= 0.25 ? 4 : 0, y[i], 1e-6);
                kept += y[i] > 0 ? 1 : 0;
            }
            for (int i = 0; i < 2 * cols; i++) {
                assertEquals(y[3 * cols + i], part[i]);
            }
            assertTrue(kept > 160 && kept < 230, () -> "dropout keeps three of four");
        }
    }

    @Test
    void dropoutOfEverythingIsZero() {
        double[] y = run(Chains.DROPOUT, Precision.F32, 1, 40, new double[40], 1, 1, 2, 0);
        assertArrayEquals(new double[40], y);
    }

    /// Three steps of Adam on one parameter, against the recursion in `double`.
    @Test
    void adamFollowsItsRecursion() {
        double[] p = {1};
        double[] m = {0};
        double[] v = {0};
        double expected = 1;
        double mean = 0;
        double square = 0;
        for (int t = 1; t <= 3; t++) {
            double g = 0.3 * t;
            mean = 0.9 * mean + 0.1 * g;
            square = 0.999 * square + 0.001 * g * g;
            double corrected = mean / (1 - Math.pow(0.9, t));
            expected -= 0.01 * corrected / (Math.sqrt(square / (1 - Math.pow(0.999, t))) + 1e-8);
            double step = 0.01 / (1 - Math.pow(0.9, t));
            double correction = 1 / Math.sqrt(1 - Math.pow(0.999, t));
            Chains.ADAM.run(
                    Precision.F64,
                    1,
                    1,
                    new Object[] {p, new double[] {g}, m, v, p, m, v},
                    new int[7],
                    new int[7],
                    new double[] {1, 0, 0.9, 0.999, step, correction, 1e-8});
        }
        assertEquals(expected, p[0], 1e-14);
    }

    /// Gradients that take (x, dy) or (y, dy), against the slope of the value.
    @ParameterizedTest
    @MethodSource("activations")
    void gradientsAreSlopes(Chain value, Chain gradient, boolean fromValue, double[] scalars) {
        int cols = 41;
        double[] x = new double[cols];
        double[] dy = new double[cols];
        Rng.of(6).fillNormal(x, 0, cols, 0.01, 2);
        Rng.of(7).fillNormal(dy, 0, cols, 0, 1);
        double h = 1e-6;
        double[] above = new double[cols];
        double[] below = new double[cols];
        for (int j = 0; j < cols; j++) {
            above[j] = x[j] + h;
            below[j] = x[j] - h;
        }
        double[] up = run(value, Precision.F64, 1, cols, above, scalars);
        double[] down = run(value, Precision.F64, 1, cols, below, scalars);
        double[] dx = new double[cols];
        double[] known = fromValue ? run(value, Precision.F64, 1, cols, x, scalars) : x;
        gradient.run(Precision.F64, 1, cols, new Object[] {known, dy, dx}, new int[3], new int[3], scalars);
        for (int j = 0; j < cols; j++) {
            assertEquals((up[j] - down[j]) / (2 * h) * dy[j], dx[j], 1e-8 * (1 + Math.abs(dx[j])), "at " + x[j]);
        }
    }

    static List<Arguments> activations() {
        double[] none = {};
        return List.of(
                Arguments.of(Chains.GELU, Chains.GELU_BACKWARD, false, none),
                Arguments.of(Chains.GELU_TANH, Chains.GELU_TANH_BACKWARD, false, none),
                Arguments.of(Chains.SILU, Chains.SILU_BACKWARD, false, none),
                Arguments.of(Chains.SOFTPLUS, Chains.SOFTPLUS_BACKWARD, false, none),
                Arguments.of(Chains.LEAKY_RELU, Chains.LEAKY_RELU_BACKWARD, false, new double[] {0.01}),
                Arguments.of(Chains.ELU, Chains.ELU_BACKWARD, false, new double[] {1.5, 1.2}),
                Arguments.of(Chains.RELU, Chains.RELU_BACKWARD, true, none),
                Arguments.of(Chains.TANH, Chains.TANH_BACKWARD, true, none),
                Arguments.of(Chains.SIGMOID, Chains.SIGMOID_BACKWARD, true, none));
    }

    @Test
    void rmsNormAndItsGradients() {
        int cols = 19;
        double[] x = new double[cols];
        double[] gamma = new double[cols];
        double[] dy = new double[cols];
        Rng.of(8).fillNormal(x, 0, cols, 1, 2);
        Rng.of(9).fillNormal(gamma, 0, cols, 1, 1);
        Rng.of(10).fillNormal(dy, 0, cols, 0, 1);
        double[] rho = new double[1];
        rmsNorm(x, gamma, rho);
        double[] dx = new double[cols];
        double[] dGamma = new double[cols];
        int[] strides = {cols, cols, 0, 1, cols};
        Chains.RMS_NORM_BACKWARD.run(
                Precision.F64, 1, cols, new Object[] {dy, x, gamma, rho, dx}, new int[5], strides, new double[0]);
        Chains.RMS_NORM_PARAMETERS_BACKWARD.run(
                Precision.F64,
                1,
                cols,
                new Object[] {dy, x, rho, dGamma},
                new int[4],
                new int[] {cols, cols, 1, 0},
                new double[0]);
        double h = 1e-6;
        for (double[] parameter : new double[][] {x, gamma}) {
            double[] gradient = parameter == x ? dx : dGamma;
            for (int j = 0; j < cols; j++) {
                double at = parameter[j];
                parameter[j] = at + h;
                double up = dot(dy, rmsNorm(x, gamma, rho));
                parameter[j] = at - h;
                double down = dot(dy, rmsNorm(x, gamma, rho));
                parameter[j] = at;
                assertEquals((up - down) / (2 * h), gradient[j], 1e-8);
            }
        }
    }

    private static double[] rmsNorm(double[] x, double[] gamma, double[] rho) {
        double[] y = new double[x.length];
        Chains.RMS_NORM.run(
                Precision.F64,
                1,
                x.length,
                new Object[] {x, gamma, y, rho},
                new int[4],
                new int[] {x.length, 0, x.length, 1},
                new double[] {1e-5});
        return y;
    }

    private static double dot(double[] x, double[] y) {
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum += x[i] * y[i];
        }
        return sum;
    }

    @Test
    void crossEntropyAndItsGradient() {
        int rows = 4;
        for (int cols : new int[] {1, 5, 16, 37, 200}) {
            double[] x = new double[rows * cols];
            Rng.of(11).fillNormal(x, 0, x.length, 0, 3);
            double[] label = {0, cols - 1, cols / 2, 0};
            double[] weight = {0.5, 1, 2, 0};
            x[3 * cols] = Double.NaN;
            for (Precision precision : Precision.values()) {
                boolean single = precision == Precision.F32;
                Object dx = precision.allocate(x.length);
                Object losses = precision.allocate(rows);
                Object[] arrays = {
                    single ? floats(x) : x, single ? floats(label) : label, single ? floats(weight) : weight, dx, losses
                };
                Chains.CROSS_ENTROPY.run(
                        precision, rows, cols, arrays, new int[5], new int[] {cols, 1, 1, cols, 1}, new double[0]);
                double tolerance = single ? 3e-6 : 1e-14;
                for (int r = 0; r < rows; r++) {
                    double sum = 0;
                    for (int j = 0; j < cols; j++) {
                        sum += Math.exp(x[r * cols + j]);
                    }
                    double loss = weight[r] * (Math.log(sum) - x[r * cols + (int) label[r]]);
                    assertEquals(r == 3 ? 0 : loss, Provided.doubles(losses)[r], 10 * tolerance);
                    for (int j = 0; j < cols; j++) {
                        double expected = Math.exp(x[r * cols + j]) / sum - (j == label[r] ? 1 : 0);
                        double actual = Provided.doubles(dx)[r * cols + j];
                        assertEquals(r == 3 ? 0 : weight[r] * expected, actual, tolerance);
                    }
                }
            }
        }
    }

    @Test
    void aLabelThatIsNoColumnGivesNoLoss() {
        double[] x = {1, 2, 4, 1, 2, 4, 1, 2, 4, 1, 2, 4, 1, 2, 4, 1, 2, 4};
        double[] labels = {-1, 3, 1.5, Double.NaN, -0.0, -1};
        double[] weights = {1, 1, 1, 1, 1, 0};
        for (Precision precision : Precision.values()) {
            boolean single = precision == Precision.F32;
            Object dx = precision.allocate(18);
            Object losses = precision.allocate(6);
            Object[] arrays = {
                single ? floats(x) : x, single ? floats(labels) : labels, single ? floats(weights) : weights, dx, losses
            };
            Chains.CROSS_ENTROPY.run(precision, 6, 3, arrays, new int[5], new int[] {3, 1, 1, 3, 1}, new double[0]);
            double right = Math.log(Math.E + Math.exp(2) + Math.exp(4)) - 1;
            double[] expected = {Double.NaN, Double.NaN, Double.NaN, Double.NaN, right, 0};
            assertArrayEquals(expected, Provided.doubles(losses), 1e-6);
            for (int i = 0; i < 18; i++) {
                assertEquals(Double.isNaN(expected[i / 3]), Double.isNaN(Provided.doubles(dx)[i]), "gradient " + i);
            }
        }
    }

    /// Means, variances and extrema of rows far from zero, with a NaN and without columns.
    @Test
    void reductionsOfRows() {
        double[] x = {1001, 1002, 1003, 1006, 1, Double.NaN, 2, 3};
        assertArrayEquals(new double[] {1003, Double.NaN}, rowsOf(Chains.MEAN_ROW, x));
        assertArrayEquals(new double[] {14 / 3.0, Double.NaN}, rowsOf(Chains.VARIANCE_ROW, x, 1), 1e-13);
        assertArrayEquals(new double[] {1001, Double.NaN}, rowsOf(Chains.MIN_ROW, x));
        assertArrayEquals(new double[] {1006, Double.NaN}, rowsOf(Chains.MAX_ROW, x));
        assertArrayEquals(new double[] {1001.0 * 1002 * 1003 * 1006, Double.NaN}, rowsOf(Chains.PRODUCT_ROW, x), 1e-2);
        double[] none = {5};
        Object[] arrays = {new double[0], none};
        Chains.PRODUCT_ROW.run(Precision.F64, 1, 0, arrays, new int[2], new int[2], new double[0]);
        assertEquals(1, none[0]);
        Chains.MIN_ROW.run(Precision.F64, 1, 0, arrays, new int[2], new int[2], new double[0]);
        assertEquals(Double.POSITIVE_INFINITY, none[0]);
    }

    private static double[] rowsOf(Chain chain, double[] x, double... scalars) {
        double[] out = new double[2];
        chain.run(Precision.F64, 2, 4, new Object[] {x, out}, new int[2], new int[] {4, 1}, scalars);
        return out;
    }

    /// Over the middle axis of 2 × 3 × 5, one run for each of the two, the result as the running operand.
    @Test
    void reductionsOverAnInnerAxis() {
        double[] x = new double[2 * 3 * 5];
        Rng.of(12).fillNormal(x, 0, x.length, 0, 1);
        double[] largest = new double[2 * 5];
        java.util.Arrays.fill(largest, Double.NEGATIVE_INFINITY);
        for (int o = 0; o < 2; o++) {
            int[] offsets = {o * 15, o * 5, o * 5};
            Object[] arrays = {x, largest, largest};
            Chains.COLUMN_MAX.run(Precision.F64, 3, 5, arrays, offsets, new int[] {5, 0, 0}, new double[0]);
            for (int i = 0; i < 5; i++) {
                int at = o * 15 + i;
                assertEquals(Math.max(x[at], Math.max(x[at + 5], x[at + 10])), largest[o * 5 + i]);
            }
        }
    }

    @Test
    void activationsAtTheEdges() {
        double inf = Double.POSITIVE_INFINITY;
        double nan = Double.NaN;
        double[] x = {nan, inf, -inf, 1000, -1000, -50};
        for (Precision p : Precision.values()) {
            double tiny = p == Precision.F32 ? 1e-26 : 1e-35;
            double[] softplus = run(Chains.SOFTPLUS, p, 1, 6, x);
            assertArrayEquals(new double[] {nan, inf, 0, 1000, 0, Math.exp(-50)}, softplus, tiny);
            assertArrayEquals(new double[] {nan, inf, -1, 1000, -1, -1}, run(Chains.ELU, p, 1, 6, x, 1, 1));
            assertArrayEquals(new double[] {nan, inf, -inf, 1000, -500, -25}, run(Chains.LEAKY_RELU, p, 1, 6, x, 0.5));
            double[] small = run(Chains.ELU, p, 1, 1, new double[] {-1e-10}, 1, 1);
            assertEquals(-1e-10, small[0], 1e-16);
        }
    }
}
