package adjoint.linalg.internal;

/// Keys derived from keys, by the finaliser of SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number
/// generators", 2014).
public final class Keys {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;
    private static final long NAME = 0xD1B54A32D192ED03L;

    private Keys() {}

    /// The key of a seed.
    public static long of(long seed) {
        return mix(seed + GOLDEN);
    }

    /// The key of that name below another.
    public static long child(long key, String name) {
        long hash = NAME;
        for (int i = 0; i < name.length(); i++) {
            hash = mix(hash ^ name.charAt(i)) + GOLDEN;
        }
        return mix(key ^ mix(hash + name.length()));
    }

    /// The key of that number below another.
    public static long child(long key, long index) {
        return mix(mix(key + GOLDEN) + mix(index ^ NAME) * GOLDEN);
    }

    /// The key of two words.
    public static long of(int first, int second) {
        return (long) first << 32 | second & 0xFFFFFFFFL;
    }

    /// The first word of a key.
    public static int first(long key) {
        return (int) (key >>> 32);
    }

    /// The second word of a key.
    public static int second(long key) {
        return (int) key;
    }

    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
