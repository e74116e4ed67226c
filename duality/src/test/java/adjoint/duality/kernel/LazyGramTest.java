package adjoint.duality.kernel;

import static adjoint.duality.kernel.KernelTest.normal;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.Autodiff;
import adjoint.autodiff.DType;
import adjoint.autodiff.GradCheck;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tape;
import adjoint.autodiff.Tensor;
import adjoint.linalg.GolubKahan;
import adjoint.linalg.Kernels;
import adjoint.linalg.Parallel;
import adjoint.linalg.Rng;
import adjoint.linalg.Svd;
import adjoint.nn.Parameters;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class LazyGramTest {
    @ParameterizedTest
    @MethodSource("adjoint.duality.kernel.KernelTest#kernels")
    void equalsTheProductWithTheMatrix(Kernel kernel) {
        Tensor x = normal("x", 11, 3);
        Tensor y = normal("y", 9, 3);
        LazyGram lazy = new LazyGram(kernel, 12);
        Tensor gram = kernel.gram(x, y);
        for (Tensor v : List.of(normal("v", 9, 2), normal("v", 9, 1), normal("v", 9))) {
            assertClose(gram.matmul(v), lazy.apply(x, y, v));
            Tensor u = v.rank() == 1 ? normal("u", 11) : normal("u", 11, v.dim(1));
            assertClose(gram.transpose(0, 1).matmul(u), lazy.applyTransposed(x, y, u));
        }
    }

    /// Gradients with respect to rows, vectors and hyperparameters are those of the matrix.
    @ParameterizedTest
    @MethodSource("adjoint.duality.kernel.KernelTest#kernels")
    void gradientsEqualThoseOfTheMatrix(Kernel kernel) {
        Tensor x = normal("x", 7, 3);
        Tensor y = normal("y", 6, 3);
        Tensor v = normal("v", 6, 2);
        LazyGram lazy = new LazyGram(kernel, 8);
        assertEqualGradients(
                kernel,
                x,
                y,
                v,
                in -> lazy.apply(in.get(0), in.get(1), in.get(2)),
                in -> kernel.gram(in.get(0), in.get(1)).matmul(in.get(2)));
    }

    private static void assertEqualGradients(
            Kernel kernel,
            Tensor x,
            Tensor y,
            Tensor v,
            Function<List<Tensor>, Tensor> lazy,
            Function<List<Tensor>, Tensor> dense) {
        List<Tensor> leaves = new java.util.ArrayList<>(List.of(x, y, v));
        leaves.addAll(Parameters.of(kernel).values().values());
        List<Tensor> expected = gradients(dense, leaves);
        List<Tensor> actual = gradients(lazy, leaves);
        for (int i = 0; i < leaves.size(); i++) {
            assertClose(expected.get(i), actual.get(i));
        }
    }

    private static List<Tensor> gradients(Function<List<Tensor>, Tensor> f, List<Tensor> leaves) {
        try (Tape tape = Tape.open()) {
            tape.watch(leaves);
            Tensor loss = f.apply(leaves).square().sum();
            return tape.gradients(loss, leaves).stream()
                    .map(g -> Tensor.of(g.toDoubles(), g.size()))
                    .toList();
        }
    }

    /// More rows than a tile of the fused kernel, both precisions, one column and several.
    @Test
    void manyTilesInBothPrecisions() {
        Kernel kernel = new Rbf(1.5);
        LazyGram lazy = new LazyGram(kernel);
        Tensor x = normal("x", 391, 4).add(30);
        Tensor y = normal("y", 1111, 4).add(30);
        for (int columns : new int[] {1, 3}) {
            Tensor v = normal("v", 1111, columns);
            Tensor expected = kernel.gram(x, y).matmul(v);
            assertClose(expected, lazy.apply(x, y, v));
            Tensor single = lazy.apply(x.to(DType.F32), y.to(DType.F32), v.to(DType.F32));
            assertArrayEquals(
                    expected.toDoubles(),
                    single.toDoubles(),
                    2e-4 * expected.abs().max().item());
        }
    }

    /// Rows far from the origin after a net, for which centring the rows before it is no help.
    @Test
    void compositionsAreCentredBehindTheirNets() {
        Kernel kernel = new Rbf(1).compose(t -> t.add(300)).times(new Rbf(2));
        Tensor x = normal("x", 391, 4);
        Tensor y = normal("y", 611, 4);
        Tensor v = normal("v", 611, 2);
        Tensor expected = new Rbf(1).times(new Rbf(2)).gram(x, y).matmul(v);
        assertClose(expected, new LazyGram(kernel).apply(x, y, v), 1e-9);
        assertTrue(kernel.exponential().isPresent());
    }

    /// The columns of a gradient count what a net makes of rows.
    @Test
    void wideNetsHaveTiles() {
        Tensor wide = normal("wide", 3, 300).mul(0.1);
        Kernel kernel = new ExponentialDot(0.1).compose(t -> t.matmul(wide));
        Tensor x = normal("x", 7, 3);
        Tensor v = normal("v", 7, 2);
        assertClose(kernel.gram(x, x).matmul(v), new LazyGram(kernel).apply(x, x, v));
    }

    @Test
    void sameBitsForAnyNumberOfThreads() {
        LazyGram lazy = new LazyGram(new Rbf(1));
        Tensor x = normal("x", 700, 3);
        Tensor v = normal("v", 700);
        try (Parallel.Scope _ = Parallel.with(1)) {
            Tensor alone = lazy.apply(x, x, v);
            try (Parallel.Scope _ = Parallel.with(3)) {
                assertArrayEquals(alone.toDoubles(), lazy.apply(x, x, v).toDoubles());
            }
        }
    }

    @Test
    void differentiatedTwice() {
        LazyGram lazy = new LazyGram(new Rbf(Positive.learned(DType.F64, 1.2)));
        Function<List<Tensor>, Tensor> f = in -> lazy.apply(in.get(0), in.get(1), in.get(2));
        Tensor[] in = {normal("x", 3, 2), normal("y", 4, 2), normal("v", 4, 2)};
        GradCheck.check("lazy", f, in);
        GradCheck.checkSecondOrder("lazy", f, in);
        GradCheck.checkTangents("lazy", f, in);
    }

    @Test
    void singularValuesWithoutTheMatrix() {
        Tensor x = normal("x", 60, 2);
        Tensor y = normal("y", 40, 2);
        for (Kernel kernel : List.of(new Rbf(2), new Sne(1.5), new ArcCosine(1))) {
            double[] full = Svd.values(Kernels.f64(), 60, 40, kernel.gram(x, y).toDoubles());
            var lazy = GolubKahan.largest(
                    Kernels.f64(), new LazyGram(kernel, 100).operator(x, y), 5, 1e-10, 40, Rng.of(1));
            for (int i = 0; i < 5; i++) {
                assertEquals(full[i], lazy.svd().s()[i], 1e-9 * full[0], kernel.toString());
            }
        }
    }

    @Test
    void emptyAndWrongShapes() {
        Tensor none = Tensor.zeros(DType.F64, 0, 3);
        Tensor some = normal("x", 4, 3);
        for (Kernel kernel : List.of(new Rbf(1), new Laplace(1), new Sne(1))) {
            LazyGram lazy = new LazyGram(kernel);
            assertEquals(0, lazy.apply(none, some, normal("v", 4, 2)).size());
            Tensor nothing = lazy.apply(some, none, Tensor.zeros(DType.F64, 0, 2));
            assertArrayEquals(new double[8], nothing.toDoubles());
        }
        var error = assertThrows(ShapeError.class, () -> new LazyGram(new Rbf(1)).apply(some, some, normal("v", 3, 2)));
        assertEquals(
                "a lazy product needs x [N, d], y [M, d] and v [M, c], got [4, 3], [4, 3] and [3, 2]",
                error.getMessage());
        assertTrue(Double.isNaN(new LazyGram(new Rbf(1))
                .apply(some.mul(Double.NaN), some, normal("v", 4))
                .get(0)));
    }

    @Test
    void substringsHaveNoGradientButProducts() {
        Tensor s = Tensor.ofInts(new int[] {1, 2, 1, 2, 7, 7, 7, 7, 3, 3, 1, 2}, 3, 4);
        Tensor v = normal("v", 3);
        Kernel kernel = new Substrings(2);
        assertClose(kernel.gram(s, s).matmul(v), new LazyGram(kernel, 4).apply(s, s, v));
        Tensor slope =
                Autodiff.grad(u -> new LazyGram(kernel, 4).apply(s, s, u).sum()).apply(v);
        assertClose(kernel.gram(s, s).sum(0), slope);
    }

    private static void assertClose(Tensor expected, Tensor actual) {
        assertClose(expected, actual, 1e-11);
    }

    private static void assertClose(Tensor expected, Tensor actual, double tolerance) {
        assertEquals(expected.shape(), actual.shape());
        double scale = Math.max(1, expected.abs().max().item());
        assertArrayEquals(expected.toDoubles(), actual.toDoubles(), tolerance * scale);
    }
}
