package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.linalg.Epilogue.Activation;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Products with an epilogue, and with a packed operand, beside the same in single steps.
class EpilogueTest {
    /// Shapes that are read in place, packed, cut into blocks of k and of rows, narrower than a vector, empty along k.
    private static final int[][] SHAPES = {
        {1, 1, 1}, {5, 37, 20}, {40, 64, 1000}, {150, 70, 30}, {30, 5, 9}, {3, 4, 0}, {13, 133, 2100}, {200, 1, 6}
    };

    static List<Provided<?>> providers() {
        return Provided.all();
    }

    private record Arguments(int m, int n, int k, double[] a, double[] b, double[] c, double[] r, double[] bias) {
        static Arguments of(int m, int n, int k) {
            return new Arguments(
                    m,
                    n,
                    k,
                    numbers(1, m * k + 1),
                    numbers(2, k * n + 2),
                    numbers(3, m * (n + 3)),
                    numbers(4, m * (n + 2) + 1),
                    numbers(5, m + n));
        }

        private static double[] numbers(int seed, int length) {
            double[] x = new double[length];
            for (int i = 0; i < length; i++) {
                x[i] = (Rng.of(seed).below(i, 9) - 4) / 4.0;
            }
            return x;
        }

        /// By the definition.
        double[] expected(double alpha, double beta, boolean column, boolean row, boolean residual, Activation f) {
            double[] out = c.clone();
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    double sum = 0;
                    for (int p = 0; p < k; p++) {
                        sum += a[1 + i * k + p] * b[2 + p * n + j];
                    }
                    double x = alpha * sum
                            + beta * c[i * (n + 3) + j]
                            + (column ? bias[m + j] : 0)
                            + (row ? bias[i] : 0)
                            + (residual ? r[1 + i * (n + 2) + j] : 0);
                    out[i * (n + 3) + j] = switch (f) {
                        case NONE -> x;
                        case RELU -> Math.max(x, 0);
                        case GELU -> 0.5 * x * (1 + Functions.erf(x * Math.sqrt(0.5)));
                    };
                }
            }
            return out;
        }

        <A> Epilogue<A> epilogue(Provided<A> p, boolean column, boolean row, boolean residual, Activation f) {
            A biases = p.array(bias);
            A residuals = p.array(r);
            return new Epilogue<>(
                    column ? biases : null, m, row ? biases : null, 0, residual ? residuals : null, 1, n + 2, f);
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    <A> void everyTermAndEveryFunction(Provided<A> p) {
        for (int[] shape : SHAPES) {
            Arguments x = Arguments.of(shape[0], shape[1], shape[2]);
            PackedMatrix<A> packed = p.kernels().pack(Transpose.NO, x.k, x.n, p.array(x.b), 2, Math.max(1, x.n));
            for (int terms = 0; terms < 8; terms++) {
                for (Activation f : Activation.values()) {
                    double beta = terms % 3 == 0 ? 0.5 : terms % 3 - 1;
                    boolean column = (terms & 1) != 0;
                    boolean row = (terms & 2) != 0;
                    boolean residual = (terms & 4) != 0;
                    Epilogue<A> e = x.epilogue(p, column, row, residual, f);
                    double[] expected = x.expected(2, beta, column, row, residual, f);
                    double tolerance = f == Activation.GELU ? 1e3 * p.epsilon() : 0;
                    String what = x.m + " x " + x.n + " x " + x.k + " " + terms + " " + f;
                    A c = p.array(x.c);
                    p.kernels()
                            .gemm(
                                    Transpose.NO,
                                    Transpose.NO,
                                    x.m,
                                    x.n,
                                    x.k,
                                    2,
                                    p.array(x.a),
                                    1,
                                    Math.max(1, x.k),
                                    p.array(x.b),
                                    2,
                                    Math.max(1, x.n),
                                    beta,
                                    c,
                                    0,
                                    x.n + 3,
                                    e);
                    assertArrayEquals(expected, Provided.doubles(c), tolerance, what);
                    A d = p.array(x.c);
                    p.kernels()
                            .gemm(
                                    Transpose.NO,
                                    x.m,
                                    2,
                                    p.array(x.a),
                                    1,
                                    Math.max(1, x.k),
                                    packed,
                                    beta,
                                    d,
                                    0,
                                    x.n + 3,
                                    e);
                    assertArrayEquals(Provided.doubles(c), Provided.doubles(d), what + " packed");
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    <A> void threadsChangeNoBit(Provided<A> p) {
        for (int[] shape : new int[][] {{300, 65, 170}, {64, 700, 90}, {7, 2000, 130}}) {
            Arguments x = Arguments.of(shape[0], shape[1], shape[2]);
            Epilogue<A> e = x.epilogue(p, true, true, true, Activation.GELU);
            double[] one = null;
            for (int threads = 1; threads <= 3; threads++) {
                try (Parallel.Scope _ = Parallel.with(threads)) {
                    PackedMatrix<A> b = p.kernels().pack(Transpose.NO, x.k, x.n, p.array(x.b), 2, x.n);
                    A c = p.array(x.c);
                    p.kernels().gemm(Transpose.NO, x.m, 1.5, p.array(x.a), 1, x.k, b, 0, c, 0, x.n + 3, e);
                    one = one == null ? Provided.doubles(c) : one;
                    assertArrayEquals(one, Provided.doubles(c));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    <A> void packsBothTransposesOfBoth(Provided<A> p) {
        for (int[] shape : SHAPES) {
            Arguments x = Arguments.of(shape[0], shape[1], shape[2]);
            double[] at = Matrices.transposed(x.m, x.k, java.util.Arrays.copyOfRange(x.a, 1, x.a.length));
            double[] bt = Matrices.transposed(x.k, x.n, java.util.Arrays.copyOfRange(x.b, 2, x.b.length));
            PackedMatrix<A> b = p.kernels().pack(Transpose.YES, x.k, x.n, p.array(bt), 0, Math.max(1, x.k));
            assertEquals(x.k, b.rows());
            assertEquals(x.n, b.cols());
            A c = p.array(x.c);
            Epilogue<A> none = Epilogue.none();
            p.kernels().gemm(Transpose.YES, x.m, 1, p.array(at), 0, x.m, b, 1, c, 0, x.n + 3, none);
            assertArrayEquals(
                    x.expected(1, 1, false, false, false, Activation.NONE), Provided.doubles(c), 0, b::toString);
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    <A> void aResidualMayBeTheResult(Provided<A> p) {
        A a = p.array(1, 2, 3, 4);
        A c = p.array(10, 20, 30, 40);
        Epilogue<A> e = Epilogue.residual(c, 0, 2);
        p.kernels().gemm(Transpose.NO, Transpose.NO, 2, 2, 2, 1, a, 0, 2, a, 0, 2, 0, c, 0, 2, e);
        assertArrayEquals(new double[] {17, 30, 45, 62}, Provided.doubles(c));
        A nan = p.array(Double.NaN, -1);
        p.kernels()
                .gemm(
                        Transpose.NO,
                        Transpose.NO,
                        1,
                        2,
                        0,
                        1,
                        a,
                        0,
                        1,
                        a,
                        0,
                        2,
                        0,
                        c,
                        0,
                        2,
                        Epilogue.columnBias(nan, 0).andThen(Activation.RELU));
        assertArrayEquals(new double[] {Double.NaN, 0, 45, 62}, Provided.doubles(c));
    }

    /// `beta·C` and the residual are both C as it was before: with `beta + 1`, the definition without a residual.
    @ParameterizedTest
    @MethodSource("providers")
    <A> void aResidualMayBeTheResultBesideBeta(Provided<A> p) {
        A square = p.array(1, 2, 3, 4);
        A sum = p.array(10, 20, 30, 40);
        Epilogue<A> own = Epilogue.residual(sum, 0, 2);
        p.kernels().gemm(Transpose.NO, Transpose.NO, 2, 2, 2, 1, square, 0, 2, square, 0, 2, 1, sum, 0, 2, own);
        assertArrayEquals(new double[] {27, 50, 75, 102}, Provided.doubles(sum));
        for (int[] shape : SHAPES) {
            for (double beta : new double[] {0.5, 1, -1}) {
                for (double alpha : new double[] {2, 0}) {
                    besideBeta(p, Arguments.of(shape[0], shape[1], shape[2]), alpha, beta);
                }
            }
        }
    }

    private static <A> void besideBeta(Provided<A> p, Arguments x, double alpha, double beta) {
        int k = Math.max(1, x.k);
        int ld = x.n + 3;
        // One row has no use for a leading dimension.
        int ldResidual = x.m == 1 ? ld + 1 : ld;
        A a = p.array(x.a);
        A b = p.array(x.b);
        A c = p.array(x.c);
        A d = p.array(x.c);
        PackedMatrix<A> packed = p.kernels().pack(Transpose.NO, x.k, x.n, b, 2, x.n);
        Epilogue<A> biases = x.epilogue(p, true, true, false, Activation.RELU);
        Epilogue<A> toC = biases.plus(c, 0, ldResidual);
        p.kernels().gemm(Transpose.NO, Transpose.NO, x.m, x.n, x.k, alpha, a, 1, k, b, 2, x.n, beta, c, 0, ld, toC);
        p.kernels().gemm(Transpose.NO, x.m, alpha, a, 1, k, packed, beta, d, 0, ld, biases.plus(d, 0, ldResidual));
        double[] expected = x.expected(alpha, beta + 1, true, true, false, Activation.RELU);
        String what = x.m + " x " + x.n + " x " + x.k + " beta " + beta;
        assertArrayEquals(expected, Provided.doubles(c), what);
        assertArrayEquals(expected, Provided.doubles(d), what + " packed");
    }

    @ParameterizedTest
    @MethodSource("providers")
    <A> void oneRowMayBeItsOwnResidual(Provided<A> p) {
        A a = p.array(1, 2);
        A b = p.array(1, 2, 3, 4);
        A c = p.array(10, 20);
        p.kernels()
                .gemm(Transpose.NO, Transpose.NO, 1, 2, 2, 1, a, 0, 2, b, 0, 2, 0, c, 0, 2, Epilogue.residual(c, 0, 5));
        assertArrayEquals(new double[] {17, 30}, Provided.doubles(c));
    }

    @ParameterizedTest
    @MethodSource("providers")
    <A> void wrongArgumentsAreNamed(Provided<A> p) {
        A x = p.array(new double[6]);
        A c = p.array(7, 7, 7, 7, 7, 7);
        for (Epilogue<A> e : List.of(
                Epilogue.columnBias(x, 4),
                Epilogue.rowBias(x, 5),
                Epilogue.residual(x, 1, 3),
                Epilogue.columnBias(x, -1))) {
            String message = assertThrows(
                            IndexOutOfBoundsException.class,
                            () -> p.kernels()
                                    .gemm(Transpose.NO, Transpose.NO, 2, 3, 1, 1, x, 0, 1, x, 0, 3, 0, c, 0, 3, e))
                    .getMessage();
            assertTrue(message.startsWith("gemm: the "), message);
        }
        assertArrayEquals(new double[] {7, 7, 7, 7, 7, 7}, Provided.doubles(c));
        PackedMatrix<A> b = p.kernels().pack(Transpose.NO, 2, 3, x, 0, 3);
        Kernels<A> others = Simd.kernels("adjoint.linalg." + p.name());
        String foreign = assertThrows(
                        IllegalArgumentException.class,
                        () -> others.gemm(Transpose.NO, 2, 1, x, 0, 2, b, 0, c, 0, 3, Epilogue.none()))
                .getMessage();
        assertTrue(foreign.contains("packed by other kernels"), foreign);
    }
}
