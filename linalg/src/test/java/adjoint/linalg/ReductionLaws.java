package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/// Reductions over every axis against their definitions, in every provider and precision.
class ReductionLaws {
    private static final double OUTSIDE = -77;

    @Property(tries = 150)
    void areTheirDefinitions(
            @ForAll @IntRange(max = 4) int outer,
            @ForAll @IntRange(max = 40) int n,
            @ForAll @IntRange(max = 70) int inner,
            @ForAll Reduction reduction,
            @ForAll long seed) {
        double[] x = new double[2 + outer * n * inner];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) Rng.of(seed).uniform(i) + 0.5f;
        }
        double[] expected = new double[1 + outer * inner + 1];
        Arrays.fill(expected, OUTSIDE);
        for (int o = 0; o < outer; o++) {
            for (int i = 0; i < inner; i++) {
                expected[1 + o * inner + i] = definition(reduction, x, 2 + o * n * inner + i, n, inner);
            }
        }
        for (Provided<?> p : Provided.all()) {
            check(p, reduction, outer, n, inner, x, expected);
        }
    }

    private static double definition(Reduction reduction, double[] x, int off, int n, int step) {
        double[] v = new double[n];
        for (int i = 0; i < n; i++) {
            v[i] = x[off + i * step];
        }
        double mean = Arrays.stream(v).sum() / n;
        return switch (reduction) {
            case SUM -> Arrays.stream(v).sum();
            case MEAN -> mean;
            case VARIANCE -> Arrays.stream(v).map(e -> (e - mean) * (e - mean)).sum() / n;
            case PRODUCT -> Arrays.stream(v).reduce(1, (a, b) -> a * b);
            case MAX -> Arrays.stream(v).max().orElse(Double.NEGATIVE_INFINITY);
            case MIN -> Arrays.stream(v).min().orElse(Double.POSITIVE_INFINITY);
        };
    }

    private static <A> void check(
            Provided<A> p, Reduction reduction, int outer, int n, int inner, double[] x, double[] expected) {
        double[] outside = new double[expected.length];
        Arrays.fill(outside, OUTSIDE);
        A out = p.array(outside);
        p.kernels().reduce(reduction, outer, n, inner, p.array(x), 2, out, 1);
        double[] actual = Provided.doubles(out);
        for (int i = 0; i < expected.length; i++) {
            String what = p + " " + reduction + " at " + i;
            if (Double.isFinite(expected[i])) {
                double tolerance = 4 * (n + 1) * p.epsilon() * Math.max(1, Math.abs(expected[i]));
                assertEquals(expected[i], actual[i], tolerance, what);
            } else {
                assertEquals(expected[i], actual[i], what);
            }
        }
    }

    /// Row after row in single precision, the sums would be off in the fifth digit.
    @Example
    void manyRowsAddUpAsATree() {
        int n = (1 << 20) + 777;
        int inner = 3;
        double[] x = new double[n * inner];
        Rng.of(5).fillUniform(x, 0, x.length, 0, 1);
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) x[i];
        }
        for (Provided<?> p : Provided.all()) {
            manyRows(p, n, inner, x);
        }
    }

    private static <A> void manyRows(Provided<A> p, int n, int inner, double[] x) {
        A in = p.array(x);
        double unit = Math.max(8 * p.epsilon(), 1e-12);
        for (Reduction reduction : new Reduction[] {Reduction.SUM, Reduction.MEAN, Reduction.VARIANCE}) {
            A out = p.array(0, 0, 0);
            p.kernels().reduce(reduction, 1, n, inner, in, 0, out, 0);
            for (int i = 0; i < inner; i++) {
                double expected = definition(reduction, x, i, n, inner);
                assertEquals(1, Provided.doubles(out)[i] / expected, unit, p + " " + reduction);
            }
        }
        A sums = p.array(7, 2000, 4000, 7);
        p.kernels().sumRows(n, 2, in, 0, inner, 0.5, sums, 1);
        double[] actual = Provided.doubles(sums);
        assertEquals(1, actual[1] / (1000 + definition(Reduction.SUM, x, 0, n, inner)), unit, p.name());
        assertEquals(1, actual[2] / (2000 + definition(Reduction.SUM, x, 1, n, inner)), unit, p.name());
        assertEquals(7, actual[0]);
        assertEquals(7, actual[3]);
        A some = p.array(Arrays.copyOf(x, 3000));
        assertEquals(0, Allocated.least(() -> p.kernels().reduce(Reduction.VARIANCE, 1, 1000, 3, some, 0, sums, 0)));
    }

    @Example
    void aNaNReachesItsOwnResultOnly() {
        for (Provided<?> p : Provided.all()) {
            for (Reduction reduction : Reduction.values()) {
                assertArrayEquals(new boolean[] {false, true, false}, withNaN(p, reduction, 1, 3), p + " " + reduction);
                assertArrayEquals(new boolean[] {false, true, false}, withNaN(p, reduction, 3, 1), p + " " + reduction);
            }
        }
    }

    /// Three results of five elements each, a NaN among those of the second one.
    private static <A> boolean[] withNaN(Provided<A> p, Reduction reduction, int outer, int inner) {
        double[] x = new double[15];
        Arrays.fill(x, 1);
        x[inner == 1 ? 7 : 2 * 3 + 1] = Double.NaN;
        A out = p.array(0, 0, 0);
        p.kernels().reduce(reduction, outer, 5, inner, p.array(x), 0, out, 0);
        boolean[] isNaN = new boolean[3];
        for (int i = 0; i < 3; i++) {
            isNaN[i] = Double.isNaN(Provided.doubles(out)[i]);
        }
        return isNaN;
    }

    @Example
    void wrongSizesAreNamed() {
        Kernels<double[]> k = Kernels.f64();
        double[] x = new double[12];
        assertMessage("reduce: sizes must be ≥ 0, got 1 × -1 × 3", () -> k.reduce(Reduction.SUM, 1, -1, 3, x, 0, x, 0));
        assertMessage(
                "reduce: in (2 × 8 with leading dimension 8 from offset 0) reaches from index 0 to 16, the array has 12"
                        + " elements",
                () -> k.reduce(Reduction.SUM, 2, 2, 4, x, 0, new double[8], 0));
        assertMessage(
                "reduce: out (2 × 3 with leading dimension 3 from offset 0) reaches from index 0 to 6, the array has 5"
                        + " elements",
                () -> k.reduce(Reduction.SUM, 2, 2, 3, x, 0, new double[5], 0));
        assertMessage(
                "reduce: out, elements 3 to 6, must not overlap in, elements 0 to 6 of the same array",
                () -> k.reduce(Reduction.SUM, 1, 2, 3, x, 0, x, 3));
    }

    private static void assertMessage(String message, Runnable call) {
        assertEquals(message, assertThrows(RuntimeException.class, call::run).getMessage());
    }
}
