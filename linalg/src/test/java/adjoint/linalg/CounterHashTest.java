package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// Statistics of the bits under all draws, with fixed keys; bounds of about five standard deviations.
class CounterHashTest {
    private static final int N = 1 << 16;

    /// Flipping one bit of counter or key flips each result bit half of the time.
    @Test
    void everyInputBitReachesEveryOutputBit() {
        for (int input = 0; input < 96; input++) {
            int[] flips = new int[Integer.SIZE];
            int trials = 4096;
            for (int i = 0; i < trials; i++) {
                long counter = i * 77L;
                int key0 = i * 31 + 5;
                int key1 = 9 - i;
                int before = CounterHash.bits(counter, key0, key1);
                int after = input < 32
                        ? CounterHash.bits(counter ^ 1L << input, key0, key1)
                        : input < 64
                                ? CounterHash.bits(counter, key0 ^ 1 << input, key1)
                                : CounterHash.bits(counter, key0, key1 ^ 1 << input);
                for (int bit = 0; bit < Integer.SIZE; bit++) {
                    flips[bit] += (before ^ after) >>> bit & 1;
                }
            }
            for (int bit = 0; bit < Integer.SIZE; bit++) {
                assertEquals(0.5, flips[bit] / (double) trials, 0.06, "input bit " + input + ", output bit " + bit);
            }
        }
    }

    @Test
    void uniformDrawsHaveTheMomentsOfTheUniformDistribution() {
        for (int key = 0; key < 8; key++) {
            double sum = 0;
            double square = 0;
            double lag = 0;
            double otherKey = 0;
            double highWord = 0;
            for (int i = 0; i < N; i++) {
                double u = CounterHash.uniform(i, key, -key) - 0.5;
                assertTrue(u >= -0.5 && u < 0.5);
                sum += u;
                square += u * u;
                lag += u * (CounterHash.uniform(i + 1, key, -key) - 0.5);
                otherKey += u * (CounterHash.uniform(i, key + 1, -key) - 0.5);
                highWord += u * (CounterHash.uniform(i + (1L << 32), key, -key) - 0.5);
            }
            assertEquals(0, sum / N, 5 * Math.sqrt(1.0 / 12 / N));
            assertEquals(1.0 / 12, square / N, 5 * Math.sqrt(1.0 / 180 / N));
            for (double correlation : new double[] {lag, otherKey, highWord}) {
                assertEquals(0, correlation / N, 5 / 12.0 / Math.sqrt(N));
            }
        }
    }

    /// χ² of the first eight bits, 255 degrees of freedom.
    @Test
    void leadingBitsAreEvenlySpread() {
        for (int key = 0; key < 8; key++) {
            int[] count = new int[256];
            for (int i = 0; i < N; i++) {
                count[CounterHash.bits(i, 12345, key) >>> 24]++;
            }
            double chiSquare = 0;
            for (int c : count) {
                chiSquare += Math.pow(c - N / 256.0, 2) / (N / 256.0);
            }
            assertEquals(255, chiSquare, 5 * Math.sqrt(2 * 255));
        }
    }
}
