package adjoint.linalg;

import java.util.Arrays;
import java.util.Objects;

/// The counter-based random bits under [Rng] and under the `uniform` leaf of a [Chain]: a pure function of a counter
/// and a two-word key, so that a draw does not depend on order, thread or vector width.
///
/// ```
/// bits(c, k0, k1) = mix(mix(low(c) ^ k0) + k1 + high(c)·0x9E3779B9)
/// mix(x): x ^= x >>> 16;  x *= 0x21F0AAAD;  x ^= x >>> 15;  x *= 0xD35A2D97;  x ^= x >>> 15
/// ```
///
/// `mix` is a bijection of 32 bits with very low bias (found by search, C. Wellons, "Prospecting for hash functions",
/// and T. Ettema's continuation of it); two rounds keyed by one word each make streams of different keys unrelated.
/// Everything is 32-bit multiplies, shifts and exclusive ors, which vectorise lane by lane. Not for cryptography.
public final class CounterHash {
    /// The constants of `mix`, also used by the vector form of the same function.
    public static final int MULTIPLIER_1 = 0x21F0AAAD;

    /// See [#MULTIPLIER_1].
    public static final int MULTIPLIER_2 = 0xD35A2D97;

    /// 2³² over the golden ratio: what one step of the counter's high word adds to the second key word.
    public static final int GOLDEN = 0x9E3779B9;

    /// Turns the first key word into that of the lower 32 of 64 random bits.
    public static final int LOW = 0x5851F42D;

    /// 0, 1, 2, …: the JIT compiler vectorises a loop over numbers in memory, and not one over its own counter.
    private static final int[] STEPS = new int[1024];

    static {
        Arrays.setAll(STEPS, i -> i);
    }

    private CounterHash() {}

    /// The 32 random bits of `counter` under the key `(key0, key1)`.
    public static int bits(long counter, int key0, int key1) {
        int low = (int) counter;
        int high = (int) (counter >>> 32);
        return mix(mix(low ^ key0) + key1 + high * GOLDEN);
    }

    /// `out[off + i] = bits(counter + i, key0, key1)` for `i = 0 … n-1`, a vector at a time.
    ///
    /// @throws IndexOutOfBoundsException if `out` is too short
    public static void bits(long counter, int key0, int key1, int[] out, int off, int n) {
        Objects.checkFromIndexSize(off, n, out.length);
        for (int from = 0; from < n; ) {
            int low = (int) (counter + from);
            int high = (int) (counter + from >>> 32);
            // The high word is the same for all counters of a piece.
            int room = low < 0 && low > -STEPS.length ? -low : STEPS.length;
            int length = Math.min(n - from, room);
            mix(low, key0, key1 + high * GOLDEN, out, off + from, length);
            from += length;
        }
    }

    /// In place: two arrays might overlap for all the JIT compiler knows, and it would not vectorise.
    private static void mix(int low, int key0, int key1, int[] out, int off, int n) {
        System.arraycopy(STEPS, 0, out, off, n);
        for (int i = off; i < off + n; i++) {
            out[i] = mix(mix(low + out[i] ^ key0) + key1);
        }
    }

    /// The draw from U[0, 1) of `counter` under the key: the upper 24 bits of [#bits] over 2²⁴, exact in both
    /// precisions and the same number in both.
    public static float uniform(long counter, int key0, int key1) {
        return (bits(counter, key0, key1) >>> 8) * 0x1p-24f;
    }

    /// The bijective mixing step.
    public static int mix(int x) {
        x = (x ^ (x >>> 16)) * MULTIPLIER_1;
        x = (x ^ (x >>> 15)) * MULTIPLIER_2;
        return x ^ (x >>> 15);
    }
}
