package adjoint.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import adjoint.bench.linalg.Blas;
import adjoint.bench.linalg.RowWise;
import adjoint.bench.linalg.RowWise.Function;
import adjoint.linalg.Precision;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/// Our side of the suite `linalg` computes what its operations say.
class LinalgTasksTest {
    private static final int N = 19;
    private static final int ROWS = 6;
    private static final int COLUMNS = 21;

    private final Suite suite = Suite.of("linalg").orElseThrow();

    private double[] result(Operation operation) throws Peer.AbsentException {
        Task task = suite.ours().load().prepare(operation).orElseThrow();
        task.call();
        return Operation.doubles(task.result());
    }

    @ParameterizedTest
    @EnumSource
    void productsWithVectorsAndTriangles(Blas.Kind kind) throws Exception {
        for (Precision precision : Precision.values()) {
            Blas of = new Blas(kind, precision, N);
            double[] a = Operation.doubles(of.input(0));
            double[] x = Operation.doubles(of.input(1));
            double[] y = Operation.doubles(of.input(2));
            double[] result = result(of);
            double[] expected = new double[result.length];
            double[] actual = result;
            switch (kind) {
                case GEMV -> expected = product(a, x, 1);
                case GEMV_TRANSPOSED -> expected = product(transposed(a), x, 1);
                case SYMV -> {
                    double[] symmetric = a.clone();
                    for (int i = 0; i < N * N; i++) {
                        symmetric[i] = i % N > i / N ? a[i % N * N + i / N] : a[i];
                    }
                    expected = product(symmetric, x, 1);
                }
                case GER -> {
                    for (int i = 0; i < N * N; i++) {
                        expected[i] = a[i] + x[i / N] * y[i % N];
                    }
                }
                case SYRK -> {
                    expected = lower(product(a, transposed(a), N));
                    actual = lower(result);
                }
                case TRMM -> expected = product(lower(a), x, N);
                case TRSM -> {
                    expected = x;
                    actual = product(lower(a), result, N);
                }
            }
            assertArrayEquals(expected, actual, 100 * of.tolerance(), kind + " " + precision);
            assertEquals(Math.min(Operation.SAMPLES, result.length), of.sketch(result).length);
        }
    }

    private static double[] lower(double[] a) {
        double[] lower = a.clone();
        for (int i = 0; i < N; i++) {
            Arrays.fill(lower, i * N + i + 1, (i + 1) * N, 0);
        }
        return lower;
    }

    private static double[] transposed(double[] a) {
        double[] transposed = new double[N * N];
        Arrays.setAll(transposed, i -> a[i % N * N + i / N]);
        return transposed;
    }

    /// Of a matrix of order N and one of so many columns.
    private static double[] product(double[] a, double[] b, int columns) {
        double[] c = new double[N * columns];
        for (int i = 0; i < c.length; i++) {
            for (int k = 0; k < N; k++) {
                c[i] += a[i / columns * N + k] * b[k * columns + i % columns];
            }
        }
        return c;
    }

    /// Dropout has no result of its own.
    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "DROPOUT")
    void functionsOfRows(Function function) throws Exception {
        RowWise of = new RowWise(function, Precision.F32, ROWS, COLUMNS);
        double[][] in = new double[4][];
        Arrays.setAll(in, k -> Operation.doubles(of.input(k)));
        double[] x = in[0];
        double[] expected = switch (function) {
            case SUM -> new double[1];
            case COLUMN_SUM -> new double[COLUMNS];
            case ROW_MAX -> new double[ROWS];
            case CROSS_ENTROPY -> new double[1];
            default -> new double[ROWS * COLUMNS];
        };
        if (function == Function.ROW_MAX) {
            Arrays.fill(expected, Double.NEGATIVE_INFINITY);
        }
        for (int i = 0; i < x.length; i++) {
            int r = i / COLUMNS;
            int c = i % COLUMNS;
            double mean = Arrays.stream(row(x, r)).average().orElseThrow();
            double centred = Arrays.stream(row(x, r)).map(v -> v * v).average().orElseThrow() - mean * mean;
            double exps = Arrays.stream(row(x, r)).map(Math::exp).sum();
            switch (function) {
                case EXP -> expected[i] = Math.exp(x[i]);
                case GELU -> expected[i] = x[i] * normal(x[i]);
                case GELU_BACKWARD ->
                    expected[i] =
                            in[1][i] * (normal(x[i]) + x[i] * Math.exp(-x[i] * x[i] / 2) / Math.sqrt(2 * Math.PI));
                case SOFTMAX -> expected[i] = Math.exp(x[i]) / exps;
                case LAYER_NORM -> expected[i] = in[1][c] * (x[i] - mean) / Math.sqrt(centred + 1e-5) + in[2][c];
                case LAYER_NORM_BACKWARD -> {
                    double rstd = 1 / Math.sqrt(centred + 1e-5);
                    double g = 0;
                    double gx = 0;
                    for (int j = 0; j < COLUMNS; j++) {
                        double each = in[1][j] * in[3][r * COLUMNS + j];
                        g += each / COLUMNS;
                        gx += each * (x[r * COLUMNS + j] - mean) * rstd / COLUMNS;
                    }
                    expected[i] = rstd * (in[1][c] * in[3][i] - g - (x[i] - mean) * rstd * gx);
                }
                case CROSS_ENTROPY -> expected[0] += c == of.labels()[r] ? (Math.log(exps) - x[i]) / ROWS : 0;
                case MASKED_BIAS_GELU -> {
                    double z = x[i] + in[2][c];
                    expected[i] = in[1][i] * z * normal(z);
                }
                case TANH -> expected[i] = Math.tanh(x[i]);
                case SIGMOID -> expected[i] = 1 / (1 + Math.exp(-x[i]));
                case LOG_SOFTMAX -> expected[i] = x[i] - Math.log(exps);
                case RMS_NORM -> expected[i] = in[1][c] * x[i] / Math.sqrt(centred + mean * mean + 1e-5);
                case SUM -> expected[0] += x[i];
                case COLUMN_SUM -> expected[c] += x[i];
                case ROW_MAX -> expected[r] = Math.max(expected[r], x[i]);
                case TRANSPOSE -> expected[c * ROWS + r] = x[i];
                case GATHER -> expected[i] = x[of.picks()[r] * COLUMNS + c];
                case ADAM_W ->
                    expected[i] =
                            (1 - 0.01 * RowWise.RATE) * x[i] - RowWise.RATE * in[1][i] / (Math.abs(in[1][i]) + 1e-8);
                case DROPOUT -> throw new AssertionError();
            }
        }
        assertArrayEquals(expected, result(of), 2e-5, function.toString());
    }

    private static double[] row(double[] x, int r) {
        return Arrays.copyOfRange(x, r * COLUMNS, (r + 1) * COLUMNS);
    }

    /// Φ(x), by the trapezoidal rule.
    private static double normal(double x) {
        int steps = 4000;
        double width = (x + 12) / steps;
        double sum = 0;
        for (int i = 1; i < steps; i++) {
            double t = -12 + i * width;
            sum += Math.exp(-t * t / 2);
        }
        return width * (sum + Math.exp(-x * x / 2) / 2) / Math.sqrt(2 * Math.PI);
    }
}
