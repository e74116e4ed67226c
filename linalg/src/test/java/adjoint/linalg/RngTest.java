package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.linalg.internal.DoubleQuantile;
import adjoint.linalg.internal.FloatQuantile;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import org.apache.commons.math3.distribution.ChiSquaredDistribution;
import org.apache.commons.math3.distribution.NormalDistribution;
import org.apache.commons.math3.distribution.RealDistribution;
import org.apache.commons.math3.linear.LUDecomposition;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.stat.inference.KolmogorovSmirnovTest;
import org.junit.jupiter.api.Test;

/// Statistics use fixed keys, so each test passes always or never; the bounds are those that a perfect source
/// would fail with probability 10⁻⁴.
class RngTest {
    private static final double LEVEL = 1e-4;

    /// χ² of `draws` values of `bin` against equal frequencies, two-sided: too even is as wrong as too
    /// uneven.
    private static void assertEquallyFrequent(String what, int bins, int draws, IntUnaryOperator bin) {
        int[] counts = new int[bins];
        for (int i = 0; i < draws; i++) {
            counts[bin.applyAsInt(i)]++;
        }
        double expected = (double) draws / bins;
        double statistic = 0;
        for (int count : counts) {
            statistic += (count - expected) * (count - expected) / expected;
        }
        double p = new ChiSquaredDistribution(bins - 1).cumulativeProbability(statistic);
        assertTrue(p > LEVEL / 2 && p < 1 - LEVEL / 2, what + ": χ² at quantile " + p);
    }

    @Test
    void theDrawsArePinned() {
        Rng rng = Rng.of(42);
        assertEquals("Rng[bdd732262feb6e95]", rng.toString());
        assertEquals(-7427562456878152752L, rng.bits(0));
        assertEquals(-5455428344727953390L, rng.bits(1));
        assertEquals(3059143549658054373L, rng.child("weight").bits(0));
        assertArrayEquals(new int[] {0, 2, 5, 4, 1, 7, 6, 3}, rng.permutation(8));
    }

    @Test
    void uniformDrawsAreUniform() {
        for (long seed = 0; seed < 8; seed++) {
            Rng rng = Rng.of(seed);
            assertEquallyFrequent("upper bits, seed " + seed, 256, 1 << 18, i -> (int) (rng.uniform(i) * 256));
            assertEquallyFrequent("lower bits, seed " + seed, 256, 1 << 18, i -> (int) rng.bits(i) & 255);
            assertEquallyFrequent("middle bits, seed " + seed, 256, 1 << 18, i -> (int) (rng.bits(i) >>> 32) & 255);
        }
    }

    @Test
    void neighboursAreIndependent() {
        for (int distance : new int[] {1, 2, 3, 16, 512, 1 << 16}) {
            Rng rng = Rng.of(100 + distance);
            assertEquallyFrequent(
                    "counters at distance " + distance,
                    1024,
                    1 << 18,
                    i -> (int) (rng.uniform(i) * 32) * 32 + (int) (rng.uniform(i + distance) * 32));
        }
    }

    @Test
    void stridesAreUniform() {
        for (int shift = 0; shift < 32; shift++) {
            int stride = shift;
            Rng rng = Rng.of(shift);
            assertEquallyFrequent(
                    "counters in steps of 2^" + shift, 64, 1 << 14, i -> (int) (rng.uniform((long) i << stride) * 64));
        }
    }

    @Test
    void streamsOfDifferentKeysAreIndependent() {
        Rng root = Rng.of(7);
        Rng[][] pairs = {
            {Rng.of(0), Rng.of(1)},
            {root, root.child(0)},
            {root.child(0), root.child(1)},
            {root.child("weight"), root.child("bias")},
            {root.child("a").child("b"), root.child("b").child("a")},
            {root.child("1"), root.child(1)}
        };
        for (Rng[] pair : pairs) {
            assertEquallyFrequent(
                    pair[0] + " and " + pair[1],
                    1024,
                    1 << 18,
                    i -> (int) (pair[0].uniform(i) * 32) * 32 + (int) (pair[1].uniform(i) * 32));
        }
    }

    /// Keys that differ in one word or one bit only: what a user of [CounterHash] may pass.
    @Test
    void neighbouringKeysAreIndependent() {
        for (int bit = 0; bit < 32; bit++) {
            int flip = 1 << bit;
            assertEquallyFrequent("first word, bit " + bit, 256, 1 << 15, i -> pair(i, 5, 9, 5 ^ flip, 9));
            assertEquallyFrequent("second word, bit " + bit, 256, 1 << 15, i -> pair(i, 5, 9, 5, 9 ^ flip));
        }
        assertEquallyFrequent("one counter, all keys", 256, 1 << 18, key -> CounterHash.bits(3, key, 0) >>> 24);
        assertEquallyFrequent("one counter, all keys", 256, 1 << 18, key -> CounterHash.bits(3, 0, key) >>> 24);
    }

    private static int pair(int counter, int a0, int a1, int b0, int b1) {
        return (CounterHash.bits(counter, a0, a1) >>> 28) << 4 | CounterHash.bits(counter, b0, b1) >>> 28;
    }

    /// Each input bit turns each output bit half of the time: 4096 flips, a bound of five standard
    /// deviations.
    @Test
    void everyInputBitReachesEveryOutputBit() {
        int trials = 4096;
        for (int input = 0; input < 128; input++) {
            int[] flips = new int[32];
            for (int t = 0; t < trials; t++) {
                long counter = Rng.of(1).bits(t);
                int key0 = (int) Rng.of(2).bits(t);
                int key1 = (int) Rng.of(3).bits(t);
                int change = CounterHash.bits(counter, key0, key1);
                change ^= switch (input / 32) {
                    case 0, 1 -> CounterHash.bits(counter ^ 1L << input, key0, key1);
                    case 2 -> CounterHash.bits(counter, key0 ^ 1 << input, key1);
                    default -> CounterHash.bits(counter, key0, key1 ^ 1 << input);
                };
                for (int output = 0; output < 32; output++) {
                    flips[output] += change >>> output & 1;
                }
            }
            for (int output = 0; output < 32; output++) {
                assertEquals(0.5, (double) flips[output] / trials, 5 * 0.5 / 64, input + " → " + output);
            }
        }
    }

    @Test
    void normalDrawsAreNormal() {
        for (long seed = 0; seed < 4; seed++) {
            double[] z = new double[50_000];
            Rng.of(seed).fillNormal(z, 0, z.length, 3, 2);
            double p = new KolmogorovSmirnovTest().kolmogorovSmirnovTest(new NormalDistribution(3, 2), z, false);
            assertTrue(p > LEVEL, "seed " + seed + ": Kolmogorov–Smirnov p = " + p);
        }
        // The tails, where a poor transform fails first: P(|z| > 3) = 0.0026998.
        double[] z = new double[1 << 20];
        Rng.of(9).fillNormal(z, 0, z.length, 0, 1);
        double expected = 0.0026997960632601866 * z.length;
        long far = Arrays.stream(z).filter(x -> Math.abs(x) > 3).count();
        assertEquals(expected, far, 4 * Math.sqrt(expected));
    }

    @Test
    void theNormalQuantileInvertsTheDistribution() {
        NormalDistribution normal = new NormalDistribution();
        assertEquals(0, DoubleQuantile.magnitude(0, 0.5));
        for (double z = 0; z <= 37; z += 0.01) {
            double tail = normal.cumulativeProbability(-z);
            // An error of the tail in its last bits moves the quantile by that over the density.
            double tolerance = 1e-13 + 8 * Math.ulp(tail) / normal.density(z);
            assertEquals(z, DoubleQuantile.magnitude(0.5 - tail, tail), tolerance);
            if (z < 6) {
                assertEquals(z, FloatQuantile.magnitude((float) (0.5 - tail), (float) tail), 1e-6 * (1 + z));
            }
        }
    }

    @Test
    void bothPrecisionsDrawTheSameNumbers() {
        Rng rng = Rng.of(11);
        float[] single = new float[1000];
        double[] twice = new double[1000];
        rng.fillUniform(single, 0, 1000, 0, 1);
        rng.fillUniform(twice, 0, 1000, 0, 1);
        for (int i = 0; i < 1000; i++) {
            assertEquals((float) (Math.floor(twice[i] * 0x1p24) * 0x1p-24), single[i]);
            assertEquals(rng.uniform(i), twice[i]);
        }
        rng.fillNormal(single, 0, 1000, 0, 1);
        rng.fillNormal(twice, 0, 1000, 0, 1);
        for (int i = 0; i < 1000; i++) {
            assertEquals(twice[i], single[i], 1e-6 * (1 + Math.abs(twice[i])));
            assertEquals(rng.normal(i), twice[i]);
        }
    }

    @Test
    void boundedDrawsAreUniform() {
        Rng rng = Rng.of(12);
        assertEquallyFrequent("below 10", 10, 1 << 18, i -> rng.below(i, 10));
        assertEquallyFrequent("below 3·2²⁹", 3, 1 << 18, i -> rng.below(i, 3 << 29) >>> 29);
        for (int i = 0; i < 100; i++) {
            assertEquals(0, rng.below(i, 1));
        }
        assertEquals(
                "below: the bound must be > 0, got 0",
                assertThrows(IllegalArgumentException.class, () -> rng.below(0, 0))
                        .getMessage());
    }

    @Test
    void permutationsAreUniform() {
        assertEquals(0, Rng.of(1).permutation(0).length);
        int[] sorted = Rng.of(13).permutation(1000);
        Arrays.sort(sorted);
        for (int i = 0; i < 1000; i++) {
            assertEquals(i, sorted[i]);
        }
        assertEquallyFrequent(
                "orders of 4", 24, 1 << 16, i -> number(Rng.of(14).child(i).permutation(4)));
    }

    /// The number of an order of 4 among all 24.
    private static int number(int[] order) {
        int number = 0;
        for (int i = 0; i < 4; i++) {
            int smaller = 0;
            for (int j = i + 1; j < 4; j++) {
                smaller += order[j] < order[i] ? 1 : 0;
            }
            number = number * (4 - i) + smaller;
        }
        return number;
    }

    @Test
    void childrenHaveKeysOfTheirOwn() {
        Set<String> keys = new HashSet<>();
        Rng root = Rng.of(15);
        for (int i = 0; i < 10_000; i++) {
            keys.add(root.child(i).toString());
            keys.add(root.child("" + i).toString());
            keys.add(root.child("layer").child(i).toString());
            keys.add(Rng.of(i).toString());
        }
        assertEquals(40_000, keys.size());
        assertEquals(root.child("a").bits(1), Rng.of(15).child("a").bits(1));
    }

    /// Rows of a group are orthogonal, and with their lengths divided out the groups are random rotations: the first
    /// entry of each group has the symmetric distribution of an entry of a random unit vector.
    @Test
    void orthogonalBlocksHaveOrthogonalGaussianRows() {
        int cols = 5;
        int rows = 4003;
        int ld = 7;
        double[] x = new double[2 + rows * ld];
        Rng.of(16).fillOrthogonal(rows, cols, x, 2, ld);
        double[] squares = new double[rows];
        double[] first = new double[rows];
        for (int r = 0; r < rows; r++) {
            for (int other = r / cols * cols; other <= r; other++) {
                double dot = Kernels.f64().dot(x, 2 + r * ld, x, 2 + other * ld, cols);
                if (other == r) {
                    squares[r] = dot;
                } else {
                    assertEquals(0, dot, 1e-12);
                }
            }
            first[r] = x[2 + r * ld];
        }
        assertTrue(ks(new ChiSquaredDistribution(cols), squares) > LEVEL);
        assertTrue(ks(new NormalDistribution(), first) > LEVEL);
        // Haar: the determinant's sign, for one, is even.
        int positive = 0;
        for (int from = 0; from + cols <= rows; from += cols) {
            positive += determinant(x, 2 + from * ld, ld, cols) > 0 ? 1 : 0;
        }
        assertEquals(400, positive, 4 * Math.sqrt(200));
        float[] single = new float[rows * cols];
        Rng.of(16).fillOrthogonal(rows, cols, single, 0, cols);
        assertEquals((float) x[2 + 4002 * ld + 4], single[4002 * cols + 4]);
        double[] part = new double[3 * cols];
        Rng.of(16).fillOrthogonal(3, cols, part, 0, cols);
        assertEquals(x[2 + 2 * ld + 1], part[2 * cols + 1]);
        Rng.of(16).fillOrthogonal(0, 3, new double[0], 0, 3);
        assertEquals(
                "fillOrthogonal: leading dimension 4 of x (2 × 5) must be ≥ 5",
                assertThrows(IllegalArgumentException.class, () -> Rng.of(16).fillOrthogonal(2, 5, x, 0, 4))
                        .getMessage());
    }

    private static double ks(RealDistribution reference, double[] x) {
        return new KolmogorovSmirnovTest().kolmogorovSmirnovTest(reference, x, false);
    }

    private static double determinant(double[] x, int off, int ld, int n) {
        double[][] rows = new double[n][];
        for (int r = 0; r < n; r++) {
            rows[r] = Arrays.copyOfRange(x, off + r * ld, off + r * ld + n);
        }
        return new LUDecomposition(MatrixUtils.createRealMatrix(rows)).getDeterminant();
    }

    /// The array form of the hash, at all lengths of vectors and where the counter's low word overflows.
    @Test
    void hashesOfARangeAreThoseOfItsCounters() {
        for (long counter : new long[] {0, 5, -3, (1L << 32) - 700, (7L << 32) - 1, 1L << 31, Long.MAX_VALUE - 100}) {
            for (int n : new int[] {0, 1, 7, 16, 17, 1023, 1024, 1025, 2111}) {
                int[] out = new int[n + 3];
                CounterHash.bits(counter, 11, -12, out, 2, n);
                for (int i = 0; i < n; i++) {
                    assertEquals(CounterHash.bits(counter + i, 11, -12), out[2 + i]);
                }
                assertEquals(0, out[0] | out[1] | out[n + 2]);
            }
        }
        assertThrows(IndexOutOfBoundsException.class, () -> CounterHash.bits(0, 1, 2, new int[4], 2, 3));
    }

    @Test
    void permutationsAreDrawnFromBelow() {
        int[] order = new int[3000];
        for (int i = 0; i < order.length; i++) {
            int j = Rng.of(17).below(i, i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        assertArrayEquals(order, Rng.of(17).permutation(3000));
    }
}
