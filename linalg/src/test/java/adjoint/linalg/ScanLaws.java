package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/// Cumulative sums and positions of extremes against their definitions, in every provider and precision.
class ScanLaws {
    private static final double NAN = Double.NaN;
    private static final double INFINITY = Double.POSITIVE_INFINITY;

    /// Whole numbers: their sums are exact in both precisions.
    private static double[] wholeNumbers(long seed, int n) {
        double[] x = new double[n];
        for (int i = 0; i < n; i++) {
            x[i] = Rng.of(seed).below(i, 19) - 9;
        }
        return x;
    }

    @Property(tries = 100)
    void cumulativeSumsAreTheSumsOfWhatCameBefore(
            @ForAll @IntRange(max = 40) int rows,
            @ForAll @IntRange(max = 40) int cols,
            @ForAll @IntRange(max = 3) int gap,
            @ForAll boolean reverse,
            @ForAll boolean inPlace,
            @ForAll long seed) {
        int ld = cols + gap;
        double[] x = wholeNumbers(seed, 2 + rows * ld);
        double[] along = x.clone();
        double[] down = x.clone();
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < cols; c++) {
                along[2 + r * ld + c] = total(x, 2 + r * ld, 1, c, cols, reverse);
                down[2 + r * ld + c] = total(x, 2 + c, ld, r, rows, reverse);
            }
        }
        for (Provided<?> p : Provided.all()) {
            check(p, rows, cols, ld, reverse, inPlace, x, along, down);
        }
    }

    /// The sum of the elements `0 … at` of `n`, or of `at … n - 1`.
    private static double total(double[] x, int off, int step, int at, int n, boolean reverse) {
        double total = 0;
        for (int i = reverse ? at : 0; i < (reverse ? n : at + 1); i++) {
            total += x[off + i * step];
        }
        return total;
    }

    private static <A> void check(
            Provided<A> p,
            int rows,
            int cols,
            int ld,
            boolean reverse,
            boolean inPlace,
            double[] x,
            double[] along,
            double[] down) {
        A in = p.array(x);
        A out = inPlace ? in : p.array(x);
        p.kernels().cumulativeSum(rows, cols, reverse, in, 2, ld, out, 2, ld);
        assertArrayEquals(along, Provided.doubles(out), p.name());
        in = p.array(x);
        out = inPlace ? in : p.array(x);
        p.kernels().cumulativeSumRows(rows, cols, reverse, in, 2, ld, out, 2, ld);
        assertArrayEquals(down, Provided.doubles(out), p.name());
    }

    @Example
    void aLongCumulativeSumLosesNothing() {
        int n = 1 << 20;
        for (Provided<?> p : Provided.all()) {
            double exact = n * Provided.doubles(p.array(0.1))[0];
            double rounding = p.epsilon() / 2 + n * Math.ulp(1.0);
            assertEquals(exact, longSum(p, n), exact * rounding, p.name());
        }
    }

    private static <A> double longSum(Provided<A> p, int n) {
        double[] x = new double[n];
        Arrays.fill(x, 0.1);
        A a = p.array(x);
        p.kernels().cumulativeSum(1, n, false, a, 0, n, a, 0, n);
        return Provided.doubles(a)[n - 1];
    }

    @Property(tries = 100)
    void theExtremeIsTheFirstOfEquals(
            @ForAll @IntRange(max = 20) int rows,
            @ForAll @IntRange(min = 1, max = 70) int cols,
            @ForAll @IntRange(max = 3) int gap,
            @ForAll long seed) {
        int ld = cols + gap;
        double[] x = wholeNumbers(seed, rows * ld);
        int[] largest = new int[rows];
        int[] smallest = new int[rows];
        for (int r = 0; r < rows; r++) {
            for (int c = 1; c < cols; c++) {
                largest[r] = x[r * ld + c] > x[r * ld + largest[r]] ? c : largest[r];
                smallest[r] = x[r * ld + c] < x[r * ld + smallest[r]] ? c : smallest[r];
            }
        }
        for (Provided<?> p : Provided.all()) {
            int[] out = new int[rows + 1];
            argMax(p, rows, cols, x, ld, out);
            assertArrayEquals(largest, Arrays.copyOfRange(out, 1, rows + 1), p.name());
            argMin(p, rows, cols, x, ld, out);
            assertArrayEquals(smallest, Arrays.copyOfRange(out, 1, rows + 1), p.name());
        }
    }

    private static <A> void argMax(Provided<A> p, int rows, int cols, double[] x, int ld, int[] out) {
        p.kernels().argMax(rows, cols, p.array(x), 0, ld, out, 1);
    }

    private static <A> void argMin(Provided<A> p, int rows, int cols, double[] x, int ld, int[] out) {
        p.kernels().argMin(rows, cols, p.array(x), 0, ld, out, 1);
    }

    @Example
    void aNaNIsTheExtreme() {
        double[] x = {1, NAN, INFINITY, NAN, /**/ NAN, 5, 6, 7, /**/ -INFINITY, 2, 2, 1};
        for (Provided<?> p : Provided.all()) {
            int[] out = new int[4];
            argMax(p, 3, 4, x, 4, out);
            assertArrayEquals(new int[] {0, 1, 0, 1}, out, p.name());
            argMin(p, 3, 4, x, 4, out);
            assertArrayEquals(new int[] {0, 1, 0, 0}, out, p.name());
        }
    }

    @Example
    void aRowWithoutColumnsHasNoExtreme() {
        Kernels<double[]> k = Kernels.f64();
        k.argMax(0, 0, new double[0], 0, 0, new int[0], 0);
        assertEquals(
                "argMax: in is 2 × 0, a row without columns has no largest element",
                assertThrows(IllegalArgumentException.class, () -> k.argMax(2, 0, new double[0], 0, 0, new int[2], 0))
                        .getMessage());
        assertEquals(
                "argMin: out (3 elements from offset 0) reaches from index 0 to 3, the array has 2 elements",
                assertThrows(IndexOutOfBoundsException.class, () -> k.argMin(3, 1, new double[3], 0, 1, new int[2], 0))
                        .getMessage());
    }
}
