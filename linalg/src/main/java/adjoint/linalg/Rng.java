package adjoint.linalg;

import adjoint.linalg.internal.DoubleDraws;
import adjoint.linalg.internal.Keys;

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
/// | normal | Φ⁻¹(⌊2³²·h⌋/2³² + 2⁻³³) | z = Φ⁻¹(u + 2⁻⁵⁴) |
/// | other distributions | the double one, rounded | see [Distribution] |
///
/// where h is the fraction in [0, 1) whose upper 32 bits are the hash of c, and whose lower 32 bits are its
/// hash under the key with its first word turned by [CounterHash#LOW]. Both precisions draw the same uniform
/// number to 2⁻²⁴, and the same normal one to 10⁻⁶ but in the far tail, which has less of a grain in double.
///
/// Not for cryptography.
public final class Rng {
    private final long key;

    private Rng(long key) {
        this.key = key;
    }

    /// The root stream of a seed.
    public static Rng of(long seed) {
        return new Rng(Keys.of(seed));
    }

    /// The stream of that name below this one.
    public Rng child(String name) {
        return new Rng(Keys.child(key, name));
    }

    /// The stream number `index` below this one; unrelated to that of any name.
    public Rng child(long index) {
        return new Rng(Keys.child(key, index));
    }

    /// The first word of the key.
    public int key0() {
        return Keys.first(key);
    }

    /// The second word of the key.
    public int key1() {
        return Keys.second(key);
    }

    /// 64 random bits of that counter.
    public long bits(long counter) {
        return (long) CounterHash.bits(counter, key0(), key1()) << 32 | low(counter) & 0xFFFFFFFFL;
    }

    /// The draw from U[0, 1) of that counter, a multiple of 2⁻⁵³.
    public double uniform(long counter) {
        return DoubleDraws.uniform(key, counter);
    }

    /// The standard normal draw of that counter.
    public double normal(long counter) {
        return DoubleDraws.normal(key, counter);
    }

    /// The draw of that counter from a distribution, in double precision.
    public double draw(Distribution distribution, long counter) {
        double[] one = new double[1];
        Kernels.f64().draw(distribution, key0(), key1(), counter, one, 0, 1);
        return one[0];
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

    /// A random order of `0 … n-1`, each as likely as any other to `n²`·2⁻⁶⁴ (Fisher–Yates, "inside-out": entry i
    /// takes the place [#below] (i, i + 1)).
    ///
    /// @throws IllegalArgumentException if n is negative
    public int[] permutation(int n) {
        if (n < 0) {
            throw new IllegalArgumentException("permutation: n must be ≥ 0, got " + n);
        }
        int[] order = new int[n];
        int block = Math.min(n, 1024);
        int[] high = new int[block];
        int[] low = new int[block];
        for (int from = 0; from < n; from += block) {
            int length = Math.min(block, n - from);
            CounterHash.bits(from, key0(), key1(), high, 0, length);
            CounterHash.bits(from, key0() ^ CounterHash.LOW, key1(), low, 0, length);
            for (int k = 0; k < length; k++) {
                int i = from + k;
                int j = (int) Math.unsignedMultiplyHigh((long) high[k] << 32 | low[k] & 0xFFFFFFFFL, i + 1L);
                order[i] = order[j];
                order[j] = i;
            }
        }
        return order;
    }

    /// Orthogonal Gaussian blocks, the weights of orthogonal random features: a row-major `rows × cols` matrix whose
    /// rows, in groups of `cols`, are those of independent random orthogonal matrices (Haar measure), each times an
    /// independent χ(cols) length. So every row is a standard normal vector, and rows of a group are orthogonal.
    ///
    /// Group b is made from the normal draws b·cols² … of child 0 by QR; the length of row r is the root of the χ²
    /// draw r of child 1. (F. Yu et al., "Orthogonal random features", 2016; F. Mezzadri, "How to generate random
    /// matrices from the classical compact groups", 2007, for why R needs a positive diagonal.)
    ///
    /// @param x `float[]` or `double[]`, element `[r, c]` at `off + r·ld + c`
    /// @throws IllegalArgumentException if a size is negative or `ld` too small
    /// @throws IndexOutOfBoundsException if x is too short
    public void fillOrthogonal(int rows, int cols, Object x, int off, int ld) {
        Precision precision = Precision.of(x);
        int elements = precision == Precision.F32 ? ((float[]) x).length : ((double[]) x).length;
        Bounds.matrix("fillOrthogonal", "x", elements, off, rows, cols, ld);
        if ((long) cols * cols > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("fillOrthogonal: cols must be ≤ 46340, got " + cols);
        }
        if (rows == 0 || cols == 0) {
            return;
        }
        double[] gaussian = new double[cols * cols];
        double[] lengths = new double[rows];
        child(1).fill(Distribution.chiSquare(cols), 0, lengths, 0, rows);
        for (int from = 0; from < rows; from += cols) {
            child(0).fill(new Distribution.Normal(0, 1), (long) from * cols, gaussian, 0, gaussian.length);
            double[] q = Qr.thin(Kernels.f64(), cols, cols, gaussian).q();
            for (int r = from; r < Math.min(rows, from + cols); r++) {
                double length = Math.sqrt(lengths[r]);
                for (int c = 0; c < cols; c++) {
                    double value = length * q[(r - from) * cols + c];
                    switch (x) {
                        case float[] single -> single[off + r * ld + c] = (float) value;
                        default -> ((double[]) x)[off + r * ld + c] = value;
                    }
                }
            }
        }
    }

    /// `x[off + i] = lo + (hi - lo)·u(i)` for `i = 0 … n-1`.
    ///
    /// @param x `float[]` or `double[]`
    public void fillUniform(Object x, int off, int n, double lo, double hi) {
        fill(new Distribution.Uniform(lo, hi), 0, x, off, n);
    }

    /// `x[off + i] = mean + deviation·z(i)` for `i = 0 … n-1`.
    ///
    /// @param x `float[]` or `double[]`
    public void fillNormal(Object x, int off, int n, double mean, double deviation) {
        fill(new Distribution.Normal(mean, deviation), 0, x, off, n);
    }

    /// `x[off + i]` = the draw of `counter + i` from the distribution, for `i = 0 … n-1`: a part of an array may be
    /// filled by another call, on another thread.
    ///
    /// @param x `float[]` or `double[]`
    public void fill(Distribution distribution, long counter, Object x, int off, int n) {
        if (Precision.of(x) == Precision.F32) {
            Kernels.f32().draw(distribution, key0(), key1(), counter, (float[]) x, off, n);
        } else {
            Kernels.f64().draw(distribution, key0(), key1(), counter, (double[]) x, off, n);
        }
    }

    /// The lower 32 of the 64 bits of that counter.
    private int low(long counter) {
        return CounterHash.bits(counter, key0() ^ CounterHash.LOW, key1());
    }

    @Override
    public String toString() {
        return "Rng[%016x]".formatted(key);
    }
}
