package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import adjoint.linalg.Rng;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Order against a stable sort of boxed positions.
class SortingTest {
    private static final double NAN = Double.NaN;
    private static final double INF = Double.POSITIVE_INFINITY;

    private static int[] expected(double[] x, boolean descending) {
        Comparator<Integer> byValue = Comparator.comparingDouble(i -> x[i] + 0.0);
        Comparator<Integer> order = Comparator.<Integer, Boolean>comparing(i -> Double.isNaN(x[i]))
                .thenComparing(descending ? byValue.reversed() : byValue);
        return IntStream.range(0, x.length)
                .boxed()
                .sorted(order)
                .mapToInt(Integer::intValue)
                .toArray();
    }

    @ParameterizedTest
    @EnumSource
    void ordersAsAStableSort(DType dtype) {
        for (int n : new int[] {1, 2, 7, 64, 1000}) {
            double[] values = new double[n];
            for (int i = 0; i < n; i++) {
                values[i] = Math.floor(20 * Rng.of(3).child(n).uniform(i)) - 10;
                if (dtype.isFloating()) {
                    values[i] =
                            i % 13 == 5 ? NAN : i % 17 == 4 ? INF : i % 19 == 3 ? -INF : i % 7 == 1 ? -0.0 : values[i];
                }
            }
            Tensor x = Tensor.of(values).to(dtype);
            for (boolean descending : new boolean[] {false, true}) {
                int[] expected = expected(values, descending);
                Sorted sorted = x.sort(0, descending);
                assertArrayEquals(expected, sorted.indices().toInts());
                double[] inOrder = sorted.values().toDoubles();
                for (int k = 0; k < n; k++) {
                    assertEquals(values[expected[k]], inOrder[k]);
                }
            }
        }
    }

    @Test
    void extremesOfIntegersAreInOrder() {
        long[] values = {0, Long.MAX_VALUE, -1, Long.MIN_VALUE, 1L << 53, (1L << 53) + 1, Long.MAX_VALUE - 1};
        Tensor longs = Tensor.ofLongs(values);
        assertArrayEquals(
                new int[] {3, 2, 0, 4, 5, 6, 1}, longs.argsort(0, false).toInts());
        assertArrayEquals(
                new int[] {1, 6, 5, 4, 0, 2, 3}, longs.argsort(0, true).toInts());
        Tensor ints = Tensor.ofInts(new int[] {0, Integer.MAX_VALUE, -1, Integer.MIN_VALUE});
        assertArrayEquals(new int[] {3, 2, 0, 1}, ints.argsort(0, false).toInts());
        assertArrayEquals(new int[] {1, 0, 2, 3}, ints.argsort(0, true).toInts());
    }

    @Test
    void extremesOfFloatsAreInOrder() {
        float[] values = {1, -Float.MIN_VALUE, Float.NaN, Float.MIN_VALUE, -Float.MAX_VALUE, Float.POSITIVE_INFINITY, 0
        };
        Tensor x = Tensor.of(values);
        assertArrayEquals(new int[] {4, 1, 6, 3, 0, 5, 2}, x.argsort(0, false).toInts());
        assertArrayEquals(new int[] {5, 0, 3, 6, 1, 4, 2}, x.argsort(0, true).toInts());
        float negativeNan = Float.intBitsToFloat(0xFFC00001);
        assertArrayEquals(
                new int[] {1, 0},
                Tensor.of(new float[] {negativeNan, 1}).argsort(0, false).toInts());
    }

    /// Differences in the lower half of the bits alone count, too, with and without the bit that would be a sign.
    @ParameterizedTest
    @EnumSource(names = {"F64", "I64"})
    void neighboursAreInOrder(DType dtype) {
        double[] values = new double[100];
        for (int i = 0; i < values.length; i++) {
            double step = 37 * i % 101 % 50;
            values[i] = dtype == DType.F64 ? 1 + step * 0x1p-26 + i % 3 * 0x1p-52 : step * (1L << 27) + i % 3;
        }
        Tensor x = Tensor.of(values).to(dtype);
        assertArrayEquals(expected(values, false), x.argsort(0, false).toInts());
        assertArrayEquals(expected(values, true), x.argsort(0, true).toInts());
    }

    @Test
    void eachRowOfAnyAxisIsSorted() {
        Tensor x = Tensor.of(new double[] {3, 1, 2, 0, 5, 4}, 2, 3);
        assertArrayEquals(
                new double[] {0, 1, 2, 3, 5, 4}, x.sort(0, false).values().toDoubles());
        assertArrayEquals(
                new double[] {3, 2, 1, 5, 4, 0}, x.sort(-1, true).values().toDoubles());
        assertArrayEquals(
                new int[] {0, 2, 1, 1, 2, 0}, x.sort(-1, true).indices().toInts());
        assertEquals(
                Shape.of(0, 3),
                Tensor.zeros(DType.F32, 0, 3).sort(1, false).values().shape());
        assertEquals(
                Shape.of(3, 0),
                Tensor.zeros(DType.F64, 3, 0).sort(1, false).indices().shape());
    }

    @Test
    void topKIsTheHeadOfTheSortedAxis() {
        Tensor x = Tensor.of(new double[] {3, 1, NAN, 0, 5, 4}, 2, 3);
        Sorted largest = x.topK(2, 1, true);
        assertArrayEquals(new double[] {3, 1, 5, 4}, largest.values().toDoubles());
        assertArrayEquals(new int[] {0, 1, 1, 2}, largest.indices().toInts());
        assertArrayEquals(new double[] {1, 0}, x.topK(1, 1, false).values().toDoubles());
        assertArrayEquals(new double[] {3, 5, 4}, x.topK(1, 0, true).values().toDoubles());
        assertEquals(Shape.of(2, 0), x.topK(0, 1, true).values().shape());
        Tensor gradient = Autodiff.grad(y -> y.topK(1, 1, true).values().sum()).apply(x);
        assertArrayEquals(new double[] {1, 0, 0, 0, 1, 0}, gradient.toDoubles());
    }
}
