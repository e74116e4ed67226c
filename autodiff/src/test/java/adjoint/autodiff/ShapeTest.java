package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Values of shape operations, by naive loops and by hand, for all dtypes.
class ShapeTest {
    private static final double NAN = Double.NaN;
    private static final double INF = Double.POSITIVE_INFINITY;

    /// 0, 1, 2, … of a shape.
    private static Tensor count(DType dtype, int... shape) {
        return Tensor.range(Shape.of(shape).size(), dtype).reshape(shape);
    }

    private static void assertIs(Tensor actual, String text) {
        assertEquals(text, actual.toString().replaceAll("\\s+", " "));
    }

    private static Tensor ints(int... values) {
        return Tensor.ofInts(values);
    }

    // ---- slices and indices

    @ParameterizedTest
    @EnumSource
    void slicesStep(DType dtype) {
        Tensor x = count(dtype, 3, 7);
        for (int step : new int[] {1, 2, 3, 7, -1, -2, -5}) {
            for (int from = 0; from < 7; from++) {
                for (int to = step > 0 ? from : -1; to <= (step > 0 ? 7 : from); to++) {
                    Tensor part = x.slice(1, from, to, step);
                    int n = 0;
                    for (int i = from; step > 0 ? i < to : i > to; i += step) {
                        assertEquals(7 + i, part.get(1, n++));
                    }
                    assertEquals(Shape.of(3, n), part.shape());
                }
            }
        }
    }

    /// As Python says: `range(n)[slice(from, to, step)]`.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1 | 5 | 2 | 1 3",
                "-3 | 9 | 1 | 3 4 5",
                "-9 | 2 | 1 | 0 1",
                "4 | 1 | 1 | ''",
                "5 | 1 | -2 | 5 3",
                "9 | -9 | -3 | 5 2",
                "-1 | 0 | -1 | 5 4 3 2 1",
                "2 | 2 | -1 | ''",
                "0 | 6 | 2147483647 | 0",
                "5 | 0 | -2147483648 | 5"
            })
    void rangesAreThoseOfPython(int from, int to, int step, String expected) {
        Tensor x = Tensor.range(6, DType.I32);
        int[] values = expected.isEmpty()
                ? new int[0]
                : List.of(expected.split(" ")).stream()
                        .mapToInt(Integer::parseInt)
                        .toArray();
        assertArrayEquals(values, x.index(Index.range(from, to, step)).toInts());
    }

    @Test
    void indexTakesEachAxisByItsEntry() {
        Tensor x = count(DType.F32, 2, 3, 4);
        assertIs(
                x.index(Index.at(1), Index.all(), Index.range(1, 4, 2)),
                "[[13.0, 15.0], [17.0, 19.0], [21.0, 23.0]] F32[3, 2]");
        assertIs(x.index(Index.at(-1), Index.at(0)), "[12.0, 13.0, 14.0, 15.0] F32[4]");
        assertIs(x.index(Index.rest(), Index.at(2)), "[[ 2.0, 6.0, 10.0], [14.0, 18.0, 22.0]] F32[2, 3]");
        assertIs(x.index(Index.at(0), Index.rest(), Index.from(-1)), "[[ 3.0], [ 7.0], [11.0]] F32[3, 1]");
        assertIs(x.index(Index.at(0), Index.to(1), Index.every(-2)), "[[3.0, 1.0]] F32[1, 2]");
        assertIs(
                x.index(Index.at(0), Index.of(2, 0), Index.of(-1, 0, 0)),
                "[[11.0, 8.0, 8.0], [ 3.0, 0.0, 0.0]] F32[2, 3]");
        assertEquals(
                Shape.of(1, 2, 3, 1, 4),
                x.index(Index.newAxis(), Index.rest(), Index.newAxis(), Index.all())
                        .shape());
        assertSame(x, x.index(Index.all(), Index.rest()));
        assertEquals(3, Tensor.scalar(3, DType.F32).index(Index.newAxis()).get(0));
    }

    @ParameterizedTest
    @EnumSource
    void flipTurnsAround(DType dtype) {
        Tensor x = count(dtype, 2, 3);
        assertArrayEquals(new double[] {5, 4, 3, 2, 1, 0}, x.flip().toDoubles());
        assertArrayEquals(new double[] {3, 4, 5, 0, 1, 2}, x.flip(0).toDoubles());
        assertArrayEquals(
                new double[] {3, 0, 4, 1, 5, 2}, x.transpose(0, 1).flip(-1).toDoubles());
        assertEquals(Shape.of(0, 3), Tensor.zeros(dtype, 0, 3).flip().shape());
    }

    @ParameterizedTest
    @EnumSource
    void rollGoesRound(DType dtype) {
        Tensor x = count(dtype, 5);
        for (int shift = -11; shift <= 11; shift++) {
            double[] rolled = x.roll(0, shift).toDoubles();
            for (int i = 0; i < 5; i++) {
                assertEquals(i, rolled[Math.floorMod(i + shift, 5)]);
            }
        }
        assertEquals(Shape.of(0), Tensor.zeros(dtype, 0).roll(0, 3).shape());
    }

    @Test
    void splitAndChunkAreUndoneByConcat() {
        Tensor x = count(DType.I64, 7, 2);
        List<Tensor> parts = x.split(0, 3, 0, 4);
        assertEquals(Shape.of(0, 2), parts.get(1).shape());
        assertArrayEquals(
                x.toDoubles(), Tensor.concat(0, parts.toArray(Tensor[]::new)).toDoubles());
        List<Integer> lengths = x.chunk(0, 3).stream().map(part -> part.dim(0)).toList();
        assertEquals(List.of(3, 3, 1), lengths);
        assertEquals(4, x.chunk(0, 5).size());
        assertEquals(3, Tensor.zeros(DType.F32, 0).chunk(0, 3).size());
    }

    @Test
    void axesMoveMergeAndPart() {
        Tensor x = Tensor.zeros(DType.F32, 2, 3, 5, 7);
        assertEquals(Shape.of(3, 5, 2, 7), x.moveAxis(0, 2).shape());
        assertEquals(Shape.of(7, 2, 3, 5), x.moveAxis(-1, 0).shape());
        assertEquals(Shape.of(2, 5, 3, 7), x.moveAxis(2, 1).shape());
        assertSame(x, x.moveAxis(1, -3));
        assertEquals(Shape.of(2, 15, 7), x.flatten(1, 2).shape());
        assertEquals(Shape.of(210), x.flatten().shape());
        assertEquals(
                Shape.of(2, 3, 5, 7), x.flatten(1, -1).unflatten(1, 3, -1, 7).shape());
        assertEquals(
                Shape.of(3, 2), Tensor.zeros(DType.F32, 1, 3, 1, 2).squeeze().shape());
        assertEquals(Shape.SCALAR, Tensor.zeros(DType.F32, 1, 1).squeeze().shape());
        assertEquals(Shape.of(1), Tensor.scalar(1, DType.F32).flatten().shape());
    }

    @ParameterizedTest
    @EnumSource
    void tilesLieSideBySide(DType dtype) {
        Tensor x = count(dtype, 2, 2);
        assertArrayEquals(new double[] {0, 1, 0, 1, 2, 3, 2, 3}, x.tile(2).toDoubles());
        assertEquals(Shape.of(3, 2, 4), x.tile(3, 1, 2).shape());
        assertArrayEquals(new double[] {0, 1, 2, 3, 0, 1, 2, 3}, x.tile(2, 1).toDoubles());
        assertArrayEquals(
                new double[] {0, 0, 1, 1, 2, 2, 3, 3}, x.repeatInterleave(1, 2).toDoubles());
        assertArrayEquals(
                new double[] {0, 1, 0, 1, 2, 3, 2, 3}, x.repeatInterleave(0, 2).toDoubles());
        assertEquals(Shape.of(0, 2), x.tile(0, 1).shape());
    }

    @Test
    void constructorsCount() {
        assertIs(Tensor.range(1, 2, 0.25, DType.F64), "[1.00, 1.25, 1.50, 1.75] F64[4]");
        assertIs(Tensor.range(3, -1, -2, DType.I32), "[3, 1] I32[2]");
        assertEquals(Shape.of(0), Tensor.range(3, 3, 1, DType.F32).shape());
        assertEquals(Shape.of(0), Tensor.range(3, 4, -1, DType.F32).shape());
        double[] line = Tensor.linspace(-0.1, 0.7, 9, DType.F64).toDoubles();
        assertEquals(-0.1, line[0]);
        assertEquals(0.7, line[8]);
        for (int i = 0; i < 9; i++) {
            assertEquals(-0.1 + 0.1 * i, line[i], 1e-15);
        }
        assertArrayEquals(new double[] {4}, Tensor.linspace(4, 5, 1, DType.F64).toDoubles());
        assertEquals(Shape.of(0), Tensor.linspace(4, 5, 0, DType.F64).shape());
        assertIs(Tensor.eye(2, 3, DType.I64), "[[1, 0, 0], [0, 1, 0]] I64[2, 3]");
        assertIs(Tensor.eye(1, DType.F32), "[[1.0]] F32[1, 1]");
        List<Tensor> grid = Tensor.meshgrid(ints(1, 2), ints(5, 6, 7));
        assertIs(grid.get(0), "[[1, 1, 1], [2, 2, 2]] I32[2, 3]");
        assertIs(grid.get(1), "[[5, 6, 7], [5, 6, 7]] I32[2, 3]");
    }

    @Test
    void oneHotIsOneAtTheLabel() {
        assertIs(ints(2, 0).oneHot(3, DType.F32), "[[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]] F32[2, 3]");
        assertEquals(
                Shape.of(0, 4), Tensor.zeros(DType.I32, 0).oneHot(4, DType.I64).shape());
        assertIs(Tensor.ofInts(new int[] {1}, 1, 1).squeeze().oneHot(2, DType.I32), "[0, 1] I32[2]");
    }

    // ---- padding

    @ParameterizedTest
    @EnumSource
    void padsOfAllModes(DType dtype) {
        Tensor x = Tensor.range(4, dtype).unsqueeze(0);
        assertArrayEquals(new double[] {9, 9, 0, 1, 2, 3, 9}, x.pad(9, 2, 1).toDoubles());
        assertArrayEquals(
                new double[] {3, 2, 1, 0, 1, 2, 3, 2},
                x.pad(PadMode.REFLECT, 3, 1).toDoubles());
        assertArrayEquals(
                new double[] {0, 0, 0, 1, 2, 3, 3},
                x.pad(PadMode.REPLICATE, 2, 1).toDoubles());
        assertArrayEquals(
                new double[] {2, 3, 0, 1, 2, 3, 0},
                x.pad(PadMode.CIRCULAR, 2, 1).toDoubles());
        assertArrayEquals(
                new double[] {7, 7, 7, 7, 0, 1, 2, 3}, x.pad(7, 1, 0, 0, 0).toDoubles());
        assertSame(x, x.pad(1, 0, 0));
        assertSame(x, x.pad(PadMode.CIRCULAR, 0, 0));
        assertArrayEquals(
                new double[] {5, 5}, Tensor.zeros(dtype, 0).pad(5, 1, 1).toDoubles());
    }

    @Test
    void paddingTwoAxesIsPaddingOneAfterTheOther() {
        Tensor x = count(DType.F64, 2, 3, 4);
        for (PadMode mode : PadMode.values()) {
            Tensor both = x.pad(mode, 2, 1, 3, 2);
            Tensor rows = x.transpose(1, 2).pad(mode, 2, 1).transpose(1, 2);
            assertArrayEquals(rows.pad(mode, 3, 2).toDoubles(), both.toDoubles());
        }
        Tensor infinite = x.pad(INF, 1, 1, 0, 2);
        assertEquals(Shape.of(2, 5, 6), infinite.shape());
        assertEquals(INF, infinite.get(1, 0, 3));
        assertEquals(INF, infinite.get(1, 2, 5));
        assertEquals(16, infinite.get(1, 2, 0));
    }

    // ---- matrices

    @ParameterizedTest
    @EnumSource
    void bandsAndDiagonalsAsTheIndicesSay(DType dtype) {
        Tensor x = count(dtype, 2, 4, 5).transpose(0, 1).contiguous().transpose(0, 1);
        for (int k = -7; k <= 7; k++) {
            Tensor lower = x.tril(k);
            Tensor upper = x.triu(k);
            Tensor diagonal = x.diagonal(k);
            int length = 0;
            for (int i = 0; i < 4; i++) {
                for (int j = 0; j < 5; j++) {
                    double value = 20 + 5 * i + j;
                    assertEquals(j - i <= k ? value : 0, lower.get(1, i, j));
                    assertEquals(j - i >= k ? value : 0, upper.get(1, i, j));
                    if (j - i == k) {
                        assertEquals(value, diagonal.get(1, length++));
                    }
                }
            }
            assertEquals(Shape.of(2, length), diagonal.shape());
            Tensor matrices = diagonal.diagEmbed(k);
            assertArrayEquals(diagonal.toDoubles(), matrices.diagonal(k).toDoubles());
            assertEquals(sum(diagonal), sum(matrices));
        }
    }

    private static double sum(Tensor x) {
        return x.to(DType.F64).sum().item();
    }

    @Test
    void bandsDropWhatIsNotFinite() {
        Tensor x = Tensor.full(NAN, DType.F32, 2, 2);
        assertIs(x.band(0, 0), "[[nan, 0.0], [0.0, nan]] F32[2, 2]");
        assertIs(Tensor.ones(DType.I32, 3, 3).band(-1, 0), "[[1, 0, 0], [1, 1, 0], [0, 1, 1]] I32[3, 3]");
    }

    @Test
    void diagonalsOfAnyTwoAxes() {
        Tensor x = count(DType.F64, 3, 2, 4);
        Tensor diagonal = x.diagonal(1, 0, 2);
        for (int i = 0; i < 3; i++) {
            for (int b = 0; b < 2; b++) {
                assertEquals(x.get(i, b, i + 1), diagonal.get(b, i));
            }
        }
        assertArrayEquals(x.diagonal(-1, 2, 0).toDoubles(), diagonal.toDoubles());
        assertEquals(0 + 5, count(DType.F64, 2, 4).trace().item());
    }

    // ---- gather and scatter

    @ParameterizedTest
    @EnumSource
    void takesWholeRowsOrSingleElements(DType dtype) {
        Tensor x = count(dtype, 3, 2);
        assertArrayEquals(
                new double[] {4, 5, 0, 1, 4, 5}, x.take(new int[] {2, 0, 2}, 0).toDoubles());
        assertArrayEquals(
                new double[] {1, 0, 3, 2, 5, 4}, x.take(new int[] {1, 0}, 1).toDoubles());
        Tensor index = Tensor.ofInts(new int[] {1, 1, 0, 1}, 2, 2);
        assertArrayEquals(new double[] {2, 3, 0, 3}, x.takeAlongAxis(index, 0).toDoubles());
        assertArrayEquals(
                new double[] {1, 3, 5},
                x.takeAlongAxis(Tensor.ofInts(new int[] {1}, 1, 1), 1).toDoubles());
        assertEquals(Shape.of(0, 2), x.take(new int[0], 0).shape());
        assertEquals(
                Shape.of(3, 0),
                x.takeAlongAxis(Tensor.zeros(DType.I32, 3, 0), 1).shape());
    }

    @Test
    void scatterAddAddsEachOfSeveral() {
        Tensor x = Tensor.full(1, DType.F32, 2, 3);
        Tensor index = Tensor.ofInts(new int[] {2, 2, 0, 1}, 2, 2);
        Tensor source = Tensor.of(new float[] {10, 20, 30, 40}, 2, 2);
        assertIs(x.scatterAdd(index, source, 1), "[[ 1.0, 1.0, 31.0], [31.0, 41.0, 1.0]] F32[2, 3]");
        assertIs(x.scatter(index, source, 1), "[[ 1.0, 1.0, 20.0], [30.0, 40.0, 1.0]] F32[2, 3]");
        assertIs(x.indexAdd(ints(1, 1), source, 1), "[[ 1.0, 31.0, 1.0], [ 1.0, 71.0, 1.0]] F32[2, 3]");
    }

    @ParameterizedTest
    @EnumSource
    void scatterPutsTheLast(DType dtype) {
        Tensor x = count(dtype, 3, 2);
        Tensor index = Tensor.ofInts(new int[] {2, 0, 2, 1}, 2, 2);
        assertArrayEquals(
                new double[] {0, 7, 2, 9, 8, 5},
                x.scatter(index, Tensor.range(6, 10, 1, dtype).reshape(2, 2), 0).toDoubles());
        assertArrayEquals(
                x.toDoubles(),
                x.scatter(Tensor.zeros(DType.I32, 0, 2), Tensor.zeros(dtype, 0, 2), 0)
                        .toDoubles());
    }

    @Test
    void whatIsOverwrittenHasNoGradient() {
        Tensor index = ints(1, 1, 0);
        List<Tensor> gradients = Autodiff.grads(x -> x.get(0)
                        .scatter(index, x.get(1), 0)
                        .mul(Tensor.of(new double[] {2, 3, 5}))
                        .sum())
                .apply(List.of(Tensor.zeros(DType.F64, 3), Tensor.ones(DType.F64, 3)));
        assertArrayEquals(new double[] {0, 0, 5}, gradients.get(0).toDoubles());
        assertArrayEquals(new double[] {0, 3, 2}, gradients.get(1).toDoubles());
    }

    @Test
    void maskedFillHidesWhatIsNotFinite() {
        Tensor x = Tensor.of(new double[] {NAN, 1, INF});
        Tensor mask = Tensor.of(new double[] {1, 0, 1});
        assertArrayEquals(new double[] {-INF, 1, -INF}, x.maskedFill(mask, -INF).toDoubles());
        Tensor gradient =
                Autodiff.grad(y -> y.maskedFill(mask, 3).mul(INF).sum()).apply(x);
        assertArrayEquals(new double[] {0, INF, 0}, gradient.toDoubles());
    }
}
