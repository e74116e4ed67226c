package adjoint.linalg;

/// Counter-based random numbers: a stream is an immutable 64-bit key, a draw is a pure function of key and
/// counter.
///
/// ```java
/// Rng root = Rng.of(42);
/// Rng weights = root.child("encoder").child(3).child("weight");
/// double u = weights.uniform(7);          // draw number 7 of that stream, whoever asks, whenever
/// ```
///
/// Nothing is consumed: the same key and counter give the same draw in any order, on any thread, with or
/// without SIMD. A new stream comes from [#child], not from drawing on. The bits are those of [CounterHash]:
/// two 32-bit words of the key and the counter.
///
/// | draw of counter c | single precision | double precision |
/// |---|---|---|
/// | uniform | ⌊2²⁴·h⌋/2²⁴ | u = ⌊2⁵³·h⌋/2⁵³ |
/// | normal | the double one, rounded | Φ⁻¹(u + 2⁻⁵⁴) |
///
/// where h is the fraction in [0, 1) whose upper 32 bits are the hash of c, and whose lower 32 bits are its
/// hash under the key with its first word turned by [CounterHash#LOW]. Both precisions draw the same number
/// to 2⁻²⁴.
///
/// Not for cryptography.
public final class Rng {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;
    private static final long NAME = 0xD1B54A32D192ED03L;

    private final long key;

    private Rng(long key) {
        this.key = key;
    }

    /// The root stream of a seed.
    public static Rng of(long seed) {
        return new Rng(mix(seed + GOLDEN));
    }

    /// The stream of that name below this one.
    public Rng child(String name) {
        long hash = NAME;
        for (int i = 0; i < name.length(); i++) {
            hash = mix(hash ^ name.charAt(i)) + GOLDEN;
        }
        return new Rng(mix(key ^ mix(hash + name.length())));
    }

    /// The stream number `index` below this one; unrelated to that of any name.
    public Rng child(long index) {
        return new Rng(mix(mix(key + GOLDEN) + mix(index ^ NAME) * GOLDEN));
    }

    /// The first word of the key.
    public int key0() {
        return (int) (key >>> 32);
    }

    /// The second word of the key.
    public int key1() {
        return (int) key;
    }

    /// 64 random bits of that counter.
    public long bits(long counter) {
        return bits(counter, key0(), key1());
    }

    /// The draw from U[0, 1) of that counter, a multiple of 2⁻⁵³.
    public double uniform(long counter) {
        return fractionF64(counter, key0(), key1());
    }

    /// The standard normal draw of that counter.
    public double normal(long counter) {
        return normal(counter, key0(), key1());
    }

    /// The draw from `0 … bound-1` of that counter: ⌊bound·h⌋ for the 64-bit fraction h, uniform to
    /// `bound`·2⁻⁶⁴.
    ///
    /// @throws IllegalArgumentException if `bound` is not positive
    public int below(long counter, int bound) {
        if (bound <= 0) {
            throw new IllegalArgumentException("below: the bound must be > 0, got " + bound);
        }
        return (int) Math.unsignedMultiplyHigh(bits(counter), bound);
    }

    /// A random order of `0 … n-1` (Fisher–Yates).
    public int[] permutation(int n) {
        if (n < 0) {
            throw new IllegalArgumentException("permutation: n must be ≥ 0, got " + n);
        }
        int[] order = new int[n];
        for (int i = 0; i < n; i++) {
            int j = below(i, i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    /// `x[off + i] = lo + (hi - lo)·u(i)` for `i = 0 … n-1`.
    ///
    /// @param x `float[]` or `double[]`
    public void fillUniform(Object x, int off, int n, double lo, double hi) {
        switch (Precision.of(x)) {
            case F32 -> Kernels.f32().uniform(key0(), key1(), 0, (float[]) x, off, n, lo, hi);
            case F64 -> Kernels.f64().uniform(key0(), key1(), 0, (double[]) x, off, n, lo, hi);
        }
    }

    /// `x[off + i] = mean + deviation·z(i)` for `i = 0 … n-1`.
    ///
    /// @param x `float[]` or `double[]`
    public void fillNormal(Object x, int off, int n, double mean, double deviation) {
        switch (Precision.of(x)) {
            case F32 -> Kernels.f32().normal(key0(), key1(), 0, (float[]) x, off, n, mean, deviation);
            case F64 -> Kernels.f64().normal(key0(), key1(), 0, (double[]) x, off, n, mean, deviation);
        }
    }

    private static long bits(long counter, int key0, int key1) {
        long high = CounterHash.bits(counter, key0, key1);
        return high << 32 | CounterHash.bits(counter, key0 ^ CounterHash.LOW, key1) & 0xFFFFFFFFL;
    }

    static double fractionF64(long counter, int key0, int key1) {
        return (bits(counter, key0, key1) >>> 11) * 0x1p-53;
    }

    static float fractionF32(long counter, int key0, int key1) {
        return CounterHash.uniform(counter, key0, key1);
    }

    static double normal(long counter, int key0, int key1) {
        return NormalQuantile.of(fractionF64(counter, key0, key1) + 0x1p-54);
    }

    /// The finaliser of SplitMix64 (Steele, Lea, Flood, 2014).
    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    @Override
    public String toString() {
        return "Rng[%016x]".formatted(key);
    }
}
