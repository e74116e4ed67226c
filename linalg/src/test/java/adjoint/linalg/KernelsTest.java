package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class KernelsTest {
    static List<Provided<?>> providers() {
        return Provided.all();
    }

    @ParameterizedTest
    @MethodSource("providers")
    <A> void sumsOfNothingAreZero(Provided<A> p) {
        A empty = p.array();
        assertEquals(0, p.kernels().sum(empty, 0, 0));
        assertEquals(0, p.kernels().dot(empty, 0, empty, 0, 0));
        assertTrue(p.kernels().allFinite(empty, 0, 0));
        A out = p.array(5, 6);
        p.kernels().sumRows(0, 2, empty, 0, 2, 0, out, 0);
        assertArrayEquals(new double[] {0, 0}, Provided.doubles(out));
    }

    @ParameterizedTest
    @MethodSource("providers")
    <A> void nanAndInfinitySpreadThroughSums(Provided<A> p) {
        double[] x = new double[100];
        x[37] = Double.POSITIVE_INFINITY;
        assertEquals(Double.POSITIVE_INFINITY, p.kernels().sum(p.array(x), 0, 100));
        x[99] = Double.NEGATIVE_INFINITY;
        assertEquals(Double.NaN, p.kernels().sum(p.array(x), 0, 100));
        x[37] = Double.NaN;
        x[99] = 0;
        assertEquals(Double.NaN, p.kernels().dot(p.array(x), 0, p.array(new double[100]), 0, 100));
        A out = p.array(new double[10]);
        p.kernels().sumRows(10, 10, p.array(x), 0, 10, 1, out, 0);
        for (int j = 0; j < 10; j++) {
            assertEquals(j == 7, Double.isNaN(Provided.doubles(out)[j]));
        }
    }

    /// A plain loop in single precision stops growing at 2²⁴; the tree does not.
    @ParameterizedTest
    @MethodSource("providers")
    <A> void longSumsStayExact(Provided<A> p) {
        int n = 20_000_000 / (p.kernels().precision().bytes() / 4);
        A ones = p.array();
        Object array = p.kernels().precision().allocate(n);
        @SuppressWarnings("unchecked")
        A x = (A) array;
        p.kernels().fill(x, 0, n, 1);
        assertEquals(n, p.kernels().sum(x, 0, n));
        assertEquals(n, p.kernels().sumSquares(x, 0, n));
        assertEquals(0, p.kernels().sum(ones, 0, 0));
    }

    /// Interpreted and compiled code must add in the same order: the first call's bits are the
    /// ten-thousandth's.
    @ParameterizedTest
    @MethodSource("providers")
    <A> void theBitsOfASumDoNotChangeWhileTheJitWarmsUp(Provided<A> p) {
        double[] values = new double[1000];
        for (int i = 0; i < values.length; i++) {
            values[i] = Rng.of(8).normal(i) * Math.exp(4 * Rng.of(9).normal(i));
        }
        A x = p.array(values);
        double sum = p.kernels().sum(x, 0, 1000);
        double dot = p.kernels().dot(x, 1, x, 0, 999);
        for (int k = 0; k < 20_000; k++) {
            assertEquals(sum, p.kernels().sum(x, 0, 1000));
            assertEquals(dot, p.kernels().dot(x, 1, x, 0, 999));
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    <A> void rankZeroCopiesOneElement(Provided<A> p) {
        A out = p.array(0, 0);
        p.kernels().copyStrided(new int[0], p.array(1, 2, 3), 2, new int[0], out, 1, new int[0]);
        assertArrayEquals(new double[] {0, 3}, Provided.doubles(out));
    }

    @ParameterizedTest
    @MethodSource("providers")
    <A> void scatterAddsRepeatedRows(Provided<A> p) {
        A out = p.array(1, 1, 1, 1);
        p.kernels().scatterAddRows(3, 2, p.array(1, 2, 3, 4, 5, 6), 0, 2, new int[] {1, 1, 0}, 0, out, 0, 2);
        assertArrayEquals(new double[] {6, 7, 5, 7}, Provided.doubles(out));
    }

    @ParameterizedTest
    @MethodSource("providers")
    <A> void wrongSizesAreNamedBeforeAnythingIsTouched(Provided<A> p) {
        Kernels<A> k = p.kernels();
        A x = p.array(1, 2, 3, 4, 5, 6);
        A out = p.array(0, 0, 0, 0);
        assertMessage(
                "sum: x (6 elements from offset 2) reaches from index 2 to 8, the array has 6 elements",
                () -> k.sum(x, 2, 6));
        assertMessage("sum: the length of x is -1, must be ≥ 0", () -> k.sum(x, 0, -1));
        assertMessage(
                "transpose: out (3 × 2 with leading dimension 2 from offset 0) reaches from index 0 to 6, the array has"
                        + " 4 elements",
                () -> k.transpose(2, 3, x, 0, 3, out, 0, 2));
        assertMessage(
                "sumRows: leading dimension 2 of x (2 × 3) must be ≥ 3", () -> k.sumRows(2, 3, x, 0, 2, 0, out, 0));
        assertMessage("sumRows: x is -2 × 3, sizes must be ≥ 0", () -> k.sumRows(-2, 3, x, 0, 3, 0, out, 0));
        assertMessage(
                "copyStrided: in has 1 strides for a shape of rank 2",
                () -> k.copyStrided(new int[] {2, 2}, x, 0, new int[] {1}, out, 0, new int[] {2, 1}));
        assertMessage(
                "copyStrided: in (shape [3], strides [-1], offset 1) reaches from index -1 to 2, the array has 6 elements",
                () -> k.copyStrided(new int[] {3}, x, 1, new int[] {-1}, out, 0, new int[] {1}));
        assertMessage(
                "copyStrided: the stride of axis 0 of out is 1, must be greater than 1, where axes with smaller strides"
                        + " reach: elements must be distinct",
                () -> k.copyStrided(new int[] {2, 2}, x, 0, new int[] {2, 1}, out, 0, new int[] {1, 1}));
        assertMessage(
                "copyStrided: the stride of axis 1 of out is 0, must be greater than 0, where axes with smaller strides"
                        + " reach: elements must be distinct",
                () -> k.copyStrided(new int[] {1, 2}, x, 0, new int[] {2, 1}, out, 0, new int[] {1, 0}));
        assertMessage(
                "copyStrided: the stride of axis 0 of out is -2, must be greater than 2, where axes with smaller strides"
                        + " reach: elements must be distinct",
                () -> k.copyStrided(
                        new int[] {2, 3}, x, 0, new int[] {3, 1}, p.array(new double[9]), 4, new int[] {-2, 1}));
        assertMessage(
                "scatterAddRows: index[1] = 2 is not a row of out (offset 0, leading dimension 2, rows of 2, an array"
                        + " of 4 elements)",
                () -> k.scatterAddRows(2, 2, x, 0, 2, new int[] {0, 2}, 0, out, 0, 2));
        assertMessage(
                "gatherRows: index[0] = -1 is not a row of in (offset 0, leading dimension 2, rows of 2, an array of 6"
                        + " elements)",
                () -> k.gatherRows(1, 2, x, 0, 2, new int[] {-1}, 0, out, 0, 2));
        assertArrayEquals(new double[4], Provided.doubles(out));
    }

    private static void assertMessage(String expected, Executable call) {
        assertEquals(expected, assertThrows(RuntimeException.class, call).getMessage());
    }

    @Test
    void precisionsKnowTheirArrays() {
        assertEquals(3, Precision.F32.allocate(3) instanceof float[] a ? a.length : -1);
        assertEquals(3, Precision.F64.allocate(3) instanceof double[] a ? a.length : -1);
        assertEquals(4, Precision.F32.bytes());
        assertEquals(8, Precision.F64.bytes());
        for (Precision precision : Precision.values()) {
            assertSame(precision, Precision.of(precision.allocate(0)));
            assertSame(precision, precision.kernels().precision());
        }
        assertMessage("expected float[] or double[], got int[]", () -> Precision.of(new int[0]));
        assertFalse(Simd.describe().isEmpty());
    }
}
