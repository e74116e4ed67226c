package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.apache.commons.math3.analysis.integration.gauss.GaussIntegratorFactory;
import org.apache.commons.math3.distribution.BetaDistribution;
import org.apache.commons.math3.distribution.ChiSquaredDistribution;
import org.apache.commons.math3.distribution.ExponentialDistribution;
import org.apache.commons.math3.distribution.GammaDistribution;
import org.apache.commons.math3.distribution.NormalDistribution;
import org.apache.commons.math3.distribution.RealDistribution;
import org.apache.commons.math3.distribution.UniformRealDistribution;
import org.apache.commons.math3.stat.inference.KolmogorovSmirnovTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Statistics with fixed keys, so each test passes always or never; a perfect source would fail one with probability
/// 10⁻⁴.
class DistributionTest {
    private static final double LEVEL = 1e-4;
    private static final int N = 10_240;
    private static final GaussIntegratorFactory GAUSS = new GaussIntegratorFactory();
    private static final NormalDistribution NORMAL = new NormalDistribution();

    /// A distribution and, independently, its cumulative distribution function.
    record Case(Distribution distribution, DoubleUnaryOperator cumulative) {
        @Override
        public String toString() {
            return distribution.toString();
        }
    }

    static List<Case> continuous() {
        return List.of(
                of(new Distribution.Uniform(-2, 5), new UniformRealDistribution(-2, 5)),
                of(new Distribution.Normal(3, 2), new NormalDistribution(3, 2)),
                of(new Distribution.Exponential(2.5), new ExponentialDistribution(2.5)),
                gamma(0.05, 1),
                gamma(0.5, 3),
                gamma(1, 1),
                gamma(2.5, 0.25),
                gamma(40, 1),
                gamma(1e5, 1e-3),
                of(Distribution.chiSquare(7), new ChiSquaredDistribution(7)),
                beta(0.5, 0.5),
                beta(0.03, 2),
                beta(1, 1),
                beta(20, 4),
                truncated(0, 1, -1, 2),
                truncated(1, 3, Double.NEGATIVE_INFINITY, 0.5),
                truncated(0, 1, 1.5, Double.POSITIVE_INFINITY),
                truncated(0, 1, -0.001, 0.002),
                truncated(0, 0.02, -0.04, 0.04),
                truncated(0, 1, 8, 8.5),
                truncated(0, 1, -22, -20),
                truncated(0, 1, 29, 45),
                truncated(0, 1, 30.5, Double.POSITIVE_INFINITY),
                truncated(0, 1, -101, -100),
                truncated(-5, 0.01, 0, 1));
    }

    private static Case of(Distribution distribution, RealDistribution reference) {
        return new Case(distribution, reference::cumulativeProbability);
    }

    private static Case gamma(double shape, double scale) {
        return of(new Distribution.Gamma(shape, scale), new GammaDistribution(null, shape, scale));
    }

    private static Case beta(double a, double b) {
        return of(new Distribution.Beta(a, b), new BetaDistribution(null, a, b));
    }

    /// The distribution function as a ratio of integrals of the density over its largest value in the interval, which
    /// neither vanishes nor overflows however far the interval lies.
    private static Case truncated(double mean, double deviation, double lo, double hi) {
        double a = (lo - mean) / deviation;
        double b = (hi - mean) / deviation;
        double peak = Math.clamp(0, a, b);
        double reach = 40 / Math.max(1, Math.abs(peak));
        double from = Math.max(a, peak - reach);
        double to = Math.min(b, peak + reach);
        DoubleUnaryOperator density = z -> Math.exp(-0.5 * (z - peak) * (z + peak));
        double whole = integral(density, from, to);
        return new Case(
                new Distribution.TruncatedNormal(mean, deviation, lo, hi),
                x -> integral(density, from, Math.clamp((x - mean) / deviation, from, to)) / whole);
    }

    private static double integral(DoubleUnaryOperator f, double from, double to) {
        if (to <= from) {
            return 0;
        }
        int pieces =
                Math.max(1, (int) Math.ceil((to - from) * Math.max(2, Math.max(Math.abs(from), Math.abs(to))) / 4));
        double sum = 0;
        for (int i = 0; i < pieces; i++) {
            double start = from + (to - from) * i / pieces;
            double end = from + (to - from) * (i + 1) / pieces;
            sum += GAUSS.legendre(20, start, end).integrate(f::applyAsDouble);
        }
        return sum;
    }

    private static double[] draws(Distribution distribution, long seed, int n) {
        double[] x = new double[n];
        Rng.of(seed).fill(distribution, 0, x, 0, n);
        return x;
    }

    @ParameterizedTest
    @MethodSource("continuous")
    void drawsHaveTheDistribution(Case c) {
        double[] p =
                Arrays.stream(draws(c.distribution, 21, N)).map(c.cumulative).toArray();
        double level = new KolmogorovSmirnovTest().kolmogorovSmirnovTest(new UniformRealDistribution(0, 1), p, false);
        assertTrue(level > LEVEL, "Kolmogorov–Smirnov p = " + level);
    }

    /// χ² of the joint distribution of a draw and the one after it, on 16 × 16 equally likely cells.
    @ParameterizedTest
    @MethodSource("continuous")
    void neighboursAreIndependent(Case c) {
        int[] cell = Arrays.stream(draws(c.distribution, 22, N))
                .mapToInt(x -> Math.min(15, (int) (16 * c.cumulative.applyAsDouble(x))))
                .toArray();
        int[] counts = new int[256];
        for (int i = 0; i + 1 < N; i += 2) {
            counts[16 * cell[i] + cell[i + 1]]++;
        }
        double expected = N / 2 / 256.0;
        double statistic = Arrays.stream(counts)
                .mapToDouble(k -> (k - expected) * (k - expected) / expected)
                .sum();
        double p = new ChiSquaredDistribution(255).cumulativeProbability(statistic);
        assertTrue(p > LEVEL / 2 && p < 1 - LEVEL / 2, "χ² at quantile " + p);
    }

    /// The bits of a draw depend on key and counter alone: not on the split, the offset, the provider or the thread.
    @ParameterizedTest
    @MethodSource("continuous")
    void aDrawIsAFunctionOfKeyAndCounter(Case c) {
        double[] whole = draws(c.distribution, 23, 3001);
        for (Provided<?> p : Provided.all()) {
            boolean rounded = p.kernels().precision() == Precision.F32;
            boolean own =
                    c.distribution instanceof Distribution.Normal || c.distribution instanceof Distribution.Uniform;
            double[] x = split(p, c.distribution);
            for (int i = 0; i < whole.length; i++) {
                double expected = rounded ? (float) whole[i] : whole[i];
                assertEquals(expected, x[i], rounded && own ? 4e-6 * Math.abs(expected) + 1e-6 : 0, p + ", draw " + i);
            }
        }
        assertEquals(whole[2999], Rng.of(23).draw(c.distribution, 2999));
        try (Parallel.Scope _ = Parallel.with(3)) {
            double[] parallel = new double[whole.length];
            Parallel.range(
                    whole.length, 250, (from, to) -> Rng.of(23).fill(c.distribution, from, parallel, from, to - from));
            assertArrayEquals(whole, parallel);
        }
    }

    /// Draws 0 … 3000 in pieces of strange lengths at strange offsets.
    private static <A> double[] split(Provided<A> p, Distribution distribution) {
        Rng rng = Rng.of(23);
        double[] joined = new double[3001];
        int[] cuts = {0, 1, 2, 9, 26, 1000, 1001, 2100, 3001};
        for (int k = 0; k + 1 < cuts.length; k++) {
            int n = cuts[k + 1] - cuts[k];
            A x = p.array(
                    IntStream.range(0, n + 2 * k).mapToDouble(_ -> Double.NaN).toArray());
            p.kernels().draw(distribution, rng.key0(), rng.key1(), cuts[k], x, k, n);
            double[] piece = Provided.doubles(x);
            for (int i = 0; i < piece.length; i++) {
                assertEquals(i < k || i >= k + n, Double.isNaN(piece[i]));
            }
            System.arraycopy(piece, k, joined, cuts[k], n);
        }
        return joined;
    }

    /// The truncated normal draw inverts its distribution function at the uniform draw, however far the tail.
    @Test
    void truncatedNormalDrawsAreQuantiles() {
        for (Case c : continuous()) {
            if (c.distribution instanceof Distribution.TruncatedNormal d) {
                // A rounding error of the bounds, in deviations, moves the probability by that times the bound squared.
                double peak = (Math.clamp(d.mean(), d.lo(), d.hi()) - d.mean()) / d.deviation();
                double tolerance = 1e-11 + 4 * Math.ulp(1.0) * peak * peak;
                for (int i = 0; i < 200; i++) {
                    double x = Rng.of(24).draw(d, i);
                    assertTrue(x >= d.lo() && x <= d.hi());
                    assertEquals(Rng.of(24).uniform(i), c.cumulative.applyAsDouble(x), tolerance, c + " " + i);
                }
            }
        }
    }

    @Test
    void signsAreEven() {
        double[] x = draws(new Distribution.Rademacher(), 25, 1 << 16);
        double sum = 0;
        double lag = 0;
        for (int i = 0; i < x.length; i++) {
            assertEquals(1, Math.abs(x[i]));
            sum += x[i];
            lag += x[i] * x[(i + 1) % x.length];
        }
        assertEquals(0, sum, 4 * Math.sqrt(x.length));
        assertEquals(0, lag, 4 * Math.sqrt(x.length));
        for (Provided<?> p : Provided.all()) {
            assertArrayEquals(Arrays.copyOf(split(p, new Distribution.Rademacher()), 100), signs(100), p.name());
        }
    }

    private static double[] signs(int n) {
        return IntStream.range(0, n)
                .mapToDouble(i -> Rng.of(23).bits(i) < 0 ? -1 : 1)
                .toArray();
    }

    @Test
    void momentsAreThoseOfTheDistribution() {
        int n = 1 << 18;
        RealDistribution[] references = {
            new GammaDistribution(null, 0.5, 3),
            new GammaDistribution(null, 7, 1),
            new BetaDistribution(null, 2, 5),
            new ExponentialDistribution(null, 2)
        };
        Distribution[] distributions = {
            new Distribution.Gamma(0.5, 3),
            new Distribution.Gamma(7, 1),
            new Distribution.Beta(2, 5),
            new Distribution.Exponential(2)
        };
        for (int k = 0; k < references.length; k++) {
            double mean = references[k].getNumericalMean();
            double variance = references[k].getNumericalVariance();
            double[] x = draws(distributions[k], 26, n);
            double[] squares =
                    Arrays.stream(x).map(v -> (v - mean) * (v - mean)).toArray();
            assertMean(mean, Math.sqrt(variance), x);
            double spread = Math.sqrt(Arrays.stream(squares)
                            .map(v -> (v - variance) * (v - variance))
                            .sum()
                    / n);
            assertMean(variance, spread, squares);
        }
    }

    private static void assertMean(double expected, double deviation, double[] x) {
        assertEquals(expected, Arrays.stream(x).sum() / x.length, 4 * deviation / Math.sqrt(x.length));
    }

    /// In the tails, where a poor method fails first.
    @Test
    void tailsHaveTheirShare() {
        int n = 1 << 20;
        double[] z = draws(new Distribution.Normal(0, 1), 27, n);
        float[] single = new float[n];
        Rng.of(27).fill(new Distribution.Normal(0, 1), 0, single, 0, n);
        double[] e = draws(new Distribution.Exponential(1), 27, n);
        for (double far : new double[] {2, 3, 3.5, 4}) {
            double share = n * 2 * NORMAL.cumulativeProbability(-far);
            assertEquals(share, Arrays.stream(z).filter(x -> Math.abs(x) > far).count(), 4 * Math.sqrt(share));
            long singles =
                    IntStream.range(0, n).filter(i -> Math.abs(single[i]) > far).count();
            assertEquals(share, singles, 4 * Math.sqrt(share));
            double rare = n * Math.exp(-2 * far);
            assertEquals(rare, Arrays.stream(e).filter(x -> x > 2 * far).count(), 4 * Math.sqrt(rare));
        }
    }

    @Test
    void wrongParametersAreNamed() {
        assertMessage(
                "Uniform: lo ≤ hi must be finite, got lo = 2.0 and hi = 1.0", () -> new Distribution.Uniform(2, 1));
        assertMessage("Normal: deviation must be finite and ≥ 0, got -1.0", () -> new Distribution.Normal(0, -1));
        assertMessage("Normal: mean must be finite, got NaN", () -> new Distribution.Normal(Double.NaN, 1));
        assertMessage(
                "TruncatedNormal: lo must be < hi, got lo = 1.0 and hi = 1.0",
                () -> new Distribution.TruncatedNormal(0, 1, 1, 1));
        assertMessage(
                "TruncatedNormal: deviation must be finite and > 0, got 0.0",
                () -> new Distribution.TruncatedNormal(0, 0, 1, 2));
        assertMessage("Exponential: mean must be finite and > 0, got -2.0", () -> new Distribution.Exponential(-2));
        assertMessage("Gamma: shape must be finite and > 0, got 0.0", () -> new Distribution.Gamma(0, 1));
        assertMessage("Gamma: scale must be finite and > 0, got Infinity", () -> new Distribution.Gamma(1, 1.0 / 0));
        assertMessage("Beta: b must be finite and > 0, got NaN", () -> new Distribution.Beta(1, Double.NaN));
        assertMessage("chiSquare: degrees must be finite and > 0, got 0.0", () -> Distribution.chiSquare(0));
        double[] x = new double[3];
        assertMessage(
                "draw: x (3 elements from offset 1) reaches from index 1 to 4, the array has 3 elements",
                () -> Rng.of(1).fill(new Distribution.Rademacher(), 0, x, 1, 3));
        assertArrayEquals(new double[3], x);
    }

    /// Close bounds, where one draw of sixteen would be rounded to the upper one; the others keep their bits.
    @ParameterizedTest
    @MethodSource("providers")
    <A> void noUniformDrawIsTheUpperBound(Provided<A> p) {
        int n = 3000;
        double ulp = p.epsilon();
        A u = p.array(new double[n]);
        A x = p.array(new double[n]);
        for (double[] bounds : new double[][] {{1, 1 + 8 * ulp}, {-1 - 8 * ulp, -1}, {0, 1}, {-1, 1}, {2, 2}}) {
            double lo = bounds[0];
            double hi = bounds[1];
            p.kernels().uniform(1, 2, 3, u, 0, n, 0, 1);
            p.kernels().draw(new Distribution.Uniform(lo, hi), 1, 2, 3, x, 0, n);
            double[] expected = Provided.doubles(u);
            double largest = lo;
            for (int i = 0; i < n; i++) {
                expected[i] = lo + (hi - lo) * expected[i];
            }
            double[] rounded = Provided.doubles(p.array(expected));
            double[] draws = Provided.doubles(x);
            for (int i = 0; i < n; i++) {
                assertTrue(draws[i] >= lo && (draws[i] < hi || lo == hi), p + ": " + draws[i]);
                if (rounded[i] < hi) {
                    assertEquals(rounded[i], draws[i], p.name());
                    largest = Math.max(largest, draws[i]);
                }
            }
            for (int i = 0; i < n; i++) {
                assertTrue(draws[i] <= largest || rounded[i] == hi, p.name());
            }
        }
    }

    static List<Provided<?>> providers() {
        return Provided.all();
    }

    @ParameterizedTest
    @MethodSource("providers")
    <A> void kernelsRefuseWrongParameters(Provided<A> p) {
        Kernels<A> k = p.kernels();
        Precision precision = k.precision();
        A x = p.array(7);
        double huge = precision == Precision.F32 ? 3e38 : 1.5e308;
        double nan = Double.NaN;
        for (double[] b : new double[][] {{2, 1}, {nan, 1}, {0, nan}, {-huge, huge}, {-1.0 / 0, 0}, {0, 1.0 / 0}}) {
            assertMessage(
                    "uniform: lo ≤ hi and hi - lo must be finite in " + precision + ", got lo = " + b[0] + " and hi = "
                            + b[1],
                    () -> k.uniform(1, 2, 0, x, 0, 1, b[0], b[1]));
        }
        for (double[] d : new double[][] {{nan, 1}, {0, nan}, {0, -1}, {0, 1.0 / 0}, {-1.0 / 0, 1}, {0, 1e10 * huge}}) {
            assertMessage(
                    "normal: mean and deviation ≥ 0 must be finite in " + precision + ", got mean = " + d[0]
                            + " and deviation = " + d[1],
                    () -> k.normal(1, 2, 0, x, 0, 1, d[0], d[1]));
        }
        assertArrayEquals(new double[] {7}, Provided.doubles(x));
    }

    private static void assertMessage(String expected, org.junit.jupiter.api.function.Executable call) {
        assertEquals(expected, assertThrows(RuntimeException.class, call).getMessage());
    }
}
