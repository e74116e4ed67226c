package adjoint.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.Convolution;
import adjoint.autodiff.DType;
import adjoint.autodiff.Linalg;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import adjoint.nn.Parametrization.Rotation;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ParametrizationTest {
    private static final Rng KEY = Rng.of(17);
    private static final Pass EVALUATION = Pass.evaluation();

    private static Tensor draws(double low, double high, int... shape) {
        return Tensor.uniform(KEY.child("start"), low, high, DType.F64, shape);
    }

    /// Starts where it was told to, and stays within its bounds whatever is learned.
    private static void checkBounds(Parametrization p, Tensor start, double low, double high) {
        assertArrayEquals(start.toDoubles(), p.value(EVALUATION).toDoubles(), 1e-12);
        Parameter original = Parameters.of(p).get("original");
        for (double scale : new double[] {1, 10, 30}) {
            original.set(
                    Tensor.normal(KEY, 0, scale, DType.F64, original.shape().dims()));
            double[] value = p.value(EVALUATION).toDoubles();
            assertTrue(Arrays.stream(value).allMatch(v -> v >= low && v <= high && (v > low || low != 0)));
        }
    }

    @Test
    void positiveAndBounded() {
        Tensor start = draws(1e-3, 50, 4, 3);
        checkBounds(Parametrization.positive(start), start, 0, Double.POSITIVE_INFINITY);
        checkBounds(Parametrization.exponential(start), start, 0, Double.POSITIVE_INFINITY);
        checkBounds(Parametrization.bounded(start, -2, 51), start, -2, 51);
        assertArrayEquals(
                new double[] {1e-300, 700},
                Parametrization.positive(Tensor.of(new double[] {1e-300, 700}, 2))
                        .value(EVALUATION)
                        .toDoubles(),
                1e-10);
    }

    @ParameterizedTest
    @CsvSource({"4, 4", "5, 3", "3, 5", "6, 1", "1, 1"})
    void orthogonal(int rows, int cols) {
        for (Rotation rotation : Rotation.values()) {
            Tensor start = draws(-1, 1, rows, cols);
            Parametrization p = Parametrization.orthogonal(start, rotation, KEY);
            Tensor first = p.value(EVALUATION);
            requireOrthonormal(first);
            if (rows >= cols) {
                // The start's columns made orthonormal one after another: start = Q·R, R upper with a positive
                // diagonal.
                Tensor r = first.transpose(0, 1).matmul(start);
                assertEquals(0, r.tril(-1).abs().sum().item(), 1e-12);
                assertTrue(Arrays.stream(r.diagonal(0).toDoubles()).allMatch(d -> d > 0));
            }
            Parameter original = Parameters.of(p).get("original");
            original.set(Tensor.normal(KEY.child("other"), 0, 1, DType.F64, rows, cols));
            requireOrthonormal(p.value(EVALUATION));
            Parametrized layer = new Parametrized(p, null, Tensor::linear);
            ModuleGradients.check(layer, Parameter.of(draws(-1, 1, 2, cols)), x -> layer.forward(x, EVALUATION));
        }
    }

    private static void requireOrthonormal(Tensor q) {
        Tensor gram = q.dim(0) >= q.dim(1) ? q.transpose(0, 1).matmul(q) : q.matmul(q.transpose(0, 1));
        assertArrayEquals(Tensor.eye(gram.dim(0), DType.F64).toDoubles(), gram.toDoubles(), 1e-12);
    }

    /// Of a rotation by φ in the plane: e^A turns by A₂₁, Cayley's map by 2·arctan(A₂₁/2).
    @Test
    void rotationsOfThePlane() {
        for (Rotation rotation : Rotation.values()) {
            Parametrization p = Parametrization.orthogonal(Tensor.eye(2, DType.F64), rotation, KEY);
            Parameters.of(p).get("original").set(Tensor.of(new double[] {-1, 7, 0.6, -1}, 2, 2));
            double angle = rotation == Rotation.EXPONENTIAL ? 0.6 : 2 * Math.atan(0.3);
            assertArrayEquals(
                    new double[] {Math.cos(angle), -Math.sin(angle), Math.sin(angle), Math.cos(angle)},
                    p.value(EVALUATION).toDoubles(),
                    1e-14);
        }
    }

    @Test
    void lowRank() {
        Parametrization p = Parametrization.lowRank(5, 4, 2, DType.F64, KEY);
        double[] s = Linalg.singularValues(p.value(EVALUATION)).toDoubles();
        assertTrue(s[1] > 1e-3 && s[2] < 1e-14, () -> Arrays.toString(s));
        Parametrized layer = new Parametrized(p, Parameter.full(0, DType.F64, 5), Tensor::linear);
        assertEquals(
                "parametrizations.weight.original0 [5, 2]; parametrizations.weight.original1 [2, 4]; bias [5]",
                Described.state(layer));
        ModuleGradients.check(layer, Parameter.of(draws(-1, 1, 2, 4)), x -> layer.forward(x, EVALUATION));
        double[] large = Parametrization.lowRank(200, 100, 50, DType.F64, KEY)
                .value(EVALUATION)
                .toDoubles();
        // The mean of 20,000 squares; they share 15,000 factors, so their mean is known to a few per cent.
        assertEquals(1 / 300.0, Arrays.stream(large).map(v -> v * v).average().orElseThrow(), 0.1 / 300);
    }

    @Test
    void weightNorm() {
        Tensor start = draws(-1, 1, 3, 2, 2);
        Parametrization p = Parametrization.weightNorm(start);
        assertArrayEquals(start.toDoubles(), p.value(EVALUATION).toDoubles(), 1e-15);
        Parameters own = Parameters.of(p);
        assertEquals("original0 [3, 1, 1]; original1 [3, 2, 2]", Described.state(p));
        own.get("original0").set(Tensor.of(new double[] {1, 2, 3}, 3, 1, 1));
        assertArrayEquals(
                new double[] {1, 2, 3},
                p.value(EVALUATION).reshape(3, 4).norm(2, -1).toDoubles(),
                1e-14);
        Parametrized conv =
                new Parametrized(p, null, (x, w, b) -> Convolution.conv1d(x, w, b, Convolution.Steps.ONE, 1));
        ModuleGradients.check(conv, Parameter.of(draws(-1, 1, 2, 2, 4)), x -> conv.forward(x, EVALUATION));
    }

    @Test
    void spectralNorm() {
        Tensor start = draws(-1, 1, 4, 3, 2).mul(5);
        Parametrization p = Parametrization.spectralNorm(start, 2, KEY);
        Parametrized layer =
                new Parametrized(p, null, (x, w, b) -> Convolution.conv1d(x, w, b, Convolution.Steps.ONE, 1));
        assertEquals(
                "parametrizations.weight.original [4, 3, 2]; parametrizations.weight.0._u [4];"
                        + " parametrizations.weight.0._v [6]",
                Described.state(layer));
        for (int i = 0; i < 40; i++) {
            Pass pass = Pass.training(KEY);
            p.value(pass);
            pass.updateBuffers();
        }
        Tensor w = p.value(EVALUATION);
        assertEquals(1, Linalg.singularValues(w.reshape(4, 6)).toDoubles()[0], 1e-12);
        // Parallel to the start: only the length has changed.
        double sigma = Linalg.singularValues(start.reshape(4, 6)).toDoubles()[0];
        assertArrayEquals(start.div(sigma).toDoubles(), w.toDoubles(), 1e-12);
        ModuleGradients.check(layer, Parameter.of(draws(-1, 1, 2, 3, 3)), x -> layer.forward(x, EVALUATION));
    }

    /// A pass goes on from the last one, and an evaluation from nowhere else.
    @Test
    void spectralNormGoesOnInTraining() {
        Tensor start = Tensor.of(new double[] {2, 1, 1, 1}, 2, 2);
        Parametrization p = Parametrization.spectralNorm(start, 1, KEY);
        Parameters own = Parameters.of(p);
        double[] v = {0.6, 0.8};
        own.buffers().get("0._v").set(Tensor.of(v, 2));
        own.buffers().get("0._u").set(Tensor.of(new double[] {1, 0}, 2));
        // uᵀ·W·v = 2.
        assertArrayEquals(new double[] {1, 0.5, 0.5, 0.5}, p.value(EVALUATION).toDoubles(), 1e-15);
        Pass pass = Pass.training(KEY);
        double[] w = p.value(pass).toDoubles();
        double[] u = unit(2 * 0.6 + 0.8, 0.6 + 0.8);
        double[] next = unit(2 * u[0] + u[1], u[0] + u[1]);
        double sigma = u[0] * (2 * next[0] + next[1]) + u[1] * (next[0] + next[1]);
        assertArrayEquals(new double[] {2 / sigma, 1 / sigma, 1 / sigma, 1 / sigma}, w, 1e-14);
        assertArrayEquals(v, own.buffers().get("0._v").value().toDoubles());
        pass.updateBuffers();
        assertArrayEquals(next, own.buffers().get("0._v").value().toDoubles(), 1e-15);
        assertArrayEquals(u, own.buffers().get("0._u").value().toDoubles(), 1e-15);
    }

    private static double[] unit(double a, double b) {
        return new double[] {a / Math.hypot(a, b), b / Math.hypot(a, b)};
    }

    /// Names are those that `torch.nn.utils.parametrizations` gives.
    @Test
    void states() {
        Parametrized layer = new Parametrized(
                Parametrization.orthogonal(draws(-1, 1, 5, 3), Rotation.CAYLEY, KEY), null, Tensor::linear);
        assertEquals(
                "parametrizations.weight.original [5, 3]; parametrizations.weight.0.base [5, 5]",
                Described.state(layer));
        // −1 on the diagonal, as PyTorch has it.
        assertArrayEquals(
                Tensor.eye(5, 3, DType.F64).neg().toDoubles(),
                Parameters.of(layer)
                        .get("parametrizations.weight.original")
                        .value()
                        .toDoubles());
    }

    @Test
    void badInput() {
        Tensor row = Tensor.of(new double[] {1, 0}, 2);
        assertEquals(
                "positive must start between 0.0 and Infinity, got 0.0",
                assertThrows(IllegalArgumentException.class, () -> Parametrization.positive(row))
                        .getMessage());
        assertEquals(
                "bounded must start between 0.0 and 2.0, got 0.0",
                assertThrows(IllegalArgumentException.class, () -> Parametrization.bounded(row, 0, 2))
                        .getMessage());
        assertEquals(
                "bounded needs finite bounds, got -1.0 and Infinity",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> Parametrization.bounded(row, -1, Double.POSITIVE_INFINITY))
                        .getMessage());
        assertEquals(
                "orthogonal needs a matrix, got [2]",
                assertThrows(ShapeError.class, () -> Parametrization.orthogonal(row, Rotation.CAYLEY, KEY))
                        .getMessage());
        assertEquals(
                "weightNorm needs a weight of two axes or more, got [2]",
                assertThrows(ShapeError.class, () -> Parametrization.weightNorm(row))
                        .getMessage());
        assertEquals(
                "a matrix [5, 4] has no rank of 6 to be kept to",
                assertThrows(IllegalArgumentException.class, () -> Parametrization.lowRank(5, 4, 6, DType.F64, KEY))
                        .getMessage());
        assertEquals(
                "spectralNorm needs at least one iteration, got 0",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> Parametrization.spectralNorm(Tensor.eye(2, DType.F64), 0, KEY))
                        .getMessage());
    }
}
