package adjoint.linalg.internal;

import adjoint.linalg.CounterHash;

/// Draws from random words. Each is a function of the 32-bit hash of its counter and, in double precision, of a second
/// hash under the key with its first word turned by [CounterHash#LOW]: `adjoint.linalg.Rng` states which.
///
/// Draws are made a block of counters at a time: first the words, then what becomes of them. The loops over words are
/// overridden where vector instructions do them better, with the same operations in the same order.
@SuppressWarnings("cast")
public class DoubleDraws {
    /// The counters of a block; the second words of a block stand that far behind the first ones.
    static final int BLOCK = 1024;

    /// Whether a draw takes two words.
    static final boolean WIDE = Double.SIZE == 64;

    /// A uniform draw has the upper bits of the first word, and in double precision its other 5 and 21 of the second.
    static final int HIGH_SHIFT = WIDE ? 5 : 8;

    static final double HIGH_UNIT = WIDE ? 0x1p-27 : 0x1p-24;

    /// Half the distance of neighbouring uniform draws, which turns [0, 1) into (0, 1).
    private static final double HALF = WIDE ? 0x1p-54 : 0x1p-25;

    /// The range of draws from (0, 1), a little less than 1: sums with [#HALF] are rounded.
    private static final double OPEN_RANGE = 1 - 2 * HALF;

    /// The largest uniform draw.
    public static final double LARGEST = 1 - Math.ulp(1.0) / 2;

    private static final ThreadLocal<int[]> WORDS = ThreadLocal.withInitial(() -> new int[2 * BLOCK]);

    /// `x[i] = lo + range·u(counter + i)`.
    public final void uniform(int key0, int key1, long counter, double[] x, int off, int n, double lo, double range) {
        for (int from = 0; from < n; from += BLOCK) {
            int length = Math.min(BLOCK, n - from);
            uniform(0, length, words(key0, key1, counter + from, length), x, off + from, lo, range);
        }
    }

    /// `x[i]` = a draw from (0, 1), neither bound included.
    final void open(long key, long counter, double[] x, int n) {
        uniform(Keys.first(key), Keys.second(key), counter, x, 0, n, HALF, OPEN_RANGE);
    }

    /// `x[i] = mean + deviation·z(counter + i)`.
    public final void normal(
            int key0, int key1, long counter, double[] x, int off, int n, double mean, double deviation) {
        for (int from = 0; from < n; from += BLOCK) {
            int length = Math.min(BLOCK, n - from);
            normal(0, length, words(key0, key1, counter + from, length), x, off + from, mean, deviation);
        }
    }

    /// `x[i] = ±1` by the uppermost bit of the first word.
    public final void signs(int key0, int key1, long counter, double[] x, int off, int n) {
        int[] words = WORDS.get();
        for (int from = 0; from < n; from += BLOCK) {
            int length = Math.min(BLOCK, n - from);
            CounterHash.bits(counter + from, key0, key1, words, 0, length);
            signs(0, length, words, x, off + from);
        }
    }

    private static int[] words(int key0, int key1, long counter, int n) {
        int[] words = WORDS.get();
        CounterHash.bits(counter, key0, key1, words, 0, n);
        if (WIDE) {
            CounterHash.bits(counter, key0 ^ CounterHash.LOW, key1, words, BLOCK, n);
        }
        return words;
    }

    // ---- what becomes of words from … to-1

    void uniform(int from, int to, int[] words, double[] x, int off, double lo, double range) {
        for (int i = from; i < to; i++) {
            x[off + i] = lo + range * uniform(words[i], words[BLOCK + i]);
        }
    }

    void normal(int from, int to, int[] words, double[] x, int off, double mean, double deviation) {
        for (int i = from; i < to; i++) {
            x[off + i] = mean + deviation * normal(words[i], words[BLOCK + i]);
        }
    }

    void signs(int from, int to, int[] words, double[] x, int off) {
        for (int i = from; i < to; i++) {
            x[off + i] = words[i] >> 31 | 1;
        }
    }

    /// `x[off + i] = -log x[off + i]` of normal numbers > 0.
    public void negativeLog(double[] x, int off, int n) {
        for (int i = 0; i < n; i++) {
            x[off + i] = 0 - DoubleQuantile.log(x[off + i]);
        }
    }

    /// `x[off + i] = Φ⁻¹(p)` for `p = lower + width·x[off + i]` and `1 - p = upper + width·(1 - x[off + i])`, whichever
    /// is the smaller; both must be normal numbers > 0.
    public void quantiles(double[] x, int off, int n, double lower, double upper, double width) {
        for (int i = 0; i < n; i++) {
            x[off + i] = quantile(lower + width * x[off + i], upper + width * (1 - x[off + i]));
        }
    }

    private static double quantile(double lower, double upper) {
        double tail = Math.min(lower, upper);
        double z = DoubleQuantile.magnitude(0.5 - tail, tail);
        return lower < upper ? -z : z;
    }

    // ---- one draw

    /// The normal draw of a key and counter.
    public static double normal(long key, long counter) {
        return normal(first(key, counter), second(key, counter));
    }

    /// The uniform draw of a key and counter.
    public static double uniform(long key, long counter) {
        return uniform(first(key, counter), second(key, counter));
    }

    /// One draw of [#open(long, long, double[], int)].
    static double open(long key, long counter) {
        return HALF + OPEN_RANGE * uniform(key, counter);
    }

    private static int first(long key, long counter) {
        return CounterHash.bits(counter, Keys.first(key), Keys.second(key));
    }

    private static int second(long key, long counter) {
        return CounterHash.bits(counter, Keys.first(key) ^ CounterHash.LOW, Keys.second(key));
    }

    /// The uniform draw in [0, 1) of two words.
    public static double uniform(int first, int second) {
        double u = (first >>> HIGH_SHIFT) * HIGH_UNIT;
        return WIDE ? u + ((first & 31) << 21 | second >>> 11) * 0x1p-53 : u;
    }

    /// The normal draw of two words. The centred fraction `u - ½` is an integer and a half over 2³² or 2⁵³, so that
    /// the draws are symmetric and their tails have all their digits.
    public static double normal(int first, int second) {
        int high = first ^ Integer.MIN_VALUE;
        int sign = high >> 31;
        int top = high ^ sign;
        double z;
        if (WIDE) {
            double q = top * 0x1p-32 + (((second ^ sign) >>> 11) + 0.5) * 0x1p-53;
            z = DoubleQuantile.magnitude(q, 0.5 - q);
        } else {
            double q = (top + 0.5) * 0x1p-32;
            z = DoubleQuantile.magnitude(q, ((top ^ Integer.MAX_VALUE) + 0.5) * 0x1p-32);
        }
        return z * (sign | 1);
    }
}
