package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import adjoint.linalg.Triangle;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What a mistake in linear algebra is told: the operation, the item of the batch, and what would be right.
class LinalgErrorTest {
    /// Of two matrices, the second is singular, negative, and not symmetric positive definite.
    private static final Tensor BATCH = Tensor.of(new double[] {2, 1, 1, 2, -1, -2, -2, -4}, 1, 2, 2, 2);

    private static final Tensor ONE = BATCH.select(0, 0).select(0, 1);
    private static final Tensor HOLE = Tensor.of(new double[] {1, 2, Double.NaN, 4}, 2, 2);

    static Stream<Arguments> mistakes() {
        return Stream.of(
                mistake(
                        BATCH,
                        Linalg::inverse,
                        "inverse: matrix [0, 1] of [1, 2, 2, 2] is singular: pivot 1 of its elimination is 0"),
                mistake(
                        ONE,
                        Linalg::inverse,
                        "inverse: the matrix of shape [2, 2] is singular: pivot 1 of its elimination is 0"),
                mistake(
                        BATCH,
                        a -> Linalg.solve(a, zeros(2, 1)),
                        "solve: matrix [0, 1] of [1, 2, 2, 2] is singular: pivot 1 of its elimination is 0"),
                mistake(
                        BATCH.add(4),
                        a -> Linalg.triangularSolve(a, zeros(2), Triangle.LOWER),
                        "triangularSolve: matrix [0, 1] of [1, 2, 2, 2] is singular: element [1, 1] of its diagonal is 0"),
                mistake(
                        BATCH,
                        Linalg::cholesky,
                        "cholesky: matrix [0, 1] of [1, 2, 2, 2] is not positive definite: pivot 0 of its elimination is"
                                + " -1.0, it must be > 0"),
                mistake(
                        Tensor.of(new double[] {-3, 0, 0, -4}, 2, 2),
                        Linalg::sqrtm,
                        "sqrtm: the matrix of shape [2, 2] is not positive semidefinite: it has the eigenvalue -4.0"),
                mistake(HOLE, Linalg::eigenvalues, notFinite("eigenvalues", 0, 1)),
                mistake(HOLE, a -> Linalg.eigh(a).values(), notFinite("eigh", 0, 1)),
                mistake(HOLE, Linalg::sqrtm, notFinite("sqrtm", 0, 1)),
                mistake(HOLE, a -> Linalg.svd(a).s(), notFinite("svd", 1, 0)),
                mistake(HOLE, Linalg::singularValues, notFinite("singularValues", 1, 0)),
                mistake(HOLE, Linalg::pinv, notFinite("pinv", 1, 0)),
                mistake(HOLE, Linalg::polar, notFinite("polar", 1, 0)),
                mistake(zeros(2, 3), Linalg::inverse, notSquare("inverse")),
                mistake(zeros(2, 3), Linalg::det, notSquare("det")),
                mistake(zeros(2, 3), Linalg::cholesky, notSquare("cholesky")),
                mistake(zeros(2, 3), a -> Linalg.matrixPower(a, 2), notSquare("matrixPower")),
                mistake(zeros(2, 3), a -> Linalg.solve(a, zeros(2, 1)), notSquare("solve")),
                mistake(zeros(3), a -> Linalg.qr(a).q(), "qr: needs matrices in the last two axes, got shape [3]"),
                mistake(zeros(3), Linalg::pinv, "pinv: needs matrices in the last two axes, got shape [3]"),
                mistake(
                        zeros(3),
                        a -> Linalg.matrixNorm(a, Linalg.Norm.FROBENIUS),
                        "matrixNorm: needs matrices in the last two axes, got shape [3]"),
                mistake(
                        zeros(2, 2),
                        a -> Linalg.solve(a, zeros(3, 1)),
                        "solve: shapes [2, 2] and [3, 1]: axis -2 of the right-hand side must have length 2"),
                mistake(
                        zeros(4, 2, 2),
                        a -> Linalg.solve(a, zeros(3, 2, 1)),
                        "solve: shapes [4] and [3] do not broadcast: axis -1 has length 4 on the left and 3 on the right;"
                                + " lengths must be equal, or one of them 1"),
                mistake(
                        zeros(2, 2),
                        a -> Linalg.lyapunov(a, zeros(3, 2)),
                        "lyapunov: A of shape [2, 2] and C of shape [3, 2] must have the same shape"),
                mistake(
                        zeros(2, 2),
                        a -> Linalg.lstsq(a, zeros(3)),
                        "lstsq: A of shape [2, 2] and B of shape [3]: both must have as many rows"),
                mistake(zeros(2, 2), a -> Linalg.pinv(a, -1), "pinv: the tolerance must be ≥ 0, got -1.0"),
                mistake(
                        zeros(2, 2),
                        a -> Linalg.solve(a, Tensor.zeros(DType.F32, 2, 2)),
                        "solve: dtypes differ, F64[2, 2] and F32[2, 2]; convert one with to(…)"),
                mistake(
                        Tensor.ofInts(new int[4], 2, 2),
                        Linalg::inverse,
                        "inverse: needs F32 or F64, got I32[2, 2]; convert with to(DType.F32)"));
    }

    @ParameterizedTest(name = "{2}")
    @MethodSource("mistakes")
    void theMessageHelps(Tensor a, Function<Tensor, Tensor> f, String message) {
        RuntimeException thrown = assertThrows(RuntimeException.class, () -> f.apply(a));
        assertEquals(message, thrown.getMessage());
    }

    @ParameterizedTest(name = "{2}")
    @MethodSource("mistakes")
    void theTapeGoesOnAfterIt(Tensor a, Function<Tensor, Tensor> f, String message) {
        Tensor x = Tensor.of(new double[] {2}, 1, 1);
        try (Tape tape = Tape.open()) {
            tape.watch(x);
            assertThrows(RuntimeException.class, () -> f.apply(a));
            assertEquals(-0.25, tape.backward(Linalg.inverse(x).sum()).of(x).item());
        }
        assertEquals(0, BufferPool.ofThread().outstanding());
    }

    @Test
    void nothingIsRecorded() {
        try (Tape tape = Tape.open()) {
            tape.watch(BATCH);
            assertThrows(ArithmeticException.class, () -> Linalg.inverse(BATCH));
            assertThrows(ArithmeticException.class, () -> Linalg.solve(BATCH, zeros(2, 1)));
            assertEquals(1, tape.recorded());
        }
    }

    /// The triangular factor of a matrix without full rank cannot be divided by.
    @Test
    void goingBackThroughQrNeedsFullRank() {
        RuntimeException thrown = assertThrows(
                ArithmeticException.class,
                () -> Autodiff.grad(a -> Linalg.qr(a).q().sum()).apply(zeros(3, 2)));
        assertEquals(
                "triangularSolve: the matrix of shape [2, 2] is singular: element [0, 0] of its diagonal is 0",
                thrown.getMessage());
    }

    private static Arguments mistake(Tensor a, Function<Tensor, Tensor> f, String message) {
        return Arguments.of(a, f, message);
    }

    private static String notFinite(String op, int row, int column) {
        return op + ": element [" + row + ", " + column + "] of the matrix of shape [2, 2] is NaN; all must be finite";
    }

    private static String notSquare(String op) {
        return op + ": needs square matrices in the last two axes, got shape [2, 3]";
    }

    private static Tensor zeros(int... shape) {
        return Tensor.zeros(DType.F64, shape);
    }
}
