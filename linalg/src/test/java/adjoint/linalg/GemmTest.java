package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Matrix products against the definition. Most use small integers, whose products and sums are exact in both
/// precisions: one wrong bit shows.
class GemmTest {
    static List<Provided<?>> providers() {
        return Provided.all();
    }

    /// A product with everything that surrounds it: leading dimensions with room to spare, offsets, a C that is not 0.
    private record Case(Transpose ta, Transpose tb, int m, int n, int k, double alpha, double beta, Rng rng) {
        private static final int SPARE = 3;

        int lda() {
            return (ta == Transpose.NO ? k : m) + SPARE;
        }

        int ldb() {
            return (tb == Transpose.NO ? n : k) + SPARE;
        }

        int ldc() {
            return n + SPARE;
        }

        double[] integers(String name, int length) {
            Rng own = rng.child(name);
            double[] x = new double[length];
            for (int i = 0; i < length; i++) {
                x[i] = own.below(i, 9) - 4;
            }
            return x;
        }

        double[] a() {
            return integers("a", (ta == Transpose.NO ? m : k) * lda() + 1);
        }

        double[] b() {
            return integers("b", (tb == Transpose.NO ? k : n) * ldb() + 2);
        }

        double[] c() {
            return integers("c", m * ldc() + 3);
        }

        /// C after the product, by the definition.
        double[] expected() {
            double[] a = a();
            double[] b = b();
            double[] c = c();
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    double sum = 0;
                    for (int p = 0; p < k; p++) {
                        double x = ta == Transpose.NO ? a[1 + i * lda() + p] : a[1 + p * lda() + i];
                        double y = tb == Transpose.NO ? b[2 + p * ldb() + j] : b[2 + j * ldb() + p];
                        sum += x * y;
                    }
                    int at = 3 + i * ldc() + j;
                    c[at] = alpha * sum + beta * c[at];
                }
            }
            return c;
        }

        <A> double[] actual(Provided<A> p) {
            A c = p.array(c());
            p.kernels().gemm(ta, tb, m, n, k, alpha, p.array(a()), 1, lda(), p.array(b()), 2, ldb(), beta, c, 3, ldc());
            return Provided.doubles(c);
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void everyRemainderOfRowsAndColumns(Provided<?> p) {
        int[] columns = {1, 5, 8, 15, 16, 17, 31, 32, 33, 40, 47, 48, 49, 64, 70};
        int[] depths = {1, 7, 18};
        Rng rng = Rng.of(1);
        int count = 0;
        for (int m = 1; m <= 70; m += m < 34 ? 1 : 3) {
            for (int n : columns) {
                int k = depths[count % depths.length];
                Transpose ta = count % 2 == 0 ? Transpose.NO : Transpose.YES;
                Transpose tb = count / 2 % 2 == 0 ? Transpose.NO : Transpose.YES;
                Case gemm = new Case(ta, tb, m, n, k, 1, count % 3 == 0 ? 0 : 1, rng.child(count));
                assertArrayEquals(gemm.expected(), gemm.actual(p), 0, gemm::toString);
                count++;
            }
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void everyTransposeWithEveryScale(Provided<?> p) {
        int[][] shapes = {{3, 50, 1000}, {29, 64, 40}, {37, 53, 71}, {130, 140, 30}, {20, 700, 9}, {300, 5, 33}};
        Rng rng = Rng.of(2);
        for (int[] shape : shapes) {
            for (Transpose ta : Transpose.values()) {
                for (Transpose tb : Transpose.values()) {
                    for (double[] scale : new double[][] {{1, 0}, {2, 1}, {-1, 0.5}, {0, 2}}) {
                        Case gemm = new Case(ta, tb, shape[0], shape[1], shape[2], scale[0], scale[1], rng);
                        assertArrayEquals(gemm.expected(), gemm.actual(p), 0, gemm::toString);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void emptySizes(Provided<?> p) {
        for (int[] shape : new int[][] {{0, 3, 4}, {3, 0, 4}, {3, 4, 0}}) {
            for (double beta : new double[] {0, 1, 2}) {
                Case gemm = new Case(Transpose.NO, Transpose.YES, shape[0], shape[1], shape[2], 1, beta, Rng.of(3));
                assertArrayEquals(gemm.expected(), gemm.actual(p), 0, gemm::toString);
            }
        }
    }

    /// Far rows, several blocks of k, of rows and of columns, and sums that are not exact.
    @ParameterizedTest
    @MethodSource("providers")
    <A> void largeProductsAreAccurate(Provided<A> p) {
        int m = 250;
        int n = 700;
        int k = 1100;
        double[] a = new double[m * k];
        double[] b = new double[k * n];
        Rng.of(4).fillUniform(a, 0, a.length, -1, 1);
        Rng.of(5).fillUniform(b, 0, b.length, -1, 1);
        A c = p.array(new double[m * n]);
        p.kernels().gemm(Transpose.NO, Transpose.NO, m, n, k, 1, p.array(a), 0, k, p.array(b), 0, n, 0, c, 0, n);
        double[] actual = Provided.doubles(c);
        double[] x = Provided.doubles(p.array(a));
        double[] y = Provided.doubles(p.array(b));
        for (int i = 0; i < m; i += 7) {
            for (int j = 0; j < n; j += 11) {
                double sum = 0;
                for (int q = 0; q < k; q++) {
                    sum += x[i * k + q] * y[q * n + j];
                }
                assertEquals(sum, actual[i * n + j], k * p.epsilon());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    <A> void nanSpreadsOnlyWhereArithmeticSaysSo(Provided<A> p) {
        double nan = Double.NaN;
        A a = p.array(1, nan, 1, Double.POSITIVE_INFINITY);
        A b = p.array(1, 2, 3, 0);
        A c = p.array(nan, nan, nan, nan);
        p.kernels().gemm(Transpose.NO, Transpose.NO, 2, 2, 2, 1, a, 0, 2, b, 0, 2, 0, c, 0, 2);
        assertArrayEquals(new double[] {nan, nan, Double.POSITIVE_INFINITY, nan}, Provided.doubles(c));
        c = p.array(nan, 1, 2, 3);
        p.kernels().gemm(Transpose.NO, Transpose.NO, 2, 2, 2, 0, a, 0, 2, b, 0, 2, 0, c, 0, 2);
        assertArrayEquals(new double[4], Provided.doubles(c), "alpha = 0 reads neither A nor B, beta = 0 not C");
        c = p.array(nan, 1, 2, 3);
        p.kernels().gemm(Transpose.NO, Transpose.NO, 2, 2, 0, 1, a, 0, 2, b, 0, 2, 1, c, 0, 2);
        assertArrayEquals(new double[] {nan, 1, 2, 3}, Provided.doubles(c), "k = 0 leaves C");
    }

    @ParameterizedTest
    @MethodSource("providers")
    <A> void biasIsTheFirstValueOfEveryRow(Provided<A> p) {
        for (int[] shape : new int[][] {{1, 1, 1}, {5, 37, 20}, {40, 64, 1000}, {3, 4, 0}}) {
            Case gemm = new Case(Transpose.NO, Transpose.YES, shape[0], shape[1], shape[2], 2, 0, Rng.of(6));
            double[] bias = gemm.integers("bias", 1 + gemm.n());
            double[] expected = gemm.expected();
            for (int i = 0; i < gemm.m(); i++) {
                for (int j = 0; j < gemm.n(); j++) {
                    expected[3 + i * gemm.ldc() + j] += bias[1 + j];
                }
            }
            A c = p.array(gemm.c());
            p.kernels()
                    .gemmBias(
                            gemm.ta(),
                            gemm.tb(),
                            gemm.m(),
                            gemm.n(),
                            gemm.k(),
                            gemm.alpha(),
                            p.array(gemm.a()),
                            1,
                            gemm.lda(),
                            p.array(gemm.b()),
                            2,
                            gemm.ldb(),
                            c,
                            3,
                            gemm.ldc(),
                            p.array(bias),
                            1);
            assertArrayEquals(expected, Provided.doubles(c), 0, gemm::toString);
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    <A> void batchesAreSingleProducts(Provided<A> p) {
        int m = 29;
        int n = 40;
        int k = 13;
        int batch = 50;
        double[] a = new Case(Transpose.NO, Transpose.NO, 1, 1, 1, 1, 0, Rng.of(7)).integers("a", m * k);
        double[] b = new Case(Transpose.NO, Transpose.NO, 1, 1, 1, 1, 0, Rng.of(7)).integers("b", batch * k * n);
        A c = p.array(new double[batch * m * n]);
        p.kernels()
                .gemmBatched(
                        Transpose.NO,
                        Transpose.NO,
                        m,
                        n,
                        k,
                        1,
                        p.array(a),
                        0,
                        k,
                        0,
                        p.array(b),
                        0,
                        n,
                        k * n,
                        0,
                        c,
                        0,
                        n,
                        m * n,
                        batch);
        double[] actual = Provided.doubles(c);
        for (int i = 0; i < batch; i++) {
            double[] item = Matrices.product(m, k, n, a, java.util.Arrays.copyOfRange(b, i * k * n, (i + 1) * k * n));
            assertArrayEquals(item, java.util.Arrays.copyOfRange(actual, i * m * n, (i + 1) * m * n));
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    <A> void theNumberOfThreadsDoesNotChangeABit(Provided<A> p) {
        int[][] shapes = {{232, 512, 70}, {512, 100, 90}, {33, 33, 1500}, {7, 900, 400}, {900, 7, 400}, {131, 133, 127}
        };
        for (int[] shape : shapes) {
            List<double[]> results = new ArrayList<>();
            for (int threads : new int[] {1, 2, 3, 5}) {
                try (Parallel.Scope _ = Parallel.with(threads)) {
                    results.add(randomProduct(p, shape[0], shape[1], shape[2]));
                    Parallel.tasks(2, task -> {
                        double[] nested = randomProduct(p, shape[0], shape[1], shape[2]);
                        synchronized (results) {
                            results.add(nested);
                        }
                    });
                }
            }
            for (double[] result : results) {
                assertArrayEquals(results.getFirst(), result, () -> shape[0] + " x " + shape[1] + " x " + shape[2]);
            }
        }
    }

    private static <A> double[] randomProduct(Provided<A> p, int m, int n, int k) {
        double[] a = new double[m * k];
        double[] b = new double[k * n];
        Rng.of(8).fillNormal(a, 0, a.length, 0, 1);
        Rng.of(9).fillNormal(b, 0, b.length, 0, 1);
        A c = p.array(new double[m * n]);
        p.kernels().gemm(Transpose.YES, Transpose.YES, m, n, k, 1, p.array(a), 0, m, p.array(b), 0, k, 0, c, 0, n);
        return Provided.doubles(c);
    }

    @ParameterizedTest
    @MethodSource("providers")
    <A> void wrongArgumentsAreNamed(Provided<A> p) {
        Kernels<A> kernels = p.kernels();
        A x = p.array(new double[12]);
        String shortC = assertThrows(
                        IndexOutOfBoundsException.class,
                        () -> kernels.gemm(
                                Transpose.NO, Transpose.NO, 3, 4, 3, 1, x, 0, 3, x, 0, 4, 0, p.array(1, 2), 0, 4))
                .getMessage();
        assertTrue(shortC.startsWith("gemm: c (3 × 4 "), shortC);
        String shared = assertThrows(
                        IllegalArgumentException.class,
                        () -> kernels.gemmBatched(
                                Transpose.NO,
                                Transpose.NO,
                                1,
                                1,
                                1,
                                1,
                                x,
                                0,
                                1,
                                1,
                                x,
                                0,
                                1,
                                1,
                                0,
                                p.array(1),
                                0,
                                1,
                                0,
                                2))
                .getMessage();
        assertTrue(shared.contains("that of c > 0"), shared);
    }
}
